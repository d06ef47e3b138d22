/** Topic attributes: which there are, what values they take, and how they are shown. */
import { invalid, invalidFor } from '../errors.ts';
import { ARCHIVE_DAYS_MAX, MESSAGE_BYTES_MAX, TOPIC_MESSAGE_BYTES_MAX, TOPIC_MESSAGE_BYTES_MIN } from '../limits.ts';
import type { Attributes, TopicRow } from '../state.ts';
import type { Tally } from './count.ts';
import { deliveryPolicyFault, topicPolicy } from './delivery-policy.ts';
import { jsonFault, objectOf } from './json.ts';
import { policyOf, topicPolicyFault } from './topic-policy.ts';

/** What is wrong with a value, after its name or as a sentence of its own; undefined where nothing is. */
type Fault = (value: string) => string | { sentence: string } | undefined;

const oneOf =
  (...values: string[]): Fault =>
  (value) =>
    values.includes(value) ? undefined : `Invalid value [${value}]. Must be ${values.join(' or ')}.`;
const rate: Fault = (value) =>
  /^\d{1,3}$/.test(value) && Number(value) <= 100 ? undefined : 'must be an integer from 0 to 100';
const role: Fault = (value) => (/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(value) ? undefined : 'is not a valid role ARN');
/** Source: SNS API Reference, CreateTopic and SNS Developer Guide, "Creating SMS": up to 100 characters. */
const displayName: Fault = (value) =>
  value.length <= 100 && !/[\u0000-\u001f\u007f]/.test(value) ? undefined : { sentence: 'DisplayName' };

const messageSize: Fault = (value) =>
  /^\d{1,7}$/.test(value) && Number(value) >= TOPIC_MESSAGE_BYTES_MIN && Number(value) <= TOPIC_MESSAGE_BYTES_MAX
    ? undefined
    : `must be an integer from ${TOPIC_MESSAGE_BYTES_MIN} to ${TOPIC_MESSAGE_BYTES_MAX}`;

const FEEDBACK = ['Application', 'Firehose', 'HTTP', 'Lambda', 'SQS'].flatMap((protocol) => [
  [`${protocol}SuccessFeedbackRoleArn`, role] as const,
  [`${protocol}FailureFeedbackRoleArn`, role] as const,
  [`${protocol}SuccessFeedbackSampleRate`, rate] as const,
]);

/** Settable attributes. Source: SNS API Reference, SetTopicAttributes. */
const SETTABLE: { readonly [name: string]: Fault } = {
  DeliveryPolicy: (value) => deliveryPolicyFault(value, 'topic'),
  DisplayName: displayName,
  MaximumMessageSize: messageSize,
  Policy: topicPolicyFault,
  TracingConfig: (value) =>
    value === 'PassThrough' || value === 'Active' ? undefined : { sentence: `Invalid tracing config value: ${value}` },
  KmsMasterKeyId: () => undefined,
  SignatureVersion: (value) => (/^[12]$/.test(value) ? undefined : 'Invalid value. Must be 1 or 2.'),
  ...Object.fromEntries(FEEDBACK),
};

const FIFO_ONLY: { readonly [name: string]: Fault } = {
  ArchivePolicy: archiveFault,
  ContentBasedDeduplication: oneOf('true', 'false'),
  FifoThroughputScope: oneOf('Topic', 'MessageGroup'),
};

/** How the values of an attribute are checked; undefined where there is no such attribute. */
function checkOf(name: string, fifo: boolean): Fault | undefined {
  if (Object.hasOwn(SETTABLE, name)) return SETTABLE[name];
  return fifo && Object.hasOwn(FIFO_ONLY, name) ? FIFO_ONLY[name] : undefined;
}

/** An empty value takes these away. */
const CLEARABLE = /^(Policy|DeliveryPolicy|KmsMasterKeyId|ArchivePolicy|.*RoleArn|.*SampleRate)$/;

function archiveFault(text: string): string | undefined {
  const fault = jsonFault(text);
  if (fault !== undefined) return fault;
  const { MessageRetentionPeriod: days, ...rest } = objectOf(text) ?? {};
  if (Object.keys(rest).length > 0) return `Unexpected JSON member: ${Object.keys(rest)[0]}`;
  if (days === undefined) return undefined;
  const count = Number(days);
  return Number.isInteger(count) && count >= 1 && count <= ARCHIVE_DAYS_MAX
    ? undefined
    : 'MessageRetentionPeriod value is invalid';
}

/** Days that a topic's archive goes back; undefined where it keeps none. */
export function archiveDays({ attributes }: TopicRow): number | undefined {
  const text = attributes.ArchivePolicy;
  const days = text === undefined ? undefined : objectOf(text)?.MessageRetentionPeriod;
  return days === undefined ? undefined : Number(days);
}

/** Bytes of a topic's largest message, and of all messages of a batch. */
export function messageBytesMax({ attributes }: TopicRow): number {
  return Number(attributes.MaximumMessageSize ?? MESSAGE_BYTES_MAX);
}

/** Checks the attributes of a new topic, all but `FifoTopic`. @throws {ServiceError} InvalidParameter */
export function checkNewAttributes(given: Attributes, fifo: boolean): void {
  for (const [name, value] of Object.entries(given)) {
    const check = checkOf(name, fifo);
    if (check === undefined) throw invalidFor('Attributes', `Unknown attribute ${name}`);
    const fault = faultOf(check, name, value);
    if (fault !== undefined) throw invalidFor('Attributes', fault);
  }
}

/** Checks one attribute that a topic is given. @throws {ServiceError} InvalidParameter */
export function checkAttribute(name: string, value: string, fifo: boolean): void {
  const check = checkOf(name, fifo);
  if (check === undefined) throw invalid('AttributeName');
  const fault = faultOf(check, name, value);
  if (fault !== undefined) throw invalid(fault);
}

function faultOf(check: Fault, name: string, value: string): string | undefined {
  const fault = value === '' && CLEARABLE.test(name) ? undefined : check(value);
  return typeof fault === 'string' ? `${name}: ${fault}` : fault?.sentence;
}

/** Those that are so or not. */
export const FLAGS = ['FifoTopic', 'ContentBasedDeduplication'];

/** Attributes with those given; empty values take them away. */
export function mergeAttributes(before: Attributes, given: Attributes): Attributes {
  const merged = { ...before };
  for (const [name, value] of Object.entries(given)) {
    if (value === '' && CLEARABLE.test(name)) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

/** Everything set or default, as GetTopicAttributes shows it. */
export function shownAttributes(topic: TopicRow, account: string, tally: Tally): Attributes {
  return {
    TopicArn: topic.arn,
    Owner: account,
    DisplayName: '',
    Policy: policyOf(topic, account),
    SubscriptionsConfirmed: String(tally.confirmed),
    SubscriptionsPending: String(tally.pending),
    SubscriptionsDeleted: String(tally.deleted),
    EffectiveDeliveryPolicy: JSON.stringify(topicPolicy(topic.attributes.DeliveryPolicy)),
    ...(topic.fifo && { FifoTopic: 'true', ContentBasedDeduplication: 'false' }),
    ...topic.attributes,
  };
}
