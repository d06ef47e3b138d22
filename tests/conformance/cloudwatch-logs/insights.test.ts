/** Logs Insights: queries that run, are stopped, are listed and kept; single records and fields. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteQueryDefinitionCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  GetLogGroupFieldsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  ListLogGroupsForQueryCommand,
  PutAccountPolicyCommand,
  PutIndexPolicyCommand,
  PutLogEventsCommand,
  PutQueryDefinitionCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DAY } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const SECONDS = START / 1_000;
const span = { startTime: SECONDS - 3_600, endTime: SECONDS };

async function withEvents(cloud: TestCloud): Promise<CloudWatchLogsClient> {
  const logs = cloud.client(CloudWatchLogsClient);
  for (const logGroupName of ['one', 'two']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }));
    const logEvents = Array.from({ length: 20 }, (_, index) => ({
      timestamp: START - (20 - index) * 1_000,
      message: JSON.stringify({ n: index, group: logGroupName }),
    }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }));
  }
  return logs;
}

async function answer(
  cloud: TestCloud,
  logs: CloudWatchLogsClient,
  input: object,
): Promise<GetQueryResultsCommandOutput> {
  const { queryId } = await logs.send(new StartQueryCommand({ ...span, queryString: '', ...input }));
  await cloud.server.cloud.settle();
  return logs.send(new GetQueryResultsCommand({ queryId }));
}

const rows = ({ results = [] }: GetQueryResultsCommandOutput) =>
  results.map((row) => Object.fromEntries(row.map(({ field = '', value = '' }) => [field, value])));

test('a query over two groups: newest first, with statistics', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const result = await answer(cloud, logs, {
    logGroupNames: ['one', 'two'],
    queryString: 'fields n, group, @log | filter n >= 18',
  });
  assert.equal(result.status, 'Complete');
  assert.deepEqual(
    rows(result)
      .map(({ n, '@log': log }) => [n, log])
      .sort(),
    [
      ['18', '123456789012:one'],
      ['18', '123456789012:two'],
      ['19', '123456789012:one'],
      ['19', '123456789012:two'],
    ],
  );
  assert.equal(rows(result)[0]?.n, '19');
  const { recordsMatched, recordsScanned, bytesScanned, logGroupsScanned } = result.statistics ?? {};
  assert.deepEqual([recordsMatched, recordsScanned, logGroupsScanned], [4, 40, 2]);
  assert.ok((bytesScanned ?? 0) > 1_000);
  const stats = await answer(cloud, logs, {
    queryString: 'SOURCE logGroups(namePrefix: ["o"]) | stats count(*) as c, sum(n) as s by bin(10s)',
  });
  assert.deepEqual(
    rows(stats).map(({ c, s }) => [c, s]),
    [
      ['10', '145'],
      ['10', '45'],
    ],
  );
  const record = await logs.send(new GetLogRecordCommand({ logRecordPointer: rows(result)[0]?.['@ptr'] }));
  assert.equal(record.logRecord?.n, '19');
  assert.equal(record.logRecord?.['@timestamp'], String(START - 1_000));
});

test('filterIndex reads groups that are indexed on its field', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const found = async (filter: string) => {
    const result = await answer(cloud, logs, { logGroupNames: ['one', 'two'], queryString: `fields @log | ${filter}` });
    return rows(result).map(({ '@log': log }) => log);
  };
  assert.deepEqual(await found('filterIndex n = 3'), []);
  await logs.send(new PutIndexPolicyCommand({ logGroupIdentifier: 'one', policyDocument: '{"Fields":["m","n"]}' }));
  assert.deepEqual(await found('filterIndex n in [3]'), ['123456789012:one']);
  assert.deepEqual(await found('filterIndex n = 3 | filterIndex k = 1'), []);
  assert.equal((await found('filter n = 3')).length, 2);
  await logs.send(
    new PutAccountPolicyCommand({
      policyName: 'indexes',
      policyType: 'FIELD_INDEX_POLICY',
      policyDocument: '{"Fields":["n"]}',
    }),
  );
  assert.deepEqual((await found('filterIndex n = 3')).sort(), ['123456789012:one', '123456789012:two']);
  assert.equal((await found('filterIndex @logStream = "none"')).length, 0);
});

test('pages of a result', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const { queryId } = await logs.send(
    new StartQueryCommand({ ...span, logGroupName: 'one', queryString: 'fields n | sort n', limit: 5 }),
  );
  await cloud.server.cloud.settle();
  const first = await logs.send(new GetQueryResultsCommand({ queryId, maxItems: 3 }));
  const second = await logs.send(new GetQueryResultsCommand({ queryId, nextToken: first.nextToken }));
  assert.deepEqual(
    [...rows(first), ...rows(second)].map(({ n }) => n),
    ['0', '1', '2', '3', '4'],
  );
  assert.equal(second.nextToken, undefined);
});

test('a query that can not be read is refused with its place', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const bad = (await failure(
    logs.send(new StartQueryCommand({ ...span, logGroupName: 'one', queryString: 'fields n | bla' })),
  )) as Error & { queryCompileError?: { location?: { startCharOffset?: number } } };
  assert.equal(bad.name, 'MalformedQueryException');
  assert.equal(bad.message, 'unexpected symbol found bla at line 1 and position 12');
  assert.equal(bad.queryCompileError?.location?.startCharOffset, 11);
  const missing = await failure(logs.send(new StartQueryCommand({ ...span, logGroupName: 'none', queryString: '' })));
  assert.equal(missing.name, 'ResourceNotFoundException');
  const none = await failure(logs.send(new StartQueryCommand({ ...span, queryString: '' })));
  assert.equal(none.name, 'InvalidParameterException');
  const sql = await failure(
    logs.send(new StartQueryCommand({ ...span, logGroupName: 'one', queryString: 'SELECT 1', queryLanguage: 'SQL' })),
  );
  assert.deepEqual([sql.name, sql.message], ['NotImplemented', 'Cloudyard has not built queries in SQL yet']);
  const ppl = await failure(
    logs.send(new StartQueryCommand({ ...span, logGroupName: 'one', queryString: 'head 1', queryLanguage: 'PPL' })),
  );
  assert.deepEqual([ppl.name, ppl.message], ['NotImplemented', 'Cloudyard has not built queries in PPL yet']);
});

test('the second that a query ends with is part of it, and a millisecond is one', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const count = async (endTime: number) =>
    (await answer(cloud, logs, { logGroupName: 'one', queryString: 'fields n', endTime })).results?.length;
  await cloud.advance(1_000);
  const logEvents = [{ timestamp: START + 999, message: '{"n":20}' }];
  await logs.send(new PutLogEventsCommand({ logGroupName: 'one', logStreamName: 's', logEvents }));
  assert.equal(await count(SECONDS), 21);
  assert.equal(await count(START + 998), 20);
  assert.equal(await count(START + 999), 21);
});

test('queries are listed, know their groups, and are forgotten after a week', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const { queryId } = await logs.send(
    new StartQueryCommand({ ...span, logGroupIdentifiers: ['one', 'two'], queryString: 'limit 1' }),
  );
  await cloud.server.cloud.settle();
  const { statistics } = await logs.send(new GetQueryResultsCommand({ queryId }));
  assert.deepEqual([statistics?.resultCount, (statistics?.bytesScanned ?? 0) > 1_000], [1, true]);
  const { queries } = await logs.send(new DescribeQueriesCommand({ status: 'Complete' }));
  assert.deepEqual(queries, [
    {
      queryLanguage: 'CWLI',
      queryId,
      queryString: `SOURCE "one" | SOURCE "two" START=${START - 3_600_000} END=${START + 999} | limit 1`,
      status: 'Complete',
      createTime: START,
      logGroupName: 'one',
      bytesScanned: statistics?.bytesScanned,
      userIdentity: 'arn:aws:iam::123456789012:root',
      queryDuration: 0,
    },
  ]);
  const { logGroupIdentifiers } = await logs.send(new ListLogGroupsForQueryCommand({ queryId }));
  assert.deepEqual(logGroupIdentifiers, ['one', 'two']);
  const ended = await failure(logs.send(new StopQueryCommand({ queryId })));
  assert.equal(ended.name, 'InvalidParameterException');
  await cloud.advance(7 * DAY);
  const gone = await failure(logs.send(new GetQueryResultsCommand({ queryId })));
  assert.equal(gone.name, 'ResourceNotFoundException');
});

test('the fields of a group', async () => {
  await using cloud = await startTestCloud();
  const logs = await withEvents(cloud);
  const { logGroupFields } = await logs.send(new GetLogGroupFieldsCommand({ logGroupName: 'one' }));
  assert.deepEqual(
    logGroupFields?.map(({ name, percent }) => [name, percent]),
    ['@ingestionTime', '@log', '@logStream', '@message', '@timestamp', 'group', 'n'].map((name) => [name, 100]),
  );
});

test('query definitions are kept', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const definition = { name: 'team/errors', queryString: 'filter @message like "ERROR"', logGroupNames: ['one'] };
  const { queryDefinitionId } = await logs.send(new PutQueryDefinitionCommand(definition));
  const once = { ...definition, name: 'once', clientToken: '0123456789abcdef0123456789abcdef0123' };
  const [{ queryDefinitionId: first }, { queryDefinitionId: again }] = [
    await logs.send(new PutQueryDefinitionCommand(once)),
    await logs.send(new PutQueryDefinitionCommand(once)),
  ];
  assert.equal(again, first);
  await logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId: first }));
  await logs.send(new PutQueryDefinitionCommand({ ...definition, queryDefinitionId, queryString: 'limit 1' }));
  const { queryDefinitions } = await logs.send(
    new DescribeQueryDefinitionsCommand({ queryDefinitionNamePrefix: 'team/' }),
  );
  assert.deepEqual(queryDefinitions, [
    { ...definition, queryLanguage: 'CWLI', queryDefinitionId, queryString: 'limit 1', lastModified: START },
  ]);
  const { success } = await logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
  assert.equal(success, true);
});
