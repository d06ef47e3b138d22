/** Change sets that bring things back to what the template says, whatever has become of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, reasons, remove, settled, templateOf } from './stacks.ts';

const things = (value: string, more: object = {}) =>
  templateOf({
    Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1, MaximumMessageSize: 2_048 } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
    Told: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: value } },
    Same: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'same' } },
    ...more,
  });

/** A stack whose queue, topic and first parameter are no longer what it has made. */
async function drifted(cloud: TestCloud) {
  await create(cloud, 'app', things('one'));
  const ids = await physicalIds(cloud, 'app');
  const sqs = cloud.client(SQSClient);
  const QueueUrl = ids.Queue;
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '9' } }));
  await cloud.client(SNSClient).send(new DeleteTopicCommand({ TopicArn: ids.Topic }));
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name: ids.Told, Value: 'two', Overwrite: true }));
  const formation = cloud.client(CloudFormationClient);
  const look = async (TemplateBody: string, more: Partial<CreateChangeSetCommandInput> = {}) => {
    const asked = { StackName: 'app', ChangeSetName: 'back', TemplateBody } as const;
    const { Id } = await formation.send(
      new CreateChangeSetCommand({ ...asked, DeploymentMode: 'REVERT_DRIFT', ...more }),
    );
    await cloud.server.cloud.settle();
    return formation.send(new DescribeChangeSetCommand({ ChangeSetName: Id, IncludePropertyValues: true }));
  };
  const delay = async () => {
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] });
    return (await sqs.send(asked)).Attributes?.DelaySeconds;
  };
  return { ids, formation, look, delay };
}

test('what was changed is changed back, what is gone is made again, what the template has caught up with stays', async () => {
  await using cloud = await startTestCloud();
  const { ids, formation, look, delay } = await drifted(cloud);
  const set = await look(things('two'));
  assert.deepEqual(
    [set.Status, set.DeploymentMode, set.StackDriftStatus],
    ['CREATE_COMPLETE', 'REVERT_DRIFT', 'DRIFTED'],
  );
  const changes = set.Changes?.map(({ ResourceChange: one }) => one) ?? [];
  assert.deepEqual(
    changes.map((one) => [one?.LogicalResourceId, one?.Action, one?.ResourceDriftStatus]),
    [
      ['Queue', 'Modify', 'MODIFIED'],
      ['Told', 'SyncWithActual', 'MODIFIED'],
      ['Topic', 'Add', 'DELETED'],
    ],
  );
  const [queue] = changes;
  assert.deepEqual(queue?.Details?.[0]?.Target, {
    Attribute: 'Properties',
    Name: 'DelaySeconds',
    RequiresRecreation: 'Never',
    Path: '/Properties/DelaySeconds',
    BeforeValue: '9',
    AfterValue: '1',
    AttributeChangeType: 'Modify',
    BeforeValueFrom: 'ACTUAL_STATE',
    AfterValueFrom: 'TEMPLATE',
    Drift: { PreviousValue: '1', ActualValue: '9', DriftDetectionTimestamp: new Date(START) },
  });
  assert.equal(JSON.parse(queue?.PreviousDeploymentContext ?? '{}').Properties.DelaySeconds, 1);
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName: set.ChangeSetId }));
  await expectStatus(cloud, 'app', 'UPDATE_COMPLETE');
  assert.equal(await delay(), '1');
  const now = await physicalIds(cloud, 'app');
  assert.deepEqual(now, ids);
  // Nothing differs any more.
  const again = await look(things('two'), { ChangeSetName: 'again' });
  assert.deepEqual([again.Status, again.StackDriftStatus], ['FAILED', 'IN_SYNC']);
  await remove(cloud, 'app');
});

test('where it fails, things are again what they were just before', async () => {
  await using cloud = await startTestCloud();
  const { formation, look, delay } = await drifted(cloud);
  const Bad = { Type: 'AWS::SQS::Queue', DependsOn: ['Queue', 'Topic'], Properties: { DelaySeconds: 1_000 } };
  const set = await look(things('one', { Bad }));
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName: set.ChangeSetId }));
  assert.equal((await settled(cloud, 'app'))?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 'app'))[0] ?? '', /^Bad: /);
  assert.equal(await delay(), '9');
  const early = {
    StackName: 'new',
    ChangeSetName: 'back',
    ChangeSetType: 'CREATE',
    TemplateBody: things('x'),
  } as const;
  const refused = await failure(
    formation.send(new CreateChangeSetCommand({ ...early, DeploymentMode: 'REVERT_DRIFT' })),
  );
  assert.equal(refused.message, 'DeploymentMode is not supported for changeSet type: CREATE');
});

test('with nested stacks, what has become of their things is found and changed back, too', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const write = (Body: string) => s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'below', Body }));
  const below = (delay: number) =>
    templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs', DelaySeconds: delay } } });
  await write(below(1));
  const TemplateURL = 'https://s3.amazonaws.com/templates/below';
  const TemplateBody = templateOf({ Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL } } });
  await create(cloud, 'app', TemplateBody);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
  const delay = async () => {
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] });
    return (await sqs.send(asked)).Attributes?.DelaySeconds;
  };
  const describe = (ChangeSetName: string | undefined) =>
    formation.send(new DescribeChangeSetCommand({ ChangeSetName, IncludePropertyValues: true }));
  const look = async (more: Partial<CreateChangeSetCommandInput>) => {
    const asked = { StackName: 'app', ChangeSetName: 'look', TemplateBody, IncludeNestedStacks: true };
    const { Id } = await formation.send(new CreateChangeSetCommand({ ...asked, ...more }));
    await cloud.server.cloud.settle();
    const set = await describe(Id);
    return { set, inner: set.Changes?.[0] && (await describe(set.Changes[0].ResourceChange?.ChangeSetId)) };
  };
  const unchanged = await look({ ChangeSetName: 'none', DeploymentMode: 'REVERT_DRIFT' });
  assert.deepEqual([unchanged.set.Status, unchanged.inner], ['FAILED', undefined]);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '9' } }));
  const { set, inner } = await look({ DeploymentMode: 'REVERT_DRIFT' });
  assert.deepEqual(
    [set.Status, inner?.Status, inner?.DeploymentMode],
    ['CREATE_COMPLETE', 'CREATE_COMPLETE', 'REVERT_DRIFT'],
  );
  const [{ ResourceChange } = {}] = inner?.Changes ?? [];
  assert.deepEqual(
    [ResourceChange?.LogicalResourceId, ResourceChange?.Action, ResourceChange?.ResourceDriftStatus],
    ['Queue', 'Modify', 'MODIFIED'],
  );
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName: set.ChangeSetId }));
  await expectStatus(cloud, 'app', 'UPDATE_COMPLETE');
  assert.equal(await delay(), '1');
  assert.equal((await describe(inner?.ChangeSetId)).ExecutionStatus, 'EXECUTE_COMPLETE');
  // What another template at the same address changes is seen before it is done.
  await write(below(3));
  const next = await look({ ChangeSetName: 'next' });
  assert.equal(next.inner?.Changes?.[0]?.ResourceChange?.Details?.[0]?.Target?.AfterValue, '3');
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName: next.set.ChangeSetId }));
  await expectStatus(cloud, 'app', 'UPDATE_COMPLETE');
  assert.equal(await delay(), '3');
});
