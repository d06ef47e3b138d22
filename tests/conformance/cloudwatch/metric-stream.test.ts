/** Metric streams: metrics brought to Firehose, minute by minute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteMetricStreamCommand,
  GetMetricStreamCommand,
  ListMetricStreamsCommand,
  ListTagsForResourceCommand,
  PutMetricDataCommand,
  PutMetricStreamCommand,
  type PutMetricStreamCommandInput,
  StartMetricStreamsCommand,
  StopMetricStreamsCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { type Bed, makeBed } from '../firehose/bed.ts';

const MINUTE = 60_000;

async function makeRole(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'streams.metrics.cloudwatch.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'streams',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  const allowed = { Effect: 'Allow', Action: 'firehose:PutRecord*', Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'streams',
      PolicyName: 'put',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
    }),
  );
  return Role?.Arn ?? '';
}

async function world(cloud: TestCloud) {
  const bed = await makeBed(cloud);
  const FirehoseArn = await bed.create('metrics', { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } });
  const RoleArn = await makeRole(cloud);
  const cloudwatch = cloud.client(CloudWatchClient);
  const put = (more: Partial<PutMetricStreamCommandInput> = {}) =>
    cloudwatch.send(
      new PutMetricStreamCommand({
        Name: 'all',
        FirehoseArn,
        RoleArn,
        OutputFormat: 'json',
        IncludeFilters: [{ Namespace: 'Shop', MetricNames: ['Sales'] }, { Namespace: 'Stock' }],
        ...more,
      }),
    );
  const send = (Namespace: string, MetricName: string, ...Values: number[]) =>
    cloudwatch.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [{ MetricName, Values, Unit: 'Count', Dimensions: [{ Name: 'Region', Value: 'north' }] }],
      }),
    );
  return { bed, cloudwatch, put, send };
}

async function lines(bed: Bed) {
  return [...(await bed.objects()).values()]
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => JSON.parse(line));
}

test('what the filters name goes out as JSON, once its minute is two minutes old', async () => {
  await using cloud = await startTestCloud();
  const { bed, cloudwatch, put, send } = await world(cloud);
  const { Arn } = await put({
    StatisticsConfigurations: [
      { IncludeMetrics: [{ Namespace: 'Shop', MetricName: 'Sales' }], AdditionalStatistics: ['p50', 'TC(2:3)'] },
    ],
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  assert.equal(Arn, 'arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/all');
  await send('Shop', 'Sales', 1, 2, 3);
  await send('Shop', 'Visits', 9);
  await send('Stock', 'Left', 5);
  await cloud.advance(3 * MINUTE - 1);
  assert.equal((await bed.objects()).size, 0);
  await cloud.advance(MINUTE);
  const common = { metric_stream_name: 'all', account_id: '123456789012', region: 'us-east-1', unit: 'Count' };
  const found = (await lines(bed)).sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  assert.deepEqual(found, [
    {
      ...common,
      namespace: 'Shop',
      metric_name: 'Sales',
      dimensions: { Region: 'north' },
      timestamp: START,
      value: { count: 3, sum: 6, max: 3, min: 1, p50: 2, 'TC(2:3)': 1 },
    },
    {
      ...common,
      namespace: 'Stock',
      metric_name: 'Left',
      dimensions: { Region: 'north' },
      timestamp: START,
      value: { count: 1, sum: 5, max: 5, min: 5 },
    },
  ]);
  const { Tags } = await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: Arn }));
  assert.deepEqual(Tags, [{ Key: 'team', Value: 'a' }]);
  const told = await sumOf(cloud, 'AWS/CloudWatch/MetricStreams');
  for (const dimensions of [{ MetricStreamName: 'all' }, {}] as Record<string, string>[]) {
    assert.deepEqual([await told('MetricUpdate', dimensions), await told('TotalMetricUpdate', dimensions)], [2, 3]);
    // Minutes without metrics are told, too.
    assert.equal(await told('MetricUpdate', dimensions, 'SampleCount'), 2);
    assert.deepEqual(
      [await told('PublishErrorRate', dimensions), await told('PublishErrorRate', dimensions, 'SampleCount')],
      [0, 2],
    );
  }
});

/** The fields of a message of Protocol Buffers, by number. */
function decode(bytes: Buffer): Map<number, (Buffer | bigint)[]> {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at] as number;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    let value: Buffer | bigint;
    if ((tag & 7) === 1) {
      value = bytes.readBigUInt64LE(at);
      at += 8;
    } else {
      assert.equal(tag & 7, 2);
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}
const inside = (fields: Map<number, (Buffer | bigint)[]>, ...path: number[]): Map<number, (Buffer | bigint)[]> =>
  path.reduce((found, number) => decode(found.get(number)?.[0] as Buffer), fields);
