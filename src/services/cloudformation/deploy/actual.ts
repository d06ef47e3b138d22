/**
 * Change sets that look at what has become of a stack's things, too, and bring them back to what the template says.
 *
 * @see CloudFormation User Guide, "Using drift-aware change sets"
 */
import type { Ctx } from '#kernel/contract';
import type { Change } from '../domain/changes.ts';
import type { JsonObject } from '../domain/parse.ts';
import { type ChangeSetRow, type DriftRow, type ResourceRow, type StackRow, stackResources } from '../state.ts';
import { look } from './look.ts';

/** What was found of each thing. */
export type Findings = ReadonlyMap<string, DriftRow>;

/** Looks at all things of a stack. */
export async function lookAll(row: ChangeSetRow, stack: StackRow, ctx: Ctx): Promise<Findings> {
  const found = new Map<string, DriftRow>();
  for (const resource of ctx.store.list(stackResources, { where: { stackId: stack.id } }))
    found.set(resource.logicalId, await look(resource, stack, row.pass, ctx));
  return found;
}

/** The properties of what differs from what was made; null for what is gone. */
export function actualOf(
  findings: Findings,
  rows: ReadonlyMap<string, ResourceRow>,
): NonNullable<ChangeSetRow['actual']> {
  const actual: NonNullable<ChangeSetRow['actual']> = {};
  for (const [name, { status, differences, actual: read }] of findings) {
    const thing = rows.get(name)?.thing;
    if (thing === undefined) continue;
    if (status === 'DELETED') actual[name] = null;
    if (status !== 'MODIFIED') continue;
    const now = JSON.parse(read ?? '{}') as JsonObject;
    const properties: JsonObject = { ...(thing.properties as JsonObject) };
    for (const { PropertyPath: path = '' } of differences) {
      const [, property = ''] = path.split('/');
      const value = now[property];
      if (value === undefined) delete properties[property];
      else properties[property] = value;
    }
    actual[name] = properties;
  }
  return actual;
}

/** Changes with what was found of each thing; what the template has caught up with is only told. */
export function withDrift(
  changes: readonly Change[],
  findings: Findings,
  rows: ReadonlyMap<string, ResourceRow>,
  actual: NonNullable<ChangeSetRow['actual']>,
): Change[] {
  const told = new Set(changes.map(({ ResourceChange }) => ResourceChange?.LogicalResourceId));
  const synced = [...findings.values()].flatMap(({ logicalId, type, physicalId }): Change[] =>
    !actual[logicalId] || told.has(logicalId)
      ? []
      : [
          {
            Type: 'Resource',
            ResourceChange: {
              Action: 'SyncWithActual',
              LogicalResourceId: logicalId,
              ResourceType: type,
              ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
              Scope: [],
              Details: [],
            },
          },
        ],
  );
  return [...changes, ...synced]
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((change) => driftShown(change, findings, rows));
}

const nameOf = ({ ResourceChange }: Change) => ResourceChange?.LogicalResourceId ?? '';

/** Whether a path leads to a place, or to a part of it. */
const isWithin = (path: string, place = '') => path === place || path.startsWith(`${place}/`);

function driftShown(change: Change, findings: Findings, rows: ReadonlyMap<string, ResourceRow>): Change {
  const found = findings.get(nameOf(change));
  if (change.ResourceChange === undefined || found === undefined) return change;
  const { status, differences, at } = found;
  const before = rows.get(found.logicalId)?.thing?.properties ?? {};
  const Details = (change.ResourceChange.Details ?? []).map((detail) => {
    const drift = differences.find(({ PropertyPath }) => isWithin(`/Properties${PropertyPath}`, detail.Target?.Path));
    if (drift === undefined || detail.Target === undefined) return detail;
    const { ExpectedValue: PreviousValue, ActualValue } = drift;
    const Drift = { PreviousValue, ActualValue, DriftDetectionTimestamp: at };
    const from = { BeforeValueFrom: 'ACTUAL_STATE', AfterValueFrom: 'TEMPLATE' } as const;
    return { ...detail, Target: { ...detail.Target, ...from, Drift } };
  });
  const isDrifted = status === 'MODIFIED' || status === 'DELETED';
  return {
    ...change,
    ResourceChange: {
      ...change.ResourceChange,
      ResourceDriftStatus: status,
      Details,
      ...(isDrifted && { PreviousDeploymentContext: JSON.stringify({ Properties: before }) }),
    },
  };
}
