/** The key under which caches have an object. */
import { encodingFor, pickCookies, pickQuery } from './select.ts';
import type { Transit } from './transit.ts';
import { factsOf } from './viewer.ts';

/** What tells an object from others of its distribution. Parts are set apart by line ends, which no part has. */
export function keyOf(t: Transit): string {
  const { path, query, headers, behavior } = t;
  const { key, spec } = behavior;
  const picked = pickQuery(query, key.query);
  let text = picked === '' ? path : `${path}?${picked}`;
  const encoding = encodingFor(headers['accept-encoding'], spec.encodings);
  if (encoding !== '') text += `\n~${encoding}`;
  // Deviation: AWS does not say whether the origin that a function has chosen tells objects apart; here it does.
  if (t.route?.chosen !== undefined) text += `\n>${t.route.chosen}`;
  if (!key.cookies.isNone) text += `\n;${pickCookies(headers.cookie, key.cookies)}`;
  if (key.headers.isNone) return text;
  const own = factsOf(t);
  for (const name of key.headers.isAll ? Object.keys(headers).sort() : key.headers.names)
    text += `\n${name}:${(name.startsWith('cloudfront-') ? own[name] : headers[name]) ?? ''}`;
  return text;
}
