/** Processes of runtimes that were started before anybody knew for which function: a function's first call waits for its own code only. */
import type { FunctionSpec } from '#kernel/contract';
import { pathsOf, type Runtimes } from './runtimes.ts';
import { type FunctionOptions, killGroup, type Room, Sandbox, type Waiting } from './sandbox.ts';

/** Runtimes whose bootstrap can wait. */
const CAN_WAIT = /^(nodejs|python|ruby)/;
/** What a process must have from its beginning, for itself or for what loads it. */
const FROM_BEGINNING = /^(NODE_|PYTHON|RUBY|GEM_|BUNDLE_|LD_|LC_|LANG|SSL_|OPENSSL_|AWS_LAMBDA_EXEC_WRAPPER$)/;

function lives({ boxed: { process } }: Waiting): boolean {
  return process.pid !== undefined && process.exitCode === null && process.signalCode === null;
}

export class Spares {
  readonly #options: FunctionOptions;
  readonly #runtimes: Runtimes;
  #waiting = new Map<string, Promise<Waiting | undefined>>();

  constructor(options: FunctionOptions, runtimes: Runtimes) {
    this.#options = options;
    this.#runtimes = runtimes;
  }

  /** Sees to it that one of a runtime waits. */
  prepare(runtime: string): void {
    if (CAN_WAIT.test(runtime) && !this.#waiting.has(runtime)) this.#waiting.set(runtime, this.#start(runtime));
  }

  /** One that waits and can be this function's; the caller starts it. */
  async take({ runtime, environment }: FunctionSpec, { code, layers }: Room): Promise<Waiting | undefined> {
    const { scratch } = this.#options;
    const isOurs = (folder: string | undefined) => folder === undefined || folder.startsWith(`${scratch}/`);
    if (!isOurs(code) || !isOurs(layers) || Object.keys(environment).some((name) => FROM_BEGINNING.test(name)))
      return undefined;
    const waiting = this.#waiting.get(runtime);
    this.#waiting.delete(runtime);
    const found = await waiting;
    return found !== undefined && lives(found) ? found : undefined;
  }

  /** Ends all that wait. */
  async close(): Promise<void> {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of await Promise.all(all)) {
      if (one?.boxed.process.pid === undefined) continue;
      const { process, cgroup } = one.boxed;
      const gone = new Promise((resolve) => process.once('exit', resolve));
      const isAlive = lives(one);
      killGroup(one.boxed.process.pid, 'SIGKILL');
      if (isAlive) await gone;
      await cgroup?.remove();
    }
  }

  async #start(runtime: string): Promise<Waiting | undefined> {
    const sandbox = await Sandbox.open();
    const found = await this.#runtimes.find(runtime);
    if (!sandbox.isApart || typeof found === 'string') return undefined;
    const { modules } = this.#options;
    const view = sandbox.view({ code: '', layers: undefined, bootstraps: '', modules });
    const environment = { ...found.environment(view), ...pathsOf(view), CLOUDYARD_WAITS: '1' };
    return sandbox.wait(this.#options, found.command(view, 0), found.reads, environment);
  }
}
