/** Code that a behaviour runs: CloudFront Functions and Lambda@Edge. Source: CloudFront Developer Guide, "Restrictions on edge functions"; texts: badmintoncryer/cdk-preflight, where no other is named. */
import { type Ctx, commonError } from '#kernel/contract';
import type {
  CacheBehavior,
  DefaultCacheBehavior,
  FunctionAssociation,
  LambdaFunctionAssociation,
} from '#models/cloudfront';
import * as errors from '../errors.ts';
import { functions } from '../state.ts';

const FUNCTION = /^arn:aws[a-z-]*:cloudfront::(\d{12}):function\/([\w-]{1,64})$/;
const LAMBDA = /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:[\w-]{1,64}:(\d+)$/;

/** The name of a function by its ARN. */
export function functionName(arn: string): string {
  return FUNCTION.exec(arn)?.[2] ?? '';
}

/**
 * @param at where the behaviour stands in the configuration
 * @throws {ServiceError} InvalidFunctionAssociation, InvalidLambdaFunctionAssociation, MalformedXML
 */
export function checkAssociations(behavior: DefaultCacheBehavior | CacheBehavior, at: string, ctx: Ctx): void {
  const small = behavior.FunctionAssociations?.Items ?? [];
  const lambdas = behavior.LambdaFunctionAssociations?.Items ?? [];
  checkSmall(small, at, ctx);
  checkLambdas(lambdas, ctx);
  const events = [...small, ...lambdas].map(({ EventType }) => EventType);
  if (new Set(events).size !== events.length)
    throw errors.badFunctionAssociation('A cache behavior can have one function only for each event type.');
  if (small.length > 0 && lambdas.some(({ EventType }) => EventType.startsWith('viewer-')))
    throw errors.badFunctionAssociation(
      'CloudFront Functions and Lambda@Edge functions cannot be combined in viewer events.',
    );
}

function checkSmall(associations: readonly FunctionAssociation[], at: string, ctx: Ctx): void {
  for (const [index, { FunctionARN, EventType }] of associations.entries()) {
    if (EventType.startsWith('origin-'))
      throw commonError(
        'MalformedXML',
        `1 validation errors detected: Value '${EventType}' at 'distributionConfig.${at}.functionAssociations.items.${index + 1}.member.eventType' failed to satisfy constraint: Member must satisfy value set: [viewer-request, viewer-response]`,
      );
    const [, account = ctx.account, name = ''] = FUNCTION.exec(FunctionARN) ?? [];
    if (account !== ctx.account)
      throw errors.badFunctionAssociation(
        'The parameter FunctionAssociationArn is invalid; cross-AWS account resource sharing is not enabled for this feature.',
      );
    if (ctx.store.get(functions, { name, stage: 'LIVE' }) === undefined)
      throw errors.badFunctionAssociation('The function does not exist, or is not published.');
  }
}

function checkLambdas(associations: readonly LambdaFunctionAssociation[], ctx: Ctx): void {
  for (const [index, { LambdaFunctionARN: arn, EventType }] of associations.entries()) {
    const [, region] = LAMBDA.exec(arn) ?? [];
    if (region === undefined)
      throw errors.badLambdaAssociation(
        `The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: ${arn}`,
      );
    if (region !== 'us-east-1')
      throw errors.badLambdaAssociation(`The function must be in region 'us-east-1'. ARN: ${arn}`);
    // Deviation: AWS tells of the second all that it keeps of it.
    const before = associations.slice(0, index).find((one) => one.EventType === EventType);
    if (before !== undefined)
      throw errors.badLambdaAssociation(
        `The event type of a function association must be unique in the cache behavior. Event type ${EventType} cannot be associated with two functions: ${before.LambdaFunctionARN} and ${arn}`,
      );
  }
  for (const { LambdaFunctionARN: arn, EventType, IncludeBody } of associations) {
    const account = LAMBDA.exec(arn)?.[2];
    if (account !== ctx.account)
      throw errors.badLambdaAssociation(
        `The CloudFront distribution under account ${ctx.account} cannot be associated with a Lambda function under a different account: ${account}. Function: ${arn}`,
      );
    if (IncludeBody === true && EventType.endsWith('response'))
      throw errors.badLambdaAssociation('IncludeBody can be used with request events only.');
  }
}
