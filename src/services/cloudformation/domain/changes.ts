/**
 * What a change set would do, in the words of CloudFormation: which resources are added, modified, replaced, removed, and why.
 *
 * @see CloudFormation User Guide, "Change set examples"; CloudFormation API Reference, ResourceChange, ResourceChangeDetail
 */
import type { OutputOf } from '#kernel/contract';
import type { ResourceRow, Source } from '../state.ts';
import { canonical } from './canonical.ts';
import { isAnother } from './check.ts';
import { attributesOf, referencesOf, refsOf, type Scope, UNKNOWN } from './evaluate.ts';
import { memberOf } from './member.ts';
import type { Json, JsonObject } from './parse.ts';
import { propertiesOf } from './plan.ts';
import type { ResourceDeclaration, Template } from './template.ts';
import type { Found } from './type.ts';

export type Change = NonNullable<OutputOf<'cloudformation', 'DescribeChangeSet'>['Changes']>[number];
type ResourceChange = NonNullable<Change['ResourceChange']>;
type Detail = NonNullable<ResourceChange['Details']>[number];
type Attribute = NonNullable<ResourceChange['Scope']>[number];

/** A stack as it is, and as it is asked to be. */
export type Comparison = {
  before: { template: Template; source: Source };
  after: { wanted: readonly ResourceDeclaration[]; source: Source };
  rows: ReadonlyMap<string, ResourceRow>;
  types: ReadonlyMap<string, Found>;
  imports: ReadonlySet<string>;
  /** The functions of the new template, where these resources have no values yet. */
  scopeWithout(unknown: ReadonlySet<string>): Scope;
};

/** All changes, by logical id. */
export function changesOf(comparison: Comparison): Change[] {
  const { after, rows } = comparison;
  const done = new Map<string, ResourceChange>();
  const byName = new Map(after.wanted.map((one) => [one.logicalId, one]));
  const visit = (name: string): void => {
    const declared = byName.get(name);
    if (declared === undefined || !byName.delete(name)) return;
    for (const other of declared.dependsOn) visit(other);
    const change = changeOf(declared, done, comparison);
    if (change !== undefined) done.set(name, change);
  };
  const wanted = new Set(byName.keys());
  for (const name of wanted) visit(name);
  for (const row of rows.values()) if (!wanted.has(row.logicalId)) done.set(row.logicalId, removal(row));
  return [...done.values()]
    .toSorted((a, b) => ((a.LogicalResourceId ?? '') < (b.LogicalResourceId ?? '') ? -1 : 1))
    .map((ResourceChange) => ({ Type: 'Resource', ResourceChange }));
}

function removal({ logicalId, type, thing, deletionPolicy }: ResourceRow): ResourceChange {
  const PolicyAction = deletionPolicy === 'Retain' ? 'Retain' : deletionPolicy === 'Snapshot' ? 'Snapshot' : 'Delete';
  return {
    PolicyAction,
    Action: 'Remove',
    LogicalResourceId: logicalId,
    ...(thing !== undefined && { PhysicalResourceId: thing.id }),
    ResourceType: type,
    Scope: [],
    Details: [],
    BeforeContext: context(thing?.properties ?? {}),
  };
}

const context = (properties: object) => JSON.stringify({ Properties: properties });

/** What is replaced or not there yet has values that nobody knows; so has what makes up its attributes as it is changed. */
function isUnforeseen({ Action, Replacement, ResourceType = '' }: ResourceChange): boolean {
  return Action !== 'Modify' || Replacement === 'True' || MADE_UP.test(ResourceType);
}

const MADE_UP = /^(Custom::|AWS::CloudFormation::(CustomResource|Stack)$)/;

function changeOf(
  declared: ResourceDeclaration,
  done: ReadonlyMap<string, ResourceChange>,
  comparison: Comparison,
): ResourceChange | undefined {
  const { logicalId, type } = declared;
  const { rows, types, imports, scopeWithout } = comparison;
  const unknown = new Set([...done].filter(([, one]) => isUnforeseen(one)).map(([name]) => name));
  const after = propertiesOf(declared, scopeWithout(unknown));
  const row = rows.get(logicalId);
  const named = { LogicalResourceId: logicalId, ResourceType: type };
  if (row?.thing === undefined)
    return {
      Action: imports.has(logicalId) ? 'Import' : 'Add',
      ...named,
      Scope: [],
      Details: [],
      AfterContext: context(after),
    };
  const found = types.get(type);
  const before = row.thing.properties as JsonObject;
  const details = found === undefined ? [] : detailsOf({ declared, before, after, found, done, comparison });
  const isAnotherType = row.thing.type !== type;
  if (details.length === 0 && !isAnotherType) return undefined;
  const Replacement = isAnotherType ? 'True' : replacementOf(details, found, before, after);
  return {
    ...(Replacement === 'True' && {
      PolicyAction: row.replacePolicy === 'Retain' ? ('ReplaceAndRetain' as const) : ('ReplaceAndDelete' as const),
    }),
    Action: 'Modify',
    ...named,
    PhysicalResourceId: row.thing.id,
    Replacement,
    Scope: [...new Set(details.flatMap(({ Target }) => Target?.Attribute ?? []))],
    Details: details,
    BeforeContext: context(before),
    AfterContext: context(after),
  };
}

