/** Policies that a table or a stream carries itself. What they allow is asked for in policy.ts. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { namesThoseThere } from '#services/iam/port';
import { findTable } from '../domain/find.ts';
import type { Carrier } from '../domain/policy-scope.ts';
import { canonicalForm, checkPolicy, readForm } from '../domain/policy-text.ts';
import {
  noSuchPrincipal,
  policyLocksOut,
  policyNotExpected,
  policyNotFound,
  policyNotThatRevision,
  policyNotThere,
  policyTooLarge,
  streamNotFound,
  tableNotFound,
} from '../errors.ts';
import { POLICY_BYTES_MAX } from '../limits.ts';
import { type ResourcePolicy, tables } from '../state.ts';
import { streams } from '../stream-state.ts';

const NO_POLICY = 'NO_POLICY';

/** What can carry a policy: its name in errors, the policy it has, and how it gets another. */
type Holder = {
  carrier: Carrier;
  name: string;
  account: string;
  policy: ResourcePolicy | undefined;
  keep: (policy: ResourcePolicy | undefined) => void;
};

/** @throws {ServiceError} ResourceNotFoundException, ValidationException */
function holderOf(arn: string, ctx: Ctx): Holder {
  const [tableArn = arn] = arn.split('/stream/');
  if (tableArn === arn) {
    const { table, store } = findTable(arn, ctx, tableNotFound);
    const { policy, ...rest } = table;
    const keep = (now: ResourcePolicy | undefined) =>
      store.put(tables, now === undefined ? rest : { ...rest, policy: now });
    return { carrier: 'table', name: table.name, account: accountIn(arn), policy, keep };
  }
  const store: StoreView = ctx.store.in({ account: accountIn(arn) });
  const stream = store.get(streams, { arn });
  if (stream === undefined)
    throw streamNotFound(arn.slice(tableArn.length + '/stream/'.length), tableArn.split('/')[1] ?? '');
  const { policy, ...rest } = stream;
  const keep = (now: ResourcePolicy | undefined) =>
    store.put(streams, now === undefined ? rest : { ...rest, policy: now });
  return { carrier: 'stream', name: stream.table, account: accountIn(arn), policy, keep };
}

function accountIn(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** A policy that may be kept. @throws {ServiceError} ValidationException */
export function checkedPolicy(text: string, carrier: Carrier, ctx: Ctx): ResourcePolicy {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw policyTooLarge();
  checkPolicy(text, carrier);
  if (!namesThoseThere(text, ctx.account, ctx.store)) throw noSuchPrincipal();
  return { text, revision: String(ctx.now) };
}

/** Whoever sets a policy must be able to set it again, unless they confirm. @throws {ServiceError} ValidationException */
function refuseLockout(arn: string, { account }: Holder, text: string, ctx: Ctx): void {
  try {
    ctx.authorize({ action: 'dynamodb:PutResourcePolicy', resource: arn, account, policy: text });
  } catch (error) {
    if (error instanceof ServiceError) throw policyLocksOut();
    throw error;
  }
}

/** Deviation: the policy holds at once, and another may follow; AWS takes seconds, later minutes, and refuses another change for 15 seconds. */
export const putResourcePolicy: Handler<'dynamodb', 'PutResourcePolicy'> = (input, ctx) => {
  const { ResourceArn: arn, ExpectedRevisionId: expected } = input;
  const holder = holderOf(arn, ctx);
  const now = checkedPolicy(input.Policy, holder.carrier, ctx);
  const before = holder.policy;
  if (expected === NO_POLICY && before !== undefined) throw policyNotExpected(holder.name, before.revision);
  if (expected !== undefined && expected !== NO_POLICY) checkRevision(holder, expected);
  if (before !== undefined && canonicalForm(before.text, ctx.partition) === canonicalForm(now.text, ctx.partition))
    return { RevisionId: before.revision };
  if (input.ConfirmRemoveSelfResourceAccess !== true) refuseLockout(arn, holder, now.text, ctx);
  const revision = before?.revision === now.revision ? String(Number(now.revision) + 1) : now.revision;
  holder.keep({ ...now, revision });
  return { RevisionId: revision };
};

/** @throws {ServiceError} PolicyNotFoundException */
function checkRevision({ name, policy }: Holder, expected: string): void {
  if (policy === undefined) throw policyNotThere(name, expected);
  if (policy.revision !== expected) throw policyNotThatRevision(name, expected, policy.revision);
}

export const getResourcePolicy: Handler<'dynamodb', 'GetResourcePolicy'> = (input, ctx) => {
  const { policy } = holderOf(input.ResourceArn, ctx);
  if (policy === undefined) throw policyNotFound(input.ResourceArn);
  return { Policy: readForm(policy.text, ctx.partition), RevisionId: policy.revision };
};

/** Again and again without harm, unless a revision is expected. */
export const deleteResourcePolicy: Handler<'dynamodb', 'DeleteResourcePolicy'> = (input, ctx) => {
  const holder = holderOf(input.ResourceArn, ctx);
  if (input.ExpectedRevisionId !== undefined) checkRevision(holder, input.ExpectedRevisionId);
  if (holder.policy === undefined) return {};
  holder.keep(undefined);
  return { RevisionId: holder.policy.revision };
};
