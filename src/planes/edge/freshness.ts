/**
 * For how long an answer of an origin is fresh. Source: CloudFront Developer Guide, "Manage how long content stays in the cache (expiration)",
 * whose minimum, default and maximum go before what HTTP says; s-maxage, stale-while-revalidate and stale-if-error as it describes them there.
 */
import { type Millis, SECOND } from '#kernel/base';

export type Ttl = { min: number; default: number; max: number };
export type Headers = Readonly<Record<string, string | string[]>>;

export type Freshness = {
  /** Milliseconds from now; 0 for what must be asked for again each time, undefined for what may not be kept. */
  fresh: Millis | undefined;
  stale: Millis;
  staleIfError: Millis | undefined;
};

/** Errors that are kept for a while (the error caching minimum TTL). Source: CloudFront Developer Guide, "How CloudFront processes HTTP 4xx and 5xx status codes from your origin". */
const ERRORS_KEPT: readonly number[] = [404, 414, 500, 501, 502, 503, 504];
/** Kept only where the origin says for how long, by max-age or s-maxage. */
const ERRORS_KEPT_IF_TOLD: readonly number[] = [400, 403, 405, 412, 415];
const KEPT: readonly number[] = [200, 203, 204, 300, 301, 302, 307, 308, 410];
/** Seconds. */
export const ERROR_TTL_DEFAULT = 10;

/** The directives of Cache-Control, in lower case. Of one that is given twice the first counts. */
export function directivesOf(header: string | string[] | undefined): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  if (header === undefined) return directives;
  for (const part of String(header).split(',')) {
    const mark = part.indexOf('=');
    const name = (mark === -1 ? part : part.slice(0, mark)).trim().toLowerCase();
    if (name !== '' && !directives.has(name))
      directives.set(
        name,
        mark === -1
          ? ''
          : part
              .slice(mark + 1)
              .trim()
              .replace(/^"(.*)"$/, '$1'),
      );
  }
  return directives;
}

/** Header fields, in lower case, that no cache may keep though it keeps the rest: `no-cache="Set-Cookie"`. Source: RFC 9111, 5.2.2.4. */
export function fieldsNotKept(headers: Headers): readonly string[] {
  const [, names = ''] = /(?:^|[\s,])no-cache="([^"]*)"/i.exec(String(headers['cache-control'] ?? '')) ?? [];
  return names.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().toLowerCase()]));
}

function isOfFields(directive: string, headers: Headers): boolean {
  return directive === 'no-cache' && fieldsNotKept(headers).length > 0;
}

/** @param errorTtl seconds that errors of this status are kept at least; undefined where the distribution does not say */
export function freshnessOf(
  status: number,
  headers: Headers,
  ttl: Ttl,
  errorTtl: number | undefined,
  now: Millis,
): Freshness {
  const directives = directivesOf(headers['cache-control']);
  const told = toldSeconds(directives, headers, now);
  const stale = (secondsOf(directives, 'stale-while-revalidate') ?? 0) * SECOND;
  const onError = secondsOf(directives, 'stale-if-error');
  const staleIfError = onError === undefined ? undefined : onError * SECOND;
  // Source: CloudFront Developer Guide, "Control how long CloudFront caches errors": a range that can't be had is never kept.
  if (status === 416) return { fresh: undefined, stale: 0, staleIfError };
  const isToldError = ERRORS_KEPT_IF_TOLD.includes(status) && byDirective(directives) !== undefined;
  if (errorTtl !== undefined || ERRORS_KEPT.includes(status) || isToldError)
    return { fresh: errorSeconds(told, ttl, errorTtl) * SECOND, stale: 0, staleIfError };
  if (!KEPT.includes(status) || ttl.max === 0) return { fresh: undefined, stale: 0, staleIfError };
  const forbidden = ['no-store', 'private', 'no-cache'].find(
    (name) => directives.has(name) && !isOfFields(name, headers),
  );
  if (forbidden !== undefined) {
    if (ttl.min > 0) return { fresh: ttl.min * SECOND, stale, staleIfError };
    return { fresh: forbidden === 'no-cache' ? 0 : undefined, stale: 0, staleIfError };
  }
  const seconds = told === undefined ? Math.max(ttl.default, ttl.min) : Math.min(Math.max(told, ttl.min), ttl.max);
  return { fresh: Math.min(seconds, Math.max(ttl.max, ttl.min)) * SECOND, stale, staleIfError };
}

/** What the origin says counts up to the maximum. Source: CloudFront Developer Guide, "Control how long CloudFront caches errors". */
function errorSeconds(told = 0, { max }: Ttl, errorTtl = ERROR_TTL_DEFAULT): number {
  return Math.max(errorTtl, Math.min(told, max));
}

/** What the origin says: s-maxage before max-age before Expires. */
function toldSeconds(directives: ReadonlyMap<string, string>, headers: Headers, now: Millis): number | undefined {
  const seconds = byDirective(directives);
  if (seconds !== undefined) return seconds;
  if (headers.expires === undefined) return undefined;
  const text = String(headers.expires);
  const at = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  // Source: RFC 9111, 5.3: what is no date is in the past.
  if (Number.isNaN(at)) return 0;
  const date = Date.parse(String(headers.date ?? ''));
  return Math.max(0, (at - (Number.isNaN(date) ? now : date)) / SECOND);
}

function byDirective(directives: ReadonlyMap<string, string>): number | undefined {
  return secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
}

function secondsOf(directives: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = directives.get(name);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
