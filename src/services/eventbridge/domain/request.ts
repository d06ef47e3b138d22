/** The request that an API destination is called with. Source: EventBridge User Guide, "API destinations as targets" and "Headers in requests to API destinations". */
import { parseExactly } from '#kernel/base';
import type { FetchRequest } from '#kernel/contract';
import { ANSWER_BYTES_MAX, CALL_TIMEOUT } from '../limits.ts';
import type { DestinationRow, Target } from '../state.ts';
import type { Credentials, HttpParts, Parameters } from './connection.ts';
import { partsOf } from './connection.ts';

export type Outgoing = { url: string; request: FetchRequest };
type Method = NonNullable<FetchRequest['method']>;

/** Headers that are EventBridge's to say. */
const OWN = new Set([
  'host',
  'user-agent',
  'range',
  'accept-encoding',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'via',
  'expect',
  'proxy-authorization',
]);

/** What the target says goes first, then what the connection says. */
function entries(...lists: readonly Parameters[]): Map<string, string> {
  return new Map(lists.flat().map(({ name, value }) => [name, value]));
}

const listed = (given: { readonly [name: string]: string } | undefined): Parameters =>
  Object.entries(given ?? {}).map(([name, value]) => ({ name, value }));

/** The call of a destination with a target's input. @param authorization the header's value, where there is one */
export function requestTo(
  { endpoint, method }: Pick<DestinationRow, 'endpoint' | 'method'>,
  { HttpParameters: given }: Pick<Target, 'HttpParameters'>,
  input: string,
  credentials: Credentials,
  authorization: string | undefined,
): Outgoing {
  const own = partsOf(credentials.invocation_http_parameters);
  const path = [...(given?.PathParameterValues ?? [])];
  const url = new URL(endpoint.replaceAll('*', () => encodeURIComponent(path.shift() ?? '')));
  for (const [name, value] of entries(listed(given?.QueryStringParameters), own.query))
    url.searchParams.set(name, value);
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  for (const [name, value] of entries(listed(given?.HeaderParameters), own.headers)) add(headers, name, value);
  if (credentials.api_key_name !== undefined) add(headers, credentials.api_key_name, credentials.api_key_value ?? '');
  if (authorization !== undefined) headers.authorization = authorization;
  return outgoing(url, method, headers, method === 'GET' || method === 'HEAD' ? undefined : withBody(input, own.body));
}

function add(headers: Record<string, string>, name: string, value: string): void {
  const lower = name.toLowerCase();
  if (!OWN.has(lower)) headers[lower] = value;
}

function outgoing(url: URL, method: Method, headers: Record<string, string>, text: string | undefined): Outgoing {
  const more = { 'user-agent': 'Amazon/EventBridge/ApiDestinations', range: 'bytes=0-1048575' };
  const body = text === undefined ? {} : { body: Buffer.from(text) };
  const request = { method, headers: { ...headers, ...more }, timeout: CALL_TIMEOUT, bytesMax: ANSWER_BYTES_MAX };
  return { url: url.href, request: { ...request, ...body } };
}

/** Body parameters become members of an input that is an object. */
function withBody(input: string, parameters: Parameters): string {
  if (parameters.length === 0) return input;
  try {
    const value = parseExactly(input);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return JSON.stringify({ ...value, ...Object.fromEntries(entries(parameters)) });
  } catch {
    // An input that is no JSON stays as it is.
  }
  return input;
}

/**
 * The request for an OAuth token.
 *
 * Deviation: how AWS sends the client's credentials is not published; here as a form (RFC 6749, 2.3.1), or in the query of a GET.
 */
export function tokenRequest(credentials: Credentials): Outgoing {
  const { client_id = '', client_secret = '', authorization_endpoint = '', http_method = 'POST' } = credentials;
  const { headers: given, query, body }: HttpParts = partsOf(credentials.oauth_http_parameters);
  const own = { grant_type: 'client_credentials', client_id, client_secret };
  const url = new URL(authorization_endpoint);
  const inQuery = http_method === 'GET' ? [...listed(own), ...body] : [];
  for (const [name, value] of entries(inQuery, query)) url.searchParams.set(name, value);
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...(http_method !== 'GET' && { 'content-type': 'application/x-www-form-urlencoded' }),
  };
  for (const { name, value } of given) add(headers, name, value);
  const form = new URLSearchParams([...entries(listed(own), body)]);
  return outgoing(url, http_method, headers, http_method === 'GET' ? undefined : form.toString());
}
