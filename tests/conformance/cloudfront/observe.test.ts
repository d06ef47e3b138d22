/** What can be seen of a distribution's traffic: logs and metrics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CloudFrontClient, CreateMonitoringSubscriptionCommand } from '@aws-sdk/client-cloudfront';
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { startTestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute } from './support.ts';

test('requests are logged to a bucket, in whose lines nothing that a viewer sends makes a column', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end('body'),
  );
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'logs', ObjectOwnership: 'BucketOwnerPreferred' }));
  const { ask, id } = await distribute(
    cloud,
    configOf(customOrigin(origin.port), {
      Logging: { Enabled: true, IncludeCookies: false, Bucket: 'logs.s3.amazonaws.com', Prefix: 'web' },
    }),
  );
  const { Owner, Grants } = await s3.send(new GetBucketAclCommand({ Bucket: 'logs' }));
  assert.deepEqual(
    Grants?.map(({ Grantee, Permission }) => [Grantee?.ID, Permission]),
    [Owner?.ID, 'c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0'].map((one) => [one, 'FULL_CONTROL']),
  );
  await ask('/a?b=c', { headers: { 'user-agent': 'two words\tand a tab' } });
  await ask('/a');
  const { status } = await ask('/a', { headers: { range: 'bytes=-3' } });
  assert.equal(status, 206);
  await ask('/a~b%20c');
  await ask('/post', { method: 'POST' });
  assert.equal((await ask(`/${'a'.repeat(8_200)}`)).status, 413);
  await cloud.advance(5 * 60_000);
  await cloud.server.cloud.settle();
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'logs' }));
  assert.equal(Contents.length, 1);
  assert.match(Contents[0]?.Key ?? '', new RegExp(`^web/${id}\\.2026-01-01-00\\.[0-9a-f]{8}\\.gz$`));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'logs', Key: Contents[0]?.Key }));
  const [version, fields = '', ...lines] = gunzipSync((await Body?.transformToByteArray()) ?? '')
    .toString()
    .trim()
    .split('\n');
  assert.equal(version, '#Version: 1.0');
  const names = fields.replace('#Fields: ', '').split(' ');
  const rows = lines.map((line) => line.split('\t'));
  assert.deepEqual(
    rows.map((row) => row.length),
    [33, 33, 33, 33, 33],
  );
  const columnOf = (row: string[] | undefined, name: string) => row?.[names.indexOf(name)];
  const [miss, hit] = ['Miss', 'Hit'].map((result) =>
    rows.find((row) => columnOf(row, 'x-edge-result-type') === result),
  );
  assert.equal(names.length, 33);
  assert.equal(columnOf(miss, 'cs-uri-query'), 'b=c');
  assert.equal(columnOf(miss, 'cs(User-Agent)'), 'two%20words%09and%20a%20tab');
  assert.equal(columnOf(hit, 'cs-uri-stem'), '/a');
  // With its head.
  assert.ok(Number(columnOf(hit, 'sc-bytes')) > 200);
  assert.ok(Number(columnOf(hit, 'cs-bytes')) > 50);
  const part = rows.find((row) => columnOf(row, 'sc-status') === '206');
  assert.deepEqual([columnOf(part, 'sc-range-start'), columnOf(part, 'sc-range-end')], ['1', '3']);
  assert.ok(rows.some((row) => columnOf(row, 'cs-uri-stem') === '/a%7Eb%2520c'));
  const refused = rows.find((row) => columnOf(row, 'cs-method') === 'POST');
  assert.equal(columnOf(refused, 'x-edge-result-type'), 'Error');
  assert.equal(columnOf(refused, 'x-edge-detailed-result-type'), 'InvalidRequestMethod');
});

test('requests are counted in us-east-1, with more metrics where these are asked for', async () => {
  await using origin = await startOrigin((request, response) =>
    response.writeHead(request.url === '/ok' ? 200 : 404).end('body'),
  );
  await using cloud = await startTestCloud();
  const { ask, id } = await distribute(cloud, configOf(customOrigin(origin.port)));
  await cloud.client(CloudFrontClient).send(
    new CreateMonitoringSubscriptionCommand({
      DistributionId: id,
      MonitoringSubscription: { RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: 'Enabled' } },
    }),
  );
  for (const path of ['/ok', '/ok', '/ok', '/none']) await ask(path);
  const { metrics, clock } = cloud.server.cloud.kernel;
  const now = clock.now();
  const place = { account: '123456789012', region: 'us-east-1' };
  const dimensions = { DistributionId: id, Region: 'Global' };
  const read = (metric: string) =>
    metrics.query(
      place,
      { namespace: 'AWS/CloudFront', metric, dimensions },
      now - 60_000,
      now + 60_000,
      60_000,
      now,
    )[0];
  const averageOf = (metric: string) => {
    const { statistics } = read(metric) ?? assert.fail(`there is no ${metric}`);
    return statistics.sum / statistics.count;
  };
  assert.equal(read('Requests')?.statistics.sum, 4);
  assert.equal(averageOf('4xxErrorRate'), 25);
  assert.equal(averageOf('5xxErrorRate'), 0);
  assert.equal(Math.round(averageOf('CacheHitRate')), 67);
  assert.equal(read('OriginLatency')?.statistics.count, 1);
  assert.equal(read('BytesDownloaded')?.statistics.sum, 8);
  assert.equal(averageOf('404ErrorRate'), 25);
});
