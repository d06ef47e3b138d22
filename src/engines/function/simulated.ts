/** Functions as callbacks in this process, for tests: no time passes in them but what they wait for themselves, and the same calls give the same answers. */
import type {
  FunctionAnswer,
  FunctionCall,
  FunctionCode,
  FunctionEngine,
  FunctionReport,
  FunctionSpec,
  Place,
  Provision,
  RuntimeFault,
} from '#kernel/contract';

/** A handler; what it throws is the function's error. */
export type SimulatedHandler = (
  event: unknown,
  about: { spec: FunctionSpec; call: FunctionCall },
) => unknown | Promise<unknown>;

export class SimulatedFunctions implements FunctionEngine {
  readonly runsFolders: boolean;
  readonly #handlers: { readonly [name: string]: SimulatedHandler };
  #running = new Map<string, number>();
  /** Environments by the ARNs of their versions. */
  #provisioned = new Map<string, number>();

  /** @param handlers by the names of their functions */
  constructor(handlers: { readonly [name: string]: SimulatedHandler }, { runsFolders = true } = {}) {
    this.#handlers = handlers;
    this.runsFolders = runsFolders;
  }

  async runtimeFault(): Promise<RuntimeFault> {
    return undefined;
  }

  async check(_code: FunctionCode): Promise<number> {
    return 0;
  }

  async start(): Promise<boolean> {
    return true;
  }

  running({ account, region }: Place, name = ''): number {
    return this.#running.get(`${account}/${region}/${name}`) ?? 0;
  }

  atWork({ key }: { key: string }): number {
    return this.#running.get(key) ?? 0;
  }

  async invoke(spec: FunctionSpec, call: FunctionCall): Promise<FunctionAnswer> {
    this.#note(spec, 1);
    let body: string;
    let failed = false;
    try {
      const handler = this.#handlers[spec.name];
      if (handler === undefined) throw new Error(`no simulated function is called ${spec.name}`);
      const value = await handler(JSON.parse(Buffer.from(call.payload).toString('utf8')), { spec, call });
      body = JSON.stringify(value ?? null);
    } catch (error) {
      failed = true;
      const { name, message } = error as Error;
      body = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
    } finally {
      this.#note(spec, -1);
    }
    const report: FunctionReport = { tail: '', duration: 0, init: undefined, memoryUsed: 0, failed };
    return { body: Buffer.from(body), contentType: 'application/json', failed, ended: Promise.resolve(report) };
  }

  async provision({ arn }: FunctionSpec, count: number): Promise<Provision> {
    this.#provisioned.set(arn, count);
    return { started: count };
  }

  provisioned({ arn }: { arn: string }): number {
    return this.#provisioned.get(arn) ?? 0;
  }

  retire(): void {}

  async close(): Promise<void> {}

  #note({ key: version, place: { account, region }, name }: FunctionSpec, change: number): void {
    for (const key of [version, `${account}/${region}/`, `${account}/${region}/${name}`])
      this.#running.set(key, (this.#running.get(key) ?? 0) + change);
  }
}
