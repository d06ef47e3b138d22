/** What a stack, a change set or a stack set was made with, as clients see it. */
import type { Ctx } from '#kernel/contract';
import type { Source } from '../state.ts';
import { memberOf } from './member.ts';
import { parseTemplate } from './parse.ts';
import { withoutResources } from './template.ts';
import { textOf } from './texts.ts';

/** Parameters with their values; secrets are masked. */
export async function shownParameters({ template, processed, parameters, looked }: Source, ctx: Ctx) {
  const declared = withoutResources(parseTemplate(await textOf(processed ?? template, ctx))).parameters;
  return Object.entries(parameters).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: declared.get(ParameterKey)?.noEcho === true ? '****' : value,
    ...(memberOf(looked, ParameterKey) !== undefined && { ResolvedValue: looked[ParameterKey] }),
  }));
}
