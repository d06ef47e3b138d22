/** Transformers: what their processors make of events, and who sees that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteTransformerCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  GetTransformerCommand,
  type Processor,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutTransformerCommand,
  StartQueryCommand,
  TestTransformerCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, templateOf, update } from '../cloudformation/stacks.ts';

/** What processors make of a text; undefined where they fail. */
async function transformed(cloud: TestCloud, message: string, ...transformerConfig: Processor[]): Promise<unknown> {
  const { transformedLogs } = await cloud
    .client(CloudWatchLogsClient)
    .send(new TestTransformerCommand({ transformerConfig, logEventMessages: [message] }));
  const [one] = transformedLogs ?? [];
  assert.deepEqual([one?.eventNumber, one?.eventMessage], [1, message]);
  return one?.transformedEventMessage === undefined ? undefined : JSON.parse(one.transformedEventMessage);
}

test('parsers read text', async () => {
  await using cloud = await startTestCloud();
  const make = (message: string, ...processors: Processor[]) => transformed(cloud, message, ...processors);
  assert.deepEqual(await make('{"a":{"b":1}}', { parseJSON: {} }), { a: { b: 1 } });
  assert.deepEqual(
    await make('{"a":"{\\"b\\":1}"}', { parseJSON: {} }, { parseJSON: { source: 'a', destination: 'c' } }),
    {
      a: '{"b":1}',
      c: { b: 1 },
    },
  );
  assert.equal(await make('no', { parseJSON: {} }), undefined);
  assert.equal(await make('[1]', { parseJSON: {} }), undefined);
  const pairs = { fieldDelimiter: ' ', keyValueDelimiter: '=', keyPrefix: 'p_', nonMatchValue: 'none' };
  assert.deepEqual(await make('k=v x=1=2 lone', { parseKeyValue: pairs }), { p_k: 'v', p_x: '1=2', p_lone: 'none' });
  assert.deepEqual(await make('a,"b, ""c""",', { csv: { columns: ['first', 'second'] } }), {
    first: 'a',
    second: 'b, "c"',
    column_3: '',
  });
});

