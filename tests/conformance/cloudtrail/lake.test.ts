/** CloudTrail Lake: event data stores, and queries of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddTagsCommand,
  CancelQueryCommand,
  CloudTrailClient,
  CreateEventDataStoreCommand,
  type CreateEventDataStoreCommandInput,
  DeleteEventDataStoreCommand,
  DescribeQueryCommand,
  GetEventDataStoreCommand,
  GetQueryResultsCommand,
  ListEventDataStoresCommand,
  ListQueriesCommand,
  ListTagsCommand,
  RemoveTagsCommand,
  RestoreEventDataStoreCommand,
  SearchSampleQueriesCommand,
  StartEventDataStoreIngestionCommand,
  StartQueryCommand,
  StopEventDataStoreIngestionCommand,
  UpdateEventDataStoreCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DAY, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';

async function world(cloud: TestCloud, options: Partial<CreateEventDataStoreCommandInput> = {}) {
  const [trail, sqs] = [cloud.client(CloudTrailClient), cloud.client(SQSClient)];
  const made = await trail.send(
    new CreateEventDataStoreCommand({ Name: 'lake', TerminationProtectionEnabled: false, ...options }),
  );
  const { EventDataStoreArn: arn = '' } = made;
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  const start = async (QueryStatement: string) =>
    (await trail.send(new StartQueryCommand({ QueryStatement: QueryStatement.replaceAll('LAKE', id) }))).QueryId;
  const results = async (QueryId: string | undefined) => {
    await cloud.advance(0);
    return trail.send(new GetQueryResultsCommand({ QueryId: QueryId ?? '' }));
  };
  /** The rows of a query, each an object. */
  const ask = async (statement: string) => {
    const { QueryStatus, QueryResultRows = [], ErrorMessage } = await results(await start(statement));
    assert.equal(QueryStatus, 'FINISHED', ErrorMessage ?? '');
    return QueryResultRows.map((cells) => Object.fromEntries(cells.flatMap((cell) => Object.entries(cell))));
  };
  const status = async () => (await trail.send(new GetEventDataStoreCommand({ EventDataStore: arn }))).Status;
  return { trail, sqs, made, arn, id, start, results, ask, status };
}

test('what happens is taken in, and asked for in SQL', async () => {
  await using cloud = await startTestCloud();
  const { sqs, ask } = await world(cloud);
  await sqs.send(new CreateQueueCommand({ QueueName: 'one' }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'two' }));
  await failure(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })));
  await cloud.advance(5 * MINUTE);
  assert.deepEqual(
    await ask(`SELECT eventName, element_at(requestParameters, 'queueName') AS queue, userIdentity.type, eventTime, readOnly, errorCode
               FROM LAKE WHERE eventSource = 'sqs.amazonaws.com' ORDER BY queue DESC`),
    [
      {
        eventName: 'CreateQueue',
        queue: 'two',
        type: 'Root',
        eventTime: '2026-01-01 00:00:00.000',
        readOnly: 'false',
        errorCode: '',
      },
      {
        eventName: 'CreateQueue',
        queue: 'one',
        type: 'Root',
        eventTime: '2026-01-01 00:00:00.000',
        readOnly: 'false',
        errorCode: '',
      },
      {
        eventName: 'GetQueueUrl',
        queue: 'none',
        type: 'Root',
        eventTime: '2026-01-01 00:00:00.000',
        readOnly: 'true',
        errorCode: 'QueueDoesNotExist',
      },
    ],
  );
  const counts = `SELECT eventName, count(*) FROM LAKE WHERE eventSource LIKE 'sqs%'`;
  assert.deepEqual(await ask(`${counts} GROUP BY eventName HAVING count(*) > 1`), [
    { eventName: 'CreateQueue', _col1: '2' },
  ]);
  assert.deepEqual(await ask(`${counts} AND eventTime < '2026-01-01 00:00:00' GROUP BY eventName`), []);
  assert.deepEqual(
    await ask(
      `WITH made AS (SELECT requestParameters['queueName'] AS name FROM LAKE WHERE readOnly = false AND eventSource = 'sqs.amazonaws.com')
       SELECT max(name) AS last, count(DISTINCT name) AS n FROM made`,
    ),
    [{ last: 'two', n: '2' }],
  );
  const [whole] = await ask(`SELECT eventJson FROM LAKE WHERE eventName = 'GetQueueUrl'`);
  assert.equal(JSON.parse(whole?.eventJson ?? '{}').recipientAccountId, '123456789012');
});

