/** Visitors come, twenty times as many of them within a minute, then more than the API takes; the function fails, the bucket can't be reached; then nobody comes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Exercise, Measure, Stage } from '#main/architecture';
import { add, type Counts, send, text, total, within } from '../crowd.ts';
import { startDrill } from '../drill.ts';
import { idsIn } from '../table.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TYPES: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
const BUSY = 5;
const RISE = 20;

/** People at the application's address, and what it told them that it kept. */
class Visitors {
  readonly acknowledged = new Set<string>();
  readonly #stage: Stage;
  readonly #address: string;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#address = stage.outputs.Address ?? '';
  }

  async keep(id: string) {
    const reply = await this.#stage.visit(`${this.#address}/api/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, text: `note ${id}` }),
    });
    if (reply.status === 201) this.acknowledged.add(id);
    return reply;
  }

  page(path: string) {
    return this.#stage.visit(`${this.#address}/${path}`);
  }

  /** So many requests each second: of ten one keeps a note, the others read one. */
  async come(name: string, perSecond: number, seconds: number): Promise<Counts> {
    let counts: Counts = {};
    for (let second = 0; second < seconds; second += 1) {
      const sent = await send(perSecond, (number) =>
        number % 10 === 0 ? this.keep(`${name}-${second}-${number}`) : this.page('api/notes/first'),
      );
      counts = add(counts, sent);
      await this.#stage.advance(SECOND);
    }
    return counts;
  }
}

async function publishSite(stage: Stage): Promise<void> {
  const site = join(stage.folder, 'site');
  for (const Key of readdirSync(site))
    await stage.aws().s3.PutObject({
      Bucket: stage.outputs.Site ?? '',
      Key,
      Body: Readable.from([readFileSync(join(site, Key))]),
      ContentType: TYPES[Key.split('.').at(-1) ?? ''],
    });
}

/** What a metric of the API or the function came to since a moment. */
async function used(stage: Stage, since: number) {
  const read = async (Namespace: string, MetricName: string, dimensions: Record<string, string | undefined>) => {
    const { Datapoints = [] } = await stage.aws().cloudwatch.GetMetricStatistics({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value = '']) => ({ Name, Value })),
      StartTime: since,
      EndTime: stage.now(),
      Period: 3_600,
      Statistics: ['Sum', 'Maximum'],
    });
    return {
      sum: Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0),
      most: Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum)),
    };
  };
  const { Api, NotesFunction: FunctionName, Notes: TableName } = stage.outputs;
  return {
    requests: (await read('AWS/ApiGateway', 'Count', { ApiId: Api, Stage: '$default' })).sum,
    invocations: (await read('AWS/Lambda', 'Invocations', { FunctionName })).sum,
    functions: (await read('AWS/Lambda', 'ConcurrentExecutions', { FunctionName })).most,
    writes: (await read('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', { TableName })).sum,
  };
}

/** The states that the alarm went through. */
async function statesOfAlarm(stage: Stage): Promise<string[]> {
  const { AlarmHistoryItems = [] } = await stage.aws().cloudwatch.DescribeAlarmHistory({
    AlarmName: stage.outputs.Alarm,
    HistoryItemType: 'StateUpdate',
    ScanBy: 'TimestampAscending',
  });
  return AlarmHistoryItems.map(({ HistorySummary = '' }) => HistorySummary.split(' ').at(-1) ?? '');
}

async function emptySite(stage: Stage): Promise<void> {
  const { Site: Bucket = '' } = stage.outputs;
  const { Contents = [] } = await stage.aws().s3.ListObjectsV2({ Bucket });
  for (const { Key = '' } of Contents) await stage.aws().s3.DeleteObject({ Bucket, Key });
}

async function rise(stage: Stage, visitors: Visitors): Promise<Measure[]> {
  const seconds = stage.short ? 4 : 60;
  await visitors.keep('first');
  const began = stage.now();
  stage.say(`${BUSY} requests each second`);
  const usual = await visitors.come('usual', BUSY, seconds);
  stage.say(`${BUSY * RISE} requests each second`);
  const risen = await visitors.come('risen', BUSY * RISE, seconds);
  const followed = await used(stage, began);
  stage.say('more than the API takes');
  const beyond = await visitors.come('beyond', BUSY * RISE * 4, 2);
  return [
    {
      promise: `traffic ×${RISE} within a minute: no error`,
      measured: `${text(usual)}; then ${text(risen)}`,
      kept: within(usual, 200, 201) && within(risen, 200, 201),
    },
    {
      promise: 'functions follow the load',
      measured: `up to ${followed.functions} at once for ${followed.invocations} calls`,
      kept: followed.functions > 1 && followed.invocations === followed.requests && followed.writes > 0,
    },
    {
      promise: 'beyond the quota: throttled, nothing else',
      measured: text(beyond),
      kept: within(beyond, 200, 201, 429) && (beyond[429] ?? 0) > 0,
    },
  ];
}

