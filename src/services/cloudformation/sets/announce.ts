/** What EventBridge is told of stack sets. Source: CloudFormation User Guide, "CloudFormation events detail reference". */
import type { Ctx } from '#kernel/contract';
import type { SetOperationRow, SetRow, UnitRow } from './state.ts';

/** A set was made, or is gone. In a transaction. */
export function announceSet({ arn }: SetRow, status: string, ctx: Ctx): void {
  const detail = { 'stack-set-arn': arn, 'status-details': { status, 'status-reason': '' } };
  ctx.announce('CloudFormation StackSet Status Change', detail, [arn]);
}

/** An operation has another status. In a transaction. */
export function announceOperation({ arn }: SetRow, { id, action, status }: SetOperationRow, ctx: Ctx): void {
  const detail = {
    'stack-set-arn': arn,
    'stack-set-operation-id': id,
    action,
    'status-details': { status, 'status-reason': '' },
  };
  ctx.announce('CloudFormation StackSet Operation Status Change', detail, [arn]);
}

/** An operation is over in one account and Region, or begins there. In a transaction. */
export function announceUnit({ arn }: SetRow, unit: UnitRow, stackId: string | undefined, ctx: Ctx): void {
  const { operationId, account, region, status, reason = '' } = unit;
  const detail = {
    'stack-set-arn': arn,
    'stack-set-operation-id': operationId,
    'stack-id': stackId ?? '',
    account,
    region,
    'status-details': { 'detailed-status': status, 'status-reason': reason },
  };
  ctx.announce('CloudFormation StackSet StackInstance Status Change', detail, [arn]);
}
