/** Policies of topics: what may stand in one, and which decides. */
import { policyFault } from '#kernel/contract';
import type { TopicRow } from '../state.ts';
import { jsonFault, objectOf } from './json.ts';

/** Source: SNS API Reference, AddPermission, ActionName; `Receive` is one of old. */
export const TOPIC_ACTIONS: readonly string[] = [
  'AddPermission',
  'DeleteTopic',
  'GetDataProtectionPolicy',
  'GetTopicAttributes',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'Publish',
  'PutDataProtectionPolicy',
  'Receive',
  'RemovePermission',
  'SetTopicAttributes',
  'Subscribe',
];
const KNOWN = new Set(TOPIC_ACTIONS.map((action) => `sns:${action.toLowerCase()}`));
/** Source: what AWS says of others, as users report it. */
export const OUT_OF_SCOPE = 'Policy statement action out of service scope!';

/** Source: aws-cloudformation/aws-cloudformation-resource-providers-sns, its handler of topic policies. */
export const NO_SUCH_PRINCIPAL = 'Policy Error: PrincipalNotFound';

/** What is wrong with a topic's policy; undefined where nothing is. */
export function topicPolicyFault(text: string): { sentence: string } | undefined {
  if (jsonFault(text) !== undefined) return { sentence: 'Policy Error: null' };
  const fault = policyFault(text, 'resource');
  if (fault?.startsWith('Invalid principal')) return { sentence: NO_SUCH_PRINCIPAL };
  if (fault !== undefined) return { sentence: `Policy Error: ${fault}` };
  const statements = [objectOf(text)?.Statement].flat() as { Action?: string | string[] }[];
  const actions = statements.flatMap(({ Action = [] }) => Action);
  // Patterns are left to match what they match.
  const other = actions.some((action) => !/[*?]/.test(action) && !KNOWN.has(action.toLowerCase()));
  return other ? { sentence: OUT_OF_SCOPE } : undefined;
}

/** The policy of a topic that was given none: its owner's services may use it. Source: answers recorded from AWS. */
export function defaultPolicy(arn: string, account: string): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  });
}

/** A topic's policy: its own, or the default. */
export function policyOf({ attributes, arn }: TopicRow, account: string): string {
  return attributes.Policy ?? defaultPolicy(arn, account);
}

/** The policy that decides who may; undefined where its last statement was taken away, which leaves what identities are allowed. */
export function decidingPolicy(topic: TopicRow, account: string): string | undefined {
  const text = policyOf(topic, account);
  if (!text.includes('"Statement":[]')) return text;
  return [objectOf(text)?.Statement].flat().length === 0 ? undefined : text;
}
