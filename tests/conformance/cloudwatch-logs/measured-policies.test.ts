/** Policies of destinations and of groups, and the age of filters, as AWS was measured to answer. Source: radkawar/stackd, in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteResourcePolicyCommand,
  type DeleteResourcePolicyCommandInput,
  DescribeMetricFiltersCommand,
  DescribeResourcePoliciesCommand,
  PutDestinationCommand,
  PutDestinationPolicyCommand,
  PutMetricFilterCommand,
  PutResourcePolicyCommand,
  type PutResourcePolicyCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { failure, startTestCloud } from '../../support/cloud.ts';

const logGroupName = 'g';
const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:g';
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const told = async (call: Promise<unknown>) => {
  const { name, message } = await failure(call);
  return [name, message];
};

test('destinations are shared with accounts, or with everybody of an organization', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const iam = cloud.client(IAMClient);
  const trust = { Effect: 'Allow', Principal: { Service: 'logs.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'logs', AssumeRolePolicyDocument: policy(trust) }));
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'logs',
      PolicyName: 'puts',
      PolicyDocument: policy({ Effect: 'Allow', Action: 'kinesis:*', Resource: '*' }),
    }),
  );
  await cloud.client(KinesisClient).send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  await cloud.advance(60_000);
  const targetArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';
  await logs.send(new PutDestinationCommand({ destinationName: 'd', targetArn, roleArn: Role?.Arn }));
  const share = (more: object, destinationName = 'd') => {
    const Resource = 'arn:aws:logs:us-east-1:123456789012:destination:d';
    const accessPolicy = policy({ Effect: 'Allow', Action: 'logs:PutSubscriptionFilter', Resource, ...more });
    return logs.send(new PutDestinationPolicyCommand({ destinationName, accessPolicy }));
  };
  const accounts = { Principal: { AWS: '111122223333' } };
  const of = (key: string) => ({ Principal: '*', Condition: { StringEquals: { [key]: 'o-1234567890' } } });
  await share(accounts);
  const code = 'InvalidParameterException';
  assert.deepEqual(await told(share(accounts, 'none')), [code, 'Destination with name none does not exist']);
  assert.deepEqual(await told(share({ Principal: '*' })), [
    code,
    'Principal section of policy contains `*` instead of account ID: *',
  ]);
  for (const key of ['aws:principalorgid', 'aws:SourceAccount'])
    assert.deepEqual(await told(share(of(key))), [
      code,
      "Only 'aws:PrincipalOrgID' and 'aws:PrincipalOrgPaths' condition keys are allowed in Condition block of the policy.",
    ]);
  const [, message = ''] = await told(share(of('aws:PrincipalOrgID')));
  assert.match(message, /^Cannot update existing policy on Subscription Destination\. .* Use the Force flag to accept/);
});

test('the policy of a group is changed by who knows its revision, and goes with the group', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const policyDocument = policy({
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'logs:PutLogEvents',
    Resource: `${GROUP}:*`,
  });
  const resourceArn = GROUP;
  const put = (input: Omit<PutResourcePolicyCommandInput, 'policyDocument'>) =>
    logs.send(new PutResourcePolicyCommand({ policyDocument, ...input }));
  const remove = (input: DeleteResourcePolicyCommandInput) => logs.send(new DeleteResourcePolicyCommand(input));
  const CODE = 'InvalidParameterException';
  const both = [CODE, 'Both policy name and resource arn cannot be specified at the same time.'];
  assert.deepEqual(await told(put({ policyName: 'p', resourceArn })), both);
  const made = await put({ resourceArn });
  assert.deepEqual([made.revisionId, made.resourcePolicy?.revisionId], ['1', undefined]);
  const conflict = [
    'OperationAbortedException',
    'A conflicting operation is currently in progress against this resource. Please try again.',
  ];
  assert.deepEqual(await told(put({ resourceArn })), conflict);
  assert.deepEqual(await told(put({ resourceArn, expectedRevisionId: '2' })), conflict);
  const badRevision = [CODE, 'Invalid ExpectedRevisionId'];
  assert.deepEqual(await told(put({ resourceArn, expectedRevisionId: 'x' })), badRevision);
  assert.equal((await put({ resourceArn, expectedRevisionId: '1' })).revisionId, '2');
  await put({ policyName: 'p', expectedRevisionId: '7' });
  await put({ policyName: 'p' });
  const describe = (more: object) => logs.send(new DescribeResourcePoliciesCommand({ resourceArn, ...more }));
  assert.deepEqual(await told(describe({})), [CODE, 'Cannot provide ResourceArn for PolicyScope ACCOUNT']);
  const kept = async () => (await describe({ policyScope: 'RESOURCE' })).resourcePolicies?.map((one) => one.revisionId);
  assert.deepEqual(await kept(), ['2']);
  assert.deepEqual(await told(remove({ resourceArn })), badRevision);
  assert.deepEqual(await told(remove({ resourceArn, expectedRevisionId: '1' })), conflict);
  await remove({ resourceArn, expectedRevisionId: '2' });
  assert.deepEqual(await told(remove({ resourceArn, expectedRevisionId: '2' })), [
    'ResourceNotFoundException',
    'No policy found for ResourceArn',
  ]);
  await put({ resourceArn });
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  assert.deepEqual(await kept(), []);
});

test('a metric filter in place of another is as old', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const put = async () => {
    const metricTransformations = [{ metricName: 'm', metricNamespace: 'n', metricValue: '1' }];
    await logs.send(
      new PutMetricFilterCommand({ logGroupName, filterName: 'f', filterPattern: '', metricTransformations }),
    );
    const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName }));
    return metricFilters?.[0]?.creationTime;
  };
  const made = await put();
  await cloud.advance(5_000);
  assert.equal(await put(), made);
});
