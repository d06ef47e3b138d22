import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricWidgetImageCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  PutMetricDataCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

async function refused(call: Promise<unknown>, name: string, message: string): Promise<void> {
  const error = await failure(call);
  assert.deepEqual([error.name, error.message], [name, message]);
}

const METRIC = { type: 'metric', x: 0, y: 0, width: 12, height: 6 };
const bodyOf = (...widgets: object[]) => JSON.stringify({ widgets });
const GOOD = bodyOf({ ...METRIC, properties: { region: 'us-east-1', metrics: [['Web', 'Hits']] } });

test('a dashboard is put, read in every Region, listed, tagged, deleted', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = await watch.send(new PutDashboardCommand({ DashboardName: 'web', DashboardBody: GOOD }));
  assert.deepEqual(put.DashboardValidationMessages, []);
  await watch.send(
    new PutDashboardCommand({ DashboardName: 'other', DashboardBody: GOOD, Tags: [{ Key: 'team', Value: 'a' }] }),
  );
  const abroad = cloud.client(CloudWatchClient, { region: 'eu-west-1' });
  const got = await abroad.send(new GetDashboardCommand({ DashboardName: 'web' }));
  const DashboardArn = 'arn:aws:cloudwatch::123456789012:dashboard/web';
  assert.deepEqual([got.DashboardArn, got.DashboardBody, got.DashboardName], [DashboardArn, GOOD, 'web']);
  const { DashboardEntries } = await watch.send(new ListDashboardsCommand({ DashboardNamePrefix: 'w' }));
  assert.deepEqual(DashboardEntries, [
    { DashboardName: 'web', DashboardArn, LastModified: new Date(START), Size: GOOD.length },
  ]);
  const ResourceARN = 'arn:aws:cloudwatch::123456789012:dashboard/other';
  await watch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'stage', Value: 'b' }] }));
  const { Tags } = await watch.send(new ListTagsForResourceCommand({ ResourceARN }));
  assert.deepEqual(Tags, [
    { Key: 'team', Value: 'a' },
    { Key: 'stage', Value: 'b' },
  ]);
  // All or none.
  await refused(
    watch.send(new DeleteDashboardsCommand({ DashboardNames: ['web', 'gone'] })),
    'ResourceNotFound',
    'Dashboard gone does not exist',
  );
  await watch.send(new DeleteDashboardsCommand({ DashboardNames: ['web', 'other'] }));
  const left = await watch.send(new ListDashboardsCommand({}));
  assert.deepEqual(left.DashboardEntries, []);
  await refused(
    watch.send(new GetDashboardCommand({ DashboardName: 'web' })),
    'ResourceNotFound',
    'Dashboard web does not exist',
  );
});

test('what is wrong with a body is said, place by place', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = (DashboardBody: string, DashboardName = 'web') =>
    watch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
  const faultsOf = async (body: string) => {
    const { dashboardValidationMessages: found = [], message } = await put(body).then(
      () => assert.fail('it was taken'),
      (error) => error,
    );
    assert.ok(message.startsWith(`The dashboard body is invalid, there are ${found.length} validation errors:\n[`));
    return found.map((one: { DataPath: string; Message: string }) => `${one.DataPath}: ${one.Message}`);
  };
  const at = '/widgets/0/properties';
  assert.deepEqual(await faultsOf(bodyOf({ ...METRIC, properties: {} })), [
    `${at}: Should have required property 'metrics'`,
    `${at}: The metric widget should have specified a region and a data source or an alarm annotation`,
    `${at}: Should have required property 'annotations'`,
  ]);
  assert.deepEqual(await faultsOf('{}'), ["/: Should have required property 'widgets'"]);
  assert.deepEqual(
    await faultsOf(
      bodyOf(
        { type: 'picture', properties: {} },
        { ...METRIC, x: 30, properties: { region: 'r', metrics: [['Web', 'Hits', { color: 'red' }]], view: 'dots' } },
        { type: 'text', properties: {} },
        { ...METRIC, properties: { region: 'r', metrics: ['Web', ['Web'], ['Web', 'Hits', 'Host']] } },
        null as never,
      ),
    ),
    [
      '/widgets/0/type: Should be equal to one of the allowed values',
      '/widgets/1/x: Should be <= 23',
      '/widgets/4: Should be object',
      '/widgets/1/properties/view: Should be equal to one of the allowed values',
      '/widgets/1/properties/metrics/0/2/color: Should match pattern "^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$|^#[0-9A-Fa-f]{3}$"',
      "/widgets/2/properties: Should have required property 'markdown'",
      '/widgets/3/properties/metrics/0: Should be array',
      '/widgets/3/properties/metrics/0: Field "metrics" has to be an array of array of strings, with an optional metricRenderer object as last element',
      '/widgets/3/properties/metrics/1: Should NOT have fewer than 2 items',
      '/widgets/3/properties/metrics/2: Should have even number of items',
    ],
  );
  for (const text of ['no', '[]', '"a"'])
    await refused(put(text), 'DashboardInvalidInputError', 'The field DashboardBody must be a valid JSON object');
  await refused(
    put(GOOD, 'a b'),
    'DashboardInvalidInputError',
    'The value a b for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n',
  );
  const { DashboardValidationMessages } = await put(
    bodyOf({ type: 'text', properties: { markdown: '# Hi', sparkles: true } }),
  );
  assert.deepEqual(DashboardValidationMessages, [
    { DataPath: '/widgets/0/properties/sparkles', Message: 'Field is not known' },
  ]);
});

