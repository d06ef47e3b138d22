/** Subscription attributes: which there are, what values they take, and how they are shown. */
import { parseArn } from '#kernel/base';
import { invalid } from '../errors.ts';
import type { Attributes, SubscriptionRow, TopicRow } from '../state.ts';
import { deliveryPolicyFault, effectivePolicy } from './delivery-policy.ts';
import { filterFault } from './filter.ts';
import { jsonFault, objectOf } from './json.ts';

const NAMES = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'ReplayPolicy',
  'SubscriptionRoleArn',
];
/** Protocols to which messages go without their document around them. */
const RAW = ['http', 'https', 'sqs', 'firehose'];
const ROLE = /^arn:[^:]+:iam::\d{12}:role\/.+$/;

/** What the attributes are checked with: the topic, whose the subscription is, and all that it has or would have. */
export type Setting = { topic: TopicRow; owner: string; protocol: string; all: Attributes };

/** What is wrong with an attribute: `name: reason`, or a sentence of its own; undefined where nothing is. */
export function attributeFault(name: string, value: string, setting: Setting): string | undefined {
  const fault = faultOf(name, value, setting);
  return fault === undefined ? undefined : typeof fault === 'string' ? `${name}: ${fault}` : fault.sentence;
}

function faultOf(
  name: string,
  value: string,
  { topic, owner, protocol, all }: Setting,
): string | { sentence: string } | undefined {
  switch (name) {
    case 'RawMessageDelivery':
      if (!/^(true|false)$/i.test(value)) return `Invalid value [${value}]. Must be true or false.`;
      if (/^true$/i.test(value) && !RAW.includes(protocol))
        return { sentence: `Delivery protocol [${protocol}] does not support raw message delivery.` };
      return undefined;
    case 'FilterPolicyScope':
      return value === 'MessageAttributes' || value === 'MessageBody'
        ? undefined
        : `Invalid value [${value}]. Please use either MessageBody or MessageAttributes`;
    case 'FilterPolicy': {
      if (isUnset(name, value)) return undefined;
      const fault = filterFault(value, all.FilterPolicyScope ?? 'MessageAttributes');
      return fault?.nested === true ? { sentence: fault.text } : fault?.text;
    }
    case 'DeliveryPolicy':
      if (value === '') return undefined;
      if (protocol !== 'http' && protocol !== 'https')
        return { sentence: `Delivery protocol [${protocol}] does not support delivery policies.` };
      return deliveryPolicyFault(value, 'subscription');
    case 'RedrivePolicy':
      return value === '' ? undefined : redriveFault(value, topic, owner);
    case 'ReplayPolicy':
      return value === '' ? undefined : replayFault(value, topic);
    case 'SubscriptionRoleArn':
      return ROLE.test(value) ? undefined : `Invalid value [${value}]. Must be the ARN of a role.`;
    default:
      return { sentence: 'AttributeName' };
  }
}

function redriveFault(text: string, topic: TopicRow, owner: string): string | undefined {
  const fault = jsonFault(text);
  if (fault !== undefined) return fault;
  const target = objectOf(text)?.deadLetterTargetArn;
  if (target === undefined) return 'Missing deadLetterTargetArn attribute';
  const arn = typeof target === 'string' ? parseArn(target) : undefined;
  if (arn === undefined || arn.region === '' || arn.account === '') return 'deadLetterTargetArn is an invalid arn';
  if (arn.service !== 'sqs') return 'deadLetterTargetArn must be a SQS queue';
  if (arn.region !== parseArn(topic.arn)?.region)
    return 'deadLetterTargetArn must be in the same region as the subscription';
  if (arn.account !== owner) return 'deadLetterTargetArn must be in the same account as the subscription';
  return topic.fifo && !arn.resource.endsWith('.fifo')
    ? 'must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.'
    : undefined;
}

function replayFault(text: string, topic: TopicRow): string | undefined {
  const fault = jsonFault(text);
  if (fault !== undefined) return fault;
  if (topic.attributes.ArchivePolicy === undefined) return 'The topic does not have an active archive policy';
  const replay = replayOf(text);
  if (replay === undefined) return 'StartingPoint must be a timestamp';
  return replay.to !== undefined && replay.to <= replay.from ? 'EndingPoint must be after StartingPoint' : undefined;
}

/** The span that a replay policy names; undefined where it names none. Source: SNS Developer Guide, "Message replay for subscribers". */
export function replayOf(text: string): { from: number; to: number | undefined } | undefined {
  const { PointType, StartingPoint, EndingPoint } = objectOf(text) ?? {};
  const from = Date.parse(String(StartingPoint));
  const to = EndingPoint === undefined ? undefined : Date.parse(String(EndingPoint));
  if (PointType !== 'Timestamp' || Number.isNaN(from) || (to !== undefined && Number.isNaN(to))) return undefined;
  return { from, to };
}

/** Checks what a new subscription is given. @throws {ServiceError} InvalidParameter */
export function checkAttributes(given: Attributes, setting: Omit<Setting, 'all'>): void {
  for (const [name, value] of Object.entries(given)) {
    if (!NAMES.includes(name)) throw invalid(`Attributes Reason: Unknown attribute ${name}`);
    const fault = attributeFault(name, value, { ...setting, all: given });
    if (fault !== undefined) throw invalid(`Attributes Reason: ${fault}`);
  }
  if (setting.protocol === 'firehose' && (given.SubscriptionRoleArn ?? '') === '')
    throw invalid('Delivery protocol firehose can only be subscribed with subscription role arn');
}

/** The attributes as they are kept: those that were given empty are not there. */
export function keptAttributes(given: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (isUnset(name, value) ? [] : [[name, keptValue(name, value)]])),
  );
}

/** Whether a value takes the attribute away. Source: SNS Developer Guide, "Removing a subscription filter policy"; Terraform’s provider then finds none. */
export function isUnset(name: string, value: string): boolean {
  return value === '' || (name === 'FilterPolicy' && value === '{}');
}

/** A value as it is kept: booleans may come in any case. */
export function keptValue(name: string, value: string): string {
  return name === 'RawMessageDelivery' ? value.toLowerCase() : value;
}

/** Everything that GetSubscriptionAttributes shows. */
export function shownAttributes(row: SubscriptionRow, topic: TopicRow): Attributes {
  const http = row.protocol === 'http' || row.protocol === 'https';
  const { FilterPolicyScope = 'MessageAttributes', ...attributes } = row.attributes;
  return {
    SubscriptionArn: row.arn,
    TopicArn: row.topicArn,
    Owner: row.owner,
    SubscriptionPrincipal: row.principal,
    Protocol: row.protocol,
    Endpoint: row.endpoint,
    ConfirmationWasAuthenticated: String(row.authenticated),
    PendingConfirmation: String(!row.confirmed),
    RawMessageDelivery: 'false',
    ...(http && {
      EffectiveDeliveryPolicy: JSON.stringify(
        effectivePolicy(topic.attributes.DeliveryPolicy, row.attributes.DeliveryPolicy),
      ),
    }),
    ...(attributes.FilterPolicy !== undefined && { FilterPolicyScope }),
    ...(row.replay !== undefined && { ReplayStatus: row.replay }),
    ...attributes,
  };
}