const double = (bits: unknown) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits as bigint);
  return bytes.readDoubleLE();
};

for (const OutputFormat of ['opentelemetry0.7', 'opentelemetry1.0'] as const)
  test(`what goes out as ${OutputFormat} has its length before it`, async () => {
    await using cloud = await startTestCloud();
    const { bed, put, send } = await world(cloud);
    await put({
      OutputFormat,
      StatisticsConfigurations: [
        { IncludeMetrics: [{ Namespace: 'Shop', MetricName: 'Sales' }], AdditionalStatistics: ['p50'] },
      ],
    });
    await send('Shop', 'Sales', 1, 2, 3);
    await cloud.advance(4 * MINUTE);
    const [key = ''] = (await bed.objects()).keys();
    const bytes = await bed.bytes(key);
    const head = (bytes[0] as number) < 128 ? 1 : 2;
    const length = head === 1 ? (bytes[0] as number) : ((bytes[0] as number) & 127) + (bytes[1] as number) * 128;
    assert.equal(bytes.length, head + length);
    const resource = inside(decode(bytes.subarray(head)), 1);
    const attributes = (inside(resource, 1).get(1) ?? []).map((one) => decode(one as Buffer));
    assert.deepEqual(
      attributes.map((one) => [String(one.get(1)?.[0]), String(inside(one, 2).get(1)?.[0])]),
      [
        ['cloud.provider', 'aws'],
        ['cloud.account.id', '123456789012'],
        ['cloud.region', 'us-east-1'],
        ['aws.exporter.arn', 'arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/all'],
      ],
    );
    const metric = inside(resource, 2, 2);
    assert.equal(String(metric.get(1)?.[0]), 'amazonaws.com/Shop/Sales');
    assert.equal(String(metric.get(3)?.[0]), '{Count}');
    const point = inside(metric, 11, 1);
    assert.deepEqual(
      [point.get(2)?.[0], point.get(3)?.[0]],
      [START, START + MINUTE].map((at) => BigInt(at) * 1_000_000n),
    );
    assert.deepEqual([point.get(4)?.[0], double(point.get(5)?.[0])], [3n, 6]);
    assert.deepEqual(
      point
        .get(6)
        ?.map((one) => [double(decode(one as Buffer).get(1)?.[0]), double(decode(one as Buffer).get(2)?.[0])]),
      [
        [0, 1],
        [0.5, 2],
        [1, 3],
      ],
    );
    const labels = (point.get(OutputFormat === 'opentelemetry0.7' ? 1 : 7) ?? []).map((one) => decode(one as Buffer));
    const names = labels.map((one) => String(one.get(1)?.[0]));
    if (OutputFormat === 'opentelemetry0.7') {
      assert.deepEqual(names, ['Namespace', 'MetricName', 'Region']);
      assert.equal(String(labels[2]?.get(2)?.[0]), 'north');
    } else {
      assert.deepEqual(names, ['Namespace', 'MetricName', 'Dimensions']);
      const [entry = Buffer.alloc(0)] = inside(labels[2] as NonNullable<(typeof labels)[0]>, 2, 6).get(1) ?? [];
      assert.equal(String(decode(entry as Buffer).get(1)?.[0]), 'Region');
    }
  });

