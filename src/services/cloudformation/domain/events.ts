/** What happens to a stack and its resources, written down as it happens. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { LAST_OPERATIONS_MAX } from '../limits.ts';
import {
  type EventRow,
  type HookNote,
  type Issue,
  issues,
  type OperationEntry,
  putResource,
  type ResourceRow,
  type StackRow,
  type StackStatus,
  stackEvents,
  stackOperations,
  stacks,
  type Thing,
} from '../state.ts';
import { forgetLater } from './forget.ts';
import { masked, maskedText, secretsOf } from './secret.ts';

const STACK = 'AWS::CloudFormation::Stack';

/** Gives a stack a status. In a transaction. */
export function setStack(
  stack: StackRow,
  status: StackStatus,
  change: Partial<StackRow>,
  store: StoreView,
  ctx: Ctx,
  token?: string,
): StackRow {
  const { reason: _, ...rest } = stack;
  const row: StackRow = plain(
    { ...rest, ...change, status },
    secretsAt(stack.id, store, change.source ?? stack.source),
  );
  store.put(stacks, row);
  const { id, name, reason } = row;
  note({ stackId: id, logicalId: name, physicalId: id, type: STACK, status, reason, token }, store, ctx);
  if (!status.endsWith('_IN_PROGRESS')) ctx.signal(signalOf(id));
  if (status === 'DELETE_COMPLETE') forgetLater(row, ctx);
  const detail = {
    'stack-id': id,
    'status-details': { status, 'status-reason': reason ?? '' },
    'client-request-token': token ?? '',
  };
  ctx.announce('CloudFormation Stack Status Change', detail, [id]);
  return row;
}

/** A stack with one operation more. */
export function withOperation(stack: StackRow, entry: OperationEntry): StackRow {
  return { ...stack, lastOperations: [entry, ...(stack.lastOperations ?? [])].slice(0, LAST_OPERATIONS_MAX) };
}

/** Gives a resource a status. In a transaction. */
export function setResource(
  row: ResourceRow,
  properties: object | undefined,
  store: StoreView,
  ctx: Ctx,
  physicalId = row.thing?.id ?? row.step?.noted ?? '',
): ResourceRow {
  const dated = plain({ ...row, updatedAt: ctx.clock() }, secretsAt(row.stackId, store));
  putResource(store, dated);
  const { stackId, logicalId, type, status, reason } = dated;
  note({ stackId, logicalId, physicalId, type, status, reason, properties }, store, ctx);
  const detail = {
    'stack-id': stackId,
    'logical-resource-id': logicalId,
    'physical-resource-id': physicalId,
    'status-details': { status, 'status-reason': reason ?? '' },
    'resource-type': type,
    'client-request-token': store.get(stackOperations, { stackId })?.token ?? '',
  };
  ctx.announce('CloudFormation Resource Status Change', detail, [stackId]);
  return dated;
}

/** A thing that is being made has its name. In a transaction. Deviation: told when it is made; AWS tells it as soon as the name is known. */
export function noteMade(
  row: ResourceRow,
  { id: physicalId, properties }: Thing,
  reason: string,
  store: StoreView,
  ctx: Ctx,
): void {
  const { stackId, logicalId, type, status } = row;
  note({ stackId, logicalId, physicalId, type, status, reason, properties }, store, ctx);
}

/** A resource that waits for signals has had one. In a transaction. Source: code-dot-org/code-dot-org, pull request 33795. */
export function noteSignal({ stackId, logicalId, type, status, step }: ResourceRow, id: string, ctx: Ctx): void {
  const reason = `Received SUCCESS signal with UniqueId ${id}`;
  const physicalId = step?.noted?.split(' ')[0] ?? '';
  note({ stackId, logicalId, physicalId, type, status, reason }, ctx.store, ctx);
}

/** The signal that is given when nothing is under way any more with a stack or a change set. */
export function signalOf(id: string): string {
  return `ended:${id}`;
}

/** A hook is asked about a resource or a stack, or has said something. In a transaction. */
export function noteHook(
  happened: Pick<Happened, 'stackId' | 'logicalId' | 'physicalId' | 'type' | 'status'> & { hook: HookNote },
  store: StoreView,
  ctx: Ctx,
): void {
  note(happened, store, ctx);
}

/** Notes what is wrong before anything is made, as part of an operation. In a transaction. */
export function noteIssues(
  stackId: string,
  operationId: string,
  found: readonly Issue[],
  store: StoreView,
  ctx: Ctx,
): void {
  const after = store.first(stackEvents, { where: { stackId }, reverse: true })?.sequence ?? 0;
  for (const [sequence, issue] of found.entries())
    store.put(issues, { ...issue, stackId, operationId, sequence, after, at: ctx.clock() });
}

type Happened = {
  stackId: string;
  logicalId: string;
  physicalId: string;
  type: string;
  status: string;
  reason?: string | undefined;
  properties?: object | undefined;
  token?: string | undefined;
  hook?: HookNote;
};

/** What a stack hides, and what it is on its way to hide. */
function secretsAt(stackId: string, store: StoreView, source = store.get(stacks, { id: stackId })?.source) {
  return secretsOf(source, store.get(stackOperations, { stackId })?.target);
}

/** With a reason that tells no secret. */
function plain<Row extends { reason?: string }>(row: Row, secrets: ReadonlySet<string>): Row {
  return row.reason === undefined ? row : { ...row, reason: maskedText(row.reason, secrets) };
}

function note({ reason, properties, token, ...happened }: Happened, store: StoreView, ctx: Ctx): void {
  const last = store.first(stackEvents, { where: { stackId: happened.stackId }, reverse: true });
  // Clients order a stack's events by their time.
  const at = Math.max(ctx.clock(), (last?.at ?? 0) + 1);
  // All that an operation causes has its token.
  const { entry, token: asked } = store.get(stackOperations, happened) ?? {};
  const stack = store.get(stacks, { id: happened.stackId });
  const event: EventRow = {
    ...happened,
    ...(entry !== undefined && { operationId: entry.OperationId, operationType: entry.OperationType }),
    sequence: (last?.sequence ?? 0) + 1,
    id: idOf(happened, at) ?? ctx.uuid(),
    at,
    ...(reason !== undefined && { reason }),
    ...(properties !== undefined && {
      properties: JSON.stringify(masked(properties, secretsAt(happened.stackId, store))),
    }),
    ...((token ?? asked) !== undefined && { token: token ?? asked }),
  };
  store.put(stackEvents, event);
  if ((stack?.notificationArns ?? []).length > 0) ctx.start('notify', event.stackId, { stackId: event.stackId });
}

/** Ids of a resource's events tell what happened to it; those of the stack's own, and what hooks say, have others. */
function idOf({ stackId, physicalId, logicalId, status, hook }: Happened, at: Millis): string | undefined {
  if (physicalId === stackId || hook !== undefined) return undefined;
  return `${logicalId}-${status}-${new Date(at).toISOString()}`;
}
