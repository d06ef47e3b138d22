import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateGeneratedTemplateCommand,
  DeleteGeneratedTemplateCommand,
  DescribeGeneratedTemplateCommand,
  DescribeResourceScanCommand,
  ExecuteChangeSetCommand,
  GetGeneratedTemplateCommand,
  ListGeneratedTemplatesCommand,
  ListResourceScanRelatedResourcesCommand,
  ListResourceScanResourcesCommand,
  ListResourceScansCommand,
  type ResourceDefinition,
  StartResourceScanCommand,
  type StartResourceScanCommandInput,
  UpdateGeneratedTemplateCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient, TagQueueCommand } from '@aws-sdk/client-sqs';
import { HOUR } from '#kernel/base';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, templateOf } from './stacks.ts';

const ACCOUNT = '123456789012';
const DEAD = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`;

/** Two queues, one of which refers to the other; a topic; and a stack with one more queue. */
async function furnish(cloud: TestCloud) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl: dead = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: DEAD, maxReceiveCount: 3 });
  const Attributes = { DelaySeconds: '7', RedrivePolicy };
  const { QueueUrl: jobs = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', Attributes }));
  await sqs.send(new TagQueueCommand({ QueueUrl: jobs, Tags: { team: 'blue' } }));
  const { TopicArn: topic = '' } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 'news' }));
  await create(cloud, 's', templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'managed' } } }));
  return { dead, jobs, topic };
}

async function scanned(cloud: TestCloud, more: StartResourceScanCommandInput = {}): Promise<string> {
  const formation = cloud.client(CloudFormationClient);
  const { ResourceScanId = '' } = await formation.send(new StartResourceScanCommand(more));
  await cloud.server.cloud.settle();
  return ResourceScanId;
}

async function generate(cloud: TestCloud, Resources: ResourceDefinition[], GeneratedTemplateName = 'mine') {
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateGeneratedTemplateCommand({ GeneratedTemplateName, Resources }));
  await cloud.server.cloud.settle();
  return formation.send(new DescribeGeneratedTemplateCommand({ GeneratedTemplateName }));
}

const queue = (QueueUrl: string, LogicalResourceId?: string): ResourceDefinition => ({
  ResourceType: 'AWS::SQS::Queue',
  ResourceIdentifier: { QueueUrl },
  LogicalResourceId,
});

test('a scan finds what is there, and what belongs to stacks', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { dead, jobs, topic } = await furnish(cloud);
  const ResourceScanId = await scanned(cloud);
  const scan = await formation.send(new DescribeResourceScanCommand({ ResourceScanId }));
  assert.deepEqual(
    [scan.Status, scan.PercentageCompleted, scan.ResourcesScanned, scan.ResourcesRead],
    ['COMPLETE', 100, 4, 4],
  );
  const list = async (more: object) => {
    const asked = new ListResourceScanResourcesCommand({ ResourceScanId, ...more });
    const { Resources = [] } = await formation.send(asked);
    return Resources.map((one) => [
      one.ResourceType,
      Object.values(one.ResourceIdentifier ?? {})[0],
      one.ManagedByStack,
    ]);
  };
  const managed = dead.replace('dead', 'managed');
  assert.deepEqual(await list({}), [
    ['AWS::SNS::Topic', topic, false],
    ['AWS::SQS::Queue', dead, false],
    ['AWS::SQS::Queue', jobs, false],
    ['AWS::SQS::Queue', managed, true],
  ]);
  assert.deepEqual(await list({ ResourceTypePrefix: 'AWS::SNS' }), [['AWS::SNS::Topic', topic, false]]);
  assert.deepEqual(await list({ ResourceIdentifier: 'jobs' }), [['AWS::SQS::Queue', jobs, false]]);
  assert.deepEqual(await list({ TagKey: 'team', TagValue: 'blue' }), [['AWS::SQS::Queue', jobs, false]]);
  const { RelatedResources } = await formation.send(
    new ListResourceScanRelatedResourcesCommand({
      ResourceScanId,
      Resources: [{ ResourceType: 'AWS::SNS::Topic', ResourceIdentifier: { TopicArn: topic } }],
    }),
  );
  assert.deepEqual(RelatedResources, []);
  const part = await scanned(cloud, { ScanFilters: [{ Types: ['AWS::SNS::*'] }] });
  const { ResourceScanSummaries } = await formation.send(new ListResourceScansCommand({}));
  assert.deepEqual(
    ResourceScanSummaries?.map((one) => [one.ResourceScanId, one.ScanType]),
    [
      [part, 'PARTIAL'],
      [ResourceScanId, 'FULL'],
    ],
  );
  await cloud.advance(31 * 86_400_000);
  assert.equal((await formation.send(new DescribeResourceScanCommand({ ResourceScanId }))).Status, 'EXPIRED');
  const { Resources } = await formation.send(new ListResourceScanResourcesCommand({ ResourceScanId }));
  assert.deepEqual(Resources, []);
});

test('what refers to another is related to it', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { topic } = await furnish(cloud);
  const Alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'late',
      AlarmActions: [topic],
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      MetricName: 'Age',
      Namespace: 'Own',
      Period: 60,
      Statistic: 'Sum',
      Threshold: 1,
    },
  };
  await create(cloud, 'alarm', templateOf({ Alarm }));
  const ResourceScanId = await scanned(cloud);
  const related = async (ResourceType: string, ResourceIdentifier: Record<string, string>) => {
    const Resources = [{ ResourceType, ResourceIdentifier }];
    const asked = new ListResourceScanRelatedResourcesCommand({ ResourceScanId, Resources });
    return (await formation.send(asked)).RelatedResources?.map((one) => Object.values(one.ResourceIdentifier ?? {})[0]);
  };
  assert.deepEqual(await related('AWS::SNS::Topic', { TopicArn: topic }), ['late']);
  assert.deepEqual(await related('AWS::CloudWatch::Alarm', { AlarmName: 'late' }), [topic]);
});

test('a template is generated, and imports what it was made of', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { jobs } = await furnish(cloud);
  const made = await generate(cloud, [queue(jobs, 'Jobs')]);
  assert.deepEqual([made.Status, made.TotalWarnings], ['COMPLETE', 0]);
  assert.deepEqual(made.Progress, {
    ResourcesSucceeded: 1,
    ResourcesFailed: 0,
    ResourcesProcessing: 0,
    ResourcesPending: 0,
  });
  const asked = { GeneratedTemplateName: 'mine' };
  const { TemplateBody = '' } = await formation.send(new GetGeneratedTemplateCommand(asked));
  const template = JSON.parse(TemplateBody);
  assert.deepEqual(template.Metadata, { TemplateId: made.GeneratedTemplateId });
  const { Type, DeletionPolicy, Properties } = template.Resources.Jobs;
  assert.deepEqual([Type, DeletionPolicy], ['AWS::SQS::Queue', 'Retain']);
  assert.deepEqual([Properties.QueueName, String(Properties.DelaySeconds)], ['jobs', '7']);
  assert.deepEqual(Properties.Tags, [{ Key: 'team', Value: 'blue' }]);
  const yaml = await formation.send(new GetGeneratedTemplateCommand({ ...asked, Format: 'YAML' }));
  assert.match(yaml.TemplateBody ?? '', /^"Metadata":\n {2}"TemplateId": "arn:aws:cloudformation:/);
  await formation.send(new ValidateTemplateCommand({ TemplateBody: yaml.TemplateBody }));
  const { Id: ChangeSetName } = await formation.send(
    new CreateChangeSetCommand({
      StackName: 'taken',
      ChangeSetName: 'take',
      ChangeSetType: 'IMPORT',
      TemplateBody,
      ResourcesToImport: [
        { ResourceType: 'AWS::SQS::Queue', LogicalResourceId: 'Jobs', ResourceIdentifier: { QueueUrl: jobs } },
      ],
    }),
  );
  await cloud.server.cloud.settle();
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName }));
  await expectStatus(cloud, 'taken', 'IMPORT_COMPLETE');
  assert.deepEqual(await physicalIds(cloud, 'taken'), { Jobs: jobs });
  const { Attributes } = await cloud
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl: jobs, AttributeNames: ['DelaySeconds'] }));
  assert.equal(Attributes?.DelaySeconds, '7');
});

test('every type that is scanned can be read and generated', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] };
  const key = { AttributeName: 'id', AttributeType: 'S' };
  const of = (Type: string, Properties: object = {}) => ({ Type, Properties });
  await create(
    cloud,
    'all',
    templateOf({
      Alarm: of('AWS::CloudWatch::Alarm', {
        AlarmName: 'late',
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        MetricName: 'Age',
        Namespace: 'Own',
        Period: 60,
        Statistic: 'Sum',
        Threshold: 1,
      }),
      Table: of('AWS::DynamoDB::Table', {
        TableName: 'table',
        AttributeDefinitions: [key],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
      Images: of('AWS::ECR::Repository', { RepositoryName: 'images' }),
      Group: of('AWS::IAM::Group', { GroupName: 'people' }),
      Profile: of('AWS::IAM::InstanceProfile', { InstanceProfileName: 'profile', Roles: [{ Ref: 'Role' }] }),
      Policy: of('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'reads', PolicyDocument: policy }),
      Role: of('AWS::IAM::Role', { RoleName: 'role', AssumeRolePolicyDocument: trust }),
      User: of('AWS::IAM::User', { UserName: 'one' }),
      Function: of('AWS::Lambda::Function', {
        FunctionName: 'f',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: 'exports.handler = async () => 1;' },
      }),
      Logs: of('AWS::Logs::LogGroup', { LogGroupName: 'own', RetentionInDays: 3 }),
      Bucket: of('AWS::S3::Bucket', { BucketName: 'bucket-of-mine' }),
      Near: of('AWS::S3Express::DirectoryBucket', {
        LocationName: 'use1-az4',
        DataRedundancy: 'SingleAvailabilityZone',
      }),
      Topic: of('AWS::SNS::Topic', { TopicName: 'news' }),
      Queue: of('AWS::SQS::Queue', { QueueName: 'jobs' }),
      Parameter: of('AWS::SSM::Parameter', { Name: '/p', Type: 'String', Value: 'v' }),
      Secret: of('AWS::SecretsManager::Secret', { Name: 'secret', Description: 'of mine' }),
    }),
  );
  const ResourceScanId = await scanned(cloud);
  const scan = await formation.send(new DescribeResourceScanCommand({ ResourceScanId }));
  const { Resources = [] } = await formation.send(new ListResourceScanResourcesCommand({ ResourceScanId }));
  assert.deepEqual(
    [...new Set(Resources.map(({ ResourceType }) => ResourceType))].toSorted(),
    scan.ResourceTypes?.toSorted(),
  );
  assert.ok(Resources.every(({ ManagedByStack }) => ManagedByStack));
  const made = await generate(
    cloud,
    Resources.map(({ ResourceType, ResourceIdentifier }) => ({
      ResourceType: ResourceType ?? '',
      ResourceIdentifier: ResourceIdentifier ?? {},
      LogicalResourceId: ResourceType?.split('::')[2],
    })),
  );
  assert.deepEqual([made.Status, made.StatusReason], ['COMPLETE', 'All resources complete']);
  assert.equal(made.Resources?.[0]?.ResourceStatusReason, 'Resource Template complete');
  const { TemplateBody = '' } = await formation.send(
    new GetGeneratedTemplateCommand({ GeneratedTemplateName: 'mine' }),
  );
  const { Resources: found } = JSON.parse(TemplateBody);
  assert.equal(found.Alarm.Properties.Threshold, 1);
  assert.deepEqual(found.Table.Properties.KeySchema, [{ AttributeName: 'id', KeyType: 'HASH' }]);
  assert.deepEqual(found.Role.Properties.AssumeRolePolicyDocument, trust);
  assert.deepEqual(found.ManagedPolicy.Properties.PolicyDocument, policy);
  assert.equal(found.LogGroup.Properties.RetentionInDays, 3);
  assert.equal(found.Secret.Properties.Description, 'of mine');
  assert.equal(found.Queue.Properties.Tags, undefined);
  // A function's code can't be read back.
  const warned = made.Resources?.filter(({ Warnings = [] }) => Warnings.length > 0);
  assert.deepEqual(
    warned?.map(({ LogicalResourceId, Warnings }) => [LogicalResourceId, Warnings?.[0]?.Properties?.[0]?.PropertyPath]),
    [['Function', 'Code']],
  );
});

test('generated templates are changed and removed', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { dead, topic } = await furnish(cloud);
  const first = await generate(cloud, [queue(dead), queue(dead.replace('dead', 'none'), 'None')]);
  assert.deepEqual(
    [first.Status, first.StatusReason],
    ['FAILED', 'The following resource(s) failed to generate: [None]'],
  );
  assert.match(first.Resources?.[0]?.LogicalResourceId ?? '', /^SQSQueue00dead00\w{5}$/);
  assert.equal(
    first.Resources?.[1]?.ResourceStatusReason,
    `Resource of type 'AWS::SQS::Queue' with identifier '${dead.replace('dead', 'none')}' was not found.`,
  );
  await formation.send(
    new UpdateGeneratedTemplateCommand({
      GeneratedTemplateName: 'mine',
      NewGeneratedTemplateName: 'yours',
      RemoveResources: ['None'],
      AddResources: [
        { ResourceType: 'AWS::SNS::Topic', LogicalResourceId: 'News', ResourceIdentifier: { TopicArn: topic } },
      ],
      TemplateConfiguration: { DeletionPolicy: 'DELETE' },
    }),
  );
  await cloud.server.cloud.settle();
  const { Summaries } = await formation.send(new ListGeneratedTemplatesCommand({}));
  assert.deepEqual(
    Summaries?.map((one) => [one.GeneratedTemplateName, one.Status, one.NumberOfResources]),
    [['yours', 'COMPLETE', 2]],
  );
  const { TemplateBody = '' } = await formation.send(
    new GetGeneratedTemplateCommand({ GeneratedTemplateName: 'yours' }),
  );
  assert.equal(JSON.parse(TemplateBody).Resources.News.DeletionPolicy, 'Delete');
  const taken = await failure(generate(cloud, [queue(dead)], 'yours'));
  assert.equal(taken.name, 'AlreadyExistsException');
  await formation.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName: 'yours' }));
  const gone = await failure(formation.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName: 'yours' })));
  assert.equal(
    `${gone.name}: ${gone.message}`,
    'GeneratedTemplateNotFoundException: Generated template yours does not exist',
  );
});

test('one scan at a time; the same token is the same scan', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const start = (ClientRequestToken?: string) => formation.send(new StartResourceScanCommand({ ClientRequestToken }));
  const { ResourceScanId } = await start('once');
  assert.equal((await start('once')).ResourceScanId, ResourceScanId);
  const missing = await failure(formation.send(new DescribeResourceScanCommand({ ResourceScanId: 'none' })));
  assert.equal(missing.name, 'ResourceScanNotFoundException');
});

test('an account scans ten times a day', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  for (let nth = 0; nth < 10; nth++) {
    await scanned(cloud);
    await cloud.advance(HOUR);
  }
  const { name, message } = await failure(formation.send(new StartResourceScanCommand({})));
  assert.equal(
    `${name}: ${message}`,
    'ResourceScanLimitExceededException: The daily quota for resource scans has been exceeded.',
  );
  await cloud.advance(14 * HOUR);
  await scanned(cloud);
});

test('five templates are generated at a time, and are left alone meanwhile', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { dead } = await furnish(cloud);
  cloud.server.cloud.kernel.faults.put({
    id: 'slow',
    service: 'sqs',
    operation: 'GetQueueAttributes',
    probability: 1,
    effect: { kind: 'latency', millis: 60_000 },
  });
  const make = (GeneratedTemplateName: string) =>
    formation.send(new CreateGeneratedTemplateCommand({ GeneratedTemplateName, Resources: [queue(dead)] }));
  for (let nth = 0; nth < 5; nth++) await make(`t${nth}`);
  const refused = async (asked: Promise<unknown>) => (await failure(asked)).name;
  const AT_WORK = 'ConcurrentResourcesLimitExceededException';
  const GeneratedTemplateName = 't0';
  assert.equal(await refused(make('t5')), AT_WORK);
  assert.equal(await refused(formation.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName }))), AT_WORK);
  assert.equal(await refused(formation.send(new UpdateGeneratedTemplateCommand({ GeneratedTemplateName }))), AT_WORK);
  await cloud.advance(60_000);
  await cloud.server.cloud.settle();
  await formation.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName }));
  await make('t5');
});

test('an account has so many generated templates', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const make = (name: number) =>
    formation.send(new CreateGeneratedTemplateCommand({ GeneratedTemplateName: `t${name}` }));
  for (let from = 0; from < 1_000; from += 5) {
    await Promise.all(Array.from({ length: 5 }, (_, n) => make(from + n)));
    await cloud.server.cloud.settle();
  }
  assert.equal((await failure(make(1_000))).name, 'LimitExceededException');
  await formation.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName: 't0' }));
  await make(1_000);
});
