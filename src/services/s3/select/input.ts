/** The records of an object: CSV and JSON, as texts come. */
import type { CSVInput } from '#models/s3';
import type { Span } from '../domain/range.ts';
import { DOCUMENT_CHARS_MAX, RECORD_CHARS_MAX } from '../limits.ts';
import { csvFault, invalidRequestParameter, jsonFault, recordTooLong } from './errors.ts';
import { readJson, type Value } from './values.ts';
import { headerOf } from './words.ts';

type Texts = AsyncIterable<string>;

/** UTF-8, in pieces as they come. */
export async function* textsOf(bytes: AsyncIterable<Uint8Array>): Texts {
  const decoder = new TextDecoder('utf-8');
  for await (const piece of bytes) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

/** Texts between delimiters. @throws {ServiceError} OverMaxRecordSize */
async function* linesOf(texts: Texts, delimiter: string, quotes?: Quotes): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    rest += text;
    let begin = 0;
    for (let end = endOf(rest, begin, delimiter, quotes); end !== -1; end = endOf(rest, begin, delimiter, quotes)) {
      yield rest.slice(begin, end);
      begin = end + delimiter.length;
    }
    rest = rest.slice(begin);
    if (rest.length > RECORD_CHARS_MAX) throw recordTooLong();
  }
  if (rest !== '') yield rest;
}

/** Between quotation marks a delimiter counts for nothing. */
type Quotes = { quote: string; escape: string };

function endOf(text: string, begin: number, delimiter: string, quotes: Quotes | undefined): number {
  if (quotes === undefined) return text.indexOf(delimiter, begin);
  let isQuoted = false;
  for (let at = begin; at < text.length; at += 1) {
    if (isQuoted && quotes.escape !== quotes.quote && text[at] === quotes.escape) at += 1;
    else if (text[at] === quotes.quote) isQuoted = !isQuoted;
    else if (!isQuoted && text.startsWith(delimiter, at)) return at;
  }
  return -1;
}

/** How CSV is written. */
export type Csv = {
  header: 'USE' | 'IGNORE' | 'NONE';
  record: string;
  field: string;
  quote: string;
  escape: string;
  comment: string;
  mayBreak: boolean;
};

/** @throws {ServiceError} InvalidRequestParameter, InvalidFileHeaderInfo */
export function csvOf(input: CSVInput): Csv {
  const one = (value: string | undefined, otherwise: string, most = 1) => {
    if (value === undefined) return otherwise;
    if (value.length > most) throw invalidRequestParameter();
    return value;
  };
  const quote = one(input.QuoteCharacter, '"');
  const field = one(input.FieldDelimiter, ',');
  const record = one(input.RecordDelimiter, '\n', 2);
  if (field === '' || record === '' || field === record) throw invalidRequestParameter();
  return {
    header: headerOf(input),
    record,
    field,
    quote,
    escape: one(input.QuoteEscapeCharacter, quote),
    comment: one(input.Comments, '#'),
    mayBreak: input.AllowQuotedRecordDelimiter === true,
  };
}

/**
 * The lines that begin in a range, which is the rest of the object from one byte before it on.
 *
 * @param from of the range, and `to`, its last byte
 */
export async function* linesWithin(texts: Texts, delimiter: string, { from, to }: Span): AsyncGenerator<string> {
  let at = Math.max(0, from - 1);
  for await (const line of linesOf(texts, delimiter)) {
    const begin = at;
    at += Buffer.byteLength(line) + Buffer.byteLength(delimiter);
    if (begin > to) return;
    // What began before it is another range's.
    if (from === 0 || begin >= from) yield line + delimiter;
  }
}

/** Lines of CSV as their fields. @throws {ServiceError} CSVParsingError, OverMaxRecordSize */
export async function* csvRecords(texts: Texts, csv: Csv): AsyncGenerator<string[]> {
  for await (const line of linesOf(texts, csv.record, csv.mayBreak && csv.quote !== '' ? csv : undefined)) {
    const text = csv.record === '\n' && line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text === '' || (csv.comment !== '' && text.startsWith(csv.comment))) continue;
    yield fieldsOf(text, csv);
  }
}

function fieldsOf(line: string, { field, quote, escape: escaping }: Csv): string[] {
  if (quote === '' || !line.includes(quote)) return line.split(field);
  const fields: string[] = [];
  for (let at = 0; at <= line.length; at += 1) {
    if (line[at] !== quote) {
      const end = line.indexOf(field, at);
      fields.push(line.slice(at, end === -1 ? undefined : end));
      at = end === -1 ? line.length : end;
      continue;
    }
    let text = '';
    at += 1;
    for (; line[at] !== quote || (escaping === quote && line[at + 1] === quote); at += 1) {
      if (at >= line.length) throw csvFault();
      if (line[at] === escaping) at += 1;
      text += line[at] ?? '';
    }
    at += 1;
    if (at < line.length && line[at] !== field) throw csvFault();
    fields.push(text);
    if (at >= line.length) return fields;
  }
  return fields;
}

/** A value for each line. @throws {ServiceError} JSONParsingError, OverMaxRecordSize */
export async function* jsonLines(texts: Texts): AsyncGenerator<Value> {
  for await (const line of linesOf(texts, '\n')) if (line.trim() !== '') yield parsed(line);
}

/** Values one after the other, over as many lines as they like. @throws {ServiceError} JSONParsingError, OverMaxRecordSize */
export async function* jsonDocuments(texts: Texts): AsyncGenerator<Value> {
  let rest = '';
  let at = 0;
  let depth = 0;
  let isText = false;
  for await (const text of texts) {
    rest += text;
    let begin = 0;
    for (; at < rest.length; at += 1) {
      const letter = rest[at];
      if (isText) {
        if (letter === '\\') at += 1;
        else if (letter === '"') isText = false;
      } else if (letter === '"') isText = true;
      else if (letter === '{' || letter === '[') depth += 1;
      else if (letter === '}' || letter === ']') {
        depth -= 1;
        if (depth > 0) continue;
        yield parsed(rest.slice(begin, at + 1));
        begin = at + 1;
      }
    }
    at -= begin;
    rest = rest.slice(begin);
    if (rest.length > DOCUMENT_CHARS_MAX) throw recordTooLong();
  }
  // Scalars are values, too.
  for (const one of rest.trim() === '' ? [] : rest.trim().split(/\s+/)) yield parsed(one);
}

function parsed(text: string): Value {
  try {
    return readJson(text);
  } catch {
    throw jsonFault();
  }
}
