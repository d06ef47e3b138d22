/** The types of resources that can be found and tagged. Source: each service's API Reference. */
import { given, listOf, nameOf, type Source, tagsOf } from './source.ts';
import { APPLICATION_SOURCES } from './sources-application.ts';

const DATA_SOURCES: readonly Source[] = [
  {
    type: 'dynamodb:table',
    service: 'dynamodb',
    form: /^table\/[^/]+$/,
    async list({ dynamodb }, { partition, region, account }, ExclusiveStartTableName) {
      const { TableNames, LastEvaluatedTableName: next } = await dynamodb.ListTables({ ExclusiveStartTableName });
      const arns = (TableNames ?? []).map((name) => `arn:${partition}:dynamodb:${region}:${account}:table/${name}`);
      return { arns, next };
    },
    tags: async ({ dynamodb }, ResourceArn) => tagsOf((await dynamodb.ListTagsOfResource({ ResourceArn })).Tags),
    tag: ({ dynamodb }, ResourceArn, tags) => dynamodb.TagResource({ ResourceArn, Tags: listOf(tags) }),
    untag: ({ dynamodb }, ResourceArn, keys) => dynamodb.UntagResource({ ResourceArn, TagKeys: [...keys] }),
  },
  {
    type: 'ecr:repository',
    service: 'ecr',
    form: /^repository\//,
    async list({ ecr }, _, nextToken) {
      const { repositories, nextToken: next } = await ecr.DescribeRepositories({ nextToken });
      return { arns: given(repositories?.map(({ repositoryArn }) => repositoryArn)), next };
    },
    tags: async ({ ecr }, resourceArn) => tagsOf((await ecr.ListTagsForResource({ resourceArn })).tags),
    tag: ({ ecr }, resourceArn, tags) => ecr.TagResource({ resourceArn, tags: listOf(tags) }),
    untag: ({ ecr }, resourceArn, keys) => ecr.UntagResource({ resourceArn, tagKeys: [...keys] }),
  },
  {
    type: 'firehose:deliverystream',
    service: 'firehose',
    form: /^deliverystream\//,
    async list({ firehose }, { partition, region, account }, ExclusiveStartDeliveryStreamName) {
      const answer = await firehose.ListDeliveryStreams({ ExclusiveStartDeliveryStreamName });
      const names = [...answer.DeliveryStreamNames];
      const arns = names.map((name) => `arn:${partition}:firehose:${region}:${account}:deliverystream/${name}`);
      return { arns, next: answer.HasMoreDeliveryStreams ? names.at(-1) : undefined };
    },
    tags: async ({ firehose }, arn) =>
      tagsOf((await firehose.ListTagsForDeliveryStream({ DeliveryStreamName: nameOf(arn), Limit: 50 })).Tags),
    tag: ({ firehose }, arn, tags) =>
      firehose.TagDeliveryStream({ DeliveryStreamName: nameOf(arn), Tags: listOf(tags) }),
    untag: ({ firehose }, arn, keys) =>
      firehose.UntagDeliveryStream({ DeliveryStreamName: nameOf(arn), TagKeys: [...keys] }),
  },
  {
    type: 'kinesis:stream',
    service: 'kinesis',
    form: /^stream\/[^/]+$/,
    async list({ kinesis }, _, NextToken) {
      const { StreamSummaries, NextToken: next } = await kinesis.ListStreams({ NextToken });
      return { arns: given(StreamSummaries?.map(({ StreamARN }) => StreamARN)), next };
    },
    tags: async ({ kinesis }, ResourceARN) => tagsOf((await kinesis.ListTagsForResource({ ResourceARN })).Tags),
    tag: ({ kinesis }, ResourceARN, tags) => kinesis.TagResource({ ResourceARN, Tags: { ...tags } }),
    untag: ({ kinesis }, ResourceARN, keys) => kinesis.UntagResource({ ResourceARN, TagKeys: [...keys] }),
  },
  {
    type: 'kms:key',
    service: 'kms',
    form: /^key\//,
    async list({ kms }, _, Marker) {
      const { Keys, NextMarker: next } = await kms.ListKeys({ Marker });
      return { arns: given(Keys?.map(({ KeyArn }) => KeyArn)), next };
    },
    async tags({ kms }, KeyId) {
      const { Tags = [] } = await kms.ListResourceTags({ KeyId, Limit: 50 });
      return tagsOf(Tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value })));
    },
    tag: ({ kms }, KeyId, tags) =>
      kms.TagResource({ KeyId, Tags: listOf(tags).map(({ Key: TagKey, Value: TagValue }) => ({ TagKey, TagValue })) }),
    untag: ({ kms }, KeyId, keys) => kms.UntagResource({ KeyId, TagKeys: [...keys] }),
  },
  {
    type: 's3:bucket',
    service: 's3',
    form: /^[^/]+$/,
    async list({ s3 }, { partition, region }, ContinuationToken) {
      const { Buckets, ContinuationToken: next } = await s3.ListBuckets({ BucketRegion: region, ContinuationToken });
      return { arns: given(Buckets?.map(({ Name }) => Name)).map((name) => `arn:${partition}:s3:::${name}`), next };
    },
    // Deviation: a bucket whose tags policies see (ABAC) refuses to be tagged from here, as it does PutBucketTagging; S3 Control's TagResource does it.
    tags: async ({ s3 }, arn) => tagsOf((await s3.GetBucketTagging({ Bucket: nameOf(arn) }).catch(noTags)).TagSet),
    async tag(aws, arn, tags) {
      const TagSet = listOf({ ...(await this.tags(aws, arn)), ...tags });
      return aws.s3.PutBucketTagging({ Bucket: nameOf(arn), Tagging: { TagSet } });
    },
    async untag(aws, arn, keys) {
      const TagSet = listOf(await this.tags(aws, arn)).filter(({ Key }) => !keys.includes(Key));
      const Bucket = nameOf(arn);
      if (TagSet.length === 0) return aws.s3.DeleteBucketTagging({ Bucket });
      return aws.s3.PutBucketTagging({ Bucket, Tagging: { TagSet } });
    },
  },
  {
    type: 'secretsmanager:secret',
    service: 'secretsmanager',
    form: /^secret:/,
    async list({ 'secrets-manager': secrets }, _, NextToken) {
      const { SecretList, NextToken: next } = await secrets.ListSecrets({ NextToken });
      return { arns: given(SecretList?.map(({ ARN }) => ARN)), next };
    },
    tags: async ({ 'secrets-manager': secrets }, SecretId) => tagsOf((await secrets.DescribeSecret({ SecretId })).Tags),
    tag: ({ 'secrets-manager': secrets }, SecretId, tags) => secrets.TagResource({ SecretId, Tags: listOf(tags) }),
    untag: ({ 'secrets-manager': secrets }, SecretId, keys) => secrets.UntagResource({ SecretId, TagKeys: [...keys] }),
  },
  {
    type: 'ssm:parameter',
    service: 'ssm',
    form: /^parameter\//,
    async list({ ssm }, { partition, region, account }, NextToken) {
      const { Parameters, NextToken: next } = await ssm.DescribeParameters({ NextToken });
      const names = given(Parameters?.map(({ Name }) => Name));
      const arns = names.map(
        (name) => `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`,
      );
      return { arns, next };
    },
    tags: async ({ ssm }, arn) => tagsOf((await ssm.ListTagsForResource(parameterIn(arn))).TagList),
    tag: ({ ssm }, arn, tags) => ssm.AddTagsToResource({ ...parameterIn(arn), Tags: listOf(tags) }),
    untag: ({ ssm }, arn, keys) => ssm.RemoveTagsFromResource({ ...parameterIn(arn), TagKeys: [...keys] }),
  },
];

/** A parameter's ARN names a hierarchy without its first slash. */
function parameterIn(arn: string) {
  const name = arn.slice(arn.indexOf(':parameter/') + ':parameter/'.length);
  return { ResourceType: 'Parameter' as const, ResourceId: name.includes('/') ? `/${name}` : name };
}

function noTags(error: unknown): { TagSet: [] } {
  if (error instanceof Error && (error as { code?: string }).code === 'NoSuchTagSet') return { TagSet: [] };
  throw error;
}

/**
 * In the order in which their resources are told.
 *
 * Deviation: AWS has more types; stacks, policies and rules of other buses than the default one are found by their own services only.
 */
export const SOURCES: readonly Source[] = [...APPLICATION_SOURCES, ...DATA_SOURCES].toSorted((a, b) =>
  a.type < b.type ? -1 : 1,
);
