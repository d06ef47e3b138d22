/** What a stack set is to be, as a request gives it: read and checked, ready to be kept. Its instances look up and transform what they need themselves. */
import type { Ctx, InputOf } from '#kernel/contract';
import { findStack } from '../domain/find.ts';
import { type GivenParameter, parameterValues } from '../domain/parameters.ts';
import { parseTemplate } from '../domain/parse.ts';
import { hiddenOf } from '../domain/secret.ts';
import { checkCapabilities, type GivenTemplate, grantedBy, tagsOf, templateText } from '../domain/source.ts';
import { readTemplate, withoutResources } from '../domain/template.ts';
import { keepText, textOf } from '../domain/texts.ts';
import { capabilitiesMissing } from '../errors.ts';
import type { Source } from '../state.ts';
import { hasTransforms } from '../transform/transform.ts';
import type { SetRow } from './state.ts';

type Given = GivenTemplate & {
  StackId?: string | undefined;
  Parameters?: readonly GivenParameter[] | undefined;
  Tags?: InputOf<'cloudformation', 'CreateStackSet'>['Tags'];
  Capabilities?: readonly string[] | undefined;
};

/**
 * Reads what a request asks for. Not in a transaction: it may read from S3.
 *
 * @throws {ServiceError} ValidationError, InsufficientCapabilitiesException
 */
export async function definitionOf(
  given: Given,
  before: SetRow | undefined,
  ctx: Ctx,
): Promise<{ source: Source; capabilities: string[] }> {
  const stack = given.StackId === undefined ? undefined : findStack(given.StackId, ctx);
  const text = stack === undefined ? await templateText(given, before, ctx) : await textOf(stack.source.template, ctx);
  const raw = parseTemplate(text);
  const granted = grantedBy(given.Capabilities);
  const hasMacros = hasTransforms(raw);
  if (hasMacros && !granted.has('CAPABILITY_AUTO_EXPAND')) throw capabilitiesMissing(['CAPABILITY_AUTO_EXPAND']);
  const template = hasMacros ? withoutResources(raw) : readTemplate(raw);
  checkCapabilities(template, granted);
  const known = (stack ?? before)?.source;
  const parameters = parameterValues(
    template,
    given.Parameters ?? usingPrevious(stack?.source),
    known?.parameters ?? {},
  );
  const tags = given.Tags === undefined ? (known?.tags ?? {}) : tagsOf(given.Tags);
  return {
    source: { template: await keepText(text, ctx), parameters, hidden: hiddenOf(template), looked: {}, tags },
    capabilities: [...new Set(given.Capabilities)],
  };
}

/** A set that is made from a stack has its values. */
function usingPrevious(source: Source | undefined): GivenParameter[] {
  return Object.keys(source?.parameters ?? {}).map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true }));
}
