/** Statements of a queue's policy by their label: AddPermission and RemovePermission. */
import type { Handler } from '#kernel/contract';
import { findQueue } from '../domain/find.ts';
import {
  badActionName,
  badLabel,
  badPrincipals,
  labelExists,
  labelMissing,
  missingParameter,
  ownersAction,
  tooManyActions,
} from '../errors.ts';
import { PERMISSION_ACTIONS_MAX } from '../limits.ts';
import { checkPolicy, OWNERS_ACTIONS } from '../policy.ts';
import { type QueueRow, queues } from '../state.ts';

type Statement = { Sid?: string; [part: string]: unknown };
type Policy = { Version: string; Id?: string; Statement: Statement[] };

/** Source: SQS API Reference, AddPermission, ActionName. */
const ACTIONS: readonly string[] = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
];

/** Source: SQS API Reference, AddPermission, Label. */
const LABEL = /^[A-Za-z0-9_-]{1,80}$/;
const ACCOUNT = /^\d{12}$/;

export const addPermission: Handler<'sqs', 'AddPermission'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  const { Label: label, AWSAccountIds: accounts, Actions: actions } = input;
  if (!LABEL.test(label)) throw badLabel(label);
  if (actions.length === 0) throw missingParameter('Actions');
  if (actions.length > PERMISSION_ACTIONS_MAX) throw tooManyActions(actions.length);
  for (const action of actions)
    if (!ACTIONS.includes(action)) throw OWNERS_ACTIONS.includes(action) ? ownersAction(action) : badActionName(action);
  if (accounts.length === 0 || !accounts.every((account) => ACCOUNT.test(account))) throw badPrincipals(accounts);
  const policy = policyOf(queue);
  if (policy.Statement.some((one) => one.Sid === label)) throw labelExists(label);
  const principals = accounts.map((account) => `arn:${ctx.partition}:iam::${account}:root`);
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(principals) },
    Action: oneOrMany(actions.map((action) => `SQS:${action}`)),
    Resource: queue.arn,
  };
  store.put(queues, withPolicy(queue, { ...policy, Statement: [...policy.Statement, statement] }, ctx.now));
  return {};
};

export const removePermission: Handler<'sqs', 'RemovePermission'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  const policy = policyOf(queue);
  const kept = policy.Statement.filter((one) => one.Sid !== input.Label);
  if (kept.length === policy.Statement.length) throw labelMissing(input.Label);
  store.put(queues, withPolicy(queue, { ...policy, Statement: kept }, ctx.now));
  return {};
};

/** Stored policies were checked when they were stored. */
function policyOf(queue: QueueRow): Policy {
  const text = queue.attributes.Policy;
  if (text === undefined) return { Version: '2008-10-17', Id: `${queue.arn}/SQSDefaultPolicy`, Statement: [] };
  const policy = JSON.parse(text) as Omit<Policy, 'Statement'> & { Statement: Statement | Statement[] };
  return { ...policy, Statement: Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement] };
}

function withPolicy(queue: QueueRow, policy: Policy, now: number): QueueRow {
  const { Policy: _, ...attributes } = queue.attributes;
  if (policy.Statement.length > 0) {
    attributes.Policy = JSON.stringify(policy);
    checkPolicy(attributes.Policy);
  }
  return { ...queue, attributes, modifiedAt: now };
}

function oneOrMany(values: string[]): string | string[] {
  return values.length === 1 ? (values[0] as string) : values;
}
