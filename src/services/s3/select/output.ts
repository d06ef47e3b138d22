/** Results of a query as texts. */
import type { CSVOutput, OutputSerialization } from '#models/s3';
import { invalidRequestParameter } from './errors.ts';
import { jsonOf, textOf, type Value } from './values.ts';
import { quotesAll } from './words.ts';

/** Writes the columns of a row, with its delimiter. */
export type Write = (columns: readonly (readonly [name: string, value: Value])[]) => string;

/** @throws {ServiceError} InvalidRequestParameter where not one form is asked for, InvalidQuoteFields */
export function writerOf({ CSV: csv, JSON: json }: OutputSerialization): Write {
  if ((csv === undefined) === (json === undefined)) throw invalidRequestParameter();
  if (csv !== undefined) return csvWriter(csv);
  const delimiter = json?.RecordDelimiter ?? '\n';
  return (columns) => jsonOf(new Map(columns)) + delimiter;
}

function csvWriter(csv: CSVOutput): Write {
  const { QuoteCharacter: quote = '"', FieldDelimiter: field = ',', RecordDelimiter: record = '\n' } = csv;
  const escaping = csv.QuoteEscapeCharacter ?? quote;
  const quoted = (text: string) => quote + (quote === '' ? text : text.replaceAll(quote, escaping + quote)) + quote;
  const isAlways = quotesAll(csv);
  const isNeeded = (text: string) =>
    isAlways || [field, record, quote, '\n', '\r'].some((one) => one !== '' && text.includes(one));
  return (columns) => {
    const texts = columns.map(([, value]) => textOf(value));
    return texts.map((text) => (isNeeded(text) ? quoted(text) : text)).join(field) + record;
  };
}
