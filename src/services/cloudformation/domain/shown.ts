/** What a stack, a change set or a stack set was made with, as clients see it. */
import type { Ctx } from '#kernel/contract';
import type { Source } from '../state.ts';
import { memberOf } from './member.ts';
import { parseTemplate } from './parse.ts';
import { hiddenOf, MASK } from './secret.ts';
import { withoutResources } from './template.ts';
import { textOf } from './texts.ts';

/** Parameters with their values; secrets are masked. */
export async function shownParameters(source: Source, ctx: Ctx) {
  const { template, processed, parameters, looked } = source;
  const hidden = source.hidden ?? hiddenOf(withoutResources(parseTemplate(await textOf(processed ?? template, ctx))));
  return Object.entries(parameters).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: hidden.includes(ParameterKey) ? MASK : value,
    ...(memberOf(looked, ParameterKey) !== undefined && {
      ResolvedValue: hidden.includes(ParameterKey) ? MASK : looked[ParameterKey],
    }),
  }));
}
