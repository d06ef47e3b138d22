/** The types of what runs, is reached and is watched: functions, APIs, distributions, certificates, queues, topics, rules, alarms, logs, trails. */
import { ServiceError } from '#kernel/contract';
import { given, listOf, nameOf, type Source, tagsOf } from './source.ts';

const EVENTS_TAGS: Pick<Source, 'tags' | 'tag' | 'untag'> = {
  tags: async ({ eventbridge }, ResourceARN) => tagsOf((await eventbridge.ListTagsForResource({ ResourceARN })).Tags),
  tag: ({ eventbridge }, ResourceARN, tags) => eventbridge.TagResource({ ResourceARN, Tags: listOf(tags) }),
  untag: ({ eventbridge }, ResourceARN, keys) => eventbridge.UntagResource({ ResourceARN, TagKeys: [...keys] }),
};

/** No stages, of an API that is gone since it was listed. */
function ofGone(error: unknown): { Items?: undefined; item?: undefined } {
  if (error instanceof ServiceError && error.code === 'NotFoundException') return {};
  throw error;
}

/** An API and its stages. */
const withStages = (api: string, stages: readonly string[]) => [api, ...stages.map((name) => `${api}/stages/${name}`)];

export const APPLICATION_SOURCES: readonly Source[] = [
  {
    type: 'acm:certificate',
    service: 'acm',
    form: /^certificate\//,
    async list({ acm }, _, NextToken) {
      const { CertificateSummaryList, NextToken: next } = await acm.ListCertificates({ NextToken });
      return { arns: given(CertificateSummaryList?.map(({ CertificateArn }) => CertificateArn)), next };
    },
    tags: async ({ acm }, CertificateArn) => tagsOf((await acm.ListTagsForCertificate({ CertificateArn })).Tags),
    tag: ({ acm }, CertificateArn, tags) => acm.AddTagsToCertificate({ CertificateArn, Tags: listOf(tags) }),
    untag: ({ acm }, CertificateArn, keys) =>
      acm.RemoveTagsFromCertificate({ CertificateArn, Tags: keys.map((Key) => ({ Key })) }),
  },
  {
    type: 'apigateway:apis',
    service: 'apigateway',
    form: /^\/apis\/[^/]+(\/stages\/[^/]+)?$/,
    async list({ apigatewayv2 }, { partition, region }, NextToken) {
      const { Items = [], NextToken: next } = await apigatewayv2.GetApis({ NextToken });
      const arns: string[] = [];
      for (const { ApiId = '' } of Items) {
        const { Items: stages } = await apigatewayv2.GetStages({ ApiId }).catch(ofGone);
        arns.push(
          ...withStages(
            `arn:${partition}:apigateway:${region}::/apis/${ApiId}`,
            given(stages?.map(({ StageName }) => StageName)),
          ),
        );
      }
      return { arns, next };
    },
    tags: async ({ apigatewayv2 }, ResourceArn) => ({ ...(await apigatewayv2.GetTags({ ResourceArn })).Tags }),
    tag: ({ apigatewayv2 }, ResourceArn, tags) => apigatewayv2.TagResource({ ResourceArn, Tags: { ...tags } }),
    untag: ({ apigatewayv2 }, ResourceArn, keys) => apigatewayv2.UntagResource({ ResourceArn, TagKeys: [...keys] }),
  },
  {
    type: 'apigateway:restapis',
    service: 'apigateway',
    form: /^\/restapis\//,
    async list({ 'api-gateway': gateway }, { partition, region }, position) {
      const { items = [], position: next } = await gateway.GetRestApis({ position });
      const arns: string[] = [];
      for (const { id: restApiId = '' } of items) {
        const { item: stages } = await gateway.GetStages({ restApiId }).catch(ofGone);
        arns.push(
          ...withStages(
            `arn:${partition}:apigateway:${region}::/restapis/${restApiId}`,
            given(stages?.map(({ stageName }) => stageName)),
          ),
        );
      }
      return { arns, next };
    },
    tags: async ({ 'api-gateway': gateway }, resourceArn) => ({ ...(await gateway.GetTags({ resourceArn })).tags }),
    tag: ({ 'api-gateway': gateway }, resourceArn, tags) => gateway.TagResource({ resourceArn, tags: { ...tags } }),
    untag: ({ 'api-gateway': gateway }, resourceArn, keys) =>
      gateway.UntagResource({ resourceArn, tagKeys: [...keys] }),
  },
  {
    type: 'cloudfront:distribution',
    service: 'cloudfront',
    form: /^distribution\//,
    home: 'us-east-1',
    async list({ cloudfront }, _, Marker) {
      const { DistributionList: page } = await cloudfront.ListDistributions({ Marker });
      return { arns: given(page?.Items?.map(({ ARN }) => ARN)), next: page?.NextMarker };
    },
    tags: async ({ cloudfront }, Resource) => tagsOf((await cloudfront.ListTagsForResource({ Resource })).Tags.Items),
    tag: ({ cloudfront }, Resource, tags) => cloudfront.TagResource({ Resource, Tags: { Items: listOf(tags) } }),
    untag: ({ cloudfront }, Resource, keys) => cloudfront.UntagResource({ Resource, TagKeys: { Items: [...keys] } }),
  },
  {
    type: 'cloudtrail:trail',
    service: 'cloudtrail',
    form: /^trail\//,
    async list({ cloudtrail }, { region }, NextToken) {
      const { Trails, NextToken: next } = await cloudtrail.ListTrails({ NextToken });
      const here = Trails?.filter(({ HomeRegion }) => HomeRegion === region);
      return { arns: given(here?.map(({ TrailARN }) => TrailARN)), next };
    },
    async tags({ cloudtrail }, arn) {
      const { ResourceTagList } = await cloudtrail.ListTags({ ResourceIdList: [arn] });
      return tagsOf(ResourceTagList?.[0]?.TagsList);
    },
    tag: ({ cloudtrail }, ResourceId, tags) => cloudtrail.AddTags({ ResourceId, TagsList: listOf(tags) }),
    untag: ({ cloudtrail }, ResourceId, keys) =>
      cloudtrail.RemoveTags({ ResourceId, TagsList: keys.map((Key) => ({ Key })) }),
  },
  {
    type: 'cloudwatch:alarm',
    service: 'cloudwatch',
    form: /^alarm:/,
    async list({ cloudwatch }, _, NextToken) {
      const AlarmTypes = ['MetricAlarm' as const, 'CompositeAlarm' as const];
      const answer = await cloudwatch.DescribeAlarms({ AlarmTypes, NextToken });
      const all = [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])];
      return { arns: given(all.map(({ AlarmArn }) => AlarmArn)), next: answer.NextToken };
    },
    tags: async ({ cloudwatch }, ResourceARN) => tagsOf((await cloudwatch.ListTagsForResource({ ResourceARN })).Tags),
    tag: ({ cloudwatch }, ResourceARN, tags) => cloudwatch.TagResource({ ResourceARN, Tags: listOf(tags) }),
    untag: ({ cloudwatch }, ResourceARN, keys) => cloudwatch.UntagResource({ ResourceARN, TagKeys: [...keys] }),
  },
  {
    type: 'events:event-bus',
    service: 'events',
    form: /^event-bus\//,
    async list({ eventbridge }, _, NextToken) {
      const { EventBuses, NextToken: next } = await eventbridge.ListEventBuses({ NextToken });
      return { arns: given(EventBuses?.map(({ Arn }) => Arn)), next };
    },
    ...EVENTS_TAGS,
  },
  {
    type: 'events:rule',
    service: 'events',
    form: /^rule\//,
    async list({ eventbridge }, _, NextToken) {
      const { Rules, NextToken: next } = await eventbridge.ListRules({ NextToken });
      return { arns: given(Rules?.map(({ Arn }) => Arn)), next };
    },
    ...EVENTS_TAGS,
  },
  {
    type: 'lambda:function',
    service: 'lambda',
    form: /^function:[^:]+$/,
    async list({ lambda }, _, Marker) {
      const { Functions, NextMarker: next } = await lambda.ListFunctions({ Marker });
      return { arns: given(Functions?.map(({ FunctionArn }) => FunctionArn)), next };
    },
    tags: async ({ lambda }, Resource) => ({ ...(await lambda.ListTags({ Resource })).Tags }),
    tag: ({ lambda }, Resource, tags) => lambda.TagResource({ Resource, Tags: { ...tags } }),
    untag: ({ lambda }, Resource, keys) => lambda.UntagResource({ Resource, TagKeys: [...keys] }),
  },
  {
    type: 'logs:log-group',
    service: 'logs',
    form: /^log-group:[^:]+$/,
    async list({ 'cloudwatch-logs': logs }, _, nextToken) {
      const { logGroups, nextToken: next } = await logs.DescribeLogGroups({ nextToken });
      return { arns: given(logGroups?.map(({ logGroupArn }) => logGroupArn)), next };
    },
    tags: async ({ 'cloudwatch-logs': logs }, resourceArn) => ({
      ...(await logs.ListTagsForResource({ resourceArn })).tags,
    }),
    tag: ({ 'cloudwatch-logs': logs }, resourceArn, tags) => logs.TagResource({ resourceArn, tags: { ...tags } }),
    untag: ({ 'cloudwatch-logs': logs }, resourceArn, keys) => logs.UntagResource({ resourceArn, tagKeys: [...keys] }),
  },
  {
    type: 'sns:topic',
    service: 'sns',
    form: /^[^:]+$/,
    async list({ sns }, _, NextToken) {
      const { Topics, NextToken: next } = await sns.ListTopics({ NextToken });
      return { arns: given(Topics?.map(({ TopicArn }) => TopicArn)), next };
    },
    tags: async ({ sns }, ResourceArn) => tagsOf((await sns.ListTagsForResource({ ResourceArn })).Tags),
    tag: ({ sns }, ResourceArn, tags) => sns.TagResource({ ResourceArn, Tags: listOf(tags) }),
    untag: ({ sns }, ResourceArn, keys) => sns.UntagResource({ ResourceArn, TagKeys: [...keys] }),
  },
  {
    type: 'sqs:queue',
    service: 'sqs',
    form: /^[^:]+$/,
    async list({ sqs }, { partition, region, account }, NextToken) {
      const { QueueUrls = [], NextToken: next } = await sqs.ListQueues({ NextToken, MaxResults: 1_000 });
      return { arns: QueueUrls.map((url) => `arn:${partition}:sqs:${region}:${account}:${nameOf(url)}`), next };
    },
    async tags({ sqs }, arn) {
      const { QueueUrl = '' } = await sqs.GetQueueUrl({ QueueName: nameOf(arn) });
      return { ...(await sqs.ListQueueTags({ QueueUrl })).Tags };
    },
    async tag({ sqs }, arn, tags) {
      const { QueueUrl = '' } = await sqs.GetQueueUrl({ QueueName: nameOf(arn) });
      return sqs.TagQueue({ QueueUrl, Tags: { ...tags } });
    },
    async untag({ sqs }, arn, keys) {
      const { QueueUrl = '' } = await sqs.GetQueueUrl({ QueueName: nameOf(arn) });
      return sqs.UntagQueue({ QueueUrl, TagKeys: [...keys] });
    },
  },
];
