/** Events come, ten times as many for a while, then more than was agreed; the functions fail for minutes while they go on coming. */
import type { Exercise, Measure, Stage } from '#main/architecture';
import { add, type Counts, send, text, total, within } from '../crowd.ts';
import { startDrill } from '../drill.ts';
import { idsIn } from '../table.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const USUAL = 10;
const BURST = 10;
/** What the template lets the functions be at once. */
const WORKERS_MAX = 2;

/** Devices that tell what happens, and come back when they are told to. */
class Devices {
  readonly taken = new Set<string>();
  readonly #stage: Stage;
  /** Since when each event that was refused may come again. */
  readonly #waiting = new Map<string, number>();
  refusedWithoutTime = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async tell(id: string): Promise<{ status: number }> {
    const reply = await this.#stage.visit(this.#stage.outputs.Address ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    });
    if (reply.status === 202) this.taken.add(id);
    if (reply.status === 429) this.#comeBack(id, reply.headers['retry-after']?.toString());
    return reply;
  }

  #comeBack(id: string, after: string | undefined): void {
    if (after === undefined) this.refusedWithoutTime += 1;
    this.#waiting.set(id, this.#stage.now() + Number(after ?? 0) * SECOND);
  }

  /** So many events each second. */
  async come(name: string, perSecond: number, seconds: number): Promise<Counts> {
    let counts: Counts = {};
    for (let second = 0; second < seconds; second += 1) {
      counts = add(counts, await send(perSecond, (number) => this.tell(`${name}-${second}-${number}`)));
      await this.#stage.advance(SECOND);
    }
    return counts;
  }

  /** Those that were refused, each when it may come again. */
  async comeAgain(): Promise<{ counts: Counts; seconds: number }> {
    let counts: Counts = {};
    let seconds = 0;
    for (; this.#waiting.size > 0 && seconds < 60; seconds += 1) {
      const due = [...this.#waiting].filter(([, at]) => at <= this.#stage.now()).map(([id]) => id);
      for (const id of due) this.#waiting.delete(id);
      counts = add(counts, await send(due.length, (number) => this.tell(due[number] as string)));
      await this.#stage.advance(SECOND);
    }
    return { counts, seconds };
  }
}

async function workersAtOnce(stage: Stage): Promise<number> {
  const { Datapoints = [] } = await stage.aws().cloudwatch.GetMetricStatistics({
    Namespace: 'AWS/Lambda',
    MetricName: 'ConcurrentExecutions',
    Dimensions: [{ Name: 'FunctionName', Value: stage.outputs.Worker ?? '' }],
    StartTime: stage.now() - 60 * MINUTE,
    EndTime: stage.now() + MINUTE,
    Period: 3_600,
    Statistics: ['Maximum'],
  });
  return Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
}

async function deadLetters(stage: Stage): Promise<number> {
  const { Attributes = {} } = await stage.aws().sqs.GetQueueAttributes({
    QueueUrl: stage.outputs.Dead ?? '',
    AttributeNames: ['ApproximateNumberOfMessages'],
  });
  return Number(Attributes.ApproximateNumberOfMessages);
}

async function burst(stage: Stage, devices: Devices): Promise<Measure[]> {
  const seconds = stage.short ? 3 : 30;
  stage.say(`${USUAL} events each second, then ${USUAL * BURST}`);
  const usual = await devices.come('usual', USUAL, seconds);
  const risen = await devices.come('risen', USUAL * BURST, seconds);
  const workers = await workersAtOnce(stage);
  stage.say('more than was agreed');
  const beyond = await devices.come('beyond', USUAL * BURST * 4, 2);
  const { counts: again, seconds: waited } = await devices.comeAgain();
  return [
    {
      promise: `a burst of ${BURST}× is taken whole`,
      measured: `${text(usual)}; then ${text(risen)}`,
      kept: within(usual, 202) && within(risen, 202) && total(risen) === total(usual) * BURST,
    },
    {
      promise: `and smoothed: no more than ${WORKERS_MAX} functions work on it`,
      measured: `${workers} at once`,
      kept: workers > 0 && workers <= WORKERS_MAX,
    },
    {
      promise: 'beyond the token bucket: 429 that says when to come back',
      measured: `${text(beyond)}; ${devices.refusedWithoutTime} without Retry-After`,
      kept: within(beyond, 202, 429) && (beyond[429] ?? 0) > 0 && devices.refusedWithoutTime === 0,
    },
    {
      promise: 'who comes back then gets in',
      measured: `${text(again)} within ${waited} s`,
      kept: again[202] === beyond[429],
    },
  ];
}

async function outage(stage: Stage, devices: Devices): Promise<Measure[]> {
  stage.say('the functions fail for four minutes');
  const drill = await startDrill(stage, stage.outputs.Drill);
  const before = (await idsIn(stage, stage.outputs.Ledger)).size;
  const dark = await devices.come('dark', USUAL, 2);
  for (let minute = 0; minute < 3; minute += 1) await stage.advance(MINUTE);
  const during = (await idsIn(stage, stage.outputs.Ledger)).size;
  const drilled = await drill.end();
  stage.say('they work again');
  for (let minute = 0; minute < 3; minute += 1) await stage.advance(MINUTE);
  const stored = await idsIn(stage, stage.outputs.Ledger);
  const lost = [...devices.taken].filter((id) => !stored.has(id)).length;
  const dead = await deadLetters(stage);
  return [
    drilled,
    {
      promise: 'while functions fail, events are still taken',
      measured: `${text(dark)}; ${during - before} worked off meanwhile`,
      kept: within(dark, 202) && during === before,
    },
    {
      promise: 'nothing that was taken is lost',
      measured: `${devices.taken.size} taken, ${stored.size} worked off, ${lost} lost, ${dead} dead letters`,
      kept: stored.size === devices.taken.size && lost === 0 && dead === 0,
    },
  ];
}

export const exercise: Exercise = {
  async run(stage): Promise<Measure[]> {
    const devices = new Devices(stage);
    const nonsense = await stage.visit(stage.outputs.Address ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    return [
      ...(await burst(stage, devices)),
      ...(await outage(stage, devices)),
      {
        promise: 'what is no event is not let in',
        measured: `${nonsense.status} ${nonsense.text}`,
        kept: nonsense.status === 400,
      },
    ];
  },
};
