/** Policies of the account, index policies, and lists of groups. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteAccountPolicyCommand,
  DeleteIndexPolicyCommand,
  DescribeAccountPoliciesCommand,
  DescribeFieldIndexesCommand,
  DescribeIndexPoliciesCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  ListLogGroupsCommand,
  PutAccountPolicyCommand,
  PutDataProtectionPolicyCommand,
  PutIndexPolicyCommand,
  PutLogEventsCommand,
  PutTransformerCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

test('groups are listed by patterns, classes, tags and pages', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  for (const [logGroupName, team] of [
    ['/aws/one', 'red'],
    ['/aws/two', 'blue'],
    ['/own/one', 'redder'],
  ])
    await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { team: team ?? '' } }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' }));
  const list = async (input: object) =>
    (await logs.send(new ListLogGroupsCommand(input))).logGroups?.map(({ logGroupName }) => logGroupName);
  assert.deepEqual(await list({ logGroupNamePattern: '^/aws|own' }), ['/aws/one', '/aws/two', '/own/one']);
  assert.deepEqual(await list({ logGroupTags: [{ key: 'team', values: ['red*'] }] }), ['/aws/one', '/own/one']);
  assert.deepEqual(await list({ logGroupTags: [{ key: 'team', values: ['!red'] }] }), ['/aws/two', '/own/one']);
  assert.deepEqual(await list({ logGroupClass: 'INFREQUENT_ACCESS' }), ['rare']);
  const describe = (input: object) => logs.send(new DescribeLogGroupsCommand(input));
  const first = await describe({ limit: 3 });
  const rest = await describe({ nextToken: first.nextToken });
  assert.deepEqual([first.logGroups?.length, rest.logGroups?.length, rest.nextToken], [3, 1, undefined]);
  assert.equal((await describe({ logGroupNamePattern: 'one' })).logGroups?.length, 2);
  const both = await failure(describe({ logGroupNamePattern: 'one', logGroupNamePrefix: 'a' }));
  assert.equal(both.message, 'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
});

test('index policies: of a group before that of the account', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  for (const logGroupName of ['a', 'b', 'c']) await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const account = {
    policyName: 'p',
    policyType: 'FIELD_INDEX_POLICY' as const,
    policyDocument: '{"Fields":["requestId"]}',
    selectionCriteria: 'LogGroupNamePrefix "b"',
  };
  const { accountPolicy } = await logs.send(new PutAccountPolicyCommand(account));
  assert.deepEqual(accountPolicy, { ...account, scope: 'ALL', lastUpdatedTime: START, accountId: '123456789012' });
  const policyDocument = '{"Fields":["userId","sessionId"]}';
  await logs.send(new PutIndexPolicyCommand({ logGroupIdentifier: 'a', policyDocument }));
  const policyOf = async (name: string) => {
    const { indexPolicies } = await logs.send(new DescribeIndexPoliciesCommand({ logGroupIdentifiers: [name] }));
    return indexPolicies?.map(({ policyDocument: text, source }) => [text, source]);
  };
  assert.deepEqual(await policyOf('a'), [[policyDocument, 'LOG_GROUP']]);
  assert.deepEqual(await policyOf('b'), [[account.policyDocument, 'ACCOUNT']]);
  assert.deepEqual(await policyOf('c'), []);
  const { fieldIndexes } = await logs.send(new DescribeFieldIndexesCommand({ logGroupIdentifiers: ['a', 'b'] }));
  assert.deepEqual(
    fieldIndexes?.map((one) => one.fieldIndexName),
    ['userId', 'sessionId', 'requestId'],
  );
  await logs.send(new DeleteIndexPolicyCommand({ logGroupIdentifier: 'a' }));
  assert.deepEqual(await policyOf('a'), []);
  const second = (selectionCriteria: string | undefined) =>
    logs.send(new PutAccountPolicyCommand({ ...account, policyName: 'q', selectionCriteria }));
  for (const overlapping of ['LogGroupNamePrefix "b/c"', undefined])
    assert.equal((await failure(second(overlapping))).name, 'LimitExceededException');
  await second('LogGroupNamePrefix "a"');
  assert.deepEqual(await policyOf('a'), [[account.policyDocument, 'ACCOUNT']]);
  const { accountPolicies } = await logs.send(new DescribeAccountPoliciesCommand({ policyType: 'FIELD_INDEX_POLICY' }));
  assert.deepEqual(
    accountPolicies?.map(({ policyName }) => policyName),
    ['p', 'q'],
  );
  const other = await failure(second('LogGroupName NOT IN ["c"]'));
  assert.equal(other.message, 'Invalid selection criteria provided.');
  const remove = () => logs.send(new DeleteAccountPolicyCommand({ policyName: 'p', policyType: 'FIELD_INDEX_POLICY' }));
  await remove();
  assert.equal((await failure(remove())).name, 'ResourceNotFoundException');
  const bad = await failure(logs.send(new PutAccountPolicyCommand({ ...account, policyDocument: '{}' })));
  assert.equal(bad.name, 'InvalidParameterException');
});

test("the account's subscription covers all groups but those it leaves out", async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const DestinationArn = 'arn:aws:lambda:us-east-1:123456789012:function:collect';
  await createFunction(
    cloud,
    await functionRole(cloud),
    'collect',
    `import { gunzipSync } from 'node:zlib';
    export const handler = async ({ awslogs }) => {
      const { logGroup, subscriptionFilters } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')));
      console.log('got ' + logGroup + ' by ' + subscriptionFilters);
    };`,
  );
  const subscribe = () =>
    logs.send(
      new PutAccountPolicyCommand({
        policyName: 'all',
        policyType: 'SUBSCRIPTION_FILTER_POLICY',
        policyDocument: JSON.stringify({ DestinationArn, FilterPattern: 'ERROR' }),
        selectionCriteria: 'LogGroupName NOT IN ["/aws/lambda/collect", "quiet"]',
      }),
    );
  assert.match((await failure(subscribe())).message, /^Could not execute the lambda function\. /);
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'collect',
      StatementId: 'logs',
      Action: 'lambda:InvokeFunction',
      Principal: 'logs.amazonaws.com',
      SourceAccount: '123456789012',
      SourceArn: 'arn:aws:logs:us-east-1:123456789012:log-group:*',
    }),
  );
  await subscribe();
  for (const logGroupName of ['loud', 'quiet']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }));
    const logEvents = [{ timestamp: START, message: 'ERROR' }];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }));
  }
  await cloud.server.cloud.settle();
  const { events } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/collect', filterPattern: 'got' }),
  );
  assert.deepEqual(
    events?.map(({ message }) => /got .*/.exec(message ?? '')?.[0]),
    ['got loud by all'],
  );
  const { accountPolicies } = await logs.send(
    new DescribeAccountPoliciesCommand({ policyType: 'SUBSCRIPTION_FILTER_POLICY' }),
  );
  assert.equal(accountPolicies?.[0]?.policyName, 'all');
});