/** Colours of the pixels of a PNG that is not interlaced. */
function pixelsOf(png: Uint8Array): { width: number; height: number; at(x: number, y: number): string } {
  const bytes = Buffer.from(png);
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  const [width, height, depth = 0, kind = 0] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]];
  const chunks: { [name: string]: Buffer } = {};
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const name = bytes.subarray(at + 4, at + 8).toString();
    const data = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
    chunks[name] = Buffer.concat([chunks[name] ?? Buffer.alloc(0), data]);
  }
  const raw = inflateSync(chunks.IDAT ?? assert.fail('no data'));
  const channels = { 2: 3, 3: 1, 6: 4 }[kind] ?? assert.fail(`color type ${kind}`);
  const size = Math.max(1, (channels * depth) / 8);
  const line = Math.ceil((width * channels * depth) / 8);
  const out = Buffer.alloc(line * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < line; x += 1) {
      const left = x < size ? 0 : (out[y * line + x - size] ?? 0);
      const up = y === 0 ? 0 : (out[(y - 1) * line + x] ?? 0);
      const corner = x < size || y === 0 ? 0 : (out[(y - 1) * line + x - size] ?? 0);
      const near = [left, up, corner].reduce((best, one) =>
        Math.abs(left + up - corner - one) < Math.abs(left + up - corner - best) ? one : best,
      );
      const guess = [0, left, up, (left + up) >> 1, near][raw[y * (line + 1)] ?? 0] ?? 0;
      out[y * line + x] = (raw[y * (line + 1) + 1 + x] ?? 0) + guess;
    }
  const indexAt = (x: number, y: number) => {
    const byte = out[y * line + Math.floor((x * depth) / 8)] ?? 0;
    return (byte >> (8 - depth - ((x * depth) % 8))) & (2 ** depth - 1);
  };
  const at = (x: number, y: number) => {
    const [from, start] = kind === 3 ? [chunks.PLTE, indexAt(x, y) * 3] : [out, y * line + x * size];
    return `#${from?.toString('hex', start, start + 3)}`;
  };
  return { width, height, at };
}

async function traffic(cloud: TestCloud): Promise<void> {
  for (const Value of [10, 10, 40, 40])
    await cloud
      .client(CloudWatchClient)
      .send(new PutMetricDataCommand({ Namespace: 'Web', MetricData: [{ MetricName: 'Hits', Value }] }))
      .then(() => cloud.advance(60_000));
}

