/** The door of the admin API under /_cloudyard/v1/: who may enter, which route is meant, and how it is answered. Documented in docs/admin-api.md. */
import { MIB } from '#kernel/base';
import type { GatewayReply, GatewayRequest } from '#kernel/gateway';
import { parseForm } from '#kernel/wire';
import { type AdminActions, type Answer, ROUTES, type Route } from './admin-routes.ts';
import type { Cloud } from './cloud.ts';
import { ConfigError, MissingError } from './config.ts';
import { answerIssuer } from './issuers.ts';

type Reply = Exclude<GatewayReply, 'close'>;

const PREFIX = '/_cloudyard/';
const VERSION = 'v1';
const BODY_BYTES_MAX = MIB;

/** Answers a request: one to the admin API or for an issuer's documents here, any other by the cloud. */
export function answer(cloud: Cloud, request: GatewayRequest, actions: AdminActions = {}): Promise<GatewayReply> {
  if (!request.target.startsWith(PREFIX)) return cloud.handle(request);
  const document = answerIssuer(cloud, request);
  return document === undefined ? answerAdmin(cloud, request, actions) : Promise.resolve(document);
}

async function answerAdmin(cloud: Cloud, request: GatewayRequest, actions: AdminActions): Promise<GatewayReply> {
  const refused = refusal(request);
  if (refused !== undefined) return failure(403, 'forbidden', refused);
  const [path = '', query] = request.target.slice(PREFIX.length).split('?', 2);
  try {
    const segments = path.split('/').map(decodeURIComponent);
    const version = /^v\d+$/.test(segments[0] ?? '') ? segments.shift() : VERSION;
    if (version !== VERSION)
      return failure(404, 'unknown-version', `This Cloudyard speaks ${VERSION} of the admin API, not ${version}.`);
    const found = findRoute(request.method, segments);
    if ('status' in found) return found;
    const body = await readBody(request);
    const call = { cloud, actions, names: found.names, query: parseForm(query ?? ''), body, gone: request.gone };
    return reply(await found.route(call));
  } catch (error) {
    return failed(cloud, request.target, error);
  }
}

/**
 * Only this machine, and no web page but those of this very server, may command the cloud. A name that an attacker made point
 * here (DNS rebinding) shows in Host; a page of another origin shows in Origin or Sec-Fetch-Site, which pages can't forge.
 */
function refusal({ sourceIp, headers }: GatewayRequest): string | undefined {
  if (!/^(127\.|::1$)/.test(sourceIp)) return 'The admin API answers only requests from this machine.';
  const host = headers.host ?? headers[':authority'] ?? '';
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host))
    return `The admin API answers only on localhost, not on '${host}'.`;
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return `The admin API does not answer pages of '${origin}'.`;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'The admin API does not answer pages of another origin.';
  return undefined;
}

/** `GET snapshots` is meant by that path alone; `:name` stands for any segment. */
function findRoute(method: string, segments: readonly string[]): { route: Route; names: string[] } | Reply {
  const allowed: string[] = [];
  for (const { method: own, path, route } of ROUTES) {
    const pattern = path.split('/');
    if (pattern.length !== segments.length) continue;
    if (!pattern.every((part, index) => part.startsWith(':') || part === segments[index])) continue;
    if (own === method) return { route, names: segments.filter((_, index) => pattern[index]?.startsWith(':')) };
    allowed.push(own);
  }
  const asked = `${method} /${segments.join('/')}`;
  if (allowed.length > 0)
    return failure(405, 'method-not-allowed', `There is no ${asked}; there is ${allowed.join(' and ')}.`, {
      allow: allowed.join(', '),
    });
  const known = ROUTES.map((one) => `${one.method} /${one.path}`).join(', ');
  return failure(404, 'unknown-route', `There is no ${asked}. There are ${known}.`);
}

async function readBody(request: GatewayRequest): Promise<Record<string, unknown>> {
  const bytes = await request.readBody(BODY_BYTES_MAX, () => new ConfigError('The body is larger than 1 MiB.'));
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new ConfigError(`The body should be JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError('The body should be a JSON object.');
  return value as Record<string, unknown>;
}

function reply(answer: Answer): GatewayReply {
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return Symbol.asyncIterator in answer
    ? { status: 200, headers: { ...headers, 'content-type': 'application/x-ndjson' }, body: answer }
    : { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: `${JSON.stringify(answer)}\n` };
}

function failed(cloud: Cloud, target: string, error: unknown): GatewayReply {
  if (error instanceof MissingError) return failure(404, 'not-found', error.message);
  if (error instanceof ConfigError) return failure(400, 'bad-request', error.message);
  if (error instanceof URIError) return failure(400, 'bad-request', 'The path has a broken %-escape.');
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return failure(400, 'bad-request', 'That port is taken. Choose another, or none.');
  cloud.kernel.log('error', 'an admin request failed', {
    target,
    error: error instanceof Error ? error.stack : String(error),
  });
  return failure(500, 'failed', error instanceof Error ? error.message : String(error));
}

function failure(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify({ error: { code, message } })}\n`,
  };
}