test('a stream is stopped, started, changed, listed and removed', async () => {
  await using cloud = await startTestCloud();
  const { bed, cloudwatch, put, send } = await world(cloud);
  await put();
  await put({ Name: 'other', IncludeFilters: undefined, ExcludeFilters: [{ Namespace: 'Shop' }] });
  await cloudwatch.send(new StopMetricStreamsCommand({ Names: ['all', 'other'] }));
  await send('Shop', 'Sales', 1);
  await cloud.advance(5 * MINUTE);
  await put({ OutputFormat: 'json' });
  assert.equal((await bed.objects()).size, 0);
  await cloudwatch.send(new StartMetricStreamsCommand({ Names: ['all'] }));
  await send('Shop', 'Sales', 2);
  await cloud.advance(5 * MINUTE);
  assert.deepEqual(
    (await lines(bed)).map(({ value }) => value.sum),
    [2],
  );
  const { CreationDate, LastUpdateDate, ...shown } = await cloudwatch.send(
    new GetMetricStreamCommand({ Name: 'other' }),
  );
  assert.equal(CreationDate?.getTime(), START);
  assert.equal(shown.State, 'stopped');
  assert.deepEqual(shown.ExcludeFilters, [{ Namespace: 'Shop' }]);
  const first = await cloudwatch.send(new ListMetricStreamsCommand({ MaxResults: 1 }));
  assert.deepEqual(
    first.Entries?.map(({ Name, State }) => [Name, State]),
    [['all', 'running']],
  );
  const rest = await cloudwatch.send(new ListMetricStreamsCommand({ NextToken: first.NextToken }));
  assert.deepEqual(
    rest.Entries?.map(({ Name }) => Name),
    ['other'],
  );
  await cloudwatch.send(new DeleteMetricStreamCommand({ Name: 'other' }));
  const gone = await failure(cloudwatch.send(new GetMetricStreamCommand({ Name: 'other' })));
  assert.equal(gone.name, 'ResourceNotFoundException');
});

test('streams that can not be are refused', async () => {
  await using cloud = await startTestCloud();
  const { put } = await world(cloud);
  const refused = async (more: Partial<PutMetricStreamCommandInput>) => {
    const { name, message } = await failure(put(more));
    return `${name}: ${message}`;
  };
  assert.equal(
    await refused({ ExcludeFilters: [{ Namespace: 'Shop' }] }),
    'InvalidParameterCombinationException: IncludeFilters and ExcludeFilters cannot both be present',
  );
  assert.match(await refused({ Name: 'a b' }), /^InvalidParameterValueException: The value a b for parameter Name/);
  assert.match(await refused({ FirehoseArn: 'arn:aws:s3:::b' }), /for parameter FirehoseArn is invalid/);
  assert.match(
    await refused({
      OutputFormat: 'opentelemetry1.0',
      StatisticsConfigurations: [
        { IncludeMetrics: [{ Namespace: 'a', MetricName: 'b' }], AdditionalStatistics: ['tm90'] },
      ],
    }),
    /Unsupported statistic tm90 for selected OutputFormat/,
  );
  assert.match(
    await refused({ IncludeLinkedAccountsMetrics: true }),
    /has not built metric streams of linked accounts/,
  );
});

test('while Firehose takes nothing, minutes wait', async () => {
  await using cloud = await startTestCloud();
  const { bed, put, send } = await world(cloud);
  await put({ FirehoseArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/later' });
  await send('Shop', 'Sales', 1);
  await cloud.advance(10 * MINUTE);
  await bed.create('later', { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } });
  await cloud.advance(5 * MINUTE);
  assert.deepEqual(
    (await lines(bed)).map(({ timestamp, value }) => [timestamp, value.sum]),
    [[START, 1]],
  );
});
