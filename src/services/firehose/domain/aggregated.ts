/** Records of users that the Kinesis Producer Library packed into one. Source: Kinesis Producer Library, "KPL Aggregated Record Format"; Firehose takes them apart before it delivers them. */
import { createHash } from 'node:crypto';

const MAGIC = Buffer.from('f3899ac2', 'hex');
const DIGEST_LENGTH = 16;
/** Of the message: its records; of a record: its data. */
const RECORDS = 3;
const DATA = 3;
const LENGTH_DELIMITED = 2;

/** What a record of Kinesis holds: itself, where nobody packed it. */
export function unpacked(record: Buffer): Buffer[] {
  const end = record.length - DIGEST_LENGTH;
  if (end < MAGIC.length || !record.subarray(0, MAGIC.length).equals(MAGIC)) return [record];
  const message = record.subarray(MAGIC.length, end);
  if (!createHash('md5').update(message).digest().equals(record.subarray(end))) return [record];
  const records = fieldsOf(message)?.filter(({ field }) => field === RECORDS) ?? [];
  const datas = records.map(({ bytes }) => fieldsOf(bytes)?.find(({ field }) => field === DATA)?.bytes);
  return records.length === 0 || datas.includes(undefined) ? [record] : datas.filter((one) => one !== undefined);
}

type Field = { field: number; bytes: Buffer };

/** Fields of a message of Protocol Buffers; undefined where it is none. Numbers have no bytes. */
function fieldsOf(message: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < message.length; ) {
    const tag = numberAt(message, at);
    const value = tag && numberAt(message, tag.end);
    if (tag === undefined || value === undefined) return undefined;
    const isBytes = tag.value % 8 === LENGTH_DELIMITED;
    if (!isBytes && tag.value % 8 !== 0) return undefined;
    at = isBytes ? value.end + value.value : value.end;
    if (at > message.length) return undefined;
    fields.push({ field: Math.floor(tag.value / 8), bytes: message.subarray(value.end, isBytes ? at : value.end) });
  }
  return fields;
}

const MORE = 0x80;
const NUMBER_BYTES_MAX = 7;

/** A number of variable length, and where it ends. */
function numberAt(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = from; at < bytes.length && at - from < NUMBER_BYTES_MAX; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte % MORE) * MORE ** (at - from);
    if (byte < MORE) return { value, end: at + 1 };
  }
  return undefined;
}
