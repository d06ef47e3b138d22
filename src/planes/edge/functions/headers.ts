/** Headers that code at the edge gives: none that would end the head of a message, or say how it is framed. */
import type { EdgeEvent } from '#kernel/contract';
import { VIEWER_HEADER } from '#kernel/world';

/** What a function gave can't be used. */
export class Invalid extends Error {
  override name = 'Invalid';
}

type Headers = Record<string, string | string[]>;

const URI_LENGTH_MAX = 8_192;

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** Not shown to functions, which can't set them either. Source: CloudFront Developer Guide, "Restrictions on all edge functions", Disallowed headers. */
const HIDDEN =
  /^(connection|expect|keep-alive|proxy-(authenticate|authorization|connection)|trailer|upgrade|x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*|x-amzn-(auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|lambda-integration-tag|requestid)|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;
/** Source: as above, Read-only headers. */
const READ_ONLY: { readonly [event in EdgeEvent]: RegExp } = {
  'viewer-request': /^(content-length|host|transfer-encoding|via)$/,
  'origin-request':
    /^(accept-encoding|content-length|if-modified-since|if-none-match|if-range|if-unmodified-since|transfer-encoding|via)$/,
  'origin-response': /^(transfer-encoding|via)$/,
  'viewer-response': /^(transfer-encoding|via|warning)$/,
};

/** The name in lower case. */
export function headerName(name: string): string {
  if (!NAME.test(name)) throw new Invalid(`${name} is no name of a header`);
  return name.toLowerCase();
}

/** A value that stays within its header. */
export function headerValue(value: unknown): string {
  // Latin-1 without control characters: a line end would begin another header.
  if (typeof value !== 'string' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Invalid("a value can't be sent");
  return value;
}

/** Whether a function may not set it. */
export function isDisallowed(name: string): boolean {
  return HIDDEN.test(name) || /^(content-length|transfer-encoding|via)$/.test(name);
}

/** The headers that functions are shown. */
export function shownHeaders<H extends Headers>(headers: H): H {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HIDDEN.test(name) && name !== VIEWER_HEADER),
  ) as H;
}

/**
 * Headers as a function changed them: with those that it was not shown, and those that it may only read.
 *
 * @throws {Invalid} for one that it may not add or change
 */
export function changedHeaders<H extends Headers>(event: EdgeEvent, given: H, before: H): H {
  const isReadOnly = (name: string) => READ_ONLY[event].test(name);
  for (const name in given) {
    if (HIDDEN.test(name)) throw new Invalid(`${name} can't be set`);
    if (isReadOnly(name) && String(given[name]) !== String(before[name])) throw new Invalid(`${name} is read-only`);
  }
  const kept = Object.entries(before).filter(([name]) => HIDDEN.test(name) || isReadOnly(name));
  return { ...given, ...Object.fromEntries(kept) };
}

/**
 * Headers of an answer that a function has made itself.
 *
 * @throws {Invalid} for one that it may not set
 */
export function madeHeaders<H extends Headers>(given: H): H {
  // It is told by the body.
  const { 'content-length': _, ...headers } = given;
  for (const name in headers) if (isDisallowed(name)) throw new Invalid(`${name} can't be set`);
  return headers as H;
}

/** A path as code gave it. */
export function pathValue(value: unknown): string {
  if (
    typeof value !== 'string' ||
    !value.startsWith('/') ||
    !/^[\x21-\x7e\x80-\xff]*$/.test(value) ||
    /[?#]/.test(value)
  )
    throw new Invalid("a path can't be used");
  return value;
}

/** A query string, still escaped. */
export function queryValue(value: unknown): string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]*$/.test(value) || value.includes('#'))
    throw new Invalid("a query can't be used");
  return value;
}

/** Refuses an address that is too long. Source: CloudFront Developer Guide, "Restrictions on all edge functions", URI. */
export function checkAddress(path: string, query: string): void {
  if (path.length + query.length + 1 >= URI_LENGTH_MAX) throw new Invalid('an address is too long');
}

/** A status that an answer may have. */
export function statusValue(value: unknown): number {
  const status = typeof value === 'object' ? Number.NaN : Number(value);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Invalid("a status can't be used");
  return status;
}
