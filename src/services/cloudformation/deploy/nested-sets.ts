/**
 * Change sets of nested stacks: made along with the one of the stack above, for each nested stack that it adds or modifies, or whose template may have
 * changed at its address. One in which nothing changes goes again.
 *
 * @see CloudFormation User Guide, "Change sets for nested stacks"
 */
import { sha256Hex } from '#kernel/base';
import { type Ctx, type Properties, ServiceError } from '#kernel/contract';
import type { Change } from '../domain/changes.ts';
import { forget } from '../domain/kept.ts';
import { NO_CHANGES } from '../errors.ts';
import { type ChangeSetRow, changeSets, type ResourceRow, type StackRow, stacks } from '../state.ts';
import { askedOf } from './nested.ts';

const NESTED = 'AWS::CloudFormation::Stack';

export type NestedSets = {
  /** The changes above, each with the change set of the stack that it nests. */
  changes: Change[];
  isPending: boolean;
  /** Why the change set above can't be made. */
  failure?: string;
};

/**
 * Makes the change sets below one, or finds those it has made.
 *
 * @param own  what changes in the stack itself
 * @param kept resources that stay, changed or not
 */
export async function nestedSets(
  row: ChangeSetRow,
  stack: StackRow,
  own: readonly Change[],
  kept: readonly ResourceRow[],
  ctx: Ctx,
): Promise<NestedSets> {
  const told = new Set(own.map(({ ResourceChange }) => ResourceChange?.LogicalResourceId));
  const isLeft = ({ logicalId, type }: ResourceRow) => type === NESTED && !told.has(logicalId);
  const same = row.type === 'UPDATE' ? kept.filter(isLeft).flatMap(automatic) : [];
  const changes = [...own, ...same].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const found: NestedSets = { changes: [...changes], isPending: false };
  const empty: ChangeSetRow[] = [];
  for (const [index, { ResourceChange: change }] of changes.entries()) {
    const isNested = change?.ResourceType === NESTED && (change.Action === 'Add' || change.Action === 'Modify');
    if (!isNested) continue;
    let below: ChangeSetRow;
    try {
      below = await setBelow(row, stack, change, ctx);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { ...found, failure: error.message };
    }
    found.changes[index] = {
      Type: 'Resource',
      ResourceChange: { ...change, PhysicalResourceId: below.stackId, ChangeSetId: below.id },
    };
    if (/_(PENDING|IN_PROGRESS)$/.test(below.status)) found.isPending = true;
    // That nothing changes within is no fault of what is above.
    else if (below.status === 'FAILED' && below.reason !== NO_CHANGES)
      found.failure ??= `Nested change set ${below.id} was not successfully created: Currently in FAILED.`;
    else if (below.status === 'FAILED' && !told.has(change.LogicalResourceId)) empty.push(below);
  }
  if (found.isPending || empty.length === 0) return found;
  const gone = new Set(empty.map(({ id }) => id));
  ctx.transact(() => {
    for (const below of empty) forget(below, ctx);
  });
  return {
    ...found,
    changes: found.changes.filter(({ ResourceChange }) => !gone.has(ResourceChange?.ChangeSetId ?? '')),
  };
}

const nameOf = ({ ResourceChange }: Change) => ResourceChange?.LogicalResourceId ?? '';

/** A nested stack that the stack above leaves as it is. Source: CloudFormation API Reference, ResourceChangeDetail, "ChangeSource", Automatic. */
function automatic({ logicalId, thing }: ResourceRow): Change[] {
  if (thing === undefined) return [];
  const Target = { Attribute: 'Properties', RequiresRecreation: 'Never' } as const;
  return [
    {
      Type: 'Resource',
      ResourceChange: {
        Action: 'Modify',
        LogicalResourceId: logicalId,
        PhysicalResourceId: thing.id,
        ResourceType: NESTED,
        Replacement: 'False',
        Scope: ['Properties'],
        Details: [{ Target, Evaluation: 'Dynamic', ChangeSource: 'Automatic' }],
        BeforeContext: JSON.stringify({ Properties: thing.properties }),
        AfterContext: JSON.stringify({ Properties: thing.properties }),
      },
    },
  ];
}

async function setBelow(
  row: ChangeSetRow,
  stack: StackRow,
  change: NonNullable<Change['ResourceChange']>,
  ctx: Ctx,
): Promise<ChangeSetRow> {
  const { LogicalResourceId: logicalId = '', AfterContext = '{}', Action } = change;
  const { Properties: properties = {} } = JSON.parse(AfterContext) as { Properties?: Properties };
  // The same each time that it is looked at.
  const suffix = sha256Hex(`${row.id} ${logicalId}`).slice(0, 12).toUpperCase();
  const isNew = Action === 'Add' || change.Replacement === 'True';
  const { Id = '' } = await ctx.awsWith(row.pass).cloudformation.CreateChangeSet({
    ...askedOf(properties, row.source.tags, row.capabilities),
    StackName: isNew
      ? `${stack.name.slice(0, 55)}-${logicalId.slice(0, 55)}-${suffix}`
      : (change.PhysicalResourceId ?? ''),
    ChangeSetName: `${row.name.slice(0, 55)}-${logicalId.slice(0, 55)}-${suffix}`,
    ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
    ClientToken: suffix,
    IncludeNestedStacks: true,
    ...(row.isUnchecked !== true && { DisableValidation: true }),
    ...(row.revertsDrift && !isNew && { DeploymentMode: 'REVERT_DRIFT' as const }),
  });
  return ctx.transact((store) => {
    const made = store.get(changeSets, { id: Id });
    const below = made && store.get(stacks, { id: made.stackId });
    if (made === undefined || below === undefined)
      throw new ServiceError('ChangeSetNotFound', `ChangeSet [${Id}] does not exist`);
    store.put(changeSets, { ...made, parentId: row.id });
    if (below.status === 'REVIEW_IN_PROGRESS')
      store.put(stacks, { ...below, parentId: stack.id, rootId: stack.rootId ?? stack.id });
    return made;
  });
}
