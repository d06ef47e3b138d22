/** Events by operation: what each attempt to change a stack did, and why it failed. */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { findStack } from '../domain/find.ts';
import { invalid, noSuchStackNamed } from '../errors.ts';
import { STACKS_LISTED_MAX } from '../limits.ts';
import {
  type ChangeSetRow,
  changeSets,
  type EventRow,
  type IssueRow,
  issues,
  type ResourceRow,
  stackEvents,
} from '../state.ts';
import { findChangeSet } from './change-set.ts';
import { shownHook } from './describe.ts';

type Event = NonNullable<OutputOf<'cloudformation', 'DescribeEvents'>['OperationEvents']>[number];

export const describeEvents: Handler<'cloudformation', 'DescribeEvents'> = (input, ctx) => {
  const all = eventsOf(input, ctx).filter((event) => input.Filters?.FailedEvents !== true || isFailure(event));
  const from = input.NextToken === undefined ? 0 : all.findIndex((event) => tokenOf(event) === input.NextToken) + 1;
  const page = all.slice(from, from + STACKS_LISTED_MAX);
  return {
    OperationEvents: page,
    ...(all.length > from + page.length && { NextToken: tokenOf(page.at(-1)) }),
  };
};

/** An operation has events of several stacks. */
const tokenOf = (event: Event | undefined) => `${event?.StackId}|${event?.EventId}`;

type Asked = {
  StackName?: string | undefined;
  ChangeSetName?: string | undefined;
  OperationId?: string | undefined;
};

/** Last to first. */
function eventsOf({ StackName, ChangeSetName, OperationId: operationId }: Asked, ctx: Ctx): Event[] {
  const { store } = ctx;
  if (ChangeSetName !== undefined) return madeEvents(findChangeSet({ ChangeSetName, StackName }, ctx), store);
  if (operationId !== undefined) {
    const made = store.first(changeSets, { index: 'byOperation', where: { operationId } });
    if (made !== undefined) return madeEvents(made, store);
    const events = store.list(stackEvents, { index: 'byOperation', where: { operationId }, reverse: true });
    return together(events, store.list(issues, { where: { operationId } }), store);
  }
  if (StackName === undefined) throw invalid('One of ChangeSetName, OperationId or StackName must be specified');
  const { id: stackId } = findStack(StackName, ctx, noSuchStackNamed);
  const events = store.list(stackEvents, { where: { stackId }, reverse: true });
  return together(events, store.list(issues, { index: 'byStack', where: { stackId } }), store);
}

/** Each after the event that it came after. */
function together(events: readonly EventRow[], found: readonly IssueRow[], store: StoreView): Event[] {
  if (found.length === 0) return events.map(shown);
  const afterThem = new Set(events.map(({ sequence }) => sequence));
  const shownAfter = (last: number) => found.filter(({ after }) => after === last).map((one) => shownIssue(one, store));
  const later = found.filter(({ after }) => !afterThem.has(after)).map((one) => shownIssue(one, store));
  return [...later, ...events.flatMap((event) => [...shownAfter(event.sequence), shown(event)])];
}

function shownIssue(row: IssueRow, store: StoreView): Event {
  const { stackId, operationId, sequence, logicalId } = row;
  const isOfSet = store.first(changeSets, { index: 'byOperation', where: { operationId } }) !== undefined;
  const entry = store.first(stackEvents, { index: 'byOperation', where: { operationId } });
  return {
    EventId: `${operationId}/${sequence}`,
    StackId: stackId,
    OperationId: operationId,
    OperationType: isOfSet ? 'CREATE_CHANGESET' : (entry?.operationType ?? 'CREATE_STACK'),
    EventType: 'VALIDATION_ERROR',
    LogicalResourceId: logicalId,
    PhysicalResourceId: '',
    ResourceType: row.type,
    Timestamp: row.at,
    ValidationFailureMode: row.mode,
    ValidationName: row.name,
    ValidationStatus: 'FAILED',
    ValidationStatusReason: row.reason,
    ValidationPath: row.path,
  };
}

/** That a change set was not made is told by itself. CDK takes what is listed here for what is wrong with single resources. */
function isFailure({ EventType, OperationStatus, OperationType }: Event): boolean {
  if (EventType === 'STACK_EVENT') return OperationStatus === 'FAILED' && OperationType !== 'CREATE_CHANGESET';
  return EventType !== 'PROGRESS_EVENT';
}

function shown(row: EventRow): Event {
  const isStack = row.physicalId === row.stackId;
  return {
    EventId: row.id,
    StackId: row.stackId,
    ...(row.operationId !== undefined && { OperationId: row.operationId }),
    ...(row.operationType !== undefined && { OperationType: row.operationType }),
    ...(isStack && row.hook === undefined && { OperationStatus: operationStatus(row.status) }),
    EventType: typeOf(row, isStack),
    LogicalResourceId: row.logicalId,
    PhysicalResourceId: row.physicalId,
    ResourceType: row.type,
    Timestamp: row.at,
    ResourceStatus: row.status as ResourceRow['status'],
    ...(row.reason !== undefined && { ResourceStatusReason: row.reason }),
    ...(row.properties !== undefined && { ResourceProperties: row.properties }),
    ...(row.token !== undefined && { ClientRequestToken: row.token }),
    ...(row.hook !== undefined && shownHook(row.hook)),
  };
}

/** What was cancelled because of another is not what failed. */
function typeOf({ status, reason = '', hook }: EventRow, isStack: boolean): Event['EventType'] {
  if (hook !== undefined) return hook.status.endsWith('FAILED') ? 'HOOK_INVOCATION_ERROR' : 'PROGRESS_EVENT';
  if (isStack) return 'STACK_EVENT';
  return status.endsWith('_FAILED') && !/^Resource \w+ cancelled$/.test(reason)
    ? 'PROVISIONING_ERROR'
    : 'PROGRESS_EVENT';
}

function operationStatus(status: string): Event['OperationStatus'] {
  if (status.endsWith('_IN_PROGRESS')) return 'IN_PROGRESS';
  return status.endsWith('_FAILED') ? 'FAILED' : 'SUCCEEDED';
}

/** How a change set was made. */
function madeEvents(row: ChangeSetRow, store: StoreView): Event[] {
  const made = {
    StackId: row.stackId,
    ...(row.operationId !== undefined && { OperationId: row.operationId }),
    OperationType: 'CREATE_CHANGESET' as const,
    EventType: 'STACK_EVENT' as const,
    ...(row.token !== undefined && { ClientRequestToken: row.token }),
  };
  const begun: Event = {
    ...made,
    EventId: `${row.id}/begun`,
    OperationStatus: 'IN_PROGRESS',
    Timestamp: row.createdAt,
  };
  if (row.endedAt === undefined) return [begun];
  const ended: Event = {
    ...made,
    EventId: `${row.id}/ended`,
    OperationStatus: row.status === 'FAILED' ? 'FAILED' : 'SUCCEEDED',
    Timestamp: row.endedAt,
    StartTime: row.createdAt,
    EndTime: row.endedAt,
    ...(row.reason !== undefined && { ResourceStatusReason: row.reason }),
  };
  const found = store.list(issues, { where: { operationId: row.operationId ?? row.id } });
  return [ended, ...found.map((one) => shownIssue(one, store)), begun];
}