test('selectors say what is taken in, data events too; what happens while nothing is taken in is not there', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const data = {
    Name: 'objects',
    FieldSelectors: [
      { Field: 'eventCategory', Equals: ['Data'] },
      { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      { Field: 'readOnly', Equals: ['false'] },
    ],
  };
  const { trail, arn, ask, status } = await world(cloud, { AdvancedEventSelectors: [data] });
  await s3.send(new CreateBucketCommand({ Bucket: 'shelf' }));
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'shelf', Key, Body: 'x' }));
  await put('a');
  await s3.send(new GetObjectCommand({ Bucket: 'shelf', Key: 'a' }));
  await cloud.advance(5 * MINUTE);
  const keys = () => ask(`SELECT eventName, requestParameters['key'] AS k FROM LAKE ORDER BY k`);
  assert.deepEqual(await keys(), [{ eventName: 'PutObject', k: 'a' }]);
  await trail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn }));
  assert.equal(await status(), 'STOPPED_INGESTION');
  const again = await failure(trail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn })));
  assert.deepEqual(
    [again.name, again.message],
    ['InvalidEventDataStoreStatusException', 'The event data store is not in a status that supports the operation.'],
  );
  await put('b');
  await cloud.advance(5 * MINUTE);
  await trail.send(new StartEventDataStoreIngestionCommand({ EventDataStore: arn }));
  await put('c');
  await cloud.advance(5 * MINUTE);
  assert.deepEqual(
    (await keys()).map(({ k }) => k),
    ['a', 'c'],
  );
});

test('events are kept for as long as the store says', async () => {
  await using cloud = await startTestCloud();
  const { trail, sqs, arn, ask } = await world(cloud, { RetentionPeriod: 7 });
  await sqs.send(new CreateQueueCommand({ QueueName: 'old' }));
  await cloud.advance(5 * MINUTE);
  await trail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn }));
  const count = async () => (await ask(`SELECT count(*) AS n FROM LAKE WHERE eventName = 'CreateQueue'`))[0]?.n;
  await cloud.advance(7 * DAY - 10 * MINUTE);
  assert.equal(await count(), '1');
  await cloud.advance(10 * MINUTE);
  assert.equal(await count(), '0');
  const long = await failure(
    trail.send(
      new UpdateEventDataStoreCommand({
        EventDataStore: arn,
        RetentionPeriod: 3_653,
        BillingMode: 'FIXED_RETENTION_PRICING',
      }),
    ),
  );
  assert.equal(
    long.message,
    'You cannot change the billing mode from EXTENDABLE_RETENTION_PRICING to FIXED_RETENTION_PRICING.',
  );
});

