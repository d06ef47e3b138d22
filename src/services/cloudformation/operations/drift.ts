/** Drift: whether a stack's things are still what its template says. */
import type { Ctx, Handler, OutputOf, TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { look } from '../deploy/look.ts';
import { findStack } from '../domain/find.ts';
import { maskedDrift, secretsOf } from '../domain/secret.ts';
import { invalid, noSuchStackNamed } from '../errors.ts';
import { DETECTIONS_MAX } from '../limits.ts';
import { tellWaiting } from '../sets/wait.ts';
import { type DriftRow, detections, drifts, type StackRow, stackResources, stacks } from '../state.ts';
import { passOf } from './stack.ts';

type Drift = OutputOf<'cloudformation', 'DetectStackResourceDrift'>['StackResourceDrift'];

export const detectStackDrift: Handler<'cloudformation', 'DetectStackDrift'> = async (input, ctx) => {
  const stack = checkable(findStack(input.StackName, ctx, noSuchStackNamed));
  const names = input.LogicalResourceIds === undefined ? undefined : [...input.LogicalResourceIds];
  const pass = await passOf(stack.roleArn, ctx);
  const id = ctx.uuid();
  ctx.transact((store) => {
    const known = store.list(detections, { index: 'byStack', where: { stackId: stack.id } });
    for (const old of known.slice(0, Math.max(0, known.length - DETECTIONS_MAX + 1))) store.delete(detections, old);
    store.put(detections, { id, stackId: stack.id, ...(names !== undefined && { names }), pass, at: ctx.now });
    ctx.start('detect', id, { id });
    announce(stack.id, id, stack.drift?.status ?? 'NOT_CHECKED', undefined, ctx);
  });
  return { StackDriftDetectionId: id };
};

/** Source: CloudFormation User Guide, "Detect drift on an entire stack": states in which drift can be detected. */
function checkable(stack: StackRow): StackRow {
  if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_(COMPLETE|FAILED)$/.test(stack.status))
    throw invalid(`Drift detection cannot be performed on stack [${stack.id}] in status [${stack.status}]`);
  return stack;
}

/** The task of a detection. */
export const detect: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(detections, { id: String(id) });
  if (row === undefined || row.drifted !== undefined) return;
  const stack = ctx.store.get(stacks, { id: row.stackId });
  if (stack === undefined) return;
  let drifted = 0;
  for (const resource of ctx.store.list(stackResources, { where: { stackId: stack.id } })) {
    if (row.names !== undefined && !row.names.includes(resource.logicalId)) continue;
    const found = await look(resource, stack, row.pass, ctx);
    if (found.status === 'MODIFIED' || found.status === 'DELETED') drifted += 1;
  }
  ctx.transact((store) => {
    store.put(detections, { ...row, drifted });
    noteDrift(stack.id, store, ctx);
    announce(stack.id, row.id, drifted > 0 ? 'DRIFTED' : 'IN_SYNC', drifted, ctx);
    tellWaiting(row.id, ctx);
  });
};

/** A stack has drifted where any of its resources has, whichever were looked at last. In a transaction. */
function noteDrift(id: string, store: StoreView, ctx: Ctx): void {
  const now = store.get(stacks, { id });
  const isDrifted = store
    .list(drifts, { where: { stackId: id } })
    .some((row) => /^(MODIFIED|DELETED)$/.test(row.status) && store.get(stackResources, row) !== undefined);
  const drift = { status: isDrifted ? ('DRIFTED' as const) : ('IN_SYNC' as const), at: ctx.clock() };
  if (now !== undefined) store.put(stacks, { ...now, drift });
}

/**
 * Tells EventBridge of a detection. In a transaction.
 *
 * Source: CloudFormation User Guide, "CloudFormation events detail reference".
 * Deviation: while it runs it tells the status that was known before; which one AWS tells is not documented.
 *
 * @param drifted how many resources have; undefined while it runs
 */
function announce(stackId: string, id: string, status: string, drifted: number | undefined, ctx: Ctx): void {
  const detection = drifted === undefined ? 'DETECTION_IN_PROGRESS' : 'DETECTION_COMPLETE';
  const detail = {
    'stack-id': stackId,
    'stack-drift-detection-id': id,
    'status-details': { 'stack-drift-status': status, 'detection-status': detection },
    'drift-detection-details': { 'drifted-stack-resource-count': drifted ?? -1 },
    'client-request-token': '',
  };
  ctx.announce('CloudFormation Drift Detection Status Change', detail, [stackId]);
}

export const detectStackResourceDrift: Handler<'cloudformation', 'DetectStackResourceDrift'> = async (input, ctx) => {
  const stack = checkable(findStack(input.StackName, ctx, noSuchStackNamed));
  const row = ctx.store.get(stackResources, { stackId: stack.id, logicalId: input.LogicalResourceId });
  if (row === undefined) throw invalid(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
  const found = await look(row, stack, await passOf(stack.roleArn, ctx), ctx);
  ctx.transact((store) => noteDrift(stack.id, store, ctx));
  return { StackResourceDrift: shown(found, secretsOf(stack.source)) };
};

function shown(drift: DriftRow, secrets: ReadonlySet<string>): Drift {
  const row = maskedDrift(drift, secrets);
  const { stackId, logicalId, physicalId, type, status, differences, expected, actual, at } = row;
  return {
    StackId: stackId,
    LogicalResourceId: logicalId,
    ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
    ResourceType: type,
    ...(expected !== undefined && { ExpectedProperties: expected }),
    ...(actual !== undefined && { ActualProperties: actual }),
    PropertyDifferences: differences,
    StackResourceDriftStatus: status,
    Timestamp: at,
    ...(row.reason !== undefined && { DriftStatusReason: row.reason }),
  };
}

export const describeStackResourceDrifts: Handler<'cloudformation', 'DescribeStackResourceDrifts'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx, noSuchStackNamed);
  const wanted = input.StackResourceDriftStatusFilters;
  const limit = input.MaxResults ?? 100;
  const secrets = secretsOf(stack.source);
  const rows = ctx.store
    .list(drifts, {
      where: { stackId: stack.id },
      after: input.NextToken === undefined ? undefined : { logicalId: input.NextToken },
    })
    .filter(({ status }) => status !== 'NOT_CHECKED' && (wanted === undefined || wanted.includes(status)));
  return {
    StackResourceDrifts: rows.slice(0, limit).map((row) => shown(row, secrets)),
    ...(rows.length > limit && { NextToken: rows[limit - 1]?.logicalId }),
  };
};

export const describeStackDriftDetectionStatus: Handler<'cloudformation', 'DescribeStackDriftDetectionStatus'> = (
  input,
  ctx,
) => {
  const row = ctx.store.get(detections, { id: input.StackDriftDetectionId });
  if (row === undefined) throw invalid(`No detection with id ${input.StackDriftDetectionId} exists`);
  return {
    StackId: row.stackId,
    StackDriftDetectionId: row.id,
    DetectionStatus: row.drifted === undefined ? 'DETECTION_IN_PROGRESS' : 'DETECTION_COMPLETE',
    ...(row.drifted !== undefined && {
      StackDriftStatus: row.drifted > 0 ? ('DRIFTED' as const) : ('IN_SYNC' as const),
      DriftedStackResourceCount: row.drifted,
    }),
    Timestamp: row.at,
  };
};