test('data that the account protects is masked in all its groups, beside what a group protects', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const protection = (...names: string[]) => {
    const DataIdentifier = names.map((name) => `arn:aws:dataprotection::aws:data-identifier/${name}`);
    const Statement = [
      { Sid: 'audit', DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
      { Sid: 'mask', DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
    ];
    return JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement });
  };
  const message = 'jo@example.com from 10.0.0.1';
  const put = async (logGroupName: string, logStreamName: string) => {
    const at = { logGroupName, logStreamName };
    await logs.send(new CreateLogStreamCommand(at));
    const timestamp = cloud.server.cloud.kernel.clock.now();
    await logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ timestamp, message }] }));
  };
  const seen = async (logGroupName: string, unmask = false) => {
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, unmask }));
    return events?.map((event) => event.message);
  };
  for (const logGroupName of ['a', 'b']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await put(logGroupName, 'before');
  }
  await cloud.advance(1_000);
  const policy = { policyName: 'p', policyType: 'DATA_PROTECTION_POLICY' as const };
  const shared = { ...policy, policyDocument: protection('EmailAddress') };
  await logs.send(new PutAccountPolicyCommand(shared));
  await logs.send(
    new PutDataProtectionPolicyCommand({ logGroupIdentifier: 'b', policyDocument: protection('IpAddress') }),
  );
  for (const logGroupName of ['a', 'b']) await put(logGroupName, 'after');
  assert.deepEqual(await seen('a'), [message, '************** from 10.0.0.1']);
  assert.deepEqual(await seen('b'), [message, '************** from ********']);
  assert.deepEqual(await seen('b', true), [message, message]);
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'a' }));
  assert.deepEqual(logGroups?.[0]?.inheritedProperties, ['ACCOUNT_DATA_PROTECTION']);
  const told = async (change: object) =>
    (await failure(logs.send(new PutAccountPolicyCommand({ ...shared, ...change })))).message;
  assert.equal(
    await told({ policyDocument: 'nothing' }),
    'Invalid data protection policy: the policy document is not valid JSON.',
  );
  assert.equal(
    await told({ selectionCriteria: 'LogGroupName NOT IN ["a"]' }),
    'SelectionCriteria is not yet supported for the DATA_PROTECTION_POLICY policy type.',
  );
  await logs.send(new DeleteAccountPolicyCommand(policy));
  assert.deepEqual(await seen('a'), [message, message]);
});