test('a store is protected, deleted, restored for a week, then gone', async () => {
  await using cloud = await startTestCloud();
  const { trail, made, arn, ask, start, status } = await world(cloud, { TerminationProtectionEnabled: true });
  assert.deepEqual(
    [made.Status, made.RetentionPeriod, made.MultiRegionEnabled, made.BillingMode, made.CreatedTimestamp?.getTime()],
    ['CREATED', 366, true, 'EXTENDABLE_RETENTION_PRICING', START],
  );
  assert.deepEqual(made.AdvancedEventSelectors, [
    { Name: 'Default management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
  ]);
  const drop = () => trail.send(new DeleteEventDataStoreCommand({ EventDataStore: arn }));
  const shut = await failure(drop());
  assert.deepEqual(
    [shut.name, shut.message],
    [
      'EventDataStoreTerminationProtectedException',
      'The event data store cannot be deleted because termination protection is enabled for it.',
    ],
  );
  const open = await trail.send(
    new UpdateEventDataStoreCommand({ EventDataStore: arn, Name: 'named', TerminationProtectionEnabled: false }),
  );
  assert.deepEqual([open.Name, open.TerminationProtectionEnabled], ['named', false]);
  await cloud.advance(5 * MINUTE);
  await drop();
  assert.equal(await status(), 'PENDING_DELETION');
  assert.equal((await failure(drop())).name, 'InactiveEventDataStoreException');
  assert.equal((await failure(start('SELECT 1 FROM LAKE'))).name, 'InactiveEventDataStoreException');
  await cloud.advance(6 * DAY);
  await trail.send(new RestoreEventDataStoreCommand({ EventDataStore: arn }));
  assert.equal(await status(), 'ENABLED');
  assert.equal(
    (await failure(trail.send(new RestoreEventDataStoreCommand({ EventDataStore: arn })))).name,
    'InvalidEventDataStoreStatusException',
  );
  assert.deepEqual(await ask(`SELECT count(*) AS n FROM LAKE WHERE eventName = 'UpdateEventDataStore'`), [{ n: '1' }]);
  await drop();
  await cloud.advance(7 * DAY);
  const gone = await failure(status());
  assert.deepEqual(
    [gone.name, gone.message],
    ['EventDataStoreNotFoundException', 'The specified event data store was not found.'],
  );
  assert.deepEqual((await trail.send(new ListEventDataStoresCommand({}))).EventDataStores, []);
});

test('queries are described, listed page by page, cancelled, and forgotten after a week', async () => {
  await using cloud = await startTestCloud();
  const { trail, sqs, arn, id, start, results } = await world(cloud);
  for (const QueueName of ['a', 'b', 'c']) await sqs.send(new CreateQueueCommand({ QueueName }));
  await cloud.advance(5 * MINUTE);
  const QueryId = await start(
    `SELECT requestParameters['queueName'] AS q FROM LAKE WHERE eventName = 'CreateQueue' ORDER BY q`,
  );
  await cloud.advance(0);
  const described = await trail.send(new DescribeQueryCommand({ QueryId }));
  assert.deepEqual(
    [
      described.QueryStatus,
      described.QueryStatistics?.EventsMatched,
      described.QueryStatistics?.CreationTime?.getTime(),
    ],
    ['FINISHED', 3, START + 5 * MINUTE],
  );
  assert.ok(described.QueryString?.includes(id));
  const first = await trail.send(new GetQueryResultsCommand({ QueryId, EventDataStore: arn, MaxQueryResults: 2 }));
  assert.deepEqual(first.QueryResultRows, [[{ q: 'a' }], [{ q: 'b' }]]);
  assert.deepEqual([first.QueryStatistics?.ResultsCount, first.QueryStatistics?.TotalResultsCount], [2, 3]);
  const second = await trail.send(new GetQueryResultsCommand({ QueryId, NextToken: first.NextToken }));
  assert.deepEqual([second.QueryResultRows, second.NextToken], [[[{ q: 'c' }]], undefined]);
  const over = await failure(trail.send(new CancelQueryCommand({ QueryId })));
  assert.deepEqual(
    [over.name, over.message],
    [
      'InactiveQueryException',
      'The specified query cannot be canceled because it is in the FINISHED, FAILED, TIMED_OUT, or CANCELLED state.',
    ],
  );
  const other = await start('SELECT eventID FROM LAKE');
  await results(other);
  const listed = await trail.send(new ListQueriesCommand({ EventDataStore: id, MaxResults: 1 }));
  assert.deepEqual(
    listed.Queries?.map(({ QueryStatus }) => QueryStatus),
    ['FINISHED'],
  );
  const rest = await trail.send(new ListQueriesCommand({ EventDataStore: id, NextToken: listed.NextToken }));
  assert.deepEqual(
    [...(listed.Queries ?? []), ...(rest.Queries ?? [])].map((one) => one.QueryId).toSorted(),
    [QueryId, other].toSorted(),
  );
  const failed = await trail.send(new ListQueriesCommand({ EventDataStore: id, QueryStatus: 'FAILED' }));
  assert.deepEqual(failed.Queries, []);
  await cloud.advance(7 * DAY);
  const forgotten = await failure(trail.send(new DescribeQueryCommand({ QueryId })));
  assert.deepEqual(
    [forgotten.name, forgotten.message],
    ['QueryIdNotFoundException', 'The query ID does not exist or does not map to a query.'],
  );
});

test('what can’t be asked is refused', async () => {
  await using cloud = await startTestCloud();
  const { trail, start } = await world(cloud);
  const told = async (statement: string) => {
    const { name, message } = await failure(start(statement));
    return [name, message];
  };
  const wrong = 'The query that was submitted has validation errors, or uses incorrect syntax or unsupported keywords.';
  assert.deepEqual(await told('SELECT 1'), ['InvalidQueryStatementException', wrong]);
  assert.deepEqual(await told('DELETE FROM LAKE'), ['InvalidQueryStatementException', wrong]);
  assert.deepEqual(await told('SELECT nope FROM LAKE'), [
    'InvalidQueryStatementException',
    `${wrong} no such column: nope`,
  ]);
  assert.deepEqual(await told('SELECT foo(eventName) FROM LAKE'), [
    'InvalidQueryStatementException',
    `${wrong} no such function: foo`,
  ]);
  assert.equal(
    (await told('SELECT * FROM 11111111-2222-4333-8444-555555555555'))[0],
    'EventDataStoreNotFoundException',
  );
  const same = await failure(trail.send(new CreateEventDataStoreCommand({ Name: 'lake' })));
  assert.deepEqual(
    [same.name, same.message],
    ['EventDataStoreAlreadyExistsException', 'An event data store with that name already exists.'],
  );
  for (let index = 1; index < 10; index += 1)
    await trail.send(new CreateEventDataStoreCommand({ Name: `lake-${index}` }));
  assert.equal(
    (await failure(trail.send(new CreateEventDataStoreCommand({ Name: 'lake-10' })))).name,
    'EventDataStoreMaxLimitExceededException',
  );
  const bad = await failure(trail.send(new GetEventDataStoreCommand({ EventDataStore: 'arn:aws:cloudtrail:x' })));
  assert.equal(bad.name, 'EventDataStoreARNInvalidException');
  const selectors = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['ConfigurationItem'] }] }];
  const category = await failure(
    trail.send(new CreateEventDataStoreCommand({ Name: 'other', AdvancedEventSelectors: selectors })),
  );
  assert.equal(category.name, 'InvalidEventSelectorsException');
});

