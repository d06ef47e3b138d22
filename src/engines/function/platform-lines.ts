/**
 * What the platform says of an environment and its calls: lines of text, or documents of a level; all of it to extensions that listen.
 * Source: Lambda Developer Guide, "View CloudWatch logs for Lambda functions", "Log-level filtering", "Lambda Telemetry API Event schema reference".
 */
import { MIB, type Millis, SECOND } from '#kernel/base';
import { machineNow } from '#kernel/clock';
import type { FunctionSpec } from '#kernel/contract';
import type { FunctionLog } from './log.ts';

/** How an environment begins: for a call or ahead of calls; and once more, within the call, where it did not begin at first. */
export type Init = { type: 'on-demand' | 'provisioned-concurrency' | 'snap-start'; phase: 'init' | 'invoke' };

/** How something ended; of what did not end well, its type. */
export type Ending = { status: 'success' | 'error' | 'timeout'; errorType?: string | undefined };

/** How a call ended. */
export type CallReport = Ending & {
  requestId: string;
  duration: Millis;
  init: Millis | undefined;
  restore: Millis | undefined;
  /** MB. */
  memory: number;
  memoryUsed: number;
  trace: string | undefined;
  /** It was not the function that ended it. */
  isBroken: boolean;
};

/** Whose environment it is. */
type Told = Pick<FunctionSpec, 'arn' | 'log' | 'memory' | 'name' | 'place' | 'runtime' | 'tenant' | 'version'>;

type Level = 'DEBUG' | 'INFO' | 'WARN';
const LEVELS = ['DEBUG', 'INFO', 'WARN'];

export class PlatformLines {
  readonly #json: boolean;
  readonly #level: string;
  readonly #log: FunctionLog;
  readonly #init: Init;
  readonly #spec: Told;
  readonly #stream: string;
  /** In documents about calls. */
  readonly #tenant: { tenantId?: string };

  /** @param stream where it writes */
  constructor(log: FunctionLog, spec: Told, init: Init, stream: string) {
    this.#log = log;
    this.#json = spec.log.json;
    this.#level = spec.log.system;
    this.#tenant = spec.tenant === undefined ? {} : { tenantId: spec.tenant };
    this.#init = init;
    this.#spec = spec;
    this.#stream = stream;
  }

  initStart(): void {
    // Once for an environment, however often it begins.
    if (this.#init.phase === 'invoke') return;
    const found = versionOf(this.#spec);
    const { name, version, memory } = this.#spec;
    this.#say('platform.initStart', 'INFO', {
      ...this.#phase(),
      ...found,
      functionName: name,
      functionVersion: version,
      instanceId: this.#stream.replace(/\/\[/, `/${name}[`),
      instanceMaxMemory: memory * MIB,
    });
    this.#line(`INIT_START ${versionText(found)}`);
  }

