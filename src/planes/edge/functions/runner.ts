/** Runs small functions in a process of their own, one at a time, each in a world of its own, bounded in time and memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Millis } from '#kernel/base';
import { type Disarm, machineAlarm } from '#kernel/clock';
import type { EdgeCode, EdgeRun, EdgeStore } from '#kernel/contract';
import { KnownStores } from './known-stores.ts';
import { CODES_MAX, SANDBOX } from './sandbox.ts';

/** Past this the process is taken for lost, with whatever it does: the limit within is SCRIPT_MILLIS_MAX of sandbox.ts. */
const PROCESS_MILLIS_MAX = 10_000;
const WAITING_MAX = 1_000;
/** By which an engine says that it has no memory left. */
const ABORTED = 134;
/** Source: CloudFront Developer Guide, "Quotas": 2 MB for a function's memory. An engine that starts needs more than that, and key value stores lie there, too. */
const HEAP_MIB = 64;
/** Of all that may be written to, which is more than the heap: buffers, and what an engine sets aside for itself. In KiB. */
const DATA_KIB = 1_048_576;

/** What a run is told besides its event: the time, and for a request the query as it was sent and where it came in. */
export type About = {
  now: Millis;
  query?: string;
  edgeLocation?: { name: string; serverIp: string; region: string };
};

/** A run: `event` is JSON, `stores` are those that the code may read. */
type Asked = { code: EdgeCode; event: string; stores: readonly EdgeStore[]; about: About };
type Waiting = Asked & { resolve: (run: EdgeRun) => void };

export class FunctionRunner {
  #process: ChildProcess | undefined;
  #waiting: Waiting[] = [];
  #running: Waiting | undefined;
  #alarm: Disarm | undefined;
  /** What the process knows already. */
  #known = new Set<string>();
  #stores = new KnownStores();

  run(asked: Asked): Promise<EdgeRun> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve(failure('Too many functions are waiting.'));
    return new Promise((resolve) => {
      this.#waiting.push({ ...asked, resolve });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#process?.unref();
      this.#process?.channel?.unref();
      return;
    }
    this.#running = next;
    this.#process ??= this.#start();
    this.#process.ref();
    this.#process.channel?.ref();
    const { code, event, stores, about } = next;
    const isKnown = this.#known.has(code.key);
    // As the process does.
    if (!isKnown && this.#known.size >= CODES_MAX) this.#known.clear();
    this.#known.add(code.key);
    this.#alarm = machineAlarm(PROCESS_MILLIS_MAX, () => this.#lose('The function did not end in time.'));
    // What can't be told is told by the end of the process.
    const told = { key: code.key, event, about, ...(!isKnown && { code }), ...this.#stores.news(stores) };
    this.#process.send(JSON.stringify(told), () => {});
  }

  #start(): ChildProcess {
    // A thread would not do: one that runs out of memory at once takes the whole process with it.
    const limits = 'ulimit -c 0; ulimit -d "$0"; exec "$@"';
    const node = [process.execPath, '--no-warnings', `--max-old-space-size=${HEAP_MIB}`, SANDBOX];
    const started = spawn('sh', ['-c', limits, String(DATA_KIB), ...node], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    });
    started.on('message', (text: unknown) => {
      if (started === this.#process) this.#end(runOf(text));
    });
    started.on('error', () => {
      if (started === this.#process) this.#lose('The function failed.');
    });
    started.on('exit', (code, signal) => {
      const isFull = code === ABORTED || signal === 'SIGABRT' || signal === 'SIGTRAP';
      const text = isFull ? 'The function exceeded its memory.' : 'The function failed.';
      if (started === this.#process) this.#lose(text);
    });
    return started;
  }

  #lose(text: string): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
    this.#known.clear();
    this.#stores.clear();
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

  close(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(failure('The edge is closing.'));
    this.#lose('The edge is closing.');
  }
}

function failure(error: string): EdgeRun {
  return { error, logs: [], utilization: 100 };
}

/** What the process said, believed no further than its form. */
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
