/** What functions answer: how an invocation of a durable one went, and what an error says. */
import { utf8Length } from '#kernel/base';
import { resultTooLong } from './errors.ts';
import type { ErrorObject, ExecutionRow } from './state.ts';

export type Said =
  | { status: 'SUCCEEDED'; result?: string }
  | { status: 'FAILED'; error?: ErrorObject }
  | { status: 'PENDING' }
  /** Not as it has to be; `error` says why. */
  | { status: 'INVALID'; error: ErrorObject };

/** Reads the answer of an invocation. Source of texts: AWS's testing library for durable functions. */
export function readAnswer(body: string, { resultMax }: ExecutionRow): Said {
  const { Status, Result, Error: error } = objectOf(body);
  if (Status === 'PENDING') return { status: 'PENDING' };
  if (Status === 'SUCCEEDED') {
    if (error !== undefined && error !== null) return invalid('Cannot provide an Error for SUCCEEDED status.');
    if (typeof Result !== 'string') return { status: 'SUCCEEDED' };
    return utf8Length(Result) > resultMax
      ? invalid(resultTooLong(resultMax).message)
      : { status: 'SUCCEEDED', result: Result };
  }
  if (Status !== 'FAILED') return invalid('Invalid Status in invocation output.');
  if (typeof Result === 'string') return invalid('Cannot provide a Result for FAILED status.');
  return { status: 'FAILED', ...(error !== null && typeof error === 'object' && { error: cleaned(error) }) };
}

/** An invocation that waits for nothing can't be waiting. */
export const nothingPending = () => invalid('Cannot return PENDING status with no pending operations.');

function invalid(ErrorMessage: string): Said & { status: 'INVALID' } {
  return { status: 'INVALID', error: { ErrorType: 'InvalidParameterValueException', ErrorMessage } };
}

/** The error that a function has answered with, in the form of durable functions. */
export function errorOfAnswer(body: string): ErrorObject {
  const { errorMessage, errorType, stackTrace, trace } = objectOf(body);
  const lines = stackTrace ?? trace;
  return cleaned({ ErrorMessage: errorMessage ?? body, ErrorType: errorType, StackTrace: lines });
}

/** The same error in the form in which Invoke gives it. */
export function answerOfError({ ErrorMessage, ErrorType, ErrorData, StackTrace }: ErrorObject): string {
  return JSON.stringify({
    ...(ErrorType !== undefined && { errorType: ErrorType }),
    ...(ErrorMessage !== undefined && { errorMessage: ErrorMessage }),
    ...(ErrorData !== undefined && { errorData: ErrorData }),
    ...(StackTrace !== undefined && { stackTrace: StackTrace }),
  });
}

function cleaned(given: object): ErrorObject {
  const { ErrorMessage, ErrorType, ErrorData, StackTrace } = given as { [name: string]: unknown };
  return {
    ...(typeof ErrorMessage === 'string' && { ErrorMessage }),
    ...(typeof ErrorType === 'string' && { ErrorType }),
    ...(typeof ErrorData === 'string' && { ErrorData }),
    ...(Array.isArray(StackTrace) && { StackTrace: StackTrace.map(lineOf) }),
  };
}

/** A function may say what it likes. */
function lineOf(line: unknown): string {
  return typeof line === 'string' ? line : (JSON.stringify(line) ?? '');
}

function objectOf(json: string): { [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(json);
    if (value !== null && typeof value === 'object') return value as { [name: string]: unknown };
  } catch {
    // What is no JSON says nothing.
  }
  return {};
}