async function readPages(stage: Stage, visitors: Visitors): Promise<Measure[]> {
  const { Address = '', SiteAddress = '' } = stage.outputs;
  const pages = stage.short ? 60 : 600;
  stage.say(`${pages} pages from the edge`);
  let hits = 0;
  const served = await send(pages, async (number) => {
    const reply = await visitors.page(['', 'app.js', 'style.css', 'a/page'][number % 4] ?? '');
    if (reply.headers['x-cache']?.toString().startsWith('Hit') === true) hits += 1;
    return reply;
  });
  const past = await stage.visit(`${SiteAddress}/index.html`);
  const plain = await stage.visit(`${Address.replace('https:', 'http:')}/`);
  return [
    {
      promise: 'the site is served from the edge',
      measured: `${text(served)}, ${hits} of ${pages} from its cache`,
      kept: within(served, 200) && total(served) === pages && hits > pages / 2,
    },
    {
      promise: 'only the distribution reads the bucket, only by https',
      measured: `past it ${past.status}; by http ${plain.status} to ${plain.headers.location}`,
      kept: past.status === 403 && plain.status === 301,
    },
  ];
}

async function breakThings(stage: Stage, visitors: Visitors): Promise<Measure[]> {
  const effect = { kind: 'error', code: 'ServiceUnavailable', message: 'dark', status: 503 } as const;
  stage.say('the function fails, the bucket is dark');
  await stage.advance(2 * MINUTE);
  const drill = await startDrill(stage, stage.outputs.Drill);
  // No experiment of FIS reaches what a distribution asks of a bucket.
  stage.fault({ id: 'bucket', service: 's3', operation: 'GetObject', probability: 1, effect });
  const failing = await visitors.come('failing', BUSY, 2);
  const inTheDark = await send(20, () => visitors.page('app.js'));
  const drilled = await drill.end();
  stage.mend('bucket');
  const mended = await visitors.come('mended', BUSY, 2);
  await stage.advance(2 * MINUTE);
  const states = await statesOfAlarm(stage);
  return [
    drilled,
    {
      promise: 'while the bucket is dark the site is still served',
      measured: text(inTheDark),
      kept: within(inTheDark, 200),
    },
    {
      promise: 'the alarm knows when the API fails and when it is well',
      measured: `${states.join(', ')}; failing ${text(failing)}; mended ${text(mended)}`,
      kept: states.join() === 'OK,ALARM,OK' && within(failing, 500) && within(mended, 200, 201),
    },
  ];
}

async function rest(stage: Stage, { acknowledged }: Visitors): Promise<Measure[]> {
  stage.say('nobody comes for an hour');
  await stage.advance(HOUR - (stage.now() % HOUR));
  const since = stage.now();
  await stage.advance(HOUR);
  const { requests, invocations, writes } = await used(stage, since);
  const stored = await idsIn(stage, stage.outputs.Notes);
  const lost = [...acknowledged].filter((id) => !stored.has(id));
  return [
    {
      promise: 'when nobody asks, nothing is used',
      measured: `${requests} requests, ${invocations} calls, ${writes} writes`,
      kept: requests + invocations + writes === 0,
    },
    {
      promise: 'every note that was acknowledged is kept',
      measured: `${acknowledged.size} acknowledged, ${lost.length} lost`,
      kept: acknowledged.size > 0 && lost.length === 0,
    },
  ];
}

export const exercise: Exercise = {
  async run(stage): Promise<Measure[]> {
    const visitors = new Visitors(stage);
    await publishSite(stage);
    const measures = [
      ...(await rise(stage, visitors)),
      ...(await readPages(stage, visitors)),
      ...(await breakThings(stage, visitors)),
      ...(await rest(stage, visitors)),
    ];
    await emptySite(stage);
    return measures;
  },
};
