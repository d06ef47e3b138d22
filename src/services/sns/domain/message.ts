/** Rules of single messages: their attributes, structure, size and subject. */
import { utf8Length } from '#kernel/base';
import type { MessageAttributeValue, PublishBatchRequestEntry } from '#models/sns';
import { badAttributeValue, invalid, invalidFor } from '../errors.ts';
import { MESSAGE_BYTES_MAX, SUBJECT_CHARACTERS_MAX } from '../limits.ts';
import type { StoredAttribute, TopicRow } from '../state.ts';
import { numberFault } from './number.ts';
import { messageBytesMax } from './topic-attributes.ts';

export type Published = Omit<PublishBatchRequestEntry, 'Id'>;
export type StoredAttributes = { [name: string]: StoredAttribute };

/** A message whose parts were checked. */
export type Checked = {
  body: string;
  structured: boolean;
  subject: string | undefined;
  attributes: StoredAttributes;
  bytes: number;
  group: string | undefined;
  deduplicationId: string | undefined;
};

/** Source: SNS Developer Guide, "Message attributes": an attribute's type, with a label after a dot. */
const TYPE = /^(String|String\.Array|Number|Binary)(\..+)?$/;
const IDENTIFIER = /^[\x21-\x7e]{1,128}$/;

/** @throws {ServiceError} what is wrong with the message itself */
export function checkMessage(input: Published, topic: TopicRow | undefined): Checked {
  const { Message: body, Subject: subject, MessageGroupId: group, MessageDeduplicationId: id } = input;
  if (body === '') throw invalid('Empty message');
  checkSubject(subject);
  const structured = isStructured(input.MessageStructure, body);
  const attributes = storeAttributes(input.MessageAttributes);
  const bytes = messageBytes(body, attributes);
  if (bytes > (topic === undefined ? MESSAGE_BYTES_MAX : messageBytesMax(topic))) throw invalid('Message too long');
  if (topic !== undefined) checkFifo(topic, group, id);
  return { body, structured, subject, attributes, bytes, group, deduplicationId: id };
}

/** Source: SNS API Reference, Publish, Subject: ASCII, no line breaks or control characters, fewer than 100 characters. */
function checkSubject(subject: string | undefined): void {
  if (subject === undefined) return;
  if (subject === '' || subject.length > SUBJECT_CHARACTERS_MAX || /[\u0000-\u001f\u007f]/.test(subject))
    throw invalid('Subject');
}

function isStructured(structure: string | undefined, body: string): boolean {
  if (structure === undefined || structure === '') return false;
  if (structure !== 'json') throw invalid('MessageStructure');
  let texts: unknown;
  try {
    texts = JSON.parse(body);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts))
    throw invalid('Message Structure - JSON message body failed to parse');
  const { default: fallback } = texts as { default?: unknown };
  if (fallback === undefined || (typeof fallback === 'object' && fallback !== null))
    throw invalid('Message Structure - No default entry in JSON message body');
  return true;
}

/** What a protocol, or a platform of phones, is told; a default that is no text is told as it is written. Source: radkawar/stackd, measured in 2026. */
export function textFor(message: { body: string; structured: boolean }, protocol: string): string {
  if (!message.structured) return message.body;
  const texts = JSON.parse(message.body) as { [protocol: string]: unknown };
  const own = Object.hasOwn(texts, protocol) ? texts[protocol] : undefined;
  if (typeof own === 'string') return own;
  return typeof texts.default === 'string' ? texts.default : JSON.stringify(texts.default);
}

function checkFifo(topic: TopicRow, group: string | undefined, id: string | undefined): void {
  if (!topic.fifo && id !== undefined)
    throw invalidFor(
      'MessageDeduplicationId',
      'The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    );
  if (topic.fifo && group === undefined) throw invalid('The MessageGroupId parameter is required for FIFO topics');
  if (topic.fifo && id === undefined && topic.attributes.ContentBasedDeduplication !== 'true')
    throw invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  for (const [name, value] of [
    ['MessageGroupId', group],
    ['MessageDeduplicationId', id],
  ] as const)
    if (value !== undefined && !IDENTIFIER.test(value))
      throw invalidFor(name, `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`);
}

/** Attributes as they are kept. @throws {ServiceError} ParameterValueInvalid */
export function storeAttributes(given: { [name: string]: MessageAttributeValue } | undefined): StoredAttributes {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, value]) => {
      checkName(name);
      return [name, storeAttribute(name, value)];
    }),
  );
}

function checkName(name: string): void {
  if (utf8Length(name) > 256) throw badAttributeValue('Length of message attribute name must be less than 256 bytes.');
  const odd = /[^A-Za-z0-9_.-]/u.exec(name)?.[0];
  if (odd !== undefined)
    throw badAttributeValue(
      `Invalid non-alphanumeric character '#x${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase()}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  if (name.startsWith('.'))
    throw badAttributeValue("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith('.'))
    throw badAttributeValue("Invalid message attribute name ending with character '.' was found.");
  if (name.includes('..')) throw badAttributeValue("Message attribute name can not have successive '.' character.");
}

function storeAttribute(
  name: string,
  { DataType: type, StringValue, BinaryValue }: MessageAttributeValue,
): StoredAttribute {
  if (!TYPE.test(type))
    throw badAttributeValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const field = type.startsWith('Binary') ? 'Binary' : 'String';
  const other = field === 'Binary' ? StringValue : BinaryValue;
  const value = field === 'Binary' ? BinaryValue : StringValue;
  if (value === undefined && other !== undefined && other.length > 0)
    throw badAttributeValue(`The message attribute '${name}' with type '${type}' must use field '${field}'.`);
  if (value === undefined || value.length === 0)
    throw badAttributeValue(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  if (typeof value !== 'string') return { type, base64: Buffer.from(value).toString('base64') };
  const fault = type.startsWith('Number') ? numberFault(name, value) : undefined;
  if (fault !== undefined) throw badAttributeValue(fault);
  // Source: SNS Developer Guide, "Message attribute data types": no surrogates; the text, radkawar/stackd, measured in 2026.
  if (/[\u{10000}-\u{10ffff}]/u.test(value))
    throw invalid(`Invalid attribute value was passed in for message attribute ${name}`);
  return { type, text: value };
}

/** Bytes that count against the limit: the body, and of each attribute name, type and value. */
export function messageBytes(body: string, attributes: StoredAttributes): number {
  let bytes = utf8Length(body);
  for (const [name, { type, text, base64 }] of Object.entries(attributes))
    bytes +=
      utf8Length(name) +
      utf8Length(type) +
      (base64 === undefined ? utf8Length(text ?? '') : Buffer.byteLength(base64, 'base64'));
  return bytes;
}