test('a widget is drawn: its lines are where the values are', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await traffic(cloud);
  const draw = async (widget: object) => {
    const MetricWidget = JSON.stringify({ start: '-PT4M', period: 60, width: 300, height: 200, ...widget });
    const { MetricWidgetImage = new Uint8Array() } = await watch.send(
      new GetMetricWidgetImageCommand({ MetricWidget }),
    );
    return pixelsOf(MetricWidgetImage);
  };
  const metrics = [['Web', 'Hits', { color: '#ff0000' }]];
  const look = { metrics, legend: { position: 'hidden' }, yAxis: { left: { min: 0, max: 50 } } };
  const image = await draw(look);
  assert.deepEqual([image.width, image.height], [300, 200]);
  /** Rows in which a column is red. */
  const red = (x: number, of = image) =>
    Array.from({ length: 200 }, (_, y) => y).filter((y) => of.at(x, y) === '#ff0000');
  // Between the top (30) and the foot (172) of the chart: 10 of 50 is low, 40 of 50 is high.
  const [low = 0, high = 0] = [red(80)[0], red(190)[0]];
  assert.ok(Math.abs(low - (172 - (10 / 50) * 142)) <= 3, `drawn at ${low}`);
  assert.ok(Math.abs(high - (172 - (40 / 50) * 142)) <= 3, `drawn at ${high}`);
  assert.equal(image.at(1, 1), '#ffffff');
  assert.equal((await draw({ ...look, theme: 'dark' })).at(1, 1), '#161d26');
  for (const view of ['bar', 'pie', 'singleValue', 'gauge'])
    assert.deepEqual([view, (await draw({ ...look, view })).width], [view, 300]);
  assert.equal((await draw({ metrics, width: 1, height: 1 })).width, 1);
  // More values than a function takes arguments.
  const many = Array.from({ length: 13 }, () => [{ expression: 'TIME_SERIES(40)', period: 1, color: '#ff0000' }]);
  const full = await draw({ ...look, metrics: many, start: '-PT3H' });
  for (const x of [80, 250]) assert.ok(Math.abs((red(x, full)[0] ?? 0) - (172 - (40 / 50) * 142)) <= 3, `at ${x}`);
});

test('a widget that can not be drawn is refused', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const draw = (MetricWidget: string, OutputFormat?: string) =>
    watch.send(new GetMetricWidgetImageCommand({ MetricWidget, OutputFormat }));
  await refused(draw('no'), 'ValidationException', 'The field MetricWidget must be a valid JSON object');
  await refused(
    draw('{"width":5000}'),
    'ValidationException',
    "The field MetricWidget is invalid: /width: Should be <= 2000; /: Should have required property 'metrics'",
  );
  await refused(
    draw('{"metrics":[["Web","Hits"]],"start":"-PT1H","end":"-PT2H"}'),
    'ValidationException',
    'The start of the MetricWidget must be before its end.',
  );
  await refused(
    draw('{"metrics":[["Web","Hits"]]}', 'gif'),
    'ValidationException',
    'The value gif for parameter OutputFormat is not supported.',
  );
});

test('labels say values', async () => {
  await using cloud = await startTestCloud();
  await traffic(cloud);
  const Label =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's own.
    "${LABEL} ${MIN}-${MAX} ${AVG} of ${DATAPOINT_COUNT} in ${PROP('Namespace')}, last ${LAST} ${LAST_TIME_RELATIVE} ago, ${FIRST_TIME}";
  const Metric = { Namespace: 'Web', MetricName: 'Hits' };
  const told = async (Timezone?: string) =>
    cloud.client(CloudWatchClient).send(
      new GetMetricDataCommand({
        StartTime: new Date(START),
        EndTime: new Date(START + 300_000),
        MetricDataQueries: [{ Id: 'a', Label, MetricStat: { Metric, Period: 60, Stat: 'Sum' } }],
        ...(Timezone !== undefined && { LabelOptions: { Timezone } }),
      }),
    );
  const said = 'Hits 10-40 25 of 4 in Web, last 40 1m ago,';
  assert.equal((await told()).MetricDataResults?.[0]?.Label, `${said} 2026-01-01T00:00:00Z`);
  assert.equal((await told('-0130')).MetricDataResults?.[0]?.Label, `${said} 2025-12-31T22:30:00-0130`);
  const Expression = `SEARCH('{Web} Hits', 'Sum', 60)`;
  const { MetricDataResults } = await cloud.client(CloudWatchClient).send(
    new GetMetricDataCommand({
      StartTime: new Date(START),
      EndTime: new Date(START + 300_000),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's own.
      MetricDataQueries: [{ Id: 'a', Expression, Label: "${PROP('MetricName')} ${PROP('Stat')}" }],
    }),
  );
  assert.equal(MetricDataResults?.[0]?.Label, 'Hits Sum');
  await refused(
    told('UTC'),
    'ValidationException',
    'The value UTC for parameter LabelOptions.Timezone is not matching the pattern ^[+-][0-9]{4}$.',
  );
});
