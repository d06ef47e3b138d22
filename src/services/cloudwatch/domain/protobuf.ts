/** Messages of Protocol Buffers, written. Source: protobuf.dev, "Encoding". */

/** A field that was written. */
export type Field = Buffer;

const FIXED = 1;
const BYTES = 2;

/** An unsigned number, seven bits a byte. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const tag = (number: number, kind: number) => varint(number * 8 + kind);

/** A text, or a message that was written. */
export function bytesField(number: number, value: string | Buffer): Field {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([tag(number, BYTES), varint(bytes.length), bytes]);
}

/** A message of these fields. */
export const messageField = (number: number, ...fields: readonly Field[]) => bytesField(number, Buffer.concat(fields));

/** A double. */
export function doubleField(number: number, value: number): Field {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED), bytes]);
}

/** A fixed64. */
export function fixedField(number: number, value: bigint): Field {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([tag(number, FIXED), bytes]);
}

/** A message with its length before it, so that several follow each other. */
export const delimited = (message: Buffer) => Buffer.concat([varint(message.length), message]);
