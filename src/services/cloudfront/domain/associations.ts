/** Code that a behaviour runs: CloudFront Functions and Lambda@Edge. Source: CloudFront Developer Guide, "Restrictions on edge functions". */
import type { Ctx } from '#kernel/contract';
import type { CacheBehavior, DefaultCacheBehavior } from '#models/cloudfront';
import * as errors from '../errors.ts';
import { functions } from '../state.ts';

const FUNCTION = /^arn:aws[a-z-]*:cloudfront::(\d{12}):function\/([\w-]{1,64})$/;
const LAMBDA = /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):\d{12}:function:[\w-]{1,64}:(\d+)$/;

/** The name of a function by its ARN. */
export function functionName(arn: string): string {
  return FUNCTION.exec(arn)?.[2] ?? '';
}

/** @throws {ServiceError} InvalidFunctionAssociation or InvalidLambdaFunctionAssociation */
export function checkAssociations(behavior: DefaultCacheBehavior | CacheBehavior, ctx: Ctx): void {
  const small = behavior.FunctionAssociations?.Items ?? [];
  const lambdas = behavior.LambdaFunctionAssociations?.Items ?? [];
  const events = [...small, ...lambdas].map(({ EventType }) => EventType);
  for (const { FunctionARN, EventType } of small) {
    if (EventType.startsWith('origin-'))
      throw errors.badFunctionAssociation(
        'CloudFront Functions can be associated with the viewer-request and viewer-response events only.',
      );
    const row = ctx.store.get(functions, { name: functionName(FunctionARN), stage: 'LIVE' });
    if (row === undefined) throw errors.badFunctionAssociation('The function does not exist, or is not published.');
  }
  for (const { LambdaFunctionARN, EventType, IncludeBody } of lambdas) {
    const [, region] = LAMBDA.exec(LambdaFunctionARN) ?? [];
    if (region === undefined)
      throw errors.badLambdaAssociation(
        `The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: ${LambdaFunctionARN}`,
      );
    if (region !== 'us-east-1')
      throw errors.badLambdaAssociation(`The function must be in region 'us-east-1'. ARN: ${LambdaFunctionARN}`);
    if (IncludeBody === true && EventType.endsWith('response'))
      throw errors.badLambdaAssociation('IncludeBody can be used with request events only.');
  }
  if (new Set(events).size !== events.length)
    throw errors.badFunctionAssociation('A cache behavior can have one function only for each event type.');
  if (small.length > 0 && lambdas.some(({ EventType }) => EventType.startsWith('viewer-')))
    throw errors.badFunctionAssociation(
      'CloudFront Functions and Lambda@Edge functions cannot be combined in viewer events.',
    );
}
