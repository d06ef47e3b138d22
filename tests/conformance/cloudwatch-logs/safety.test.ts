/** Who may read what: permissions, keys, masked data, resource policies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteDataProtectionPolicyCommand,
  DeleteLogGroupCommand,
  DeleteResourcePolicyCommand,
  DescribeLogGroupsCommand,
  DescribeResourcePoliciesCommand,
  DisassociateKmsKeyCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutAccountPolicyCommand,
  PutDataProtectionPolicyCommand,
  PutDestinationCommand,
  PutLogEventsCommand,
  PutLogGroupDeletionProtectionCommand,
  PutResourcePolicyCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { HOUR } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectNoDrift, remove, templateOf, update } from '../cloudformation/stacks.ts';

const logGroupName = '/app/web';
const logStreamName = 'one';
const place = { logGroupName, logStreamName };
const GROUP = `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}`;

async function withStream(cloud: TestCloud, kmsKeyId?: string): Promise<CloudWatchLogsClient> {
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName, ...(kmsKeyId !== undefined && { kmsKeyId }) }));
  await logs.send(new CreateLogStreamCommand(place));
  return logs;
}

const put = (logs: CloudWatchLogsClient, ...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({ ...place, logEvents: messages.map((message) => ({ timestamp: START, message })) }),
  );
const read = async (logs: CloudWatchLogsClient, more = {}) => {
  const { events } = await logs.send(new GetLogEventsCommand({ ...place, startFromHead: true, ...more }));
  return events?.map(({ message }) => message);
};

/** A client of a user who may do this. */
async function userWith(cloud: TestCloud, action: string, resource: string): Promise<CloudWatchLogsClient> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: resource },
  });
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
  return cloud.client(CloudWatchLogsClient, {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  });
}

test('a policy for streams needs the star, one for tags must not have it', async () => {
  await using cloud = await startTestCloud();
  const root = await withStream(cloud);
  await put(root, 'x');
  const user = await userWith(cloud, 'logs:*', GROUP);
  const denied = await failure(read(user));
  assert.equal(denied.name, 'AccessDeniedException');
  assert.equal(
    denied.message,
    `User: arn:aws:iam::123456789012:user/u is not authorized to perform: logs:GetLogEvents on resource: ${GROUP}:log-stream:one because no identity-based policy allows the logs:GetLogEvents action`,
  );
  assert.deepEqual((await user.send(new ListTagsForResourceCommand({ resourceArn: GROUP }))).tags, {});
});

test('a policy with the star reads and writes', async () => {
  await using cloud = await startTestCloud();
  const root = await withStream(cloud);
  const user = await userWith(cloud, 'logs:*', `${GROUP}:*`);
  await put(user, 'x');
  assert.deepEqual(await read(user), ['x']);
  const denied = await failure(user.send(new ListTagsForResourceCommand({ resourceArn: GROUP })));
  assert.equal(denied.name, 'AccessDeniedException');
  const list = await failure(user.send(new DescribeLogGroupsCommand({})));
  assert.match(
    list.message,
    /logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:123456789012:log-group::log-stream:/,
  );
  await root.send(
    new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: GROUP, deletionProtectionEnabled: true }),
  );
  assert.equal((await failure(root.send(new DeleteLogGroupCommand({ logGroupName })))).name, 'ValidationException');
});

test('a customer key seals what is written; without it nothing is read', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const { KeyId = '', Arn = '' } = KeyMetadata ?? {};
  const logs = cloud.client(CloudWatchLogsClient);
  const refused = await failure(logs.send(new CreateLogGroupCommand({ logGroupName, kmsKeyId: Arn })));
  assert.deepEqual(
    [refused.name, refused.message],
    ['InvalidParameterException', 'The specified KMS key does not exist or is not allowed to be used with LogGroup'],
  );
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { Service: 'logs.us-east-1.amazonaws.com' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        Resource: '*',
        Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': GROUP } },
      },
    ],
  });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  await withStream(cloud, Arn);
  assert.equal((await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.kmsKeyId, Arn);
  await put(logs, 'sealed');
  assert.deepEqual(await read(logs), ['sealed']);
  await logs.send(new DisassociateKmsKeyCommand({ logGroupName }));
  await put(logs, 'plain');
  assert.deepEqual(await read(logs), ['sealed', 'plain']);
  await logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: Arn }));
  await kms.send(new DisableKeyCommand({ KeyId }));
  await cloud.advance(HOUR);
  const unreadable = await failure(read(logs));
  assert.equal(unreadable.name, 'InvalidParameterException');
});

test('protected data is masked, except for those who may see it', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await put(logs, 'before: a@example.com');
  await cloud.advance(1_000);
  const DataIdentifier = ['arn:aws:dataprotection::aws:data-identifier/EmailAddress', 'Badge'];
  const policy = {
    Name: 'p',
    Version: '2021-06-01',
    Configuration: { CustomDataIdentifier: [{ Name: 'Badge', Regex: 'B-\\d{4}' }] },
    Statement: [
      { Sid: 'audit', DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
      { Sid: 'mask', DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
    ],
  };
  const policyDocument = JSON.stringify(policy);
  await logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: logGroupName, policyDocument }));
  await put(logs, 'mail jo@example.com, badge B-1234');
  assert.deepEqual(await read(logs), ['before: a@example.com', 'mail **************, badge ******']);
  assert.deepEqual((await read(logs, { unmask: true }))?.[1], 'mail jo@example.com, badge B-1234');
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: '"jo@example"' }));
  assert.deepEqual(events, []);
  const user = await userWith(cloud, 'logs:GetLogEvents', `${GROUP}:*`);
  assert.equal((await failure(read(user, { unmask: true }))).name, 'AccessDeniedException');
  assert.equal((await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.dataProtectionStatus, 'ACTIVATED');
  await logs.send(new DeleteDataProtectionPolicyCommand({ logGroupIdentifier: logGroupName }));
  assert.equal((await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.dataProtectionStatus, 'DELETED');
  const bad = await failure(
    logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: logGroupName, policyDocument: '{}' })),
  );
  assert.equal(bad.name, 'InvalidParameterException');
});

