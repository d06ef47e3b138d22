/** Lookup tables, and queries that look further than their own groups and time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  CreateLookupTableCommand,
  CreateScheduledQueryCommand,
  DeleteLookupTableCommand,
  DescribeLookupTablesCommand,
  GetLookupTableCommand,
  GetQueryResultsCommand,
  GetScheduledQueryCommand,
  GetScheduledQueryHistoryCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  StartQueryCommand,
  TagResourceCommand,
  UpdateLookupTableCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { HOUR, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const ARN = `arn:aws:logs:us-east-1:${ACCOUNT}:lookup-table:users`;
const BODY = 'id,name\n1,Jo\n2,"Al, the other"\n';

/** Groups `app` and `other` with an event of each minute. */
async function world(cloud: TestCloud) {
  const logs = cloud.client(CloudWatchLogsClient);
  const events = {
    app: [
      { id: 1, request: 'a' },
      { id: 2, request: 'b' },
      { id: 3, request: 'c' },
    ],
    other: [
      { request: 'a', ms: 7 },
      { request: 'c', ms: 9 },
    ],
  };
  for (const [logGroupName, some] of Object.entries(events)) {
    const at = { logGroupName, logStreamName: 's' };
    await logs.send(new CreateLogGroupCommand(at));
    await logs.send(new CreateLogStreamCommand(at));
    const logEvents = some.map((one, index) => ({ timestamp: START + index, message: JSON.stringify(one) }));
    await logs.send(new PutLogEventsCommand({ ...at, logEvents }));
  }
  const ask = (queryString: string, client = logs, more: object = {}) =>
    client.send(
      new StartQueryCommand({
        logGroupName: 'app',
        startTime: START / 1_000 - 3_600,
        endTime: START / 1_000 + 3_600,
        queryString,
        ...more,
      }),
    );
  const rows = async (queryString: string, more: object = {}) => {
    const { queryId } = await ask(queryString, logs, more);
    await cloud.server.cloud.settle();
    const { results = [], status } = await logs.send(new GetQueryResultsCommand({ queryId }));
    assert.equal(status, 'Complete');
    return results.map((row) => row.filter(({ field }) => field !== '@ptr').map(({ value }) => value));
  };
  return { logs, ask, rows };
}

test('a table is made, looked into, replaced and deleted', async () => {
  await using cloud = await startTestCloud();
  const { logs, ask, rows } = await world(cloud);
  const made = await logs.send(
    new CreateLookupTableCommand({ lookupTableName: 'users', tableBody: BODY, description: 'who', tags: { k: 'v' } }),
  );
  assert.deepEqual([made.lookupTableArn, made.createdAt], [ARN, START]);
  const query = 'fields id, name | lookup users id OUTPUT name | sort id';
  assert.deepEqual(await rows(query), [['1', 'Jo'], ['2', 'Al, the other'], ['3']]);
  await cloud.advance(MINUTE);
  const tableBody = 'id,name\n3,Bo\n';
  await logs.send(new UpdateLookupTableCommand({ lookupTableArn: ARN, tableBody }));
  assert.deepEqual(await rows(query), [['1'], ['2'], ['3', 'Bo']]);
  const shown = { lookupTableArn: ARN, lookupTableName: 'users', description: 'who', sizeBytes: 13 };
  const { $metadata: _, ...found } = await logs.send(new GetLookupTableCommand({ lookupTableArn: ARN }));
  assert.deepEqual(found, { ...shown, tableBody, lastUpdatedTime: START + MINUTE });
  const { lookupTables } = await logs.send(new DescribeLookupTablesCommand({ lookupTableNamePrefix: 'us' }));
  assert.deepEqual(lookupTables, [
    { ...shown, tableFields: ['id', 'name'], recordsCount: 1, lastUpdatedTime: START + MINUTE },
  ]);
  await logs.send(new TagResourceCommand({ resourceArn: ARN, tags: { a: 'b' } }));
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: ARN }));
  assert.deepEqual(tags, { k: 'v', a: 'b' });
  const column = await failure(ask('lookup users id OUTPUT mail'));
  assert.deepEqual([column.name, column.message], ['MalformedQueryException', 'Lookup table users has no field mail']);
  await logs.send(new DeleteLookupTableCommand({ lookupTableArn: ARN }));
  const gone = await failure(ask(query));
  assert.deepEqual([gone.name, gone.message], ['ResourceNotFoundException', 'Lookup table users does not exist.']);
  const none = await failure(logs.send(new DeleteLookupTableCommand({ lookupTableArn: ARN })));
  assert.equal(none.message, 'The specified lookup table does not exist.');
});

