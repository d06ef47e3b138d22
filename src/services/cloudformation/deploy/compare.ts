/** Finds out what a change set would do. The task of a change set that was asked for. */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { actualRows } from '../domain/actual.ts';
import { type Change, changesOf } from '../domain/changes.ts';
import { checkSecure } from '../domain/dynamic.ts';
import { type Scope, UNKNOWN } from '../domain/evaluate.ts';
import { noteIssues, signalOf } from '../domain/events.ts';
import { checkOnlyImports, checkUnmanaged, importedId } from '../domain/imports.ts';
import { type Plan, planOf, rowsById } from '../domain/plan.ts';
import { changed } from '../domain/same.ts';
import { scopeOf } from '../domain/scope.ts';
import { maskedText, secretsOf } from '../domain/secret.ts';
import { type Found, typeNamed } from '../domain/type.ts';
import { NO_CHANGES } from '../errors.ts';
import { refusal } from '../hooks/pass.ts';
import {
  type ChangeSetRow,
  changeSets,
  type ResourceRow,
  type StackRow,
  stackExports,
  stackResources,
  stacks,
} from '../state.ts';
import { actualOf, type Findings, lookAll, withDrift } from './actual.ts';
import { existing } from './existing.ts';
import { refusedChanges } from './hooked.ts';
import { nestedSets } from './nested-sets.ts';
import { fullBuckets, issuesOf, refusalOf } from './validate.ts';

export const compare: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(changeSets, { id: String(id) });
  const stack = row && ctx.store.get(stacks, { id: row.stackId });
  if (row === undefined || stack === undefined || !isUnmade(row)) return;
  let done: Partial<ChangeSetRow>;
  try {
    const plan = await planOf(row.source, stack, ctx);
    checkSecure(plan.wanted);
    const imports = row.takesExisting === true ? await existing(row, stack, plan, ctx) : row.imports;
    const findings: Findings = row.revertsDrift ? await lookAll(row, stack, ctx) : new Map();
    const rows = rowsById(ctx.store.list(stackResources, { where: { stackId: stack.id } }));
    const actual = actualOf(findings, rows);
    const plain = await compared({ ...row, imports }, stack, plan, actualRows(rows, actual), ctx);
    if (row.type === 'IMPORT') {
      for (const { type, identifier } of imports) {
        const found = await typeNamed(type, ctx.findResource);
        checkUnmanaged(type, importedId(identifier, found?.schema), ctx);
      }
      checkOnlyImports(plain);
    }
    const own = row.revertsDrift ? withDrift(plain, findings, rows, actual) : plain;
    const { changes, isPending, failure } = row.includesNested
      ? await nestedSets(row, stack, own, keptOf(plan, rows), ctx)
      : { changes: own, isPending: false };
    const isNew = stack.status === 'REVIEW_IN_PROGRESS';
    const isEmpty = changes.length === 0 && !isNew && !(await changed(stack, row, ctx));
    const refused = isEmpty ? [] : await refusedChanges(row, stack, changes, ctx);
    const found = isEmpty || row.isUnchecked !== true ? [] : await issuesIn({ ...row, imports }, stack, plan, own, ctx);
    if (found.length > 0) ctx.transact((store) => noteIssues(stack.id, row.operationId ?? row.id, found, store, ctx));
    const reason = isEmpty ? NO_CHANGES : (refusalOf(found) ?? (refused.length > 0 ? refusal(refused) : failure));
    if (reason !== undefined) done = { status: 'FAILED', reason, changes };
    // Those below take it up again when they are done.
    else if (isPending) done = { status: 'CREATE_IN_PROGRESS', changes };
    else done = { status: 'CREATE_COMPLETE', execution: 'AVAILABLE', changes, imports };
    if (row.revertsDrift) done = { ...done, actual };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    done = { status: 'FAILED', reason: maskedText(error.message, secretsOf(row.source, stack.source)) };
  }
  ctx.transact((store) => {
    const now = store.get(changeSets, row);
    if (now === undefined) return;
    const isDone = done.status !== 'CREATE_IN_PROGRESS';
    store.put(changeSets, { ...now, ...done, ...(isDone && { endedAt: ctx.clock() }) });
    if (!isDone) return;
    ctx.signal(signalOf(row.id));
    if (now.parentId !== undefined) ctx.start('compare', now.parentId, { id: now.parentId });
  });
};

/** What is wrong before anything is made. */
async function issuesIn(row: ChangeSetRow, stack: StackRow, plan: Plan, changes: readonly Change[], ctx: Ctx) {
  const look = { stack, source: row.source, pass: row.pass };
  const imported = new Set(row.imports.map(({ logicalId }) => logicalId));
  return [...(await issuesOf(plan, look, imported, ctx)), ...(await fullBuckets(changes, look, ctx))];
}

/** Resources that are there and stay. */
function keptOf({ wanted }: Plan, rows: ReadonlyMap<string, ResourceRow>): ResourceRow[] {
  return wanted.flatMap(({ logicalId }) => rows.get(logicalId) ?? []);
}

const isUnmade = ({ status }: ChangeSetRow) => status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';

async function compared(
  row: ChangeSetRow,
  stack: StackRow,
  after: Plan,
  rows: ReadonlyMap<string, ResourceRow>,
  ctx: Ctx,
): Promise<Change[]> {
  const isNew = stack.status === 'REVIEW_IN_PROGRESS';
  const before = isNew ? after : await planOf(stack.source, stack, ctx);
  const types = new Map<string, Found>();
  for (const { type } of after.wanted) {
    const found = await typeNamed(type, ctx.findResource);
    if (found !== undefined) types.set(type, found);
  }
  return changesOf({
    before: { template: before.template, source: stack.source },
    after: { wanted: after.wanted, source: row.source },
    rows,
    types,
    imports: new Set(row.imports.map(({ logicalId }) => logicalId)),
    scopeWithout: (unknown) => {
      const facts = { ...stack, ...row.source, notificationArns: row.notificationArns };
      const scope = scopeOf(after.template, facts, new Map([...rows].filter(([name]) => !unknown.has(name))), ctx);
      return row.includesNested ? withoutExports(scope, ctx) : scope;
    },
  });
}

/**
 * An export that is not there may come with one of the nested stacks.
 *
 * Source: aws-cloudformation/cloudformation-coverage-roadmap#1212, aws/aws-cdk-cli#1307: change sets that include nested stacks look no import up.
 */
function withoutExports(scope: Scope, { store }: Ctx): Scope {
  const imported = (name: string) => (store.get(stackExports, { name }) === undefined ? UNKNOWN : scope.imported(name));
  return { ...scope, imported };
}
