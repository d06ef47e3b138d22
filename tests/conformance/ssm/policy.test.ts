import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  DescribeParametersCommand,
  GetParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { allow, deny, policy as document, userWithKey } from '../iam/support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A queue that hears of policies, or of changes; what it heard since it was asked last. */
async function listen(cloud: TestCloud, kind = 'Policy Action', member = 'policy-type') {
  const sqs = cloud.client(SQSClient);
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };
  const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [open] }) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told', Attributes }));
  const bridge = cloud.client(EventBridgeClient);
  const EventPattern = JSON.stringify({ source: ['aws.ssm'], 'detail-type': [`Parameter Store ${kind}`] });
  await bridge.send(new PutRuleCommand({ Name: 'policies', EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:told';
  await bridge.send(new PutTargetsCommand({ Rule: 'policies', Targets: [{ Id: 'q', Arn }] }));
  return async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body = '' }) => JSON.parse(Body).detail[member]);
  };
}

const policy = (Type: string, Attributes: object) => ({ Type, Version: '1.0', Attributes });
const EXPIRATION = policy('Expiration', { Timestamp: new Date(START + 10 * DAY).toISOString() });

test('a parameter says that it will expire, that nobody changed it, and that it has expired', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const heard = await listen(cloud);
  const Policies = JSON.stringify([
    EXPIRATION,
    policy('ExpirationNotification', { Before: '5', Unit: 'Days' }),
    policy('NoChangeNotification', { After: '12', Unit: 'Hours' }),
  ]);
  const given = { Name: 'brief', Value: 'v', Tier: 'Advanced' } as const;
  await ssm.send(new PutParameterCommand({ ...given, Type: 'String', Policies }));
  const statuses = async () => {
    const { Parameters: [one] = [] } = await ssm.send(new DescribeParametersCommand({}));
    return one?.Policies?.map(({ PolicyStatus }) => PolicyStatus);
  };
  assert.deepEqual(await statuses(), ['Pending', 'Pending', 'Pending']);
  await cloud.advance(11 * HOUR);
  // Who changes it has it wait anew.
  await ssm.send(new PutParameterCommand({ ...given, Value: 'w', Overwrite: true }));
  await cloud.advance(11 * HOUR);
  assert.deepEqual(await heard(), []);
  await cloud.advance(HOUR);
  assert.deepEqual(await heard(), ['NoChangeNotification']);
  assert.deepEqual(await statuses(), ['Pending', 'Pending', 'Finished']);
  await cloud.advance(5 * DAY);
  assert.deepEqual(await heard(), ['ExpirationNotification']);
  await cloud.advance(5 * DAY);
  assert.deepEqual(await heard(), ['Expiration']);
  assert.equal((await failure(ssm.send(new GetParameterCommand({ Name: 'brief' })))).name, 'ParameterNotFound');
});

test('policies that can never be due are refused', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  for (const [policies, error] of [
    [[policy('ExpirationNotification', { Before: '5', Unit: 'Days' })], 'InvalidPolicyAttributeException'],
    [[EXPIRATION, policy('ExpirationNotification', { Before: '5' })], 'InvalidPolicyAttributeException'],
    [[policy('NoChangeNotification', { After: '-1', Unit: 'Days' })], 'InvalidPolicyAttributeException'],
    [[policy('NoChangeNotification', { After: '1', Unit: 'Weeks' })], 'InvalidPolicyAttributeException'],
    [[policy('Expiration', { Timestamp: 'soon' })], 'InvalidPolicyAttributeException'],
    [[policy('Expiration', { Timestamp: '2026' })], 'InvalidPolicyAttributeException'],
    [[EXPIRATION, EXPIRATION], 'IncompatiblePolicyException'],
    [Array(11).fill(EXPIRATION), 'PoliciesLimitExceededException'],
    [[policy('Reminder', {})], 'InvalidPolicyTypeException'],
  ] as const) {
    const input = { Name: 'p', Value: 'v', Type: 'String', Tier: 'Advanced' } as const;
    const refused = await failure(ssm.send(new PutParameterCommand({ ...input, Policies: JSON.stringify(policies) })));
    assert.equal(refused.name, error, JSON.stringify(policies));
  }
});

test('when a parameter expires may be said with an offset in seconds', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const Policies = JSON.stringify([policy('Expiration', { Timestamp: '2026-01-01T10:32:00.5+10:30:30' })]);
  await ssm.send(new PutParameterCommand({ Name: 'p', Value: 'v', Type: 'String', Tier: 'Advanced', Policies }));
  const count = async () => (await ssm.send(new DescribeParametersCommand({}))).Parameters?.length;
  await cloud.advance(90_000);
  assert.equal(await count(), 1);
  await cloud.advance(1_000);
  assert.equal(await count(), 0);
});

test('labels begin with anything but a digit, and neither as AWS’s own nor as Systems Manager’s', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  await ssm.send(new PutParameterCommand({ Name: 'p', Value: 'v', Type: 'String' }));
  const Labels = ['-a', '.b', '_c', '1d', 'AWSe', 'ssm'];
  const { InvalidLabels } = await ssm.send(new LabelParameterVersionCommand({ Name: 'p', Labels }));
  assert.deepEqual(InvalidLabels, ['1d', 'AWSe', 'ssm']);
});

test('of the advanced tier a secret value takes a data key', async () => {
  await using cloud = await startTestCloud();
  const credentials = await userWithKey(cloud, 'ann', document(allow('*'), deny('kms:GenerateDataKey')));
  const ann = cloud.client(SSMClient, { credentials });
  const secret = (Name: string, Tier: 'Standard' | 'Advanced') =>
    ann.send(new PutParameterCommand({ Name, Value: 'v', Type: 'SecureString', Tier }));
  await secret('standard', 'Standard');
  assert.equal((await failure(secret('advanced', 'Advanced'))).name, 'AccessDeniedException');
});

test('a change is told, as is a label', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const heard = await listen(cloud, 'Change', 'operation');
  await ssm.send(new PutParameterCommand({ Name: 'p', Value: 'v', Type: 'String', Description: 'why' }));
  await ssm.send(new LabelParameterVersionCommand({ Name: 'p', Labels: ['prod'] }));
  await cloud.server.cloud.settle();
  assert.deepEqual((await heard()).toSorted(), ['Create', 'LabelParameterVersion']);
});