test('a table can be the result of a query', async () => {
  await using cloud = await startTestCloud();
  const { logs, ask, rows } = await world(cloud);
  const { queryId } = await ask('fields request, ms', logs, { logGroupName: 'other' });
  await cloud.server.cloud.settle();
  await logs.send(new CreateLookupTableCommand({ lookupTableName: 'users', queryId }));
  const { tableBody } = await logs.send(new GetLookupTableCommand({ lookupTableArn: ARN }));
  assert.equal(tableBody, 'request,ms\nc,9\na,7');
  assert.deepEqual(await rows('fields id | lookup users request OUTPUT ms | filter ms > 7'), [['3', '9']]);
});

test('tables come page by page, and not more than there may be', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const create = (lookupTableName: string, tableBody = 'a\n1') =>
    logs.send(new CreateLookupTableCommand({ lookupTableName, tableBody }));
  for (let index = 0; index < 100; index += 1) await create(`t${String(index).padStart(3, '0')}`);
  const full = await failure(create('one_more'));
  assert.equal(full.name, 'LimitExceededException');
  const first = await logs.send(new DescribeLookupTablesCommand({ maxResults: 60 }));
  const second = await logs.send(new DescribeLookupTablesCommand({ nextToken: first.nextToken }));
  assert.deepEqual(
    [
      first.lookupTables?.length,
      second.lookupTables?.length,
      second.nextToken,
      second.lookupTables?.[0]?.lookupTableName,
    ],
    [60, 40, undefined, 't060'],
  );
  const same = await failure(create('t000'));
  assert.deepEqual(
    [same.name, same.message],
    ['ResourceAlreadyExistsException', 'The specified lookup table already exists'],
  );
  await logs.send(
    new DeleteLookupTableCommand({ lookupTableArn: `arn:aws:logs:us-east-1:${ACCOUNT}:lookup-table:t000` }),
  );
  const headless = await failure(create('new', 'a,,c\n1'));
  assert.equal(headless.message, 'The first row of the lookup table must be a header row with column names.');
  const twice = await failure(create('new', 'a,a\n1'));
  assert.equal(twice.message, 'The column names of the lookup table must be unique.');
  const neither = await failure(logs.send(new CreateLookupTableCommand({ lookupTableName: 'new' })));
  assert.equal(neither.message, 'Exactly one of tableBody and queryId must be specified.');
});

test('a table under a key of KMS is read by whom the key lets', async () => {
  await using cloud = await startTestCloud();
  const { logs, ask, rows } = await world(cloud);
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const { KeyId = '', Arn: kmsKeyId = '' } = KeyMetadata ?? {};
  const create = () => logs.send(new CreateLookupTableCommand({ lookupTableName: 'users', tableBody: BODY, kmsKeyId }));
  assert.equal((await failure(create())).name, 'InvalidParameterException');
  const allow = (Principal: object, Action: string[]) => ({ Effect: 'Allow', Principal, Action, Resource: '*' });
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      allow({ AWS: `arn:aws:iam::${ACCOUNT}:root` }, ['kms:*']),
      allow({ Service: 'logs.us-east-1.amazonaws.com' }, ['kms:Decrypt', 'kms:GenerateDataKey*']),
    ],
  });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  await create();
  const query = 'lookup users id OUTPUT name | stats count(name)';
  assert.deepEqual(await rows(query), [['2']]);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
  });
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const other = cloud.client(CloudWatchLogsClient, { credentials: { accessKeyId, secretAccessKey } });
  assert.match((await failure(ask(query, other))).message, /is not authorized to perform: kms:Decrypt on resource/);
  await logs.send(new UpdateLookupTableCommand({ lookupTableArn: ARN, tableBody: BODY, kmsKeyId: '' }));
  await kms.send(new DisableKeyCommand({ KeyId }));
  await ask(query, other);
  assert.deepEqual(await rows(query), [['2']]);
});

