/** Functions, as APIs call them: for themselves, as a role, or in their caller's name. */
import type { Millis } from '#kernel/base';
import { type Aws, type Ctx, requestIdOf, type ServiceError } from '#kernel/contract';
import { within } from './deadline.ts';

/** Stands for whoever calls. Source: API Gateway Developer Guide, "Set up an integration request": `credentials`. */
export const CALLER = 'arn:aws:iam::*:user/*';
const FUNCTION = /:lambda:path\/[\d-]+\/functions\/(.+)\/(response-streaming-)?invocations$/;

/** What sessions of roles are called. */
export const SESSION = 'BackplaneAssumeRoleSession';

/** The function that an integration's address names; undefined where it names none. */
export function functionOf(uri: string): string | undefined {
  return FUNCTION.exec(uri)?.[1];
}

/** Other services, as an integration's credentials say; without any as API Gateway itself, for `source`. */
export async function reachWith(
  ctx: Ctx,
  credentials: string | undefined,
  source: string,
  session = SESSION,
): Promise<Aws> {
  if (credentials === undefined || credentials === '') return ctx.awsFor(source);
  if (credentials === CALLER) return ctx.awsForCaller();
  return (await ctx.actAs(credentials, session)).aws();
}

export type FunctionCall = {
  /** ARN. */
  function: string;
  /** On whose behalf: `arn:aws:execute-api:…`. */
  source: string;
  credentials: string | undefined;
  payload: object | string;
  timeout: Millis;
  /** Where the function has tenants, the one that calls. */
  tenant?: string | undefined;
  /** X-Ray's header of the request. */
  trace?: string | undefined;
  /** Nobody waits for the answer. */
  isEvent?: boolean;
};

export type FunctionAnswer = {
  text: string;
  hasFailed: boolean;
  requestId: string | undefined;
  /** X-Ray's header as the function has had it. */
  trace: string | undefined;
  /** The version that ran; none of an event. */
  version: string | undefined;
};

/**
 * Calls a function.
 *
 * @returns its answer as text, whether it failed, and the id that it knows the call by
 * @throws {ServiceError} as Lambda said
 * @throws {DeadlineError}
 */
export async function callFunction(ctx: Ctx, call: FunctionCall): Promise<FunctionAnswer> {
  const { lambda } = await reachWith(ctx, call.credentials, call.source);
  const payload = typeof call.payload === 'string' ? call.payload : JSON.stringify(call.payload);
  const answer = await within(
    lambda.Invoke({
      FunctionName: call.function,
      Payload: Buffer.from(payload),
      ...(call.tenant !== undefined && { TenantId: call.tenant }),
      ...(call.trace !== undefined && { TraceHeader: call.trace }),
      ...(call.isEvent === true && { InvocationType: 'Event' }),
    }),
    call.timeout,
  );
  const { Payload, FunctionError, TraceHeader: trace, ExecutedVersion: version } = answer;
  const text =
    Payload === undefined ? '' : Buffer.from(Payload.buffer, Payload.byteOffset, Payload.byteLength).toString('utf8');
  return { text, hasFailed: FunctionError !== undefined, requestId: requestIdOf(answer), trace, version };
}

/** The headers of Lambda's answer. Source: test invocations of REST APIs, as users have published them. */
export function answerHeaders({ text, hasFailed, requestId = '', trace, version }: FunctionAnswer, at: Millis) {
  return {
    Date: new Date(at).toUTCString(),
    ...(version !== undefined && { 'Content-Type': 'application/json' }),
    'Content-Length': String(Buffer.byteLength(text)),
    Connection: 'keep-alive',
    'x-amzn-RequestId': requestId,
    ...(hasFailed && { 'X-Amz-Function-Error': 'Unhandled' }),
    'x-amzn-Remapped-Content-Length': '0',
    ...(version !== undefined && { 'X-Amz-Executed-Version': version }),
    ...(trace !== undefined && { 'X-Amzn-Trace-Id': trace }),
  };
}

/** The message of an error that a function has ended with; the whole text where it has none. */
export function errorMessageOf(text: string): string {
  try {
    const { errorMessage } = JSON.parse(text) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : text;
  } catch {
    return text;
  }
}

/** Whether an authorizer that failed says that the caller is nobody, however its runtime writes JSON. Source: "Use API Gateway Lambda authorizers". */
export function saysUnauthorized(text: string): boolean {
  return errorMessageOf(text) === 'Unauthorized';
}

/** How the log tells of a call that was refused. Source: API Gateway's logs, as users report them. */
export function refusalOf({ code, message }: ServiceError, credentials: string | undefined): string {
  if (message.includes('sts:AssumeRole'))
    return `API Gateway does not have permission to assume the provided role ${credentials}`;
  return code.startsWith('AccessDenied') ? 'Invalid permissions on Lambda function' : message;
}
