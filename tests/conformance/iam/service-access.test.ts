/** What services ask for besides the operation itself: resources by their ARNs, roles that are handed over, tags, conditions of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFrontClient, CreateKeyValueStoreCommand, DescribeKeyValueStoreCommand } from '@aws-sdk/client-cloudfront';
import { CloudTrailClient, CreateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateArchiveCommand,
  DescribeArchiveCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateServiceSpecificCredentialCommand,
  DeleteServiceSpecificCredentialCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, userWithKey } from './support.ts';

const HERE = `us-east-1:${ACCOUNT}`;

/** What the call is refused for: `action on resource`; undefined when it isn't. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  const text = await call.then(
    () => undefined,
    (error: Error) => error.message,
  );
  const [, action, resource] = /perform: (\S+) on resource: (\S+)/.exec(text ?? '') ?? [];
  return text === undefined ? undefined : `${action} on ${resource}`;
}

test('EventBridge: archives by their ARNs, roles of targets, sources of events', async () => {
  await using cloud = await startTestCloud();
  const bus = `arn:aws:events:${HERE}:event-bus/default`;
  const archive = `arn:aws:events:${HERE}:archive/kept`;
  await cloud.client(EventBridgeClient).send(new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: bus }));
  const credentials = await userWithKey(
    cloud,
    'bob',
    policy(
      allow('events:DescribeArchive', archive),
      allow('events:PutEvents', bus, { StringEquals: { 'events:source': 'mine' } }),
      allow('events:PutRule', '*', { 'ForAllValues:StringEquals': { 'events:source': 'mine' } }),
      allow('events:PutTargets', '*', { 'ForAllValues:ArnLike': { 'events:TargetArn': 'arn:aws:sqs:*:*:*' } }),
    ),
  );
  const events = cloud.client(EventBridgeClient, { credentials });
  const described = await events.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }));
  assert.equal(described.ArchiveArn, archive);
  const put = async (...sources: string[]) => {
    const entries = sources.map((Source) => ({ Source, DetailType: 'x', Detail: '{}' }));
    const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: entries }));
    return Entries.map(({ ErrorCode }) => ErrorCode);
  };
  assert.deepEqual(await put('mine', 'other'), [undefined, 'NotAuthorizedForSourceException']);
  assert.deepEqual(await put('other'), ['NotAuthorizedForSourceException']);
  const RULE = `arn:aws:events:${HERE}:rule/all`;
  const rule = (source: string, more: object = {}) =>
    refusal(
      events.send(new PutRuleCommand({ Name: 'all', EventPattern: JSON.stringify({ source: [source] }), ...more })),
    );
  assert.deepEqual([await rule('mine'), await rule('other')], [undefined, `events:PutRule on ${RULE}`]);
  assert.equal(await rule('mine', { Tags: [{ Key: 'a', Value: 'b' }] }), `events:TagResource on ${RULE}`);
  const target = (Arn: string, RoleArn?: string) =>
    refusal(events.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: '1', Arn, RoleArn }] })));
  const queue = `arn:aws:sqs:${HERE}:jobs`;
  assert.equal(await target(queue), undefined);
  assert.equal(await target(`arn:aws:sns:${HERE}:news`), `events:PutTargets on ${RULE}`);
  const role = `arn:aws:iam::${ACCOUNT}:role/sender`;
  assert.equal(await target(queue, role), `iam:PassRole on ${role}`);
});

test('CloudWatch: alarms by their ARNs, what they may do, and tags', async () => {
  await using cloud = await startTestCloud();
  const topic = `arn:aws:sns:${HERE}:news`;
  const credentials = await userWithKey(
    cloud,
    'bob',
    policy(
      allow('cloudwatch:DescribeAlarms', `arn:aws:cloudwatch:${HERE}:alarm:hot`),
      allow('cloudwatch:PutMetricAlarm', '*', {
        'ForAllValues:StringEquals': { 'cloudwatch:AlarmActions': `arn:aws:sns:${HERE}:alerts` },
      }),
    ),
  );
  const cloudwatch = cloud.client(CloudWatchClient, { credentials });
  const describe = (AlarmNames?: string[]) => refusal(cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames })));
  assert.equal(await describe(['hot']), undefined);
  assert.equal(await describe(), `cloudwatch:DescribeAlarms on arn:aws:cloudwatch:${HERE}:alarm:*`);
  const put = (more: { AlarmActions?: string[]; Tags?: { Key: string; Value: string }[] }) =>
    refusal(
      cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: 'hot',
          Namespace: 'N',
          MetricName: 'M',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: 'GreaterThanThreshold',
          ...more,
        }),
      ),
    );
  const alarm = `arn:aws:cloudwatch:${HERE}:alarm:hot`;
  assert.equal(await put({}), undefined);
  assert.equal(await put({ AlarmActions: [topic] }), `cloudwatch:PutMetricAlarm on ${alarm}`);
  assert.equal(await put({ Tags: [{ Key: 'a', Value: 'b' }] }), `cloudwatch:TagResource on ${alarm}`);
});

test('queues and topics with tags take the permission to tag, too', async () => {
  await using cloud = await startTestCloud();
  const credentials = await userWithKey(cloud, 'bob', policy(allow(['sqs:CreateQueue', 'sns:CreateTopic'])));
  const sqs = cloud.client(SQSClient, { credentials });
  const queue = (tags: { [key: string]: string }) =>
    refusal(sqs.send(new CreateQueueCommand({ QueueName: 'jobs', tags })));
  assert.deepEqual([await queue({ a: 'b' }), await queue({})], [`sqs:tagqueue on arn:aws:sqs:${HERE}:jobs`, undefined]);
  const sns = cloud.client(SNSClient, { credentials });
  const topic = (Tags: { Key: string; Value: string }[]) =>
    refusal(sns.send(new CreateTopicCommand({ Name: 'news', Tags })));
  assert.equal(await topic([{ Key: 'a', Value: 'b' }]), `SNS:TagResource on arn:aws:sns:${HERE}:news`);
  assert.equal(await topic([]), undefined);
});

test('key value stores by their ARNs; roles that CloudTrail gets', async () => {
  await using cloud = await startTestCloud();
  const { KeyValueStore } = await cloud
    .client(CloudFrontClient)
    .send(new CreateKeyValueStoreCommand({ Name: 'pairs' }));
  const document = policy(
    allow('cloudfront:DescribeKeyValueStore', KeyValueStore?.ARN ?? ''),
    allow('cloudtrail:CreateTrail'),
  );
  const credentials = await userWithKey(cloud, 'bob', document);
  await cloud.client(CloudFrontClient, { credentials }).send(new DescribeKeyValueStoreCommand({ Name: 'pairs' }));
  const CloudWatchLogsRoleArn = `arn:aws:iam::${ACCOUNT}:role/logs`;
  const trail = new CreateTrailCommand({
    Name: 'all',
    S3BucketName: 'trails',
    CloudWatchLogsLogGroupArn: `arn:aws:logs:${HERE}:log-group:trail:*`,
    CloudWatchLogsRoleArn,
  });
  const refused = await refusal(cloud.client(CloudTrailClient, { credentials }).send(trail));
  assert.equal(refused, `iam:PassRole on ${CloudWatchLogsRoleArn}`);
});

test('parameters and secrets have conditions of their own', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(SecretsManagerClient).send(new CreateSecretCommand({ Name: 'one', SecretString: 'x' }));
  const credentials = await userWithKey(
    cloud,
    'bob',
    policy(
      allow('ssm:PutParameter', '*', { StringEquals: { 'ssm:Overwrite': 'false' } }),
      allow('ssm:GetParametersByPath', '*', { StringNotEquals: { 'ssm:Recursive': 'true' } }),
      allow('secretsmanager:DeleteSecret', '*', {
        NumericGreaterThanEquals: { 'secretsmanager:RecoveryWindowInDays': '14' },
      }),
    ),
  );
  const ssm = cloud.client(SSMClient, { credentials });
  const put = (Overwrite?: boolean) =>
    ssm.send(new PutParameterCommand({ Name: '/a/b', Value: 'x', Type: 'String', Overwrite }));
  await put();
  assert.equal((await failure(put(true))).name, 'AccessDeniedException');
  const list = (Recursive?: boolean) => ssm.send(new GetParametersByPathCommand({ Path: '/a', Recursive }));
  assert.equal((await list()).Parameters?.length, 1);
  assert.equal((await failure(list(true))).name, 'AccessDeniedException');
  const secrets = cloud.client(SecretsManagerClient, { credentials });
  const remove = (how: object) => secrets.send(new DeleteSecretCommand({ SecretId: 'one', ...how }));
  for (const how of [{ ForceDeleteWithoutRecovery: true }, { RecoveryWindowInDays: 7 }])
    assert.equal((await failure(remove(how))).name, 'AccessDeniedException');
  await remove({ RecoveryWindowInDays: 14 });
});

test('credentials for one service are bound to it, and to an age', async () => {
  await using cloud = await startTestCloud();
  const name = { StringEquals: { 'iam:ServiceSpecificCredentialServiceName': 'bedrock.amazonaws.com' } };
  const age = { NumericLessThanEquals: { 'iam:ServiceSpecificCredentialAgeDays': '30' } };
  const document = policy(
    allow('iam:CreateServiceSpecificCredential', '*', { ...name, ...age }),
    allow('iam:DeleteServiceSpecificCredential', '*', name),
  );
  const iam = cloud.client(IAMClient, { credentials: await userWithKey(cloud, 'bob', document) });
  const create = (service: string, CredentialAgeDays: number) =>
    iam.send(new CreateServiceSpecificCredentialCommand({ UserName: 'bob', ServiceName: service, CredentialAgeDays }));
  assert.equal((await failure(create('bedrock.amazonaws.com', 31))).name, 'AccessDenied');
  assert.equal((await failure(create('codecommit.amazonaws.com', 30))).name, 'AccessDenied');
  const { ServiceSpecificCredential: made } = await create('bedrock.amazonaws.com', 30);
  const ServiceSpecificCredentialId = made?.ServiceSpecificCredentialId;
  await iam.send(new DeleteServiceSpecificCredentialCommand({ UserName: 'bob', ServiceSpecificCredentialId }));
});
