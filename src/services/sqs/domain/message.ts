/** Rules of single messages: what may be in one, how large it is, and the MD5s that clients check. */
import { createHash } from 'node:crypto';
import { md5Hex, utf8Length } from '#kernel/base';
import type { MessageAttributeValue } from '#models/sqs';
import {
  badAttributeType,
  badCharacter,
  invalidParameter,
  messageTooLong,
  missingParameter,
  noAttributeName,
  noAttributeType,
  noAttributeValue,
  notANumber,
} from '../errors.ts';
import { MESSAGE_ATTRIBUTES_MAX } from '../limits.ts';
import type { StoredAttribute } from '../state.ts';
import { plainNumber } from './number.ts';

/** Source: SQS API Reference, SendMessage, MessageBody: the characters of XML 1.0. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ATTRIBUTE_NAME = /^[A-Za-z0-9_.-]{1,256}$/;
const ATTRIBUTE_TYPE = /^(String|Number|Binary)(\..+)?$/;

/** @throws {ServiceError} MissingParameter, InvalidMessageContents */
export function checkBody(body: string): void {
  if (body === '') throw missingParameter('MessageBody');
  checkCharacters(body, 'message body');
}

/** @throws {ServiceError} InvalidMessageContents */
function checkCharacters(text: string, where: string): void {
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null) throw badCharacter(forbidden[0], where);
}

/** @throws {ServiceError} InvalidParameterValue */
export function checkSize(bytes: number, limit: number): void {
  if (bytes > limit) throw messageTooLong(limit);
}

/** Attributes as they are kept. @throws {ServiceError} InvalidParameterValue */
export function storeAttributes(
  given: { [name: string]: MessageAttributeValue } | undefined,
): { [name: string]: StoredAttribute } | undefined {
  const entries = Object.entries(given ?? {});
  if (entries.length === 0) return undefined;
  if (entries.length > MESSAGE_ATTRIBUTES_MAX)
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MESSAGE_ATTRIBUTES_MAX}].`,
    );
  return Object.fromEntries(entries.map(([name, value]) => [name, storeAttribute(name, value)]));
}

function storeAttribute(name: string, value: MessageAttributeValue): StoredAttribute {
  const type = value.DataType;
  if (name === '') throw noAttributeName();
  if (!ATTRIBUTE_NAME.test(name) || /^(aws|amazon)\./i.test(name) || /^\.|\.$|\.\./.test(name))
    throw invalidParameter(`The message attribute name '${name}' is invalid.`);
  if (type === '') throw noAttributeType(name);
  if (!ATTRIBUTE_TYPE.test(type)) throw badAttributeType(name);
  if (type.startsWith('Binary')) {
    if (value.BinaryValue === undefined || value.BinaryValue.length === 0) throw noAttributeValue(name, type);
    return { type, base64: Buffer.from(value.BinaryValue).toString('base64') };
  }
  const text = value.StringValue;
  if (text === undefined || text === '') throw noAttributeValue(name, type);
  checkCharacters(text, `message attribute '${name}'`);
  if (type.startsWith('Number') && plainNumber(text) === undefined) throw notANumber(name);
  return { type, text };
}

/** Attributes as receivers get them, numbers in the spelling of SQS; the sender's checksum is of what was sent. */
export function plainAttributes(sent: { [name: string]: StoredAttribute }): { [name: string]: StoredAttribute } {
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => {
      const plain = value.type.startsWith('Number') ? plainNumber(value.text ?? '') : undefined;
      return [name, plain === undefined ? value : { ...value, text: plain }];
    }),
  );
}

/** Attributes as clients get them back. */
export function showAttribute(stored: StoredAttribute): MessageAttributeValue {
  return stored.base64 === undefined
    ? { DataType: stored.type, StringValue: stored.text as string }
    : { DataType: stored.type, BinaryValue: Buffer.from(stored.base64, 'base64') };
}

type Sized = { MessageBody: string; MessageAttributes?: { [name: string]: MessageAttributeValue } };

/** Bytes that count against the size limit: body, and of each attribute name, type and value. */
export function messageBytes({ MessageBody, MessageAttributes = {} }: Sized): number {
  let bytes = utf8Length(MessageBody);
  for (const [name, { DataType, StringValue = '', BinaryValue }] of Object.entries(MessageAttributes))
    bytes += utf8Length(name) + utf8Length(DataType) + (BinaryValue?.length ?? utf8Length(StringValue));
  return bytes;
}

/** MD5 over the body, in hex. */
export function bodyMd5(body: string): string {
  return md5Hex(body);
}

/**
 * MD5 over the attributes, sorted by name.
 *
 * @see SQS Developer Guide, "Calculating the MD5 message digest for message attributes"
 */
export function attributesMd5(attributes: { [name: string]: StoredAttribute }): string {
  const hash = createHash('md5');
  const sized = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { type, text, base64 } = attributes[name] as StoredAttribute;
    sized(Buffer.from(name));
    sized(Buffer.from(type));
    hash.update(Buffer.from([base64 === undefined ? 1 : 2]));
    sized(base64 === undefined ? Buffer.from(text as string) : Buffer.from(base64, 'base64'));
  }
  return hash.digest('hex');
}

/** Which attributes a receive asks for: exact names, `prefix.*`, `All` or `.*`. */
export function wantedAttributes(
  attributes: { [name: string]: StoredAttribute } | undefined,
  wanted: readonly string[] | undefined,
): { [name: string]: StoredAttribute } | undefined {
  if (attributes === undefined || wanted === undefined || wanted.length === 0) return undefined;
  const matches = (name: string) =>
    wanted.some(
      (one) =>
        one === 'All' || one === '.*' || one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -1))),
    );
  const found = Object.entries(attributes).filter(([name]) => matches(name));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
