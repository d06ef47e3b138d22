/** Headers that code at the edge gives: none that would end the head of a message, or say how it is framed. */

/** What a function gave can't be used. */
export class Invalid extends Error {
  override name = 'Invalid';
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** Source: CloudFront Developer Guide, "Restrictions on edge functions", Disallowed and read-only headers. */
const DISALLOWED =
  /^(connection|content-length|expect|keep-alive|proxy-.*|trailer|transfer-encoding|upgrade|via|x-accel-.*|x-amz-cf-.*|x-cache.*|x-edge-.*|x-forwarded-proto|x-real-ip)$/;

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
  return DISALLOWED.test(name);
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

/** A status that an answer may have. */
export function statusValue(value: unknown): number {
  const status = typeof value === 'object' ? Number.NaN : Number(value);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Invalid("a status can't be used");
  return status;
}
