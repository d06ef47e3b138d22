/** One execution environment: a function's process behind its own Runtime API. It handles a call at a time, and stands still between them. */
import { type Millis, SECOND } from '#kernel/base';
import { type Disarm, machineAlarm, machineNow, machineTick, machineWait } from '#kernel/clock';
import type { FunctionAnswer, FunctionCall, FunctionReport, FunctionSpec } from '#kernel/contract';
import type { Call, Ended } from './call.ts';
import { Extensions, type LostExtension } from './extensions.ts';
import {
  answerTooLarge,
  endingOf,
  exited,
  exitedWithoutReason,
  exitText,
  extensionFailed,
  type Failure,
  failureOfInit,
  InitFailed,
  outOfMemory,
  timedOut,
} from './failure.ts';
import { begun, type Launch } from './launch.ts';
import { atLeast } from './levels.ts';
import { afterExit, afterLastWords, FunctionLog, RUNTIME, readStreams } from './log.ts';
import { memoryUsed, terminateRuntime, watchMemory } from './memory.ts';
import { Metadata } from './metadata.ts';
import { Pause } from './pause.ts';
import { isPeerOf } from './peer.ts';
import { type Ending, type Init, PlatformLines } from './platform-lines.ts';
import { RuntimeApi, tooLargeText } from './runtime-api.ts';
import { type Boxed, killGroup } from './sandbox.ts';
import { Snapshot } from './snapshot.ts';
import { Telemetry } from './telemetry.ts';

/** Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle": the Init phase is limited to 10 seconds. */
export const INIT_TIMEOUT: Millis = 10 * SECOND;
const SHUTDOWN_LOOK: Millis = 20;
const MB = 1_048_576;
const NOTHING = new Uint8Array(0);

export class Environment {
  readonly spec: FunctionSpec;
  /** When it last had nothing to do, on the machine's clock. */
  idleSince: Millis = machineTick();
  readonly #onIdle: (environment: Environment) => void;
  readonly #onEnd: (environment: Environment) => void;
  readonly #log: FunctionLog;
  readonly #lines: PlatformLines;
  readonly #telemetry = new Telemetry();
  readonly #snapshot = new Snapshot();
  #extensions: Extensions;
  /** The runtime has asked for an event; extensions may not have yet. */
  #isAsked = false;
  #api: RuntimeApi | undefined;
  #boxed: Boxed | undefined;
  #call: Call | undefined;
  #dead = false;
  #isStopping = false;
  #startedAt = 0;
  #init: Millis | undefined;
  #memory = 0;
  /** It was ended because it took more memory than it has. */
  #overran = false;
  /** Settles the start. */
  #ready: { resolve: () => void; reject: (failure: InitFailed) => void } | undefined;
  #unwatch: Disarm = () => {};
  readonly #pause = new Pause((signal) => this.#signal(signal));
  #left = Promise.withResolvers<void>();

  constructor(
    spec: FunctionSpec,
    stream: string,
    init: Init,
    onIdle: (environment: Environment) => void,
    onEnd: (environment: Environment) => void,
  ) {
    this.spec = spec;
    this.#onIdle = onIdle;
    this.#onEnd = onEnd;
    this.#log = new FunctionLog(
      (lines) => spec.onLog(stream, lines),
      (event) => this.#telemetry.tell(event),
      atLeast(spec.log),
    );
    this.#extensions = this.#extensionsOf([]);
    this.#lines = new PlatformLines(this.#log, spec, init, stream);
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Resolves when nothing of it runs any more. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** It can take calls, or carries one out. */
  get hasStarted(): boolean {
    return this.#startedAt > 0 && this.#ready === undefined && !this.#dead;
  }

