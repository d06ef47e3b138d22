/** The CORS rules of a bucket. Source: S3 User Guide, "Using cross-origin resource sharing (CORS)", How does Amazon S3 evaluate the CORS configuration. */
import { safeDecode } from '#kernel/base';
import type { CorsRule } from '#kernel/contract';
import { corsDisabled, corsMethod, corsRefused, corsUnsaid, corsWithoutBucket } from '../errors-cors.ts';
import { buckets, type CorsRow } from '../state.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/** The first rule that fits decides. */
export const cors: CorsRule = ({ path, origin, method, headers }, ctx) => {
  const name = safeDecode(path.split('/')[1] ?? '');
  const bucket = ctx.store.get(buckets, { name });
  // Source: S3's answers in brekkylab/backlot, September 2026.
  if (method !== undefined && !METHODS.has(method)) throw corsMethod(method);
  if (bucket === undefined) throw corsWithoutBucket(method ?? 'OPTIONS');
  const rules = bucket.cors;
  // Source: S3's answer in github.com/versity/versitygw/issues/2083.
  if (rules === undefined) throw corsDisabled(method ?? 'OPTIONS');
  if (method === undefined) throw corsUnsaid();
  for (const rule of rules) {
    const matched = rule.origins.find((pattern) => fits(pattern, origin));
    if (matched === undefined || !rule.methods.includes(method)) continue;
    if (!headers.every((header) => rule.headers.some((pattern) => fits(pattern.toLowerCase(), header)))) continue;
    return answer(rule, matched === '*' ? '*' : origin, headers);
  }
  throw corsRefused(method);
};

function answer(rule: CorsRow, origin: string, headers: readonly string[]): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.exposed.length > 0 && { 'access-control-expose-headers': rule.exposed.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    ...(origin !== '*' && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

/** At most one `*`, which stands for any text. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === text;
  return (
    text.length >= pattern.length - 1 &&
    text.startsWith(pattern.slice(0, star)) &&
    text.endsWith(pattern.slice(star + 1))
  );
}