test('grok, dates, and the logs that services vend', async () => {
  await using cloud = await startTestCloud();
  const make = (message: string, ...processors: Processor[]) => transformed(cloud, message, ...processors);
  assert.deepEqual(
    await make('192.168.1.1 GET /index.html?a=b 200', {
      grok: { match: '%{IP:client.ip} %{WORD:method} %{URIPATHPARAM:request.uri} %{NUMBER:status}' },
    }),
    { client: { ip: '192.168.1.1' }, method: 'GET', request: { uri: '/index.html?a=b' }, status: '200' },
  );
  assert.equal(await make('no', { grok: { match: '%{IP:ip}' } }), undefined);
  const dated = (at: string | number, converter: object) =>
    make(
      JSON.stringify({ at }),
      { parseJSON: {} },
      {
        dateTimeConverter: { source: 'at', target: 'to', matchPatterns: ['yyyy-MM-dd HH:mm', 'epoch'], ...converter },
      },
    );
  assert.deepEqual(await dated('2026-07-01 12:00', { sourceTimezone: 'Europe/Zurich' }), {
    at: '2026-07-01 12:00',
    to: '2026-07-01T10:00:00.000Z',
  });
  const zoned = { targetTimezone: 'UTC+2', targetFormat: "EEEE, d MMMM yyyy 'at' hh:mm a XXX" };
  assert.deepEqual(await dated(0, zoned), { at: 0, to: 'Thursday, 1 January 1970 at 02:00 AM +02:00' });
  assert.equal(await dated('2026-13', {}), undefined);
  assert.deepEqual(
    await make('2 123456789010 eni-1 192.0.2.0 192.0.2.24 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK', {
      parseVPC: {},
    }),
    {
      version: 2,
      accountId: '123456789010',
      interfaceId: 'eni-1',
      srcAddr: '192.0.2.0',
      dstAddr: '192.0.2.24',
      srcPort: 20_641,
      dstPort: 22,
      protocol: 6,
      packets: 20,
      bytes: 4_249,
      start: 1_418_530_010,
      end: 1_418_530_070,
      action: 'ACCEPT',
      logStatus: 'OK',
    },
  );
  assert.equal(await make('2 3', { parseVPC: {} }), undefined);
  assert.deepEqual(
    await make('1.0 2017-12-13T08:15:50.235Z Z1 example.com AAAA NOERROR TCP IAD12 192.0.2.0 198.51.100.0/24', {
      parseRoute53: {},
    }),
    {
      version: 1,
      queryTimestamp: '2017-12-13T08:15:50.235Z',
      hostZoneId: 'Z1',
      queryName: 'example.com',
      queryType: 'AAAA',
      responseCode: 'NOERROR',
      protocol: 'TCP',
      edgeLocation: 'IAD12',
      resolverIp: '192.0.2.0',
      ednsClientSubnet: '198.51.100.0/24',
    },
  );
  assert.deepEqual(await make('2019-03-10 03:54:59 UTC:10.0.0.1(5):me@db:[75]:ERROR: bad', { parsePostgres: {} }), {
    logTime: '2019-03-10 03:54:59 UTC',
    srcIp: '10.0.0.1(5)',
    userName: 'me',
    dbName: 'db',
    processId: '75',
    logLevel: 'ERROR',
  });
  const request = { httpRequest: { uri: '/', headers: [{ name: 'Host', value: 'x' }] }, labels: [{ name: 'l' }] };
  assert.deepEqual(await make(JSON.stringify(request), { parseWAF: {} }), {
    httpRequest: { uri: '/', headers: { Host: 'x' } },
    labels: { name: 'l' },
  });
  const line =
    '2019-12-04 21:02:31 LAX1 392 192.0.2.24 GET d1.cloudfront.net /index.html 200 - Mozilla/5.0%20(X) - - Hit id d1.cloudfront.net https 23 0.001 - TLSv1.2 ECDHE Hit HTTP/2.0 - - 11040 0.001 Hit text/html 78 - -';
  const seen = (await make(line, { parseCloudfront: {} })) as Record<string, unknown>;
  assert.deepEqual(
    [seen['cs(User-Agent)'], seen['sc-status'], seen['time-taken'], seen['sc-range-end'], Object.keys(seen).length],
    ['Mozilla/5.0 (X)', 200, 0.001, '-', 33],
  );
});

