/** Records brought to HTTP endpoints and to Splunk. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  type HttpEndpointDestinationConfiguration,
  PutRecordBatchCommand,
} from '@aws-sdk/client-firehose';
import { foreignCertificate } from '../../support/certificates.ts';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { apiFunction, createApi } from '../api-gateway/world.ts';
import { type Bed, BUCKET_ARN, makeBed } from './bed.ts';

const MINUTE = 60_000;
type Heard = { url: string; headers: IncomingHttpHeaders; body: Buffer };

/** A server that speaks TLS, notes what it hears and answers as it is told. */
async function listening(answer: (heard: Heard) => { status: number; body?: string; type?: string }) {
  const { key, certificate } = await foreignCertificate(['localhost'], 36_500);
  const heard: Heard[] = [];
  const server = createServer({ key, cert: certificate }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces) };
      heard.push(one);
      const { status, body, type = 'application/json' } = answer(one);
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    heard,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const taken = ({ headers }: Heard) => ({
  status: 200,
  body: JSON.stringify({ requestId: headers['x-amz-firehose-request-id'], timestamp: START }),
});

const bucket = (bed: Bed) => ({
  RoleARN: bed.role,
  BucketARN: BUCKET_ARN,
  BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
});

function createHttp(bed: Bed, Url: string, more: Partial<HttpEndpointDestinationConfiguration> = {}) {
  return bed.firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'hooks',
      HttpEndpointDestinationConfiguration: {
        EndpointConfiguration: { Url, Name: 'ours', AccessKey: 'open sesame' },
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
        S3Configuration: bucket(bed),
        RoleARN: bed.role,
        ...more,
      },
    }),
  );
}

test('an endpoint gets 10,000 records at once at most', async () => {
  using server = await listening(taken);
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await createHttp(bed, server.url);
  const Records = Array.from({ length: 500 }, () => ({ Data: Buffer.from('x') }));
  for (let index = 0; index < 21; index += 1)
    await bed.firehose.send(new PutRecordBatchCommand({ DeliveryStreamName: 'hooks', Records }));
  await cloud.advance(MINUTE);
  assert.deepEqual(
    server.heard.map(({ body }) => JSON.parse(body.toString()).records.length).toSorted((a, b) => b - a),
    [10_000, 500],
  );
});

/** Takes records as an endpoint should, where headers are written as AWS writes them. */
const TAKE = `export const handler = async ({ headers, body }) => {
  console.log('took ' + JSON.parse(body).records.length + ' by ' + headers['X-Amz-Firehose-Access-Key']);
  const requestId = headers['X-Amz-Firehose-Request-Id'];
  return { statusCode: 200, body: JSON.stringify({ requestId, timestamp: Date.now() }) };
};`;

test('an API of this cloud is an endpoint by its address at AWS', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const uri = await apiFunction(cloud, 'take', TAKE);
  const api = await createApi(cloud);
  await api.method(api.rootResourceId, 'POST', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await api.deploy();
  await createHttp(bed, `https://${api.restApiId}.execute-api.us-east-1.amazonaws.com/v1/`);
  await bed.put('hooks', 'one', 'two');
  await cloud.advance(MINUTE);
  const logs = { logGroupName: '/aws/lambda/take', filterPattern: 'took' };
  const { events = [] } = await cloud.client(CloudWatchLogsClient).send(new FilterLogEventsCommand(logs));
  assert.deepEqual([events.length, /took 2 by open sesame/.test(events[0]?.message ?? '')], [1, true]);
  assert.equal((await bed.objects()).size, 0);
});

test('an endpoint gets records as AWS sends them', async () => {
  using server = await listening(taken);
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const { DeliveryStreamARN } = await createHttp(bed, `${server.url}/in?x=1`, {
    RequestConfiguration: {
      ContentEncoding: 'GZIP',
      CommonAttributes: [{ AttributeName: 'from', AttributeValue: 'tests' }],
    },
    S3BackupMode: 'AllData',
  });
  await bed.put('hooks', 'one', 'two');
  await cloud.advance(MINUTE);
  assert.equal(server.heard.length, 1);
  const [{ url, headers, body } = { url: '', headers: {} as IncomingHttpHeaders, body: Buffer.alloc(0) }] =
    server.heard;
  const { requestId, timestamp, records } = JSON.parse(gunzipSync(body).toString());
  assert.equal(url, '/in?x=1');
  assert.equal(headers['x-amz-firehose-protocol-version'], '1.0');
  assert.equal(headers['x-amz-firehose-request-id'], requestId);
  assert.equal(headers['x-amz-firehose-source-arn'], DeliveryStreamARN);
  assert.equal(headers['x-amz-firehose-access-key'], 'open sesame');
  assert.equal(headers['x-amz-firehose-common-attributes'], '{"commonAttributes":{"from":"tests"}}');
  assert.equal(headers['content-encoding'], 'gzip');
  assert.equal(timestamp, START + MINUTE);
  assert.deepEqual(records, [{ data: 'b25l' }, { data: 'dHdv' }]);
  assert.deepEqual([...(await bed.objects()).values()], ['onetwo']);
  const { DeliveryStreamDescription: shown } = await bed.firehose.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'hooks' }),
  );
  const described = shown?.Destinations?.[0]?.HttpEndpointDestinationDescription;
  assert.deepEqual(described?.RetryOptions, { DurationInSeconds: 300 });
  assert.equal(JSON.stringify(shown).includes('sesame'), false, 'the key is nobody’s business');
});

