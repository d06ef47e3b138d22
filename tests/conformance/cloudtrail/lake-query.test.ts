/** Queries of event data stores. */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, createVerify } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CancelQueryCommand,
  CloudTrailClient,
  CreateEventDataStoreCommand,
  DescribeQueryCommand,
  GetEventDataStoreCommand,
  GetQueryResultsCommand,
  ListPublicKeysCommand,
  ListQueriesCommand,
  SearchSampleQueriesCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { DAY, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { world } from './lake.ts';

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

test('results are brought to a bucket, and signed', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const { trail, sqs, id } = await world(cloud);
  await sqs.send(new CreateQueueCommand({ QueueName: 'a' }));
  await cloud.advance(5 * MINUTE);
  const QueryStatement = `SELECT eventName, errorCode FROM ${id} WHERE eventName = 'CreateQueue'`;
  const start = (DeliveryS3Uri: string) => trail.send(new StartQueryCommand({ QueryStatement, DeliveryS3Uri }));
  assert.equal((await failure(start('s3://nowhere'))).name, 'S3BucketDoesNotExistException');
  await s3.send(new CreateBucketCommand({ Bucket: 'results' }));
  assert.equal((await failure(start('s3://results/lake'))).name, 'InsufficientS3BucketPolicyException');
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject*',
    Resource: 'arn:aws:s3:::results/*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'results', Policy }));
  const { QueryId = '' } = await start('s3://results/lake/');
  await cloud.advance(0);
  const described = await trail.send(new DescribeQueryCommand({ QueryId }));
  assert.deepEqual([described.DeliveryS3Uri, described.DeliveryStatus], ['s3://results/lake/', 'SUCCESS']);
  const folder = `lake/AWSLogs/123456789012/CloudTrail-Lake/Query/2026/01/01/${QueryId}`;
  const read = async (name: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'results', Key: `${folder}/${name}` }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const file = await read('result_1.csv.gz');
  assert.equal(gunzipSync(file).toString(), '"eventName","errorCode"\n"CreateQueue",""\n');
  const sign = JSON.parse((await read('result_sign.json')).toString());
  const hash = createHash('sha256').update(file).digest('hex');
  assert.deepEqual(sign.files, [{ fileHashValue: hash, fileName: 'result_1.csv.gz' }]);
  const { PublicKeyList: [key] = [] } = await trail.send(new ListPublicKeysCommand({}));
  assert.equal(key?.Fingerprint, sign.publicKeyFingerprint);
  const publicKey = createPublicKey({ key: Buffer.from(key?.Value ?? []), format: 'der', type: 'pkcs1' });
  const isSigned = createVerify('RSA-SHA256').update(hash).verify(publicKey, Buffer.from(sign.hashSignature, 'hex'));
  assert.equal(isSigned, true);
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
  assert.equal(category.name, 'NotImplemented');
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
