/** What an environment writes: lines of its output, frames of its runtime's log. */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Millis } from '#kernel/base';
import { machineAlarm, machineNow } from '#kernel/clock';
import type { FunctionLogLine } from '#kernel/contract';
import type { TelemetryEvent } from './logs-api.ts';

/** Source: Lambda API Reference, Invoke, "LogType": the last 4 KB. */
const TAIL_BYTES_MAX = 4_096;
/** A line longer than this is cut in pieces, so that output without line ends takes no memory. CloudWatch Logs takes no longer event. */
const LINE_BYTES_MAX = 262_144;
/** Of a frame: kind, length, instant. */
const FRAME_HEAD = 16;
const FRAME_MARK = 0xa55a;
/** Of the frames that bootstrap/extensions.sh writes. */
const ENDED = 0x00fe;
const NEWLINE = 0x0a;
/** Lines are handed on when they are so many, or so long together: CloudWatch Logs takes 1 MB and 10,000 events at a time. */
const BUNCH_BYTES = 524_288;
const BUNCH_LINES = 5_000;
/** Output without end must not keep this machine busy: of one stream, so much is read in so long. */
const READ_BYTES_MAX = 524_288;
const READ_WITHIN: Millis = 100;
/** Nor fill its memory: while so much of an environment's is still to be written, no more is read. */
const BEHIND_BYTES = 2_097_152;
const LAST_WORDS: Millis = 100;

/** Gathers lines, hands them on in bunches, and keeps the end of what the present call wrote. */
export class FunctionLog {
  readonly #send: (lines: readonly FunctionLogLine[]) => Promise<void>;
  #lines: FunctionLogLine[] = [];
  #bytes = 0;
  /** Bytes that were handed on and are not written yet. */
  #unwritten = 0;
  readonly #keeps: (text: string) => boolean;
  /** Hears each line, and what happens to the environment. */
  readonly #tell: (event: TelemetryEvent) => void;
  #tail: string[] = [];
  #tailBytes = 0;

  /** @param keeps of the function's lines: others are only heard */
  constructor(
    send: (lines: readonly FunctionLogLine[]) => Promise<void>,
    tell: (event: TelemetryEvent) => void = () => {},
    keeps: (text: string) => boolean = () => true,
  ) {
    this.#send = send;
    this.#tell = tell;
    this.#keeps = keeps;
  }

  /** Something that is no line happens. */
  tell(type: string, record: unknown): void {
    this.#tell({ time: new Date(machineNow()).toISOString(), type, record });
  }