test('what an endpoint does not take is sent again, under one id, and in the end kept in the bucket', async () => {
  let asked = 0;
  using server = await listening(() => {
    asked += 1;
    return asked < 3 ? { status: 200, body: '{"requestId":"another"}' } : { status: 503, body: 'busy' };
  });
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await createHttp(bed, server.url, { RetryOptions: { DurationInSeconds: 100 } });
  await bed.put('hooks', 'one', 'two');
  await cloud.advance(6 * MINUTE);
  assert.equal(new Set(server.heard.map(({ headers }) => headers['x-amz-firehose-request-id'])).size, 1);
  assert.equal(server.heard.length, 7, 'at about 0, 1, 3, 7, 15, 31 and 63 seconds');
  const [[key = '', text = ''] = []] = await bed.objects();
  assert.match(key, /^http-endpoint-failed\/2026\/01\/01\/00\/hooks-1-/);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ rawData, errorCode, errorMessage, attemptsMade }) => [rawData, errorCode, errorMessage, attemptsMade]),
    ['b25l', 'dHdv'].map((data) => [
      data,
      'HttpEndpoint.DestinationException',
      'Received the following response from the endpoint destination. busy',
      7,
    ]),
  );
  const [first, second] = lines.map(({ dataId, subsequenceNumber }) => [dataId, subsequenceNumber]);
  assert.match(String(first?.[0]), /^\d{56}\.0$/);
  assert.notEqual(first?.[0], second?.[0]);
  assert.equal(first?.[1], 0);
  const sum = await sumOf(cloud, 'AWS/Firehose');
  const of = (metric: string) => sum(`DeliveryToHttpEndpoint.${metric}`, { DeliveryStreamName: 'hooks' });
  assert.deepEqual([await of('ProcessedRecords'), await of('ProcessedBytes'), await of('Success')], [14, 42, 0]);
});

test('an answer is JSON by its type; what is too large for an endpoint is lost', async () => {
  let asked = 0;
  using server = await listening((heard) => {
    asked += 1;
    return asked === 1 ? { ...taken(heard), type: 'text/plain' } : { status: 413, body: 'too large' };
  });
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await createHttp(bed, server.url);
  await bed.put('hooks', 'one');
  await cloud.advance(10 * MINUTE);
  assert.equal(asked, 2);
  assert.equal((await bed.objects()).size, 0);
});

test('plain HTTP is refused', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  assert.equal((await failure(createHttp(bed, 'http://localhost:1/'))).name, 'ValidationException');
});

test('Splunk gets events, and is asked until it has indexed them', async () => {
  let asked = 0;
  using server = await listening(({ url }) => {
    if (!url.startsWith('/services/collector/ack'))
      return { status: 200, body: '{"text":"Success","code":0,"ackId":7}' };
    asked += 1;
    return { status: 200, body: JSON.stringify({ acks: { 7: asked === 3 } }) };
  });
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'splunk',
      SplunkDestinationConfiguration: {
        HECEndpoint: server.url,
        HECEndpointType: 'Event',
        HECToken: 'token',
        S3Configuration: bucket(bed),
      },
    }),
  );
  await bed.put('splunk', '{"event":"a"}', '{"event":"b"}');
  await cloud.advance(5 * MINUTE);
  const [sent, ...acks] = server.heard;
  assert.equal(sent?.headers.authorization, 'Splunk token');
  assert.equal(String(sent?.body), '{"event":"a"}{"event":"b"}');
  assert.equal(sent?.url, `/services/collector/event?channel=${sent?.headers['x-splunk-request-channel']}`);
  assert.deepEqual(
    acks.map(({ body }) => String(body)),
    ['{"acks":[7]}', '{"acks":[7]}', '{"acks":[7]}'],
  );
  assert.equal((await bed.objects()).size, 0);
});

test('what Splunk never acknowledges ends in the bucket', async () => {
  using server = await listening(({ url }) =>
    url.startsWith('/services/collector/ack')
      ? { status: 200, body: '{"acks":{"0":false}}' }
      : { status: 200, body: '{"ackId":0}' },
  );
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  await bed.firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'splunk',
      SplunkDestinationConfiguration: {
        HECEndpoint: server.url,
        HECEndpointType: 'Raw',
        HECToken: 'token',
        RetryOptions: { DurationInSeconds: 0 },
        S3Configuration: bucket(bed),
      },
    }),
  );
  await bed.put('splunk', 'one');
  await cloud.advance(10 * MINUTE);
  const [[key = '', text = ''] = []] = await bed.objects();
  assert.match(key, /^splunk-failed\//);
  assert.equal(JSON.parse(text).errorCode, 'Splunk.AckTimeout');
  assert.match(JSON.parse(text).EventId, /^\d{56}\.0$/);
});
