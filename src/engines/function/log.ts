/** What an environment writes: lines of its output, frames of its runtime's log, and the platform's own lines around each call. */
import type { Readable } from 'node:stream';
import type { Millis } from '#kernel/base';
import { machineAlarm, machineNow } from '#kernel/clock';
import type { FunctionLogLine } from '#kernel/contract';
import type { TelemetryEvent } from './telemetry.ts';

/** Source: Lambda API Reference, Invoke, "LogType": the last 4 KB. */
const TAIL_BYTES_MAX = 4_096;
/** A line longer than this is cut in pieces, so that output without line ends takes no memory. CloudWatch Logs takes no longer event. */
const LINE_BYTES_MAX = 262_144;
/** Of a frame: kind, length, instant. */
const FRAME_HEAD = 16;
const FRAME_MARK = 0xa55a;
const NEWLINE = 0x0a;
/** Lines are handed on when they are so many, or so long together: CloudWatch Logs takes 1 MB and 10,000 events at a time. */
const BUNCH_BYTES = 524_288;
const BUNCH_LINES = 5_000;
/** Output without end must not keep this machine busy: of one stream, so much is read in so long. */
const READ_BYTES_MAX = 524_288;
const READ_WITHIN: Millis = 100;

/** Gathers lines, hands them on in bunches, and keeps the end of what the present call wrote. */
export class FunctionLog {
  readonly #send: (lines: readonly FunctionLogLine[]) => void;
  #lines: FunctionLogLine[] = [];
  #bytes = 0;
  /** Hears each line, and what happens to the environment. */
  readonly #tell: (event: TelemetryEvent) => void;
  #tail: string[] = [];
  #tailBytes = 0;

  constructor(send: (lines: readonly FunctionLogLine[]) => void, tell: (event: TelemetryEvent) => void = () => {}) {
    this.#send = send;
    this.#tell = tell;
  }

  /** Something that is no line happens. */
  tell(type: string, record: unknown): void {
    this.#tell({ time: new Date(machineNow()).toISOString(), type, record });
  }

  /** A line of the function. */
  add(text: string): void {
    this.tell('function', text);
    this.note(text);
  }

  /** A line, whoever's. */
  note(text: string, at: Millis = machineNow()): void {
    this.#lines.push({ at, text });
    this.#tail.push(text);
    this.#tailBytes += text.length;
    while (this.#tailBytes > 2 * TAIL_BYTES_MAX && this.#tail.length > 1)
      this.#tailBytes -= (this.#tail.shift() ?? '').length;
    this.#bytes += text.length;
    if (this.#bytes >= BUNCH_BYTES || this.#lines.length >= BUNCH_LINES) this.flush();
  }

  /** Hands on what was gathered. */
  flush(): void {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    this.#send(lines);
  }

  /** A call begins: the tail is its own. */
  begin(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  /** The end of what was written since `begin`. */
  tail(): string {
    const bytes = Buffer.from(this.#tail.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join(''));
    return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES_MAX)).toString('utf8');
  }
}

/** Holds up a stream that says more than can be listened to. */
function slowDown(stream: Readable): void {
  let bytes = 0;
  let isTimed = false;
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > READ_BYTES_MAX) stream.pause();
    if (isTimed) return;
    isTimed = true;
    machineAlarm(READ_WITHIN, () => {
      bytes = 0;
      isTimed = false;
      stream.resume();
    });
  });
}

/** Reads a stream of text line by line. */
export function readLines(stream: Readable, log: FunctionLog): void {
  slowDown(stream);
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, from)) {
      log.add(rest.toString('utf8', from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length <= LINE_BYTES_MAX) return;
    log.add(rest.toString('utf8'));
    rest = Buffer.alloc(0);
  });
  stream.on('end', () => {
    if (rest.length > 0) log.add(rest.toString('utf8'));
  });
  stream.on('error', () => {});
}

/**
 * Reads frames, each a message of any number of lines: kind, length, instant (microseconds), text. What is no frame ends the reading.
 * Source: public runtime interface clients of AWS, `_LAMBDA_TELEMETRY_LOG_FD`.
 */
