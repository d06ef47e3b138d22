/**
 * Asks a hook's function. Source: CloudFormation Hooks User Guide, "Create Lambda functions to evaluate resources for Lambda Hooks".
 *
 * Deviation: AWS waits for 30 seconds; here it is the function's own timeout that ends the waiting.
 */
import { type Aws, type Ctx, ServiceError } from '#kernel/contract';
import { keepText } from '../domain/texts.ts';
import { HOOK_CALLS_MAX, HOOK_MESSAGE_MAX } from '../limits.ts';
import type { Configuration } from './configuration.ts';
import { type Annotation, type HookRow, type HookStatus, hookPayloads } from './state.ts';

/** What the function is told; `payload` is fetched from an address. */
export type Told = {
  stackId: string;
  changeSetId?: string | undefined;
  action: string;
  target: { targetName: string; targetType: string; targetLogicalId: string; targetModel?: object };
  payload?: object | undefined;
};

export type Said = { status: Exclude<HookStatus, 'HOOK_IN_PROGRESS'>; reason: string; annotations?: Annotation[] };

/** Asks until there is an answer. Never throws what a service refused: that is an answer, too. */
export async function invoke(hook: HookRow, configuration: Configuration, told: Told, ctx: Ctx): Promise<Said> {
  try {
    const aws = await asHook(hook, ctx);
    return await withPayload(told.payload, ctx, (url) => ask(hook, configuration, told, url, aws, ctx));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: 'HOOK_FAILED', reason: `Hook failed with message: ${error.message}` };
  }
}

/**
 * Calls in the name of the hook's role, which trusts hooks, not stacks.
 *
 * Source: CloudFormation User Guide, "Using public extensions in CloudFormation": what it trusts is a version of the hook.
 */
async function asHook({ name, roleArn = '' }: HookRow, ctx: Ctx): Promise<Aws> {
  const { Credentials } = await ctx
    .awsFor(`${hookArn(name, ctx)}/${VERSION}`, 'hooks.cloudformation')
    .sts.AssumeRole({ RoleArn: roleArn, RoleSessionName: name.replaceAll('::', '-').slice(0, 64) });
  const acting = ctx.actWith(Credentials?.AccessKeyId ?? '');
  if (acting === undefined) throw new ServiceError('ExpiredToken', 'The session of the hook’s role is over');
  return acting.aws();
}

/** The ARN of an activated hook. */
export function hookArn(name: string, { partition, region, account }: Pick<Ctx, 'partition' | 'region' | 'account'>) {
  return `arn:${partition}:cloudformation:${region}:${account}:type/hook/${name.replaceAll('::', '-')}`;
}

async function ask(
  hook: HookRow,
  { functionArn }: Configuration,
  told: Told,
  payload: string | undefined,
  aws: Aws,
  ctx: Ctx,
): Promise<Said> {
  const token = ctx.uuid();
  let callbackContext: unknown = null;
  for (let invocation = 1; invocation <= HOOK_CALLS_MAX; invocation += 1) {
    const request = {
      clientRequestToken: token,
      awsAccountId: ctx.account,
      stackId: told.stackId,
      changeSetId: told.changeSetId ?? null,
      hookTypeName: hook.name,
      hookTypeVersion: VERSION,
      hookModel: { LambdaFunction: functionArn },
      actionInvocationPoint: `${told.action}_PRE_PROVISION`,
      requestData: { ...told.target, ...(payload !== undefined && { payload }) },
      requestContext: { invocation, callbackContext },
    };
    const Payload = Buffer.from(JSON.stringify(request));
    const { Payload: answered, FunctionError } = await aws.lambda.Invoke({ FunctionName: functionArn, Payload });
    const text = Buffer.from(answered ?? []).toString('utf8');
    if (FunctionError !== undefined) return { status: 'HOOK_FAILED', reason: failedWith(text) };
    const answer = answerOf(text);
    const annotations = annotationsOf(answer?.annotations);
    if (answer?.hookStatus === 'SUCCESS') {
      const reason = cut(`Hook succeeded with message: ${answer.message ?? ''}`);
      return { status: 'HOOK_COMPLETE_SUCCEEDED', reason, annotations };
    }
    if (answer?.hookStatus === 'FAILED') {
      const status = answer.errorCode === 'InternalFailure' ? 'HOOK_FAILED' : 'HOOK_COMPLETE_FAILED';
      return { status, reason: failedWith(String(answer.message ?? '')), annotations };
    }
    if (answer?.hookStatus !== 'IN_PROGRESS')
      return { status: 'HOOK_FAILED', reason: failedWith(`The function's answer has no valid hookStatus: ${text}`) };
    callbackContext = answer.callbackContext ?? null;
    const delay = Math.min(Number(answer.callbackDelaySeconds ?? 0), 60) * 1_000;
    if (delay > 0) await ctx.until(`hook ${token}`, ctx.clock() + delay);
  }
  return { status: 'HOOK_FAILED', reason: failedWith('The hook gave no result') };
}

/** Of AWS::Hooks::LambdaHook there is one. */
export const VERSION = '00000001';

function failedWith(message: string): string {
  return cut(`Hook failed with message: ${message}`);
}

function cut(reason: string): string {
  return reason.slice(0, HOOK_MESSAGE_MAX);
}

type Answer = {
  hookStatus?: unknown;
  errorCode?: unknown;
  message?: unknown;
  callbackContext?: unknown;
  callbackDelaySeconds?: unknown;
  annotations?: unknown;
};

function answerOf(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return answer !== null && typeof answer === 'object' ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** What a function adds to its answer, as far as it has the form that it should have. */
function annotationsOf(given: unknown): Annotation[] {
  if (!Array.isArray(given)) return [];
  return given
    .filter((one): one is { [name: string]: unknown } => one !== null && typeof one === 'object')
    .map((one) => {
      const texts = ['annotationName', 'statusMessage', 'remediationMessage', 'remediationLink']
        .filter((name) => typeof one[name] === 'string' && one[name] !== '')
        .map((name) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, cut(String(one[name]))]);
      return {
        ...(Object.fromEntries(texts) as Annotation),
        ...(isStatus(one.status) && { Status: one.status }),
        ...(isSeverity(one.severityLevel) && { SeverityLevel: one.severityLevel }),
      };
    });
}

function isStatus(text: unknown): text is NonNullable<Annotation['Status']> {
  return text === 'PASSED' || text === 'FAILED' || text === 'SKIPPED';
}

function isSeverity(text: unknown): text is NonNullable<Annotation['SeverityLevel']> {
  return typeof text === 'string' && ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'].includes(text);
}

/** Lays a payload where the function can fetch it while it is asked. */
async function withPayload(
  payload: object | undefined,
  ctx: Ctx,
  call: (url: string | undefined) => Promise<Said>,
): Promise<Said> {
  if (payload === undefined) return call(undefined);
  const token = ctx.uuid();
  const text = await keepText(JSON.stringify(payload), ctx);
  ctx.transact((store) => {
    ctx.blobs.keep(text);
    ctx.claim('cloudformation-response', token, JSON.stringify({ payload: token }));
    store.put(hookPayloads, { token, text });
  });
  try {
    return await call(`${ctx.localEndpoint}/_aws/cloudformation-response/${token}`);
  } finally {
    ctx.transact((store) => {
      ctx.release('cloudformation-response', token);
      if (store.delete(hookPayloads, { token })) ctx.blobs.drop(text);
    });
  }
}
