/** The SAM transform, for a stack's author: with the values of their parameters, and AWS's policies by their names. */
import { awsPolicyArn, type Ctx } from '#kernel/contract';
import type { Scope } from '../../domain/evaluate.ts';
import type { Json, JsonObject } from '../../domain/parse.ts';
import { translateDocument } from './document.ts';
import { mapOf } from './values.ts';

/**
 * The template of CloudFormation that a template of SAM stands for.
 *
 * @throws {ServiceError} ValidationError
 */
export function translateSam(fragment: JsonObject, { scope, ctx }: { scope: Scope; ctx: Ctx }): JsonObject {
  const parameters = new Map<string, Json>();
  for (const [name, declared] of Object.entries(mapOf(fragment.Parameters))) {
    // What a parameter of Systems Manager holds is not known yet.
    const value = String(mapOf(declared).Type).startsWith('AWS::SSM::') ? undefined : scope.parameter(name);
    if (value !== undefined) parameters.set(name, value);
  }
  return translateDocument(fragment, {
    parameters,
    partition: ctx.partition,
    region: ctx.region,
    policyArn: (name) => awsPolicyArn(name, ctx.partition),
    seconds: Math.floor(ctx.now / 1000),
  });
}
