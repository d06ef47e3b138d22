/**
 * Metadata outside of ASCII: headers hold it in words of RFC 2047, which are decoded when they come and written when they go.
 *
 * @see S3 User Guide, "Working with object metadata", User-defined object metadata, with the sample that the tests repeat
 */
import { utf8Length } from '#kernel/base';
import { metadataTooLarge } from '../errors.ts';
import { USER_METADATA_BYTES_MAX } from '../limits.ts';

type Metadata = { readonly [name: string]: string };

const WORD = /=\?utf-8\?([bq])\?([^?]*)\?=/gi;

/** Metadata as it is kept. @throws {ServiceError} MetadataTooLarge */
export function keptMetadata(given: Metadata): { [name: string]: string } {
  let size = 0;
  for (const [name, value] of Object.entries(given)) size += utf8Length(name) + utf8Length(value);
  if (size > USER_METADATA_BYTES_MAX) throw metadataTooLarge(size);
  return mapped(given, (value) =>
    value.includes('=?') ? value.replace(WORD, (_, form: string, text: string) => decode(form, text)) : value,
  );
}

/** Metadata as headers show it. A header's bytes are taken for Latin-1, so that what was sent in UTF-8 comes back encoded twice. */
export function shownMetadata(kept: Metadata | undefined): Metadata | undefined {
  if (kept === undefined || Object.values(kept).every((value) => !/[^\t -~]/.test(value))) return kept;
  return mapped(kept, (value) =>
    /[^\t -~]/.test(value) ? `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=` : value,
  );
}

function mapped(metadata: Metadata, change: (value: string) => string): { [name: string]: string } {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, change(value)]));
}

function decode(form: string, text: string): string {
  if (form.toLowerCase() === 'b') return Buffer.from(text, 'base64').toString();
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