export function readFrames(stream: Readable, log: FunctionLog): void {
  slowDown(stream);
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    while (rest.length >= FRAME_HEAD) {
      const length = rest.readUInt32BE(4);
      if (rest.readUInt16BE(0) !== FRAME_MARK || length > LINE_BYTES_MAX * 4) {
        stream.destroy();
        return;
      }
      if (rest.length < FRAME_HEAD + length) return;
      log.add(rest.toString('utf8', FRAME_HEAD, FRAME_HEAD + length));
      rest = rest.subarray(FRAME_HEAD + length);
    }
  });
  stream.on('error', () => {});
}

/** How a call ended, in the platform's words. */
export type CallReport = {
  requestId: string;
  duration: Millis;
  init: Millis | undefined;
  memory: number;
  memoryUsed: number;
  trace: string | undefined;
  /** `timeout`, or `error` with its type. */
  status?: string | undefined;
  errorType?: string | undefined;
};

/** Source: Lambda Developer Guide, "View CloudWatch logs for Lambda functions" and "Lambda Telemetry API Event schema reference". */
export class PlatformLines {
  readonly #json: boolean;
  readonly #level: string;
  readonly #log: FunctionLog;

  constructor(log: FunctionLog, { json, system }: { json: boolean; system: string }) {
    this.#log = log;
    this.#json = json;
    this.#level = system;
  }

  initStart(runtime: string, region: string, partition = 'aws'): void {
    const version = `${runtime.replace(/\.x$/, '').replace(/(\d)/, ':$1')}.v1`;
    const arn = `arn:${partition}:lambda:${region}::runtime:cloudyard`;
    const record = {
      initializationType: 'on-demand',
      phase: 'init',
      runtimeVersion: version,
      runtimeVersionArn: arn,
    };
    this.#log.tell('platform.initStart', record);
    if (this.#json) this.#write('platform.initStart', 'DEBUG', record);
    else this.#log.note(`INIT_START Runtime Version: ${version}\tRuntime Version ARN: ${arn}`);
  }

  start(requestId: string, version: string): void {
    this.#log.tell('platform.start', { requestId, version });
    if (this.#json) this.#write('platform.start', 'INFO', { requestId, version });
    else this.#log.note(`START RequestId: ${requestId} Version: ${version}`);
  }

  report(report: CallReport): void {
    const { requestId, duration, init, memory, memoryUsed, trace, status, errorType } = report;
    const billed = Math.ceil(duration + (init ?? 0));
    const metrics = {
      durationMs: round(duration),
      billedDurationMs: billed,
      memorySizeMB: memory,
      maxMemoryUsedMB: memoryUsed,
      ...(init !== undefined && { initDurationMs: round(init) }),
    };
    const record = {
      requestId,
      metrics,
      ...(trace !== undefined && { tracing: { type: 'X-Amzn-Trace-Id', value: trace } }),
      status: status ?? 'success',
      ...(errorType !== undefined && { errorType }),
    };
    this.#log.tell('platform.report', record);
    if (this.#json) {
      this.#write('platform.report', 'INFO', record);
      return;
    }
    this.#log.note(`END RequestId: ${requestId}`);
    const parts = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${duration.toFixed(2)} ms`,
      `Billed Duration: ${billed} ms`,
      `Memory Size: ${memory} MB`,
      `Max Memory Used: ${memoryUsed} MB`,
      ...(init === undefined ? [] : [`Init Duration: ${init.toFixed(2)} ms`]),
      ...(status === undefined ? [] : [`Status: ${status}`]),
      ...(errorType === undefined ? [] : [`Error Type: ${errorType}`]),
    ];
    this.#log.note(`${parts.join('\t')}\t`);
  }

  #write(type: string, level: string, record: Record<string, unknown>): void {
    const levels = ['DEBUG', 'INFO', 'WARN'];
    if (levels.indexOf(level) < levels.indexOf(this.#level)) return;
    this.#log.note(JSON.stringify({ time: new Date(machineNow()).toISOString(), type, record }));
  }
}

function round(millis: Millis): number {
  return Math.round(millis * 1_000) / 1_000;
}