  /** What the function says: a line, with its end, or a frame. */
  add(text: string, end = ''): void {
    this.tell('function', text);
    if (this.#keeps(text)) this.note(text + end);
  }

  /** A line of an extension. */
  addOf(text: string): void {
    this.tell('extension', text);
    this.note(`${text}\n`);
  }

  /** A message, whoever's: lines with their ends. Source: answers of GetLogEvents as users have published them. */
  note(text: string, at: Millis = machineNow()): void {
    // One that is long does not make the others too many for one bunch.
    if (this.#bytes + text.length > BUNCH_BYTES) this.flush();
    this.#lines.push({ at, text });
    // A frame need not end its line; what comes after it stands on one of its own.
    const line = text.endsWith('\n') ? text : `${text}\n`;
    this.#tail.push(line);
    this.#tailBytes += line.length;
    while (this.#tailBytes > 2 * TAIL_BYTES_MAX && this.#tail.length > 1)
      this.#tailBytes -= (this.#tail.shift() ?? '').length;
    this.#bytes += text.length;
    if (this.#bytes >= BUNCH_BYTES || this.#lines.length >= BUNCH_LINES) this.flush();
  }

  /** Hands on what was gathered. */
  flush(): void {
    if (this.#lines.length === 0) return;
    const [lines, bytes] = [this.#lines, this.#bytes];
    this.#lines = [];
    this.#bytes = 0;
    this.#unwritten += bytes;
    const isWritten = () => {
      this.#unwritten -= bytes;
    };
    this.#send(lines).then(isWritten, isWritten);
  }

  /** Whether more comes than is written. */
  get isBehind(): boolean {
    return this.#unwritten > BEHIND_BYTES;
  }

  /** A call begins: the tail is its own. */
  begin(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  /** The end of what was written since `begin`. */
  tail(): string {
    const bytes = Buffer.from(this.#tail.join(''));
    return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES_MAX)).toString('utf8');
  }
}

/** Holds up a stream that says more than can be listened to, or written. */
function slowDown(stream: Readable, log: FunctionLog): void {
  let bytes = 0;
  let isTimed = false;
  const look = () => {
    isTimed = log.isBehind;
    if (isTimed) {
      stream.pause();
      machineAlarm(READ_WITHIN, look);
      return;
    }
    bytes = 0;
    stream.resume();
  };
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > READ_BYTES_MAX) stream.pause();
    if (isTimed) return;
    isTimed = true;
    machineAlarm(READ_WITHIN, look);
  });
}

/**
 * Reads what a process writes: text to its output and its errors, frames to the stream after them; then what its extensions write.
 *
 * @param ended is told the name of an extension and the status it has ended with
 */
export function readStreams(
  { stdio }: ChildProcess,
  log: FunctionLog,
  ended: (extension: string, status: number) => void,
): void {
  const own = (stream: Readable) => readLines(stream, log, (text) => log.add(text, '\n'));
  const ofExtensions = (stream: Readable) => readLines(stream, log, (text) => log.addOf(text));
  const frames = (stream: Readable) => readFrames(stream, log, ended);
  for (const [index, read] of [undefined, own, own, frames, ofExtensions].entries()) {
    const stream = stdio[index];
    if (read !== undefined && stream !== null && stream !== undefined && 'read' in stream) read(stream);
  }
}

/** What bootstrap/extensions.sh calls the runtime that has ended. */
export const RUNTIME = '.';

/** Reads a stream of text line by line. */
function readLines(stream: Readable, log: FunctionLog, add: (text: string) => void): void {
  slowDown(stream, log);
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, from)) {
      add(rest.toString('utf8', from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length <= LINE_BYTES_MAX) return;
    add(rest.toString('utf8'));
    rest = Buffer.alloc(0);
  });
  stream.on('end', () => {
    if (rest.length > 0) add(rest.toString('utf8'));
  });
  stream.on('error', () => {});
}

/**
 * Reads frames, each a message of any number of lines: kind, length, instant (microseconds), text. What is no frame ends the reading.
 * Source: public runtime interface clients of AWS, `_LAMBDA_TELEMETRY_LOG_FD`.
 */
function readFrames(stream: Readable, log: FunctionLog, ended: (extension: string, status: number) => void): void {
  slowDown(stream, log);
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
      const text = rest.toString('utf8', FRAME_HEAD, FRAME_HEAD + length);
      const [, extension = '', status] = rest.readUInt16BE(2) === ENDED ? (/^(.+) (\d+)$/.exec(text) ?? []) : [];
      if (status === undefined) log.add(text);
      else ended(extension, Number(status));
      rest = rest.subarray(FRAME_HEAD + length);
    }
  });
  stream.on('error', () => {});
}

/** What the process wrote before its last word may still be on its way through the pipes: two turns let it arrive. */
export function afterLastWords(next: () => void): void {
  setImmediate(() => setImmediate(next));
}

/** A process has ended, and what it wrote was read; what it has left behind may hold its pipes, which is not waited for long. */
export function afterExit(
  process: ChildProcess,
  next: (code: number | null, signal: NodeJS.Signals | null) => void,
): void {
  // One that waited may have died before anybody looked.
  if (process.exitCode !== null || process.signalCode !== null) {
    next(process.exitCode, process.signalCode);
    return;
  }
  process.once('exit', (code, signal) => {
    let isOver = false;
    const over = () => {
      disarm();
      if (!isOver) next(code, signal);
      isOver = true;
    };
    const disarm = machineAlarm(LAST_WORDS, over);
    process.once('close', over);
  });
}
