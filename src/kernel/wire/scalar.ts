/** Scalars as text: in queries, headers, paths and XML. */
import { badText } from './failure.ts';
import type { MemberModel, ShapeModel, ShapeType, TimestampFormat } from './model.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

const INTEGER = /^[+-]?\d{1,19}$/;
const FLOAT = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Range of each integer type, as Java has them. */
export const INTEGER_RANGES: { readonly [type: string]: readonly [low: number, high: number] | undefined } = {
  byte: [-128, 127],
  short: [-32_768, 32_767],
  integer: [-(2 ** 31), 2 ** 31 - 1],
  long: [-(2 ** 63), 2 ** 63],
  biginteger: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};

/** How Java, and so AWS's messages, call a type. */
export function javaName(type: ShapeType): string {
  return type === 'integer' ? 'Integer' : type.charAt(0).toUpperCase() + type.slice(1);
}

/** The format a timestamp has at a place: the member's, the shape's, or the place's own. */
export function timestampFormat(member: MemberModel, shape: ShapeModel, otherwise: TimestampFormat): TimestampFormat {
  return member.timestampFormat ?? shape.timestampFormat ?? otherwise;
}

/** A scalar from its text; `format` and `offsets` are for timestamps. */
export function parseScalar(text: string, type: ShapeType, format: TimestampFormat, offsets = false): unknown {
  switch (type) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw badText(text, 'Boolean');
      return text === 'true';
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
    case 'biginteger':
      return parseInteger(text, type);
    case 'float':
    case 'double':
    case 'bigdecimal':
      return parseFloatText(text, type);
    case 'timestamp':
      return parseTimestamp(text, format, offsets);
    case 'blob':
      return parseBase64(text);
    default:
      return text;
  }
}

/** A scalar as text; `format` is for timestamps. */
export function formatScalar(value: unknown, type: ShapeType, format: TimestampFormat): string {
  if (type === 'timestamp') return formatTimestamp(value as number, format);
  if (type === 'blob') return Buffer.from(value as Uint8Array).toString('base64');
  return String(value);
}

/** Bytes from standard base64; anything else is refused. What Node doesn't know it skips, so that bytes are missing; it knows two characters more. */
export function parseBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const isWhole = text.length % 4 === 0 && bytes.length === (text.length / 4) * 3 - padding;
  if (!isWhole || text.includes('-') || text.includes('_')) throw badText(text, 'Blob');
  if (padding > 0) refuseLoose(text);
  return bytes;
}

/** Bits of the last character that no byte has must be 0. Source: answers recorded from DynamoDB. */
function refuseLoose(text: string): void {
  const [last, bits] = text.endsWith('==') ? [text.at(-3), 0x0f] : [text.at(-2), 0x03];
  if ((DIGITS.indexOf(last ?? '') & bits) !== 0) throw badText(text, 'Blob');
}

function parseInteger(text: string, type: ShapeType): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  const range = INTEGER_RANGES[type];
  if (range === undefined || !(value >= range[0] && value <= range[1])) throw badText(text, javaName(type));
  return value;
}

function parseFloatText(text: string, type: ShapeType): number {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
  if (!FLOAT.test(text)) throw badText(text, javaName(type));
  return Number(text);
}
