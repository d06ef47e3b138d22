/** What a template's functions come to before anything is made: what is wrong with them is told at once, not when half of the stack is there. */
import type { FindResource } from '#kernel/contract';
import { templateError, templateFormat } from '../errors.ts';
import { attributesOf, condition, evaluate, type Scope, UNKNOWN } from './evaluate.ts';
import { checkExportNames, checkImportNames, outputsOf } from './outputs.ts';
import type { JsonObject } from './parse.ts';
import type { ResourceDeclaration, Template } from './template.ts';
import { typeNamed } from './type.ts';

/** The outputs whose conditions hold. */
export function shownOutputs(template: Template, scope: Scope): [string, JsonObject][] {
  return [...template.outputs].filter(([, { Condition: held }]) => typeof held !== 'string' || condition(held, scope));
}

/**
 * Evaluates everything once; what things will be called is unknown yet.
 *
 * @param wanted those whose conditions hold
 * @throws {ServiceError} ValidationError
 */
export async function rehearse(
  template: Template,
  wanted: readonly ResourceDeclaration[],
  scope: Scope,
  findResource: FindResource,
): Promise<void> {
  for (const name of Object.keys(template.conditions)) condition(name, scope);
  const shown = shownOutputs(template, scope);
  const isResource = (name: string) => template.resources.has(name);
  checkExportNames(shown, isResource);
  const properties = wanted.map((one) => one.properties);
  checkImportNames([...properties, ...shown.map(([, output]) => output)], isResource);
  onlyWanted('Resources', wanted, scope, (unmade) => evaluate(properties, unmade));
  onlyWanted('Outputs', wanted, scope, (unmade) => outputsOf(shown, unmade, true));
  for (const [name, attribute] of attributesOf([...properties, ...shown.map(([, output]) => output)])) {
    const type = template.resources.get(name)?.type;
    const schema = type === undefined ? undefined : (await typeNamed(type, findResource))?.schema;
    if (schema !== undefined && attribute !== '' && !schema.attributes.some((one) => isPart(attribute, one)))
      throw templateError(`resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`);
  }
}

/** Of an attribute that is an object its members are attributes, too. */
function isPart(asked: string, attribute: string): boolean {
  return asked === attribute || asked.startsWith(`${attribute}.`) || attribute.startsWith(`${asked}.`);
}

/** A resource that is not wanted may be referred to only where the reference isn't, either. */
function onlyWanted(
  block: 'Resources' | 'Outputs',
  wanted: readonly ResourceDeclaration[],
  scope: Scope,
  work: (unmade: Scope) => unknown,
): void {
  const names = new Set(wanted.map(({ logicalId }) => logicalId));
  const missing = new Set<string>();
  const later = (name: string) => {
    if (!names.has(name)) missing.add(name);
    return UNKNOWN;
  };
  const unmade: Scope = {
    ...scope,
    reference: (name) => (scope.reference(name) === undefined ? undefined : later(name)),
    attribute: later,
  };
  work(unmade);
  if (missing.size > 0)
    throw templateFormat(
      `Unresolved resource dependencies [${[...missing].join(', ')}] in the ${block} block of the template`,
    );
}
