/** What each operation must be allowed: the queue, and what its own policy says. */
import { utf8Length } from '#kernel/base';
import { type AccessRules, type Ctx, policyFault } from '#kernel/contract';
import { findQueue } from './domain/find.ts';
import { badAttribute, policyOverLimit, policyTooLarge } from './errors.ts';
import { POLICY_BYTES_MAX, POLICY_STATEMENTS_MAX, STATEMENT_ACTIONS_MAX, STATEMENT_PRINCIPALS_MAX } from './limits.ts';
import { queues } from './state.ts';

/** What no policy of a queue gives to other accounts. Source: SQS Developer Guide, "Overview of managing access". */
export const OWNERS_ACTIONS: readonly string[] = [
  'AddPermission',
  'CancelMessageMoveTask',
  'CreateQueue',
  'DeleteQueue',
  'ListMessageMoveTasks',
  'ListQueues',
  'ListQueueTags',
  'RemovePermission',
  'SetQueueAttributes',
  'StartMessageMoveTask',
  'TagQueue',
  'UntagQueue',
];

/** An operation on one queue. A queue that doesn't exist is refused before anybody is asked for permission, as AWS does. */
const onQueue = (action: string) => {
  const forOwner = OWNERS_ACTIONS.includes(action);
  return (input: { QueueUrl: string }, ctx: Ctx) => {
    const { queue, account } = findQueue(input.QueueUrl, ctx);
    const policy = forOwner && account !== ctx.account ? undefined : queue.attributes.Policy;
    return { action: `sqs:${action}`, resource: queue.arn, account, policy };
  };
};

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SQS"; batches need the single action. */
export const access: AccessRules<'sqs'> = {
  // Source: SQS API Reference, CreateQueue: tags take the permission to tag, too.
  CreateQueue: ({ QueueName, tags = {} }, ctx) =>
    ['CreateQueue', ...(Object.keys(tags).length > 0 ? ['TagQueue'] : [])].map((action) => ({
      action: `sqs:${action}`,
      resource: `arn:${ctx.partition}:sqs:${ctx.region}:${ctx.account}:${QueueName}`,
    })),
  GetQueueUrl: ({ QueueName: name, QueueOwnerAWSAccountId }, ctx) => {
    const account = QueueOwnerAWSAccountId ?? ctx.account;
    return {
      action: 'sqs:GetQueueUrl',
      resource: `arn:${ctx.partition}:sqs:${ctx.region}:${account}:${name}`,
      account,
      policy: ctx.store.in({ account }).get(queues, { name })?.attributes.Policy,
    };
  },
  ListQueues: (_, ctx) => ({
    action: 'sqs:ListQueues',
    resource: `arn:${ctx.partition}:sqs:${ctx.region}:${ctx.account}:*`,
  }),
  DeleteQueue: onQueue('DeleteQueue'),
  PurgeQueue: onQueue('PurgeQueue'),
  GetQueueAttributes: onQueue('GetQueueAttributes'),
  SetQueueAttributes: onQueue('SetQueueAttributes'),
  ListDeadLetterSourceQueues: onQueue('ListDeadLetterSourceQueues'),
  TagQueue: onQueue('TagQueue'),
  UntagQueue: onQueue('UntagQueue'),
  ListQueueTags: onQueue('ListQueueTags'),
  SendMessage: onQueue('SendMessage'),
  SendMessageBatch: onQueue('SendMessage'),
  ReceiveMessage: onQueue('ReceiveMessage'),
  DeleteMessage: onQueue('DeleteMessage'),
  DeleteMessageBatch: onQueue('DeleteMessage'),
  ChangeMessageVisibility: onQueue('ChangeMessageVisibility'),
  AddPermission: onQueue('AddPermission'),
  RemovePermission: onQueue('RemovePermission'),
  // Source: SQS Developer Guide, "Configure queue permissions for dead-letter queue redrive".
  StartMessageMoveTask: (input) => [
    ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
      action: `sqs:${action}`,
      resource: input.SourceArn,
    })),
    ...(input.DestinationArn === undefined ? [] : [{ action: 'sqs:SendMessage', resource: input.DestinationArn }]),
  ],
  CancelMessageMoveTask: () => ({ action: 'sqs:CancelMessageMoveTask', resource: '*' }),
  ListMessageMoveTasks: (input) => ({ action: 'sqs:ListMessageMoveTasks', resource: input.SourceArn }),
  ChangeMessageVisibilityBatch: onQueue('ChangeMessageVisibility'),
};

/** @throws {ServiceError} InvalidAttributeValue, OverLimit */
export function checkPolicy(text: string): void {
  if (utf8Length(text) > POLICY_BYTES_MAX) throw policyTooLarge();
  if (policyFault(text, 'resource') !== undefined) throw badAttribute('Policy');
  const statements = listOf<Statement>((JSON.parse(text) as { Statement: Statement | Statement[] }).Statement);
  refuseMore(statements, 'statements', POLICY_STATEMENTS_MAX);
  for (const { Action: action, Principal: principal } of statements) {
    // Actions of other services may stand there in any number: aws-samples/serverless-patterns, apigw-sqs-lambda-iot.
    refuseMore(listOf(action).filter(isOwn), 'actions', STATEMENT_ACTIONS_MAX);
    const principals = typeof principal === 'object' ? Object.values(principal).flatMap(listOf) : [];
    refuseMore(principals, 'principals', STATEMENT_PRINCIPALS_MAX);
  }
}

const isOwn = (action: string) => /^(sqs:|\*$)/i.test(action);

type Statement = { Action?: string | string[]; Principal?: string | { [kind: string]: string | string[] } };

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

function refuseMore(found: readonly unknown[], what: string, most: number): void {
  if (found.length > most) throw policyOverLimit(found.length, what, most);
}
