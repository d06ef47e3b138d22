/** Statements of a topic's policy by their label: AddPermission and RemovePermission. */
import { type Handler, policyFault } from '#kernel/contract';
import { findTopic } from '../domain/find.ts';
import { NO_SUCH_PRINCIPAL, OUT_OF_SCOPE, policyOf, TOPIC_ACTIONS } from '../domain/topic-policy.ts';
import { invalid } from '../errors.ts';
import { topics } from '../state.ts';

type Statement = { Sid?: string; [part: string]: unknown };
type Policy = { [part: string]: unknown; Statement: Statement[] };

export const addPermission: Handler<'sns', 'AddPermission'> = (input, ctx) => {
  const { topic, account, store } = findTopic(input.TopicArn, ctx);
  const policy = readPolicy(policyOf(topic, account));
  if (policy.Statement.some(({ Sid }) => Sid === input.Label)) throw invalid('Statement already exists');
  if (input.ActionName.some((action) => !TOPIC_ACTIONS.includes(action))) throw invalid(OUT_OF_SCOPE);
  const statement = {
    Sid: input.Label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(input.AWSAccountId.map((id) => `arn:${ctx.partition}:iam::${id}:root`)) },
    Action: oneOrMany(input.ActionName.map((action) => `SNS:${action}`)),
    Resource: topic.arn,
  };
  const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
  if (policyFault(Policy, 'resource') !== undefined) throw invalid(NO_SUCH_PRINCIPAL);
  store.put(topics, { ...topic, attributes: { ...topic.attributes, Policy } });
  return {};
};

/** A label that isn't there is no error. */
export const removePermission: Handler<'sns', 'RemovePermission'> = (input, ctx) => {
  const { topic, account, store } = findTopic(input.TopicArn, ctx);
  const policy = readPolicy(policyOf(topic, account));
  const Policy = JSON.stringify({ ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== input.Label) });
  store.put(topics, { ...topic, attributes: { ...topic.attributes, Policy } });
  return {};
};

/** Stored policies were checked when they were stored. */
function readPolicy(text: string): Policy {
  const policy = JSON.parse(text) as Omit<Policy, 'Statement'> & { Statement: Statement | Statement[] };
  return { ...policy, Statement: [policy.Statement].flat() };
}

function oneOrMany(values: string[]): string | string[] {
  return values.length === 1 ? (values[0] as string) : values;
}
