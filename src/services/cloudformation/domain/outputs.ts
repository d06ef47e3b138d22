/** A stack's outputs, and what it exports to others. */
import { utf8Length } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { exportFixed, exportInUse, exportTooLong, invalid, templateError, templateFormat } from '../errors.ts';
import { EXPORT_BYTES_MAX, EXPORT_NAME_MAX } from '../limits.ts';
import { type Output, type StackRow, stackExports, stackImports } from '../state.ts';
import { functionsIn } from './declared.ts';
import { evaluate, isUnknown, referencesOf, type Scope } from './evaluate.ts';
import { memberOf } from './member.ts';
import type { Json, JsonObject } from './parse.ts';

/**
 * The values of outputs whose conditions hold.
 *
 * @param isRehearsed that nothing is made yet: what is wrong is told otherwise then
 * @throws {ServiceError} ValidationError
 */
export function outputsOf(
  declared: readonly (readonly [string, JsonObject])[],
  scope: Scope,
  isRehearsed = false,
): Output[] {
  const outputs = declared.map(([key, { Value: given = null, Description: description, Export: exported }]) => {
    const value = evaluate(given, scope);
    // Source of the latter: badmintoncryer/cdk-preflight.
    if (value !== null && typeof value === 'object')
      throw templateFormat(
        isRehearsed
          ? `Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`
          : 'Every Value member must be a string.',
      );
    const name = exportName(key, exported, scope);
    return {
      key,
      value: String(value),
      ...(typeof description === 'string' && { description }),
      ...(name !== undefined && { exportName: name }),
    };
  });
  const names = outputs.flatMap(({ exportName: name }) => name ?? []);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  // Source: an answer in compose-x/ecs_composex/issues/444.
  if (twice.size > 0)
    throw templateFormat(
      `The Outputs section contains duplicate Export names: [${[...twice].join(', ')}]. Specify a unique name for each export.`,
    );
  return outputs;
}

/** What is known only when resources are there, or from others. */
const LATER = new Set(['Fn::GetAZs', 'Fn::ImportValue']);

/**
 * Names of exports are known before anything is made. Source: an answer in aws-cloudformation/cfn-lint/issues/1632.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkExportNames(
  declared: readonly (readonly [string, JsonObject])[],
  isResource: (name: string) => boolean,
): void {
  for (const [key, { Export: exported = null }] of declared)
    if (isLate(exported, isResource))
      throw templateFormat(
        `Output ${key} is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.`,
      );
}

/** Whether a value can't be told before anything is made. */
function isLate(value: Json, isResource: (name: string) => boolean): boolean {
  return referencesOf(value).some(isResource) || functionsIn(value).some((name) => LATER.has(name));
}

/**
 * So are names of imports. Source: badmintoncryer/cdk-preflight.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkImportNames(value: Json, isResource: (name: string) => boolean): void {
  if (value === null || typeof value !== 'object') return;
  for (const [name, one] of Object.entries(value)) {
    if (name === 'Fn::ImportValue' && isLate(one, isResource))
      throw templateError(
        'the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
      );
    checkImportNames(one, isResource);
  }
}

/**
 * The name under which an output is exported; undefined where it is not.
 *
 * @throws {ServiceError} ValidationError
 */
export function exportName(key: string, exported: Json | undefined, scope: Scope): string | undefined {
  if (exported === undefined) return undefined;
  const given = memberOf(exported as JsonObject, 'Name');
  const name = given === undefined ? '' : evaluate(given, scope);
  // Source: answers in aws-samples/startup-kit-templates/issues/45 and aws/aws-cdk/issues/5845.
  if (name !== null && typeof name !== 'object' && !isUnknown(name) && !/^[A-Za-z0-9:-]+$/.test(String(name)))
    throw templateFormat(
      `Output ${key} is malformed. The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens.`,
    );
  // Source: badmintoncryer/cdk-preflight.
  if (typeof name === 'string' && name.length > EXPORT_NAME_MAX)
    throw templateFormat(
      `Output ${key} is malformed. The Name field of every Export member must not be longer than ${EXPORT_NAME_MAX} characters.`,
    );
  if (name !== null && typeof name !== 'object') return String(name);
  throw templateFormat(`Output ${key} is malformed. The Name field of every Export member must evaluate to a String.`);
}

/** The names of the stacks that use an export. */
export function usersOf(name: string, store: StoreView): string[] {
  return store.list(stackImports, { where: { name } }).map(({ stackName }) => stackName);
}

/**
 * Makes a stack's exports those of its outputs, and notes whose exports it uses. In a transaction.
 *
 * @throws {ServiceError} ValidationError for a value that is too long, a name that another stack has, or one that others use and that would go
 */
export function setExports(
  { id, name: stackName }: StackRow,
  outputs: readonly Output[],
  used: ReadonlySet<string>,
  store: StoreView,
): void {
  for (const { key, value, exportName } of outputs)
    if (exportName !== undefined && utf8Length(value) > EXPORT_BYTES_MAX)
      throw exportTooLong(key, utf8Length(value), EXPORT_BYTES_MAX);
  const wanted = new Map(
    outputs.flatMap(({ exportName, value }) => (exportName === undefined ? [] : [[exportName, value]])),
  );
  for (const row of store.list(stackExports, { index: 'byStack', where: { stackId: id } })) {
    const users = wanted.get(row.name) === row.value ? [] : usersOf(row.name, store);
    if (users.length > 0) throw (wanted.has(row.name) ? exportFixed : exportInUse)(row.name, users);
    if (!wanted.has(row.name)) store.delete(stackExports, { name: row.name });
  }
  for (const [name, value] of wanted) {
    const holder = store.get(stackExports, { name });
    if (holder !== undefined && holder.stackId !== id)
      throw invalid(`Export with name ${name} is already exported by stack ${holder.stackId.split('/')[1]}`);
    store.put(stackExports, { name, value, stackId: id });
  }
  for (const { name } of store.list(stackImports, { index: 'byStack', where: { stackId: id } }))
    store.delete(stackImports, { name, stackId: id });
  for (const name of used) store.put(stackImports, { name, stackId: id, stackName });
}
