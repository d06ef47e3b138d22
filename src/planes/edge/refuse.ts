/** What an edge location refuses before it looks for anything. */
import { machineNow } from '#kernel/clock';
import type { EdgeRequest } from '#kernel/contract';
import {
  blockedCountry,
  httpsOnly,
  loops,
  methodNotAllowed,
  type OwnReply,
  redirect,
  tooLong,
  withBody,
} from './refusal.ts';
import { refuseUnsigned, withoutSignature } from './signed.ts';
import type { Transit } from './transit.ts';

const WITHOUT_BODY = new Set(['GET', 'HEAD']);
/** Source: CloudFront Developer Guide, "Quotas". */
const URL_BYTES_MAX = 8_192;
/** Of a request without its body. */
const HEAD_BYTES_MAX = 20_480;

/** The refusal; undefined for a request that may go on. A signature is taken out of the query. */
export function refuse(t: Transit): OwnReply | undefined {
  const { compiled, spot, request, behavior, method } = t;
  const { countries } = compiled.spec;
  if (countries !== undefined && countries.codes.includes(spot.country) !== countries.allow)
    return { ...blockedCountry(t.id), isPaged: true };
  const { protocol, keys } = behavior.spec;
  // Before anything waits for what is asked already: that would be this very request.
  if (request.headers.via?.includes(`${compiled.spec.hop} (CloudFront)`) === true) return loops(t.id);
  if (!request.secure && protocol === 'redirect-to-https') return redirect(secureUrl(t), !WITHOUT_BODY.has(method));
  if (!request.secure && protocol === 'https-only') return httpsOnly(t.id);
  if (isTooLong(t)) return tooLong(t.id);
  if (!behavior.methods.has(method)) return methodNotAllowed(t.id);
  if (hasStrayBody(request)) return withBody(t.id);
  if (keys === undefined) return undefined;
  const { path, query, headers, sourceIp } = request;
  const refusal = refuseUnsigned(keys, { bases: basesOf(t), path, query, cookie: headers.cookie, sourceIp }, [
    t.startedAt,
    machineNow(),
  ]);
  if (refusal !== undefined) return { ...refusal, isPaged: true };
  t.query = withoutSignature(query);
  return undefined;
}

function isTooLong(t: Transit): boolean {
  const { method, headers } = t.request;
  const url = secureUrl(t).length;
  let head = method.length + url;
  for (const name in headers) head += name.length + (headers[name]?.length ?? 0);
  return url > URL_BYTES_MAX || head > HEAD_BYTES_MAX;
}

/** Whether a request brings a body that by its method has none. Source: CloudFront Developer Guide, "GET requests that include a body". */
export function hasStrayBody({ method, headers }: Pick<EdgeRequest, 'method' | 'headers'>): boolean {
  if (!WITHOUT_BODY.has(method)) return false;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Whom the signer may have meant: the name as the viewer says it, without its port, and the distribution's own. */
function basesOf({ request, compiled }: Transit): string[] {
  const { host } = request;
  const names = [...new Set([host, host.replace(/:\d+$/, ''), compiled.spec.domain])];
  const scheme = request.secure ? 'https' : 'http';
  const own = names.map((name) => `${scheme}://${name}`);
  // Deviation: a signature for https is good for http, too, where the cloud is reached so.
  return request.secure ? own : [...own, ...names.map((name) => `https://${name}`)];
}

function secureUrl({ request }: Transit): string {
  const { host, path, query } = request;
  return `https://${host}${path}${query === '' ? '' : `?${query}`}`;
}
