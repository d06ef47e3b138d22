/** Runs small functions on a thread of their own, one at a time, each in a world of its own, bounded in time and memory. */
import { Worker } from 'node:worker_threads';
import type { Millis } from '#kernel/base';
import { type Disarm, machineAlarm } from '#kernel/clock';
import type { EdgeCode, EdgeRun } from '#kernel/contract';
import { CODES_MAX, SANDBOX } from './sandbox.ts';

/** Past this the thread is taken for lost, with whatever it does: the limit within is SCRIPT_MILLIS_MAX of sandbox.ts. */
const THREAD_MILLIS_MAX = 10_000;
const WAITING_MAX = 1_000;
/** Source: CloudFront Developer Guide, "Quotas": 2 MB for a function's memory. An engine that starts needs more than that. */
const RESOURCES = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 8, stackSizeMb: 2 };

/** What a run is told besides its event: the time, and for a request the query as it was sent and where it came in. */
export type About = {
  now: Millis;
  query?: string;
  edgeLocation?: { name: string; serverIp: string; region: string };
};

type Waiting = { code: EdgeCode; event: string; about: About; resolve: (run: EdgeRun) => void };

export class FunctionRunner {
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  #running: Waiting | undefined;
  #alarm: Disarm | undefined;
  /** What the thread knows already. */
  #known = new Set<string>();

  run(code: EdgeCode, event: string, about: About): Promise<EdgeRun> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve(failure('Too many functions are waiting.'));
    return new Promise((resolve) => {
      this.#waiting.push({ code, event, about, resolve });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#worker?.unref();
      return;
    }
    this.#running = next;
    this.#worker ??= this.#start();
    this.#worker.ref();
    const { code, event, about } = next;
    const isKnown = this.#known.has(code.key);
    // As the thread does.
    if (!isKnown && this.#known.size >= CODES_MAX) this.#known.clear();
    this.#known.add(code.key);
    this.#alarm = machineAlarm(THREAD_MILLIS_MAX, () => this.#lose('The function did not end in time.'));
    this.#worker.postMessage(JSON.stringify({ key: code.key, event, about, ...(!isKnown && { code }) }));
  }

  #start(): Worker {
    const worker = new Worker(SANDBOX, {
      resourceLimits: RESOURCES,
      env: {},
      argv: [],
      stdin: false,
      stdout: true,
      stderr: true,
    });
    worker.on('message', (text: unknown) => {
      if (worker === this.#worker) this.#end(runOf(text));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const text =
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'The function exceeded its memory.' : 'The function failed.';
      if (worker === this.#worker) this.#lose(text);
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#lose('The function failed.');
    });
    return worker;
  }

  #lose(text: string): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#known.clear();
    void worker?.terminate();
    this.#end(failure(text));
  }

  #end(run: EdgeRun): void {
    const running = this.#running;
    this.#running = undefined;
    this.#alarm?.();
    this.#alarm = undefined;
    running?.resolve(run);
    this.#next();
  }

  async close(): Promise<void> {
    for (const { resolve } of this.#waiting.splice(0)) resolve(failure('The edge is closing.'));
    const worker = this.#worker;
    this.#lose('The edge is closing.');
    await worker?.terminate();
  }
}

function failure(error: string): EdgeRun {
  return { error, logs: [], utilization: 100 };
}

/** What the thread said, believed no further than its form. */
function runOf(text: unknown): EdgeRun {
  if (typeof text !== 'string') return failure('The function failed.');
  const { output, error, logs, utilization, origin } = JSON.parse(text) as Record<string, unknown>;
  return {
    ...(typeof output === 'string' && { output }),
    ...(typeof origin === 'string' && { origin }),
    ...(typeof error === 'string' && { error }),
    logs: Array.isArray(logs) ? logs.map(String) : [],
    utilization: Number(utilization) || 0,
  };
}