test('events of all groups are transformed as the account says, but of those that have a transformer of their own', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const named = (key: string) => [{ parseKeyValue: { fieldDelimiter: ' ', keyValueDelimiter: '=', keyPrefix: key } }];
  const policy = { policyName: 'p', policyType: 'TRANSFORMER_POLICY' as const };
  const shared = {
    ...policy,
    policyDocument: JSON.stringify(named('all_')),
    selectionCriteria: 'LogGroupNamePrefix "a"',
  };
  await logs.send(new PutAccountPolicyCommand(shared));
  for (const logGroupName of ['a', 'b']) await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new PutTransformerCommand({ logGroupIdentifier: 'b', transformerConfig: named('own_') }));
  for (const logGroupName of ['a', 'b']) {
    const at = { logGroupName, logStreamName: 's' };
    await logs.send(new CreateLogStreamCommand(at));
    await logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ timestamp: START, message: 'x=1' }] }));
  }
  const { queryId } = await logs.send(
    new StartQueryCommand({
      logGroupNames: ['a', 'b'],
      startTime: START / 1_000,
      endTime: START / 1_000 + 60,
      queryString: 'fields @log, all_x, own_x | sort @log',
    }),
  );
  await cloud.advance(0);
  const { results } = await logs.send(new GetQueryResultsCommand({ queryId }));
  assert.deepEqual(
    results?.map((row) => row.filter(({ field }) => field !== '@ptr').map(({ field, value }) => `${field}: ${value}`)),
    [
      ['@log: 123456789012:a', 'all_x: 1'],
      ['@log: 123456789012:b', 'own_x: 1'],
    ],
  );
  const told = async (policyDocument: string) =>
    (await failure(logs.send(new PutAccountPolicyCommand({ ...shared, policyDocument })))).message;
  const notOne = 'Invalid json transformer config provided';
  for (const document of ['nothing', '{}', '[]', '[1]']) assert.equal(await told(document), notOne);
  assert.match(
    await told('[{"addKeys":{"entries":[]}}]'),
    /^Transformer config should begin with parser\. Allowed parsers are parsePostgres, /,
  );
});

test('a policy of the account needs the permission for what it sets, too', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const logs = cloud.client(CloudWatchLogsClient, { credentials });
  const allow = (...Action: string[]) => {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action, Resource: '*' },
    });
    return iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  };
  const policy = { policyName: 'p', policyType: 'FIELD_INDEX_POLICY' as const };
  const put = () => logs.send(new PutAccountPolicyCommand({ ...policy, policyDocument: '{"Fields":["a"]}' }));
  await allow('logs:PutAccountPolicy');
  assert.match((await failure(put())).message, /not authorized to perform: logs:PutIndexPolicy/);
  await allow('logs:PutAccountPolicy', 'logs:PutIndexPolicy', 'logs:DeleteAccountPolicy');
  await put();
  const drop = () => logs.send(new DeleteAccountPolicyCommand(policy));
  assert.match((await failure(drop())).message, /not authorized to perform: logs:DeleteIndexPolicy/);
  await allow('logs:Delete*');
  await drop();
});
