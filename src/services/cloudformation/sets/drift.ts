/** Drift of stack sets: of each instance's stack, looked at by the execution role in its account. */
import type { Ctx } from '#kernel/contract';
import { maskedDrift, secretsOf } from '../domain/secret.ts';
import { detections, drifts, stacks } from '../state.ts';
import { reach } from './reach.ts';
import { type Job, type Outcome, there } from './stack.ts';
import {
  instanceDrifts,
  instances,
  type SetDrift,
  type SetOperationRow,
  type SetRow,
  type UnitRow,
  units,
} from './state.ts';
import { waitFor } from './wait.ts';

/** Detects what an instance's stack has drifted. Undefined while that goes on. */
export async function detectUnit(job: Job): Promise<Outcome | undefined> {
  const { operation, unit, ctx } = job;
  if (unit.waitsFor !== undefined) return detected(unit.waitsFor, job);
  const stackId = ctx.store.get(instances, unit)?.stackId;
  if (stackId === undefined) return { isDone: false, reason: 'The stack instance has no stack.' };
  const aws = await reach(operation, unit, ctx);
  const { StackDriftDetectionId: id = '' } = await aws.cloudformation.DetectStackDrift({ StackName: stackId });
  ctx.transact((store) => {
    store.put(units, { ...unit, waitsFor: id });
    waitFor(id, unit, there(job), ctx);
  });
  return detected(id, job);
}

function detected(id: string, job: Job): Outcome | undefined {
  const { set, operation, unit, ctx } = job;
  const found = there(job).get(detections, { id });
  if (found === undefined) return { isDone: false, reason: 'The drift detection is gone.' };
  const { drifted, stackId } = found;
  if (drifted === undefined) return undefined;
  ctx.transact((store) => {
    const { account, region } = unit;
    const secrets = secretsOf(there(job).get(stacks, { id: stackId })?.source);
    const key = { setId: set.id, operationId: operation.id, account, region };
    for (const row of there(job).list(drifts, { where: { stackId } }))
      store.put(instanceDrifts, { ...maskedDrift(row, secrets), ...key });
    const instance = store.get(instances, unit);
    const status = drifted > 0 ? ('DRIFTED' as const) : ('IN_SYNC' as const);
    if (instance !== undefined) store.put(instances, { ...instance, drift: { status, at: ctx.clock() } });
  });
  return { isDone: true };
}

/** What a set's detection of drift has come to, or how far it is. */
export function driftOf(set: SetRow, operation: SetOperationRow, ctx: Ctx): SetDrift {
  const all = ctx.store.list(units, { where: { setId: set.id, operationId: operation.id } });
  const of = (...wanted: UnitRow['status'][]) => all.filter(({ status }) => wanted.includes(status));
  const done = of('SUCCEEDED').map((unit) => ctx.store.get(instances, unit)?.drift?.status);
  const drifted = done.filter((status) => status === 'DRIFTED').length;
  const failed = of('FAILED').length;
  return {
    DriftStatus: drifted > 0 ? 'DRIFTED' : 'IN_SYNC',
    DriftDetectionStatus: detectionOf(operation, failed),
    LastDriftCheckTimestamp: operation.endedAt ?? operation.createdAt,
    TotalStackInstancesCount: all.length,
    DriftedStackInstancesCount: drifted,
    InSyncStackInstancesCount: done.length - drifted,
    InProgressStackInstancesCount: of('PENDING', 'RUNNING').length,
    FailedStackInstancesCount: failed,
  };
}

/** Source: CloudFormation API Reference, StackSetDriftDetectionDetails, "DriftDetectionStatus". */
function detectionOf({ status }: SetOperationRow, failed: number): SetDrift['DriftDetectionStatus'] {
  if (status === 'FAILED' || status === 'STOPPED') return status;
  if (status !== 'SUCCEEDED') return 'IN_PROGRESS';
  return failed > 0 ? 'PARTIAL_SUCCESS' : 'COMPLETED';
}
