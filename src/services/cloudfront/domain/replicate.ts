/** Lambda@Edge: a function that a distribution runs lets the edge call it. */
import { type Ctx, type Pass, ServiceError, type TaskHandler } from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import { arnOf } from './ids.ts';

/** Begins it for the functions of a configuration. In a transaction. */
export function replicateFunctions(id: string, config: DistributionConfig, ctx: Ctx): void {
  const behaviors = [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])];
  const arns = behaviors.flatMap(({ LambdaFunctionAssociations }) =>
    (LambdaFunctionAssociations?.Items ?? []).map(({ LambdaFunctionARN }) => LambdaFunctionARN),
  );
  for (const arn of new Set(arns)) ctx.start('replicate', `${id}/${arn}`, { id, arn, pass: ctx.pass() });
}

/**
 * Done in the name of who made the distribution. Deviation: with lambda:AddPermission, where AWS asks for lambda:EnableReplication*; who may
 * not is told by the 502 that the edge then answers.
 */
export const replicate: TaskHandler = async ({ id, arn, pass }, ctx) => {
  const [, FunctionName = '', Qualifier = ''] = /^(.*):(\d+)$/.exec(String(arn)) ?? [];
  try {
    await ctx.awsWith(pass as Pass).lambda.AddPermission({
      FunctionName,
      Qualifier,
      StatementId: `edge-${String(id)}`,
      Action: 'lambda:InvokeFunction',
      Principal: 'edgelambda.amazonaws.com',
      SourceArn: arnOf(ctx, 'distribution', String(id)),
    });
  } catch (error) {
    // It has it already, or there is nothing to have.
    if (!(error instanceof ServiceError)) throw error;
  }
};