function replacementOf(
  details: readonly Detail[],
  found: Found | undefined,
  before: JsonObject,
  after: JsonObject,
): 'True' | 'False' | 'Conditional' {
  const always = details.filter(({ Target }) => Target?.RequiresRecreation === 'Always');
  if (always.some(({ Evaluation }) => Evaluation === 'Static')) return 'True';
  if (always.length > 0) return 'Conditional';
  const isKnown = !JSON.stringify(after).includes(UNKNOWN);
  const hasChanged = canonical(before) !== canonical(after);
  return isKnown && hasChanged && found !== undefined && isAnother(found, after, before) ? 'True' : 'False';
}

type Compared = {
  declared: ResourceDeclaration;
  before: JsonObject;
  after: JsonObject;
  found: Found;
  done: ReadonlyMap<string, ResourceChange>;
  comparison: Comparison;
};

function detailsOf(compared: Compared): Detail[] {
  const { declared, before, comparison, found } = compared;
  const old = comparison.before.template.resources.get(declared.logicalId);
  const names = new Set([...Object.keys(before), ...Object.keys(declared.properties)]);
  const tagged = found.schema?.tags;
  const details = [...names].toSorted().flatMap((name) => propertyDetails(name, compared, old));
  const { before: was, after: is } = comparison;
  if (tagged !== undefined && canonical(was.source.tags) !== canonical(is.source.tags))
    details.push(direct({ Attribute: 'Tags', RequiresRecreation: 'Never' }));
  for (const [attribute, a, b] of [
    ['Metadata', old?.metadata, declared.metadata],
    ['DeletionPolicy', old?.deletionPolicy, declared.deletionPolicy],
    ['UpdateReplacePolicy', old?.replacePolicy, declared.replacePolicy],
    ['CreationPolicy', old?.declared.CreationPolicy, declared.declared.CreationPolicy],
    ['UpdatePolicy', old?.declared.UpdatePolicy, declared.declared.UpdatePolicy],
  ] satisfies [Attribute, unknown, unknown][])
    if (canonical(a) !== canonical(b)) details.push(direct({ Attribute: attribute, RequiresRecreation: 'Never' }));
  return details;
}

const direct = (Target: Detail['Target'], Evaluation: Detail['Evaluation'] = 'Static'): Detail => ({
  ...(Target !== undefined && { Target }),
  ...(Evaluation !== undefined && { Evaluation }),
  ChangeSource: 'DirectModification',
});

function propertyDetails(name: string, compared: Compared, old: ResourceDeclaration | undefined): Detail[] {
  const { declared, before, after, found, done, comparison } = compared;
  const [was, is] = [before[name], after[name]];
  const written = declared.properties[name] ?? null;
  const hasChanged = canonical(was) !== canonical(is);
  const isTags = name === found.schema?.tags;
  const always = found.type.update === undefined || found.schema?.properties[name]?.replaces === true;
  const Target: NonNullable<Detail['Target']> = {
    Attribute: isTags ? 'Tags' : 'Properties',
    ...(!isTags && { Name: name }),
    RequiresRecreation: always ? 'Always' : 'Never',
    Path: `/Properties/${name}`,
    ...(was !== undefined && { BeforeValue: valueText(was) }),
    ...(is !== undefined && { AfterValue: valueText(is) }),
    AttributeChangeType: was === undefined ? 'Add' : is === undefined ? 'Remove' : 'Modify',
  };
  const caused = (ChangeSource: Detail['ChangeSource'], CausingEntity: string, Evaluation: 'Static' | 'Dynamic') => ({
    Target,
    Evaluation,
    ...(ChangeSource !== undefined && { ChangeSource }),
    CausingEntity,
  });
  const details: Detail[] = [];
  for (const parameter of hasChanged ? changedParameters(written, comparison) : [])
    details.push(caused('ParameterReference', parameter, 'Static'));
  // AWS tells the property itself, too: until it is carried out, nobody knows what else may come of the function.
  if (details.length > 0) details.push(direct(Target, 'Dynamic'));
  for (const other of refsOf(written)) {
    const change = done.get(other);
    if (change?.Action === 'Modify' && change.Replacement !== 'False')
      details.push(caused('ResourceReference', other, change.Replacement === 'True' ? 'Static' : 'Dynamic'));
  }
  for (const [other, attribute] of attributesOf(written))
    if (done.get(other)?.Action === 'Modify')
      details.push(caused('ResourceAttribute', `${other}.${attribute}`, 'Dynamic'));
  const isRewritten = canonical(old?.properties[name]) !== canonical(declared.properties[name]);
  if (
    hasChanged &&
    (details.length === 0 || (isRewritten && !details.some((one) => one.ChangeSource === 'DirectModification')))
  )
    details.push(direct(Target, JSON.stringify(is ?? null).includes(UNKNOWN) ? 'Dynamic' : 'Static'));
  return details;
}

function valueText(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function changedParameters(written: Json, { before, after }: Comparison): string[] {
  const value = ({ parameters, looked }: Source, name: string) => memberOf(looked, name) ?? memberOf(parameters, name);
  return referencesOf(written).filter(
    (name) => value(after.source, name) !== undefined && value(before.source, name) !== value(after.source, name),
  );
}