test('who asks must be allowed to ask of that store', async () => {
  await using cloud = await startTestCloud();
  const { arn, id } = await world(cloud);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const trail = cloud.client(CloudTrailClient, { credentials });
  const ask = () => trail.send(new StartQueryCommand({ QueryStatement: `SELECT count(*) FROM ${id}` }));
  const allow = (Resource: string) => {
    const Statement = { Effect: 'Allow', Action: ['cloudtrail:StartQuery', 'cloudtrail:GetQueryResults'], Resource };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    return iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  };
  await allow('arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/other');
  const denied = await failure(ask());
  assert.ok(
    denied.message.includes(`not authorized to perform: cloudtrail:StartQuery on resource: ${arn}`),
    denied.message,
  );
  await allow(arn);
  const { QueryId } = await ask();
  await cloud.advance(0);
  assert.equal((await trail.send(new GetQueryResultsCommand({ QueryId }))).QueryStatus, 'FINISHED');
});

test('sample queries are found by words, and run', async () => {
  await using cloud = await startTestCloud();
  const { trail, id, ask } = await world(cloud);
  await cloud.advance(5 * MINUTE);
  const search = async (SearchPhrase: string, more: object = {}) =>
    trail.send(new SearchSampleQueriesCommand({ SearchPhrase, ...more }));
  const [first] = (await search('root user')).SearchResults ?? [];
  assert.deepEqual([first?.Name, first?.Relevance], ['Calls of the root user', 1]);
  assert.deepEqual((await search('qwertz')).SearchResults, []);
  const names: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const found = await search('from', { MaxResults: 3, NextToken });
    for (const { Name, SQL = '' } of found.SearchResults ?? []) {
      names.push(Name);
      await ask(SQL.replace('$EDS_ID', id));
    }
    ({ NextToken } = found);
  } while (NextToken !== undefined);
  assert.equal(new Set(names).size, 8);
});

test('a store has tags; a stack makes, changes and removes one', async () => {
  await using cloud = await startTestCloud();
  const { trail, arn } = await world(cloud);
  const tags = async (id: string) => {
    const { ResourceTagList } = await trail.send(new ListTagsCommand({ ResourceIdList: [id] }));
    return ResourceTagList?.[0]?.TagsList;
  };
  await trail.send(new AddTagsCommand({ ResourceId: arn, TagsList: [{ Key: 'k', Value: 'v' }] }));
  assert.deepEqual(await tags(arn), [{ Key: 'k', Value: 'v' }]);
  await trail.send(new RemoveTagsCommand({ ResourceId: arn, TagsList: [{ Key: 'k' }] }));
  assert.deepEqual(await tags(arn), []);
  const template = (RetentionPeriod: number, more: object = {}) =>
    templateOf({
      Lake: {
        Type: 'AWS::CloudTrail::EventDataStore',
        Properties: { RetentionPeriod, TerminationProtectionEnabled: false, Tags: [{ Key: 'a', Value: 'b' }], ...more },
      },
    });
  const seen = async () => {
    const { EventDataStores = [] } = await trail.send(new ListEventDataStoresCommand({}));
    const made = EventDataStores.find(({ EventDataStoreArn }) => EventDataStoreArn !== arn);
    const EventDataStore = made?.EventDataStoreArn ?? '';
    const { RetentionPeriod, Status } = await trail.send(new GetEventDataStoreCommand({ EventDataStore }));
    return [RetentionPeriod, Status, (await tags(EventDataStore))?.some(({ Key }) => Key === 'a')];
  };
  await create(cloud, 'lakes', template(30));
  assert.deepEqual(await seen(), [30, 'ENABLED', true]);
  await update(cloud, 'lakes', template(60, { IngestionEnabled: false }));
  assert.deepEqual(await seen(), [60, 'STOPPED_INGESTION', true]);
  await remove(cloud, 'lakes');
  assert.deepEqual(await seen(), [60, 'PENDING_DELETION', true]);
});
