/** Tagging up to 20 resources of several services at once; those that fail are named, the others are done. */
import { type Aws, type Ctx, type Handler, ServiceError } from '#kernel/contract';
import { sourceOf } from '../domain/filters.ts';
import type { Source } from '../domain/source.ts';

type Failures = { [arn: string]: { StatusCode: number; ErrorCode: 'InvalidParameterException'; ErrorMessage: string } };

/** Deviation: the words about an ARN that can't be tagged here are Cloudyard's own. */
async function each(
  arns: readonly string[],
  ctx: Ctx,
  act: (source: Source, aws: Aws, arn: string) => Promise<unknown>,
) {
  const aws = ctx.awsForCaller();
  const FailedResourcesMap: Failures = {};
  for (const arn of new Set(arns)) {
    const source = sourceOf(arn);
    try {
      if (source !== undefined) await act(source, aws, arn);
      else FailedResourcesMap[arn] = failed(400, `${arn} is no ARN of a type of resource that can be tagged here.`);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      FailedResourcesMap[arn] = failed(error.status ?? 400, error.message);
    }
  }
  return { FailedResourcesMap };
}

const failed = (StatusCode: number, ErrorMessage: string) => ({
  StatusCode,
  ErrorCode: 'InvalidParameterException' as const,
  ErrorMessage,
});

export const tagResources: Handler<'resource-groups-tagging-api', 'TagResources'> = (input, ctx) =>
  each(input.ResourceARNList, ctx, (source, aws, arn) => source.tag(aws, arn, input.Tags));

export const untagResources: Handler<'resource-groups-tagging-api', 'UntagResources'> = (input, ctx) =>
  each(input.ResourceARNList, ctx, (source, aws, arn) => source.untag(aws, arn, input.TagKeys));
