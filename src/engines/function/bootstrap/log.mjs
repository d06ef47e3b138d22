// What a function's console says, as Lambda logs it: lines of text, or documents; and how errors are told, in the log and to who called.
// Source: Lambda Developer Guide, "Log and monitor Node.js Lambda functions".
import { writeSync } from 'node:fs';
import { format } from 'node:util';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** The call in progress. */
export const now = { requestId: undefined, tenantId: undefined };
let isJson = false;
let leastLevel = -1;

/** A frame for each message, so that one of several lines stays one event. */
function writeLog(text) {
  const body = Buffer.from(text);
  const frame = Buffer.allocUnsafe(16 + body.length);
  frame.writeUInt32BE(0xa55a0003, 0);
  frame.writeUInt32BE(body.length, 4);
  frame.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  body.copy(frame, 16);
  for (let from = 0; from < frame.length; ) {
    try {
      from += writeSync(3, frame, from);
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
    }
  }
}

function say(level, ...parts) {
  if (LEVELS.indexOf(level) < leastLevel) return;
  const timestamp = new Date().toISOString();
  if (!isJson) {
    writeLog(`${timestamp}\t${now.requestId}\t${level}\t${format(...parts)}\n`);
    return;
  }
  const entry = { timestamp, level, ...now };
  writeLog(`${parts.length === 1 ? entryOf(entry, parts[0]) : entryOfMany(entry, parts)}\n`);
}

/** One thing is told as it is; what has no form in JSON as text. */
function entryOf(entry, message) {
  try {
    return JSON.stringify({ ...entry, message }, (_key, value) => (value instanceof Error ? described(value) : value));
  } catch {
    return JSON.stringify({ ...entry, message: format(message) });
  }
}

function entryOfMany(entry, parts) {
  const error = parts.find((part) => part instanceof Error);
  const { errorType, errorMessage, stackTrace } = error === undefined ? {} : described(error);
  return JSON.stringify({ ...entry, message: format(...parts), errorType, errorMessage, stackTrace });
}

const CONSOLE = {
  log: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  trace: 'TRACE',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};

/** From now on the console is the function's log. */
export function beginLog() {
  const { AWS_LAMBDA_LOG_FORMAT: form, AWS_LAMBDA_LOG_LEVEL: level = 'INFO' } = process.env;
  isJson = form === 'JSON';
  leastLevel = isJson ? LEVELS.indexOf(level) : -1;
  for (const [name, of] of Object.entries(CONSOLE)) console[name] = (...parts) => say(of, ...parts);
}

const linesOf = (stack) => (typeof stack === 'string' ? stack.split('\n') : stack);

function described(error) {
  const errorType = error.constructor?.name ?? 'UnknownError';
  return { errorType, errorMessage: error.message, stackTrace: linesOf(error.stack), ...error };
}

/** What ended a call, or the runtime: with all that the error says besides. */
export function sayError(what, error) {
  const told = error instanceof Error ? error : new Error(typeof error === 'symbol' ? String(error) : error);
  if (isJson) return say('ERROR', told);
  const withAll = (_key, value) => {
    if (!(value instanceof Error)) return value;
    const { name: errorType, message: errorMessage, code, stack } = value;
    return { errorType, errorMessage, code, ...value, stack: linesOf(stack) };
  };
  let text;
  try {
    text = JSON.stringify(told, withAll);
  } catch {
    text = JSON.stringify(failureOf(told));
  }
  say('ERROR', what, `\t${text}`);
}

export function failureOf(error) {
  if (
    !(error instanceof Error) &&
    !(error !== null && typeof error === 'object' && 'message' in error && 'name' in error)
  )
    return { errorType: typeof error, errorMessage: textOf(error), trace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: String(error.stack ?? '').split('\n'),
  };
}

function textOf(error) {
  try {
    return error.toString();
  } catch {
    return 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack';
  }
}
