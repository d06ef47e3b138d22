/** How calls fail that no handler answers: the payloads that Lambda gives. Source: recorded responses of Invoke, and Lambda's troubleshooting pages. */
import type { Ending } from './platform-lines.ts';

export type Failure = { type: string; body: Uint8Array };

function failure(errorType: string, errorMessage: string): Failure {
  return { type: errorType, body: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}

/** The call took longer than the function's timeout. */
export const timedOut = (requestId: string, seconds: number) =>
  failure('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`);
/** @param how the process ended: `exit status 1`, `signal: killed` */
export const exited = (requestId: string, how: string) =>
  failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: ${how}`);
/** It took more memory than the function has. Source: adobe/helix-html2md-service, issue 1001. */
export const outOfMemory = (requestId: string) =>
  failure('Runtime.OutOfMemory', `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`);
/** The process ended by itself, without an error, in the middle of a call. */
export const exitedWithoutReason = (requestId: string) =>
  failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited without providing a reason`);
/** An extension has ended, or says that it can't go on. Source: AWS's runtime interface emulator, rapid/handlers.go. */
export const extensionFailed = (requestId: string, type: string, how: string) =>
  failure(type, `RequestId: ${requestId} Error: ${how}`);
/** There is nothing to run. */
const noEntryPoint = (requestId: string, file: string) =>
  failure('Runtime.InvalidEntrypoint', `RequestId: ${requestId} Error: Couldn't find valid bootstrap(s): [${file}]`);
/** @param text of the Runtime API's refusal */
export const answerTooLarge = (text: string) => failure('Function.ResponseSizeTooLarge', text);

/** How a process ended, in Go's words, as Lambda gives them. */
export function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  // A shell or `unshare` says 128 + n of a child that a signal killed.
  const number = code !== null && code > 128 ? code - 128 : undefined;
  const name = signal ?? (number === 9 ? 'SIGKILL' : number === 11 ? 'SIGSEGV' : number === 6 ? 'SIGABRT' : undefined);
  const words: { readonly [name: string]: string } = {
    SIGKILL: 'killed',
    SIGTERM: 'terminated',
    SIGSEGV: 'segmentation fault',
    SIGABRT: 'aborted',
  };
  return name === undefined ? `exit status ${code}` : `signal: ${words[name] ?? name.toLowerCase()}`;
}

/** An environment did not start. */
export class InitFailed extends Error {
  override name = 'InitFailed';
  readonly reason: 'timeout' | 'error' | 'exit' | 'memory' | 'extension';
  /** What the runtime said. */
  readonly failure: Failure | undefined;

  constructor(reason: InitFailed['reason'], failure: Failure | undefined, how = '') {
    super(how);
    this.reason = reason;
    this.failure = failure;
  }
}

/** What a call is told for which no environment started. @param timeout milliseconds */
export function failureOfInit(error: unknown, requestId: string, handler: string, timeout: number): Failure {
  if (!(error instanceof InitFailed)) return exited(requestId, String(error));
  if (error.reason === 'extension') return extensionFailed(requestId, error.failure?.type ?? '', error.message);
  if (error.failure !== undefined) return error.failure;
  if (error.reason === 'timeout') return timedOut(requestId, timeout / 1_000);
  if (error.reason === 'memory') return outOfMemory(requestId);
  if (/ENOENT|exit status (126|127)/.test(error.message)) return noEntryPoint(requestId, handler);
  return exited(requestId, error.message);
}

/** How a call with such a failure ended, or one without. @param isBroken the environment has ended with it */
export function endingOf(failure: Failure | undefined, isBroken = false): Ending {
  if (failure === undefined) return { status: 'success' };
  const { type } = failure;
  return { status: 'error', errorType: isBroken ? typeOfBroken(type) : type === '' ? 'Runtime.Unknown' : type };
}

/** Of what ends an environment only types of Lambda's own are told. Source: AWS's runtime interface emulator, lambda/fatalerror; logs of users of Node.js. */
function typeOfBroken(type: string): string {
  if (/(Runtime|Function)\.[A-Z][a-zA-Z]+/.test(type) || /^(Extension|Sandbox)\./.test(type)) return type;
  return type.startsWith('Function.') ? 'Function.Unknown' : 'Runtime.Unknown';
}
