/** Dead-letter queues: the redrive policy of a source and the allow policy of its target. */
import { badAttributeFor } from '../errors.ts';
import type { QueueRow } from '../state.ts';
import { queueOfArn } from './names.ts';

export type RedrivePolicy = { deadLetterTargetArn: string; maxReceiveCount: number };

/** Source: SQS API Reference, SetQueueAttributes: maxReceiveCount 1 to 1,000. */
const RECEIVES_MAX = 1_000;
/** Queues that a policy allows by name. Source: the same. */
const SOURCES_MAX = 10;

/** The redrive policy of a text. @throws {ServiceError} InvalidAttributeValue */
export function parseRedrivePolicy(text: string): RedrivePolicy {
  const value = parseObject(text, 'RedrivePolicy');
  const { deadLetterTargetArn, maxReceiveCount } = value;
  const count = Number(maxReceiveCount);
  for (const member of ['deadLetterTargetArn', 'maxReceiveCount'])
    if (value[member] === undefined)
      throw bad(text, 'RedrivePolicy', `Redrive policy does not contain mandatory attribute: ${member}.`);
  if (typeof deadLetterTargetArn !== 'string' || queueOfArn(deadLetterTargetArn) === undefined)
    throw bad(text, 'RedrivePolicy', 'Invalid value for deadLetterTargetArn.');
  if (!Number.isInteger(count) || count < 1 || count > RECEIVES_MAX)
    throw bad(
      text,
      'RedrivePolicy',
      `Invalid value for maxReceiveCount: ${maxReceiveCount}, valid values are from 1 to ${RECEIVES_MAX} both inclusive.`,
    );
  return { deadLetterTargetArn, maxReceiveCount: count };
}

/** The text that AWS gives back: however the count came, it is a number. @throws {ServiceError} InvalidAttributeValue */
export function normalRedrive(text: string): string {
  return JSON.stringify(parseRedrivePolicy(text));
}

/** A queue's redrive policy, which was checked when it was set. */
export function redriveOf(queue: QueueRow): RedrivePolicy | undefined {
  const text = queue.attributes.RedrivePolicy;
  return text === undefined ? undefined : parseRedrivePolicy(text);
}

/** @throws {ServiceError} InvalidAttributeValue */
export function checkAllowPolicy(text: string): void {
  const { redrivePermission, sourceQueueArns } = parseObject(text, 'RedriveAllowPolicy');
  if (redrivePermission === undefined)
    throw bad(
      text,
      'RedriveAllowPolicy',
      "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.",
    );
  if (!['allowAll', 'denyAll', 'byQueue'].includes(String(redrivePermission)))
    throw bad(text, 'RedriveAllowPolicy', 'Invalid value for redrivePermission.');
  const listed = Array.isArray(sourceQueueArns) ? sourceQueueArns : [];
  // Source: badmintoncryer/cdk-preflight; it does not tell why AWS refuses more than ten.
  if (redrivePermission === 'byQueue' && listed.length === 0)
    throw bad(
      text,
      'RedriveAllowPolicy',
      "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
    );
  if (listed.length > SOURCES_MAX || (redrivePermission !== 'byQueue' && sourceQueueArns !== undefined))
    throw badAttributeFor(`Value ${text} for parameter RedriveAllowPolicy is invalid.`);
}

/** Whether a queue may be the dead-letter queue of a source. */
export function allowsSource(target: QueueRow, sourceArn: string): boolean {
  const text = target.attributes.RedriveAllowPolicy;
  if (text === undefined) return true;
  const { redrivePermission, sourceQueueArns } = parseObject(text, 'RedriveAllowPolicy');
  return (
    redrivePermission === 'allowAll' ||
    (redrivePermission === 'byQueue' && (sourceQueueArns as string[]).includes(sourceArn))
  );
}

function parseObject(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw bad(text, name, `${name} is not a valid JSON map.`);
}

function bad(text: string, name: string, reason: string): Error {
  return badAttributeFor(`Value ${text} for parameter ${name} is invalid. Reason: ${reason}`);
}