test('queries join groups, look into them, and compare times', async () => {
  await using cloud = await startTestCloud();
  const { logs, rows, ask } = await world(cloud);
  assert.deepEqual(
    await rows("join left=x right=y where x.request=y.request (SOURCE 'other') | fields x.id, y.ms | sort x.id"),
    [
      ['1', '7'],
      ['3', '9'],
    ],
  );
  assert.deepEqual(await rows('filter request in (SOURCE other | filter ms > 8 | fields request) | fields id'), [
    ['3'],
  ]);
  assert.deepEqual(await rows('stats count(*) as n | appendcols (SOURCE other | stats max(ms) as most)'), [['3', '9']]);
  assert.deepEqual(await rows('SOURCE app, other | stats count(*)', { logGroupName: undefined }), [['5']]);
  await cloud.advance(HOUR);
  const logEvents = [{ timestamp: START + HOUR, message: '{"id":9}' }];
  await logs.send(new PutLogEventsCommand({ logGroupName: 'app', logStreamName: 's', logEvents }));
  const hour = { startTime: START / 1_000 + 3_000, endTime: START / 1_000 + 6_600 };
  assert.deepEqual(await rows('diff | display @pattern, @diffEventCount', hour), [
    ['{"id":<Number-1>}', '1'],
    ['{"id":<Number-1>,"request":"c"}', '-1'],
    ['{"id":<Number-1>,"request":"b"}', '-1'],
    ['{"id":<Number-1>,"request":"a"}', '-1'],
  ]);
  const none = await failure(ask('filter a in (SOURCE none | fields a)'));
  assert.match(none.message, /^Log group 'none' does not exist for account ID '123456789012'/);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'seldom', logGroupClass: 'INFREQUENT_ACCESS' }));
  const seldom = await failure(ask('pattern @message', logs, { logGroupName: 'seldom' }));
  assert.equal(seldom.message, 'pattern is not supported for log groups of the class INFREQUENT_ACCESS');
});

test('a scheduled query keeps a table up to date', async () => {
  await using cloud = await startTestCloud();
  const { logs } = await world(cloud);
  const iam = cloud.client(IAMClient);
  const document = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const trust = document({ Principal: { Service: 'logs.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = document({ Action: 'logs:*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument }));
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/r`;
  const lookupTableConfiguration = { tableName: 'users', roleArn, description: 'kept', tags: { k: 'v' } };
  await logs.send(
    new CreateScheduledQueryCommand({
      name: 'keep',
      queryLanguage: 'CWLI',
      queryString: 'stats count(*) as n by request | sort request',
      logGroupIdentifiers: ['app', 'other'],
      scheduleExpression: 'rate(5 minutes)',
      startTimeOffset: 600,
      executionRoleArn: roleArn,
      destinationConfiguration: { lookupTableConfiguration },
    }),
  );
  const { destinationConfiguration } = await logs.send(new GetScheduledQueryCommand({ identifier: 'keep' }));
  assert.deepEqual(destinationConfiguration, { lookupTableConfiguration });
  await cloud.advance(5 * MINUTE);
  const table = async () => (await logs.send(new GetLookupTableCommand({ lookupTableArn: ARN }))).tableBody;
  assert.equal(await table(), 'request,n\na,2\nb,1\nc,2');
  await cloud.advance(10 * MINUTE);
  // Nothing is found any more, and nothing is no table.
  assert.equal(await table(), 'request,n\na,2\nb,1\nc,2');
  const { triggerHistory } = await logs.send(
    new GetScheduledQueryHistoryCommand({ identifier: 'keep', startTime: START, endTime: START + HOUR }),
  );
  const where = { destinationType: 'LOOKUP_TABLE', destinationIdentifier: 'users' };
  assert.deepEqual(
    triggerHistory?.map(({ destinations }) => destinations?.[0]),
    [
      {
        ...where,
        status: 'FAILED',
        errorMessage:
          "1 validation error detected: Value '' at 'tableBody' failed to satisfy constraint: Member must have length greater than or equal to 1",
      },
      { ...where, status: 'COMPLETE', processedIdentifier: ARN },
      { ...where, status: 'COMPLETE', processedIdentifier: ARN },
    ],
  );
});