  /** What stood as a snapshot goes on. */
  restoreStart(): void {
    const found = versionOf(this.#spec);
    this.#say('platform.restoreStart', 'INFO', found);
    this.#line(`RESTORE_START ${versionText(found)}`);
  }

  restoreReport(duration: Millis): void {
    this.#say('platform.restoreRuntimeDone', 'DEBUG', { status: 'success' });
    this.#say('platform.restoreReport', 'INFO', { status: 'success', metrics: { durationMs: round(duration) } });
    this.#line(`RESTORE_REPORT Restore Duration: ${duration.toFixed(2)} ms`);
  }

  initRuntimeDone(ending: Ending): void {
    this.#say('platform.initRuntimeDone', levelOf(ending, 'DEBUG'), { ...this.#phase(), ...shown(ending) });
  }

  initReport(duration: Millis, ending: Ending): void {
    const { type, phase } = this.#init;
    const level = levelOf(ending, type === 'on-demand' ? 'DEBUG' : 'INFO');
    const metrics = { durationMs: round(duration) };
    this.#say('platform.initReport', level, { ...this.#phase(), ...shown(ending), metrics });
    if (ending.status === 'success' && type === 'on-demand') return;
    const parts = [`INIT_REPORT Init Duration: ${duration.toFixed(2)} ms`, `Phase: ${phase}`, ...words(ending)];
    this.#line(parts.join('\t'));
  }

  start(requestId: string): void {
    const { arn, version } = this.#spec;
    const functionArn = arn.split(':').slice(0, 7).join(':');
    this.#say('platform.start', 'INFO', { requestId, functionArn, version, ...this.#tenant });
    this.#line(`START RequestId: ${requestId} Version: ${version}`);
  }

  /** The runtime is done with a call; extensions may not be. @param bytes of its answer, where that is known */
  runtimeDone(requestId: string, duration: Millis, bytes: number | undefined, trace: string, ending: Ending): void {
    this.#say('platform.runtimeDone', levelOf(ending, 'DEBUG'), {
      requestId,
      metrics: { durationMs: round(duration), ...(bytes !== undefined && { producedBytes: bytes }) },
      ...tracing(trace),
      ...shown(ending),
      ...this.#tenant,
    });
  }

  /** Whatever the format of the log is. */
  timedOut(requestId: string, timeout: Millis): void {
    const text = `${requestId} Task timed out after ${(timeout / SECOND).toFixed(2)} seconds`;
    this.#log.note(`${new Date(machineNow()).toISOString()} ${text}\n\n`);
  }

  report(report: CallReport): void {
    const { requestId, duration, init, restore, memory, memoryUsed, trace } = report;
    const billed = Math.ceil(duration + (init ?? 0));
    const metrics = {
      durationMs: round(duration),
      billedDurationMs: billed,
      memorySizeMB: memory,
      maxMemoryUsedMB: memoryUsed,
      ...(init !== undefined && { initDurationMs: round(init) }),
      ...(restore !== undefined && { restoreDurationMs: round(restore), billedRestoreDurationMs: Math.ceil(restore) }),
    };
    this.#say('platform.report', levelOf(report, 'INFO'), {
      requestId,
      metrics,
      ...tracing(trace),
      ...shown(report),
      ...this.#tenant,
    });
    this.#line(`END RequestId: ${requestId}`);
    const parts = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${duration.toFixed(2)} ms`,
      `Billed Duration: ${billed} ms`,
      `Memory Size: ${memory} MB`,
      `Max Memory Used: ${memoryUsed} MB`,
      ...(init === undefined ? [] : [`Init Duration: ${init.toFixed(2)} ms`]),
      ...(restore === undefined ? [] : restoreText(restore)),
    ];
    // Of what a function reports itself nothing is said. Source: MindscapeHQ/raygun4node, its example for Lambda; other logs that users have published.
    const isTold = report.isBroken || /^(Runtime|Extension|Sandbox)\./.test(report.errorType ?? '');
    this.#line([...parts, ...(isTold ? words(report) : [''])].join('\t'));
  }

  extension(name: string, events: readonly string[], state = 'Ready', errorType?: string): void {
    const failed = errorType === undefined ? {} : { errorType };
    this.#say('platform.extension', state === 'Ready' ? 'INFO' : 'WARN', { name, state, events, ...failed });
    const text = `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(', ')}]`;
    this.#line(errorType === undefined ? text : `${text}\tError Type: ${errorType}`);
  }

  /** @param isOld by the Logs API */
  subscribed(name: string, types: readonly string[], isOld: boolean): void {
    this.#say(`platform.${isOld ? 'logs' : 'telemetry'}Subscription`, 'INFO', { name, state: 'Subscribed', types });
    const names = types.map((type) => type.charAt(0).toUpperCase() + type.slice(1));
    const text = `Name: ${name}\tState: Subscribed\tTypes: [${(isOld ? types : names).join(', ')}]`;
    this.#line(`${isOld ? 'LOGS' : 'TELEMETRY'}\t${text}`);
  }

  #phase(): object {
    return { initializationType: this.#init.type, phase: this.#init.phase };
  }

  #say(type: string, level: Level, record: object): void {
    this.#log.tell(type, record);
    if (!this.#json || LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)) return;
    this.#log.note(`${JSON.stringify({ time: new Date(machineNow()).toISOString(), type, record })}\n`);
  }

  #line(text: string): void {
    if (!this.#json) this.#log.note(`${text}\n`);
  }
}

/** nodejs:24, python:3.13, provided:al2023. */
function versionOf({ runtime, place: { region }, arn }: Told) {
  const [, partition = 'aws'] = arn.split(':');
  const version = `${runtime.replace(/\.x$/, '').replace(/^([a-z]+)\.?/, '$1:')}.v1`;
  return { runtimeVersion: version, runtimeVersionArn: `arn:${partition}:lambda:${region}::runtime:cloudyard` };
}

function versionText({ runtimeVersion, runtimeVersionArn }: ReturnType<typeof versionOf>): string {
  return `Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${runtimeVersionArn}`;
}

function restoreText(restore: Millis): string[] {
  return [`Restore Duration: ${restore.toFixed(2)} ms`, `Billed Restore Duration: ${Math.ceil(restore)} ms`];
}

/** What has not ended well is a warning. */
function levelOf({ status }: Ending, otherwise: Level): Level {
  return status === 'success' ? otherwise : 'WARN';
}

function shown({ status, errorType }: Ending): object {
  return { status, ...(status === 'error' && errorType !== undefined && { errorType }) };
}

function words({ status, errorType }: Ending): string[] {
  if (status === 'success') return [];
  return [`Status: ${status}`, ...(status === 'error' && errorType !== undefined ? [`Error Type: ${errorType}`] : [])];
}

/** Only of what X-Ray keeps. Source: documents of AWS's as users have published them, of functions that are not traced. */
function tracing(trace: string | undefined): object {
  return trace === undefined || !trace.includes('Sampled=1')
    ? {}
    : { tracing: { type: 'X-Amzn-Trace-Id', value: trace } };
}

function round(millis: Millis): number {
  return Math.round(millis * 1_000) / 1_000;
}
