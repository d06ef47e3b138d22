/** What has become of a stack's things behind its back. */
import { type Ctx, type Properties, ServiceError } from '#kernel/contract';
import { typedProperties } from '../domain/check.ts';
import { type Difference, differencesOf } from '../domain/drift.ts';
import type { JsonObject } from '../domain/parse.ts';
import { typeNamed } from '../domain/type.ts';
import { type DriftRow, drifts, type ResourceRow, type StackRow, stackResources } from '../state.ts';
import { stepScope } from './step-scope.ts';

/** Keys go by many names. Source: CloudFormation User Guide, "Detect unmanaged configuration changes with drift detection": KMSKeyId is not looked at. */
const KEY = /\/kmsKeyId$/i;

/** Compares a thing with what was made of its template, and notes what was found. */
export async function look(
  resource: ResourceRow,
  stack: StackRow,
  pass: DriftRow['pass'],
  ctx: Ctx,
): Promise<DriftRow> {
  const { stackId, logicalId, type, thing } = resource;
  const found = await typeNamed(type, ctx.findResource);
  const key = { stackId, logicalId, type, at: ctx.clock(), pass };
  let row: DriftRow = { ...key, status: 'NOT_CHECKED', differences: [] };
  if (found?.type.read !== undefined && thing !== undefined) {
    const typed = (properties: JsonObject) =>
      found.schema === undefined ? properties : typedProperties(properties, found.schema);
    const expectedNow = typed(thing.properties as JsonObject);
    const operation = {
      stackId,
      number: 0,
      kind: 'update' as const,
      phase: 'forward' as const,
      pass,
      target: stack.source,
      retain: [],
    };
    const scope = stepScope(resource, false, { stack, operation, ctx });
    try {
      const actual = await found.type.read(thing.id, expectedNow, scope);
      const all = actual === undefined ? [] : differencesOf(expectedNow, actual);
      const differences = all.filter(
        (one) =>
          !isOfStacks(one, ctx) && !isStackTag(one, found.schema?.tags, stack) && !KEY.test(one.PropertyPath ?? ''),
      );
      row = {
        ...key,
        physicalId: thing.id,
        status: actual === undefined ? 'DELETED' : differences.length > 0 ? 'MODIFIED' : 'IN_SYNC',
        differences,
        expected: sortedText(expectedNow),
        ...(actual !== undefined && { actual: sortedText(typed(saidOf(expectedNow, actual))) }),
      };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      row = { ...key, status: 'UNKNOWN', differences: [], reason: error.message };
    }
  }
  ctx.transact((store) => store.put(drifts, row));
  return row;
}

/** What another resource of a stack has added is no drift: a managed policy attaches itself to a role. */
function isOfStacks({ DifferenceType, ActualValue: thingId = '' }: Difference, { store }: Ctx): boolean {
  return (
    DifferenceType === 'ADD' && store.first(stackResources, { index: 'byThing', where: { thingId } }) !== undefined
  );
}

/** Tags of a stack are on its things, of which their templates say nothing. */
function isStackTag(
  { DifferenceType, PropertyPath = '', ActualValue }: Difference,
  tags: string | undefined,
  stack: StackRow,
): boolean {
  if (DifferenceType !== 'ADD' || tags === undefined || !PropertyPath.startsWith(`/${tags}/`)) return false;
  const { Key, Value } = JSON.parse(ActualValue ?? '{}') as { Key?: string; Value?: string };
  return Key !== undefined && stack.source.tags[Key] === Value;
}

/** What a template says nothing of is not told. Source: an answer of AWS's in aws-cloudformation/cloudformation-coverage-roadmap/issues/1087. */
function saidOf(expected: JsonObject, actual: Properties): JsonObject {
  return JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(actual).filter(([name]) => name in expected))));
}

/** A text with members in the order of their names. */
function sortedText(value: JsonObject): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
