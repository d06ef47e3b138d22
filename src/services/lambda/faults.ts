/**
 * Lambda's fault points: what an experiment of FIS does to invocations.
 * Deviation: on AWS an extension does it that the function has as a layer; here it happens to any function. The payload of an error on purpose is Cloudyard's own.
 *
 * @see FIS User Guide, "Use the AWS FIS aws:lambda:function actions"
 */
import type { Millis } from '#kernel/base';
import type { Ctx, FaultSettings, FunctionAnswer } from '#kernel/contract';
import type { Target } from './domain/find.ts';
import { arnOf } from './domain/names.ts';

const JSON_TYPE = 'application/json';

/** Carries out an invocation, unless a fault keeps it from being carried out; the answer is what the faults make of it. */
export async function underFaults(
  target: Target,
  requestId: string,
  ctx: Ctx,
  carryOut: () => Promise<FunctionAnswer>,
): Promise<FunctionAnswer> {
  const struck = (point: string) => ctx.faults.at(point, ...namesOf(target, ctx));
  const [slowed] = struck('invocation-add-delay');
  const [failed] = struck('invocation-error');
  const [answered] = struck('invocation-http-integration-response');
  const [delay, timedOut] = await waitFor(slowed, target, requestId, ctx);
  if (timedOut !== undefined) return timedOut;
  const instead = failed === undefined ? answered && httpAnswer(answered) : errorAnswer();
  const isKept = [failed, answered].some((settings) => settings?.preventExecution === true);
  const answer = isKept ? undefined : await carryOut();
  return withDelay({ ...(answer ?? instantly()), ...instead }, delay);
}

/** A function by itself, by how it was named, and by the version that was taken. */
function namesOf({ account, function: { name }, qualifier, version }: Target, ctx: Ctx): string[] {
  return [undefined, qualifier, version.version].map((one) => arnOf(ctx, account, name, one));
}

/** Time passes before the function begins; it counts as the function's own. */
async function waitFor(
  settings: FaultSettings | undefined,
  { version }: Target,
  requestId: string,
  ctx: Ctx,
): Promise<[delay: Millis, timedOut?: FunctionAnswer]> {
  if (settings === undefined) return [0];
  const asked = Number(settings.startupDelayMilliseconds);
  const timeout = version.timeout * 1_000;
  const delay = Math.min(asked, timeout);
  await ctx.until('lambda.delay', ctx.clock() + delay);
  if (asked < timeout) return [delay];
  const text = `RequestId: ${requestId} Error: Task timed out after ${version.timeout.toFixed(2)} seconds`;
  return [delay, withDelay({ ...instantly(), ...failure('Sandbox.Timedout', text) }, delay)];
}

function errorAnswer() {
  return failure('FaultInjected', 'AWS FIS has marked this invocation as failed');
}

function failure(errorType: string, errorMessage: string) {
  return { failed: true, contentType: JSON_TYPE, body: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}

function httpAnswer({ statusCode, contentTypeHeader }: FaultSettings) {
  const answer = { statusCode, headers: { 'Content-Type': contentTypeHeader }, body: '' };
  return { failed: false, contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(answer)) };
}

/** Of a function that has not run. */
function instantly(): FunctionAnswer {
  const report = { tail: '', duration: 0, init: undefined, memoryUsed: 0, failed: false };
  return { body: Buffer.from('null'), contentType: JSON_TYPE, failed: false, ended: Promise.resolve(report) };
}

function withDelay(answer: FunctionAnswer, delay: Millis): FunctionAnswer {
  const { failed } = answer;
  const ended = answer.ended.then((report) => ({
    ...report,
    duration: report.duration + delay,
    failed: failed || report.failed,
  }));
  return { ...answer, ended };
}