test('resource policies are kept', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'route53.amazonaws.com' },
      Action: 'logs:PutLogEvents',
      Resource: `${GROUP}:*`,
    },
  });
  await logs.send(new PutResourcePolicyCommand({ policyName: 'p', policyDocument }));
  const { resourcePolicies } = await logs.send(new DescribeResourcePoliciesCommand({}));
  assert.deepEqual(resourcePolicies, [
    { policyName: 'p', policyDocument, lastUpdatedTime: START, policyScope: 'ACCOUNT' },
  ]);
  const bad = await failure(logs.send(new PutResourcePolicyCommand({ policyName: 'q', policyDocument: 'x' })));
  assert.equal(bad.name, 'InvalidParameterException');
  await logs.send(new DeleteResourcePolicyCommand({ policyName: 'p' }));
  const gone = await failure(logs.send(new DeleteResourcePolicyCommand({ policyName: 'p' })));
  assert.deepEqual([gone.name, gone.message], ['ResourceNotFoundException', 'Policy with name [p] does not exist.']);
});

test('policies may have statements of the same id', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const Statement = [
    { Sid: 'one', Effect: 'Allow', Principal: { Service: 'es.amazonaws.com' }, Action: 'logs:*', Resource: '*' },
  ];
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  for (const policyName of ['p', 'q']) await logs.send(new PutResourcePolicyCommand({ policyName, policyDocument }));
  assert.equal((await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.length, 0);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
});

test('policies name other accounts by their numbers, which are kept as ARNs', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const document = (AWS: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'logs:PutLogEvents', Resource: '*' }],
    });
  const root = 'arn:aws:iam::999999999999:root';
  const put = (AWS: string) =>
    logs.send(new PutResourcePolicyCommand({ policyName: 'p', policyDocument: document(AWS) }));
  const refused = await failure(put(root));
  assert.deepEqual(
    [refused.name, refused.message],
    ['InvalidParameterException', `Principal section of policy contains ARN instead of account ID: ${root}`],
  );
  await put('999999999999');
  const { resourcePolicies: [kept] = [] } = await logs.send(new DescribeResourcePoliciesCommand({}));
  assert.equal(kept?.policyDocument, document(root));
});

test('a stack says whom a group lets in, otherwise, and no longer', async () => {
  await using cloud = await startTestCloud();
  const theirs = cloud.client(CloudWatchLogsClient, {
    credentials: { accessKeyId: '999999999999', secretAccessKey: 'test' },
  });
  const statement = (Action: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::999999999999:root' }, Action, Resource: '*' }],
  });
  const template = (policy: object) =>
    templateOf({ G: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: logGroupName, ...policy } } });
  const kept = async () => {
    const { resourcePolicies } = await cloud
      .client(CloudWatchLogsClient)
      .send(new DescribeResourcePoliciesCommand({ policyScope: 'RESOURCE' }));
    return resourcePolicies?.map(({ resourceArn, policyDocument }) => [resourceArn, JSON.parse(policyDocument ?? '')]);
  };
  const [first, second] = [statement('logs:FilterLogEvents'), statement('logs:PutLogEvents')];
  const read = () => theirs.send(new FilterLogEventsCommand({ logGroupIdentifier: GROUP }));
  await create(cloud, 's', template({ ResourcePolicyDocument: first }));
  assert.deepEqual(await kept(), [[GROUP, first]]);
  await expectNoDrift(cloud, 's');
  assert.deepEqual((await read()).events, []);
  await update(cloud, 's', template({ ResourcePolicyDocument: second }));
  assert.equal((await failure(read())).name, 'AccessDeniedException');
  await update(cloud, 's', template({}));
  assert.deepEqual(await kept(), []);
  await update(cloud, 's', template({ ResourcePolicyDocument: first }));
  await remove(cloud, 's');
  assert.deepEqual(await kept(), []);
});

test('who hands a role over must be allowed to pass it', async () => {
  await using cloud = await startTestCloud();
  await withStream(cloud);
  const user = await userWith(cloud, 'logs:*', '*');
  const roleArn = 'arn:aws:iam::123456789012:role/r';
  const destinationArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/to';
  const subscription = { DestinationArn: destinationArn, RoleArn: roleArn, FilterPattern: '' };
  const refused = async (call: Promise<unknown>) =>
    assert.match((await failure(call)).message, /is not authorized to perform: iam:PassRole on resource: .*role\/r /);
  const filter = { logGroupName, filterName: 'f', filterPattern: '', destinationArn, roleArn };
  await refused(user.send(new PutSubscriptionFilterCommand(filter)));
  await refused(user.send(new PutDestinationCommand({ destinationName: 'd', targetArn: destinationArn, roleArn })));
  const policyDocument = JSON.stringify(subscription);
  const policy = { policyName: 'p', policyType: 'SUBSCRIPTION_FILTER_POLICY', policyDocument } as const;
  await refused(user.send(new PutAccountPolicyCommand(policy)));
});