test('mutators change what was read', async () => {
  await using cloud = await startTestCloud();
  const make = (document: object, ...processors: Processor[]) =>
    transformed(cloud, JSON.stringify(document), { parseJSON: {} }, ...processors);
  assert.deepEqual(
    await make(
      { a: { b: ' X ' }, n: '12', t: 'True', list: 'x,y', up: 'u', old: 1, gone: 1, taken: 'no' },
      { trimString: { withKeys: ['a.b', 'n.x'] } },
      { lowerCaseString: { withKeys: ['a.b'] } },
      { upperCaseString: { withKeys: ['up'] } },
      {
        typeConverter: {
          entries: [
            { key: 'n', type: 'integer' },
            { key: 't', type: 'boolean' },
          ],
        },
      },
      { splitString: { entries: [{ source: 'list', delimiter: ',' }] } },
      { renameKeys: { entries: [{ key: 'old', renameTo: 'fresh.name' }] } },
      { moveKeys: { entries: [{ source: 'a.b', target: 'moved' }] } },
      {
        copyValue: {
          entries: [
            { source: 'list[1]', target: 'second' },
            { source: 'n', target: 'taken' },
          ],
        },
      },
      {
        addKeys: {
          entries: [
            { key: 'x.y', value: 'z' },
            { key: 'n', value: '0' },
          ],
        },
      },
      { deleteKeys: { withKeys: ['gone', 'nothing.here'] } },
    ),
    {
      a: {},
      n: 12,
      t: true,
      list: ['x', 'y'],
      up: 'U',
      fresh: { name: 1 },
      moved: { b: 'x' },
      second: 'y',
      taken: 'no',
      x: { y: 'z' },
    },
  );
  const list = {
    items: [
      { k: 'a', v: 1 },
      { k: 'b', v: 2 },
      { k: 'a', v: 3 },
    ],
  };
  const map = { source: 'items', key: 'k', valueKey: 'v', target: 'map' };
  assert.deepEqual(
    await make(
      list,
      { listToMap: { ...map, flatten: true, flattenedElement: 'last' } },
      { deleteKeys: { withKeys: ['items'] } },
    ),
    { map: { a: 3, b: 2 } },
  );
  assert.deepEqual(
    await make({ m: 'a1b22' }, { substituteString: { entries: [{ source: 'm', from: '[0-9]+', to: '#' }] } }),
    { m: 'a#b#' },
  );
  assert.equal(await make({ n: 'x' }, { typeConverter: { entries: [{ key: 'n', type: 'double' }] } }), undefined);
  // Names are names.
  const odd = await make({ m: 'v' }, { renameKeys: { entries: [{ key: 'm', renameTo: '__proto__.polluted' }] } });
  assert.equal(JSON.stringify(odd), '{"__proto__":{"polluted":"v"}}');
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});

test('what can not be is refused', async () => {
  await using cloud = await startTestCloud();
  const why = async (...processors: Processor[]) => {
    const { name, message } = await failure(transformed(cloud, 'x', ...processors));
    return [name, message];
  };
  assert.deepEqual(await why({ addKeys: { entries: [{ key: 'a', value: 'b' }] } }), [
    'InvalidParameterException',
    'Transformer config should begin with parser. Allowed parsers are parsePostgres, parseWAF, parseCloudfront, parseCloudfrontOCSF, parseRoute53, parseLambda, parseVPC, parseSyslog, parseRDS, parseCiscoFTD, parseF5BigIP, parseCiscoISE, parseForescoutNac, parseInfobloxDDI, parseToOCSF, parseJSON, grok, csv, parseKeyValue',
  ]);
  assert.deepEqual(await why({ parseJSON: {}, csv: {} }), [
    'InvalidParameterException',
    'Each processor must have exactly one type.',
  ]);
  assert.deepEqual(await why({ parseToOCSF: { eventSource: 'Route53Resolver', ocsfVersion: 'V1.1' } }), [
    'NotImplemented',
    'Cloudyard has not built the processor parseToOCSF yet',
  ]);
  assert.deepEqual(await why({ grok: { match: '%{NONE:a}' } }), [
    'InvalidParameterException',
    "No definition for key 'NONE' found",
  ]);
  assert.deepEqual(await why({ parseJSON: {} }, { parseVPC: {} }), [
    'InvalidParameterException',
    'The processor parseVPC must be the first processor in a transformer.',
  ]);
  const date = { source: 'a', target: 'b', matchPatterns: ['yyyy'] };
  assert.deepEqual(await why({ parseJSON: {} }, { dateTimeConverter: { ...date, targetFormat: 'Q' } }), [
    'InvalidParameterException',
    'Unknown pattern letter: Q',
  ]);
  assert.deepEqual(await why({ parseJSON: {} }, { dateTimeConverter: { ...date, sourceTimezone: 'Mars' } }), [
    'InvalidParameterException',
    'The time zone Mars is invalid.',
  ]);
  assert.deepEqual(
    await why({ parseJSON: {} }, { substituteString: { entries: [{ source: 'a', from: '(', to: '-' }] } }),
    ['InvalidParameterException', 'The expression ( is invalid.'],
  );
});