  /**
   * Starts the process and waits until it asks for its first event.
   *
   * @throws {InitFailed}
   */
  async start(launch: Launch, timeout: Millis): Promise<void> {
    const { environment, extensions } = launch;
    this.#extensions = this.#extensionsOf(extensions);
    const metadata = new Metadata(this.spec.place.region, environment.AWS_LAMBDA_LOG_STREAM_NAME ?? '');
    const besides = { extensions: this.#extensions, telemetry: this.#telemetry, snapshot: this.#snapshot, metadata };
    this.#api = await RuntimeApi.listen(this.#events(), besides);
    this.#startedAt = machineTick();
    this.#lines.initStart();
    const env = { ...environment, ...this.#api.variables, _LAMBDA_TELEMETRY_LOG_FD: '3' };
    const ready = new Promise<void>((resolve, reject) => (this.#ready = { resolve, reject }));
    const boxed = begun(launch, env);
    this.#boxed = boxed;
    const { process } = boxed;
    process.once('error', (error) => this.#ended(undefined, error.message));
    readStreams(process, this.#log, (name, status) => this.#programEnded(name, status));
    afterExit(process, (code, signal) => this.#ended(exitText(code, signal), undefined, code === 0));
    this.#watch();
    const disarm = machineAlarm(timeout, () => this.#fail(new InitFailed('timeout', undefined)));
    try {
      await ready;
    } finally {
      disarm();
    }
  }

  /** Carries out a call; only on an environment that is idle. */
  async invoke(given: FunctionCall, payloadInit: Millis | undefined): Promise<FunctionAnswer> {
    this.#pause.end();
    const restore = this.#snapshot.isHeld ? await this.#restore() : undefined;
    const { promise: ended, resolve: end } = Promise.withResolvers<FunctionReport>();
    const { promise, resolve } = Promise.withResolvers<Omit<FunctionAnswer, 'ended'>>();
    const { timeout, tenant } = this.spec;
    this.#log.begin();
    this.#lines.start(given.requestId);
    this.#call = {
      given,
      startedAt: machineTick(),
      init: payloadInit,
      restore,
      disarm: machineAlarm(timeout, () => this.#timeOut()),
      isDone: false,
      bytes: undefined,
      answer: resolve,
      answered: false,
      failure: undefined,
      ended: end,
    };
    this.#watch();
    this.#isAsked = false;
    const deadline = machineNow() + timeout;
    this.#extensions.invoke(given, deadline);
    this.#api?.give(given, deadline, tenant);
    return promise.then((answer) => ({ ...answer, ended }));
  }

  /** Lets what stands as a snapshot go on. @throws {RestoreFailed} */
  async #restore(): Promise<Millis> {
    this.#lines.restoreStart();
    try {
      const duration = await this.#snapshot.restore();
      this.#lines.restoreReport(duration);
      return duration;
    } catch (error) {
      this.#kill();
      afterLastWords(() => this.#log.flush());
      throw error;
    }
  }

  /** How a call ended for which it did not start. */
  refuse(given: FunctionCall, failure: Failure): FunctionReport {
    const status = failure.type === 'Sandbox.Timedout' ? 'timeout' : 'error';
    const duration = Math.min(machineTick() - this.#startedAt, this.spec.timeout);
    this.#lines.start(given.requestId);
    return this.#report(given, { duration, init: undefined, restore: undefined, failure, status });
  }

  /** How long it took to start; told once. */
  takeInit(): Millis | undefined {
    const init = this.#init;
    this.#init = undefined;
    return init;
  }

  /** Ends it; resolves when nothing is left of it. Extensions hear of it, and have two seconds. */
  async stop(reason = 'SPINDOWN'): Promise<void> {
    const boxed = this.#boxed;
    if (boxed === undefined) {
      this.#kill();
      return;
    }
    const time = this.#extensions.timeToEnd;
    if (time > 0 && !this.#dead && !this.#isStopping) {
      this.#isStopping = true;
      this.#onEnd(this);
      this.#pause.end();
      this.#extensions.shutDown(reason, machineNow() + time);
      terminateRuntime(boxed);
      for (const end = machineTick() + time; machineTick() < end && !this.#dead; ) await machineWait(SHUTDOWN_LOOK);
      this.#telemetry.flush();
      this.#log.flush();
    }
    this.#kill();
    await this.#left.promise;
  }

  #events() {
    return {
      isOwn: (port: number, ours: number) => this.#boxed !== undefined && isPeerOf(this.#boxed, port, ours),
      next: () => this.#next(),
      initError: (body: Uint8Array, type: string) => this.#fail(new InitFailed('error', { body, type })),
      answer: (body: Uint8Array | AsyncIterable<Uint8Array>, contentType: string) =>
        this.#answer({ body, contentType, failed: false }),
      answered: (failure: Failure | undefined) => {
        if (this.#call !== undefined) this.#call.failure = failure;
      },
      tooLarge: (bytes: number) => this.#failCall(answerTooLarge(tooLargeText(bytes))),
      error: (body: Uint8Array, type: string) => this.#failCall({ body, type }),
      subscribed: (...told: Parameters<PlatformLines['subscribed']>) => this.#lines.subscribed(...told),
    };
  }

  #extensionsOf(names: readonly string[]): Extensions {
    return new Extensions(this.spec, names, {
      ready: () => this.#isAsked && this.#next(),
      begun: (name, events) => this.#lines.extension(name, events),
      failed: (extension, type, how) => this.#lost(extension, type, how),
    });
  }

  /** An extension has failed, and with it the environment. */
  #lost({ name, events, state, errorType }: LostExtension, type: string, how: string): void {
    if (this.#isStopping || this.#dead) return;
    this.#lines.extension(name, events, state, errorType);
    if (this.#ready !== undefined) this.#fail(new InitFailed('extension', { type, body: NOTHING }, how));
    if (this.#call !== undefined) {
      this.#failCall(extensionFailed(this.#call.given.requestId, type, how));
      this.#kill();
      this.#endCall(undefined);
    }
    this.#kill();
  }

  /** The runtime asks for an event, and so do all extensions: it has started, or the last call is over. */
  #next(): void {
    if (!this.#isAsked) this.#runtimeDone({ status: 'success' });
    this.#isAsked = true;
    if (!this.#extensions.areReady) return;
    if (this.#ready !== undefined) {
      const duration = machineTick() - this.#startedAt;
      this.#init = this.#snapshot.isHeld ? undefined : duration;
      this.#lines.initReport(duration, { status: 'success' });
      // No call may follow for long.
      if (this.#snapshot.isHeld) this.#log.flush();
      this.#ready.resolve();
      this.#ready = undefined;
      this.#boxed?.cgroup?.limitCpu();
      return;
    }
    if (this.#call !== undefined) this.#endCall(undefined);
  }

  /** Of the start, or of the call in progress. */
  #runtimeDone(ending: Ending): void {
    if (this.#ready !== undefined) this.#lines.initRuntimeDone(ending);
    const call = this.#call;
    if (call === undefined || call.isDone) return;
    call.isDone = true;
    const { given, startedAt, bytes, failure } = call;
    const how = failure === undefined || ending.status === 'timeout' ? ending : endingOf(failure);
    this.#lines.runtimeDone(given.requestId, machineTick() - startedAt, bytes, given.trace, how);
  }

  #answer(answer: Omit<FunctionAnswer, 'ended'>): void {
    if (this.#call === undefined || this.#call.answered) return;
    if (answer.body instanceof Uint8Array) this.#call.bytes = answer.body.length;
    this.#call.answered = true;
    this.#call.answer(answer);
  }

  #failCall(failure: Failure): void {
    if (this.#call !== undefined) this.#call.failure = failure;
    this.#answer({ body: failure.body, contentType: 'application/json', failed: true });
  }

  #timeOut(): void {
    const call = this.#call;
    if (call === undefined) return;
    const failure = timedOut(call.given.requestId, this.spec.timeout / SECOND);
    this.#failCall(failure);
    if (this.#extensions.timeToEnd > 0) void this.stop('TIMEOUT');
    else this.#kill();
    this.#endCall('timeout');
  }

  /** Says how the call went. */
  #endCall(status: 'timeout' | undefined): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#runtimeDone({ status: status ?? 'success' });
    this.#call = undefined;
    call.disarm();
    const duration = Math.min(machineTick() - call.startedAt, this.spec.timeout);
    this.#memory = Math.max(this.#memory, memoryUsed(this.#boxed));
    afterLastWords(() => {
      call.ended(this.#report(call.given, { ...call, duration, status }));
      this.#telemetry.flush();
      if (this.#dead || this.#isStopping) return;
      if (this.#boxed?.canFreeze === true) this.#pause.begin();
      this.idleSince = machineTick();
      this.#onIdle(this);
    });
  }

  #report({ requestId, trace }: FunctionCall, { duration, init, restore, failure, status }: Ended): FunctionReport {
    const { memory, timeout } = this.spec;
    const memoryUsed = Math.min(memory, Math.ceil(this.#memory / MB));
    if (status === 'timeout') this.#lines.timedOut(requestId, timeout);
    const isBroken = status === 'timeout' || status === 'error';
    const ending = { ...(status === 'timeout' ? { status } : endingOf(failure, isBroken)), isBroken };
    this.#lines.report({ requestId, duration, init, restore, memory, memoryUsed, trace, ...ending });
    const tail = this.#log.tail();
    this.#log.flush();
    return { tail, duration, init, memoryUsed, failed: failure !== undefined, errorType: failure?.type };
  }

  /** The start failed. */
  #fail(failure: InitFailed): void {
    const ready = this.#ready;
    const ending: Ending =
      failure.reason === 'timeout'
        ? { status: 'timeout' }
        : endingOf(failureOfInit(failure, '', this.spec.handler, this.spec.timeout), true);
    if (!this.#isAsked) this.#runtimeDone(ending);
    this.#ready = undefined;
    this.#kill();
    afterLastWords(() => {
      if (ready !== undefined) this.#lines.initReport(machineTick() - this.#startedAt, ending);
      this.#log.flush();
      this.#telemetry.flush();
      ready?.reject(failure);
    });
  }

  /** An extension has ended, or the runtime beside them: they hear of that. */
  #programEnded(name: string, status: number): void {
    if (name !== RUNTIME) this.#extensions.ended(name, status);
    else if (!this.#isStopping)
      afterLastWords(() => this.#ended(exitText(status, null), undefined, status === 0, true));
  }

  /** The process is gone; or its runtime alone, of which extensions hear. */
  #ended(how: string | undefined, why: string | undefined, quiet = false, alone = false): void {
    this.#unwatch();
    const full = this.#overran || this.#boxed?.cgroup?.wasFull() === true;
    if (full) this.#memory = this.spec.memory * MB;
    const requestId = this.#call?.given.requestId ?? '';
    if (this.#ready !== undefined) this.#fail(new InitFailed(full ? 'memory' : 'exit', undefined, how ?? why));
    const byItself = quiet ? exitedWithoutReason(requestId) : exited(requestId, how ?? why ?? '');
    this.#failCall(full ? outOfMemory(requestId) : byItself);
    if (alone) void this.stop('FAILURE');
    else this.#kill();
    this.#endCall(undefined);
    if (!alone) void (this.#boxed?.cgroup?.remove() ?? Promise.resolve()).then(this.#left.resolve);
  }

  #kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#snapshot.failed('error', 'the runtime has ended');
    this.#pause.end();
    this.#api?.close();
    this.#signal('SIGKILL');
    if (this.#boxed === undefined) this.#left.resolve();
    this.#onEnd(this);
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#boxed?.process.pid;
    if (pid !== undefined) killGroup(pid, signal);
  }

  /** While it works, whoever takes more memory than it has is killed. */
  #watch(): void {
    this.#unwatch();
    const isAtWork = () => !this.#dead && (this.#ready !== undefined || this.#call !== undefined);
    const seen = (bytes: number) => {
      this.#memory = Math.max(this.#memory, bytes);
    };
    this.#unwatch = watchMemory(this.#boxed, this.spec.memory * MB, isAtWork, seen, () => {
      this.#overran = true;
      this.#signal('SIGKILL');
    });
  }
}
