/** Text files of items, as exports write and imports read them: lines of DynamoDB JSON, or CSV. */
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { gunzipped, MIB } from '#kernel/base';
import type { AttributeValue } from '#models/dynamodb';
import { type Item, showItem } from './value.ts';

type Wire = { [name: string]: AttributeValue };

/** Longest line that is read; an item of 400 KB stays below it in either form. */
const LINE_BYTES_MAX = 2 * MIB;

/** An item as a line: binary as base64 text. */
export function writeLine(item: Item): string {
  return `${JSON.stringify({ Item: item })}\n`;
}

/** A file of lines, compressed. */
export function compressed(lines: readonly string[]): Buffer {
  return gzipSync(lines.join(''));
}

/** The lines of a file that flows. @throws {Error} when it can't be decompressed, or a line is longer than any item's */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  compression: 'GZIP' | 'ZSTD' | 'NONE',
): AsyncIterable<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of decompressed(body, compression)) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_BYTES_MAX) throw new Error('a line is too long');
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

async function* decompressed(
  body: AsyncIterable<Uint8Array>,
  compression: 'GZIP' | 'ZSTD' | 'NONE',
): AsyncIterable<Uint8Array> {
  if (compression === 'NONE') {
    yield* body;
    return;
  }
  if (compression === 'ZSTD') {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    yield zstdDecompressSync(Buffer.concat(pieces));
    return;
  }
  yield* gunzipped(body);
}

/** The item of a line of DynamoDB JSON; undefined when it is none. */
export function readLine(line: string): Wire | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    const item = (parsed as { Item?: unknown } | null)?.Item;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
    return showItem(item as Item, true);
  } catch {
    return undefined;
  }
}

/** The fields of a line of CSV; quotes may hold the delimiter, and double quotes stand for one. */
export function readFields(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  const text = line.replace(/\r$/, '');
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at] as string;
    if (isQuoted) {
      if (one !== '"') field += one;
      else if (text[at + 1] === '"') {
        field += one;
        at += 1;
      } else isQuoted = false;
    } else if (one === '"' && field === '') isQuoted = true;
    else if (one === delimiter) {
      fields.push(field);
      field = '';
    } else field += one;
  }
  fields.push(field);
  return fields;
}

/** The item of a line of CSV: keys have the types of the table, all else is text, and what is empty is left out. */
export function itemOfFields(
  header: readonly string[],
  fields: readonly string[],
  types: { readonly [attribute: string]: string | undefined },
): Wire {
  const item: Wire = {};
  for (const [at, name] of header.entries()) {
    const text = fields[at];
    if (text === undefined || text === '') continue;
    const type = types[name];
    item[name] = type === 'N' ? { N: text } : type === 'B' ? { B: Buffer.from(text, 'base64') } : { S: text };
  }
  return item;
}