test('queries and filters see events as they were transformed when they came', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const logGroupName = 'app';
  const logStreamName = 'one';
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  let second = 0;
  const say = async (message: string) => {
    const logEvents = [{ timestamp: START + second * 1_000, message }];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    second += 1;
    await cloud.advance(1_000);
  };
  const logGroupIdentifier = logGroupName;
  const pairs = { parseKeyValue: { fieldDelimiter: ' ', keyValueDelimiter: '=' } };
  const transformerConfig: Processor[] = [pairs, { typeConverter: { entries: [{ key: 'ms', type: 'integer' }] } }];
  for (const applyOnTransformedLogs of [true, false])
    await logs.send(
      new PutMetricFilterCommand({
        logGroupName,
        filterName: `slow ${applyOnTransformedLogs}`,
        filterPattern: '{ $.ms > 10 }',
        metricTransformations: [
          { metricName: `slow-${applyOnTransformedLogs}`, metricNamespace: 'App', metricValue: '$.ms' },
        ],
        applyOnTransformedLogs,
      }),
    );
  await say('path=/before ms=30');
  await logs.send(new PutTransformerCommand({ logGroupIdentifier, transformerConfig }));
  await say('path=/a ms=20');
  await say('path=/b ms=5');
  const got = await logs.send(new GetTransformerCommand({ logGroupIdentifier }));
  assert.deepEqual([got.transformerConfig, got.creationTime], [transformerConfig, START + 1_000]);
  await logs.send(new DeleteTransformerCommand({ logGroupIdentifier }));
  await say('path=/after ms=40');
  const { queryId } = await logs.send(
    new StartQueryCommand({
      logGroupName,
      startTime: START / 1_000,
      endTime: START / 1_000 + 60,
      queryString: 'filter ms > 0 | fields path, ms | sort @timestamp',
    }),
  );
  await cloud.server.cloud.settle();
  const { results } = await logs.send(new GetQueryResultsCommand({ queryId }));
  assert.deepEqual(
    results?.map((row) => row.filter(({ field }) => field !== '@ptr').map(({ value }) => value)),
    [
      ['/a', '20'],
      ['/b', '5'],
    ],
  );
  // The events are what they were.
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, limit: 2 }));
  assert.deepEqual(
    events?.map(({ message }) => message),
    ['path=/before ms=30', 'path=/a ms=20'],
  );
  const sum = async (MetricName: string) => {
    const { Datapoints } = await cloud.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        Namespace: 'App',
        MetricName,
        StartTime: new Date(START),
        EndTime: new Date(START + 60_000),
        Period: 60,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints?.[0]?.Sum;
  };
  assert.deepEqual([await sum('slow-true'), await sum('slow-false')], [20, undefined]);
  assert.equal(
    (await failure(logs.send(new DeleteTransformerCommand({ logGroupIdentifier })))).name,
    'ResourceNotFoundException',
  );
});

test('a stack makes, changes and removes a transformer', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const template = (value: string) =>
    templateOf({
      Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'app' } },
      Transformer: {
        Type: 'AWS::Logs::Transformer',
        Properties: {
          LogGroupIdentifier: { Ref: 'Group' },
          TransformerConfig: [
            { ParseJSON: {} },
            { AddKeys: { Entries: [{ Key: 'Stage', Value: value, OverwriteIfExists: 'true' }] } },
          ],
        },
      },
    });
  const seen = async () => {
    const { transformerConfig } = await logs.send(new GetTransformerCommand({ logGroupIdentifier: 'app' }));
    return transformerConfig?.[1]?.addKeys?.entries;
  };
  await create(cloud, 'app', template('one'));
  assert.deepEqual(await seen(), [{ key: 'Stage', value: 'one', overwriteIfExists: true }]);
  await update(cloud, 'app', template('two'));
  assert.deepEqual(await seen(), [{ key: 'Stage', value: 'two', overwriteIfExists: true }]);
  await update(
    cloud,
    'app',
    templateOf({ Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'app' } } }),
  );
  assert.equal(await seen(), undefined);
});
