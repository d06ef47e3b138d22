/** What a subscription may deliver to. */
import { parseArn } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { invalidParameter, noSuchDestination } from '../errors.ts';
import { destinations, type GroupRow } from '../state.ts';
import { sendTest, type Target, targetOf } from './deliver.ts';

/** What a target that takes no test is told. Source: recorded answers. */
const UNREACHABLE: { readonly [service: string]: string } = {
  lambda:
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  kinesis:
    'Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.',
  firehose:
    'Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state.',
};

/**
 * The target of an ARN, where the caller may deliver to it. Texts as recorded from AWS.
 *
 * @throws {ServiceError} InvalidParameterException, ResourceNotFoundException, AccessDeniedException
 */
export function checkTarget(arn: string, roleArn: string | undefined, ctx: Ctx): Target {
  const { service = '', account = '', region = '', resource = '' } = parseArn(arn) ?? {};
  if (service === 'lambda' && roleArn !== undefined)
    throw invalidParameter('destinationArn for vendor lambda cannot be used with roleArn');
  if ((service === 'kinesis' || service === 'firehose') && roleArn === undefined)
    throw invalidParameter(`destinationArn for vendor ${service} cannot be used without roleArn`);
  if (service === 'logs') {
    const row = ctx.store.in({ account, region }).get(destinations, { name: resource.slice('destination:'.length) });
    // Source: User Guide, "Cross-account subscriptions": the group and the destination are in one Region.
    if (row === undefined || region !== ctx.region) throw noSuchDestination();
    ctx.authorize({ action: 'logs:PutSubscriptionFilter', resource: arn, account, policy: row.policy });
  } else if (service === '') throw invalidParameter('Invalid destinationArn');
  // Source: API Reference, PutSubscriptionFilter: streams belong "to the same account as the subscription filter".
  else if (service !== 'lambda' && UNREACHABLE[service] !== undefined && account !== ctx.account)
    throw invalidParameter(UNREACHABLE[service]);
  else if (UNREACHABLE[service] === undefined)
    throw invalidParameter(`PutSubscriptionFilter operation cannot work with destinationArn for vendor ${service}`);
  const target = targetOf(arn, roleArn, ctx.store);
  if (target === undefined) throw noSuchDestination();
  return target;
}

/**
 * Tries a target with a message before it is kept.
 *
 * @param of    the group whose filter it is; undefined for what is kept for many
 * @param text  of the refusal, where it is not that of the target's service
 * @throws {ServiceError} InvalidParameterException
 */
export async function tryTarget(
  target: Target,
  of: GroupRow | undefined,
  names: string[],
  ctx: Ctx,
  text?: string,
): Promise<void> {
  try {
    await sendTest(target, of, names, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalidParameter(text ?? UNREACHABLE[parseArn(target.arn)?.service ?? ''] ?? error.message);
  }
}
