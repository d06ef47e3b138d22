/** The words in which a query's forms are told: capitals and small letters are the same. Source: aws/aws-sdk-pandas, tutorial of S3 Select. */
import type { ServiceError } from '#kernel/contract';
import type { CSVInput, CSVOutput, InputSerialization } from '#models/s3';
import { invalidCompression, invalidFileHeaderInfo, invalidJsonType, invalidQuoteFields } from './errors.ts';

function wordOf<Word extends string>(
  given: string | undefined,
  known: readonly [otherwise: Word, ...others: Word[]],
  refusal: () => ServiceError,
): Word {
  if (given === undefined) return known[0];
  const word = known.find((one) => one === given.toUpperCase());
  if (word === undefined) throw refusal();
  return word;
}

/** What has packed the object. @throws {ServiceError} InvalidCompressionFormat */
export const packingOf = ({ CompressionType: type }: InputSerialization) =>
  wordOf(type, ['NONE', 'GZIP', 'BZIP2'], invalidCompression);

/** Whether the object is documents of JSON, not lines. @throws {ServiceError} InvalidJsonType */
export const isDocument = ({ JSON: json }: InputSerialization) =>
  wordOf(json?.Type, ['LINES', 'DOCUMENT'], invalidJsonType) === 'DOCUMENT';

/** What the first line of CSV is. @throws {ServiceError} InvalidFileHeaderInfo */
export const headerOf = ({ FileHeaderInfo: info }: CSVInput) =>
  wordOf(info, ['NONE', 'USE', 'IGNORE'], invalidFileHeaderInfo);

/** Whether each field of CSV is quoted. @throws {ServiceError} InvalidQuoteFields */
export const quotesAll = ({ QuoteFields: fields }: CSVOutput) =>
  wordOf(fields, ['ASNEEDED', 'ALWAYS'], invalidQuoteFields) === 'ALWAYS';
