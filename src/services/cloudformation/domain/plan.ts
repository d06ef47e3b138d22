/** What a template asks for, given its parameters: which resources, each with the properties it should have now. */
import type { Ctx } from '#kernel/contract';
import type { ResourceRow, Source } from '../state.ts';
import { condition, evaluateMaybe, NO_VALUE, type Scope } from './evaluate.ts';
import { type JsonObject, parseTemplate } from './parse.ts';
import { type StackFacts, scopeOf } from './scope.ts';
import { type ResourceDeclaration, readTemplate, type Template } from './template.ts';
import { textOf } from './texts.ts';

/** A source, read. */
export type Plan = {
  template: Template;
  /** Those whose conditions hold, in the template's order. */
  wanted: ResourceDeclaration[];
};

/** Reads a source's template and finds what it wants. */
export async function planOf(
  source: Source,
  stack: Omit<StackFacts, 'parameters' | 'looked'>,
  ctx: Ctx,
): Promise<Plan> {
  const template = readTemplate(parseTemplate(await textOf(source.processed ?? source.template, ctx)));
  const scope = scopeOf(template, { ...stack, ...source }, new Map(), ctx);
  return { template, wanted: wantedOf(template, scope) };
}

/** The resources whose conditions hold. */
export function wantedOf(template: Template, scope: Scope): ResourceDeclaration[] {
  const wanted = [...template.resources.values()].filter(
    ({ condition: name }) => name === undefined || condition(name, scope),
  );
  const names = new Set(wanted.map(({ logicalId }) => logicalId));
  return wanted.map((one) => ({ ...one, dependsOn: one.dependsOn.filter((name) => names.has(name)) }));
}

/** A resource's properties after its functions. */
export function propertiesOf({ properties }: ResourceDeclaration, scope: Scope): JsonObject {
  const value = evaluateMaybe(properties, scope);
  return value === NO_VALUE || value === null || typeof value !== 'object' || Array.isArray(value) ? {} : value;
}

/** The resources that were made, by their logical ids. */
export function rowsById(rows: readonly ResourceRow[]): Map<string, ResourceRow> {
  return new Map(rows.map((row) => [row.logicalId, row]));
}
