/** What an edge location refuses before it looks for anything. */
import { badRequest, blockedCountry, httpsOnly, loops, methodNotAllowed, type OwnReply, redirect } from './refusal.ts';
import { refuseUnsigned, withoutSignature } from './signed.ts';
import type { Transit } from './transit.ts';

const WITHOUT_BODY = new Set(['GET', 'HEAD']);
/** Source: CloudFront Developer Guide, "Quotas": URL length. */
const URL_LENGTH_MAX = 8_192;

/** The refusal; undefined for a request that may go on. A signature is taken out of the query. */
export function refuse(t: Transit): OwnReply | undefined {
  const { compiled, spot, request, behavior, method } = t;
  const { countries } = compiled.spec;
  if (countries !== undefined && countries.codes.includes(spot.country) !== countries.allow) return blockedCountry();
  const { protocol, keys } = behavior.spec;
  // Before anything waits for what is asked already: that would be this very request.
  if (request.headers.via?.includes(`${compiled.spec.hop} (CloudFront)`) === true) return loops();
  if (!request.secure && protocol === 'redirect-to-https') return redirect(secureUrl(t));
  if (!request.secure && protocol === 'https-only') return httpsOnly();
  if (request.path.length + request.query.length > URL_LENGTH_MAX) return badRequest();
  if (!behavior.methods.has(method)) return methodNotAllowed();
  // Source: CloudFront Developer Guide, "GET requests that include a body".
  if (WITHOUT_BODY.has(method) && hasBody(request.headers)) return methodNotAllowed();
  if (keys === undefined) return undefined;
  const { path, query, headers, sourceIp } = request;
  const refusal = refuseUnsigned(
    keys,
    { bases: basesOf(t), path, query, cookie: headers.cookie, sourceIp },
    t.startedAt,
  );
  if (refusal === undefined) t.query = withoutSignature(query);
  return refusal;
}

function hasBody(headers: Readonly<Record<string, string>>): boolean {
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
