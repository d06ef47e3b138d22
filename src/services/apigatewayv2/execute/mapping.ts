/** Mappings of parameters: what is added to, put into or taken from requests and answers. Source: API Gateway Developer Guide, "Transform API requests and responses for HTTP APIs". */
import type { Integration } from '#models/apigatewayv2';
import { domainOf, headerText, safeHeader } from '../../api-gateway/port.ts';
import { type HttpCall, ofBody } from './call.ts';
import type { Reply } from './reply.ts';

export type Outgoing = { headers: Record<string, string>; query: URLSearchParams; path: string | undefined };

/** Where API Gateway asks from. */
const BY = '127.0.0.1';
const RULE = /^(append|overwrite|remove):(header|querystring|path|statuscode)(?:\.(.+))?$/;

/** What is sent to an address. */
export function outgoing(call: HttpCall, { RequestParameters = {} }: Integration): Outgoing {
  const to: Outgoing = {
    headers: forwarded(call),
    query: new URLSearchParams(call.request.query),
    path: undefined,
  };
  for (const [rule, source] of Object.entries(RequestParameters)) {
    const [, action = '', place = '', name = ''] = RULE.exec(rule) ?? [];
    const value = interpolated(call, source ?? '');
    if (place === 'header') change(to.headers, action, name.toLowerCase(), headerText(name.toLowerCase(), value));
    else if (place === 'path' && value !== undefined) to.path = value.startsWith('/') ? value : `/${value}`;
    else if (place === 'querystring') {
      if (action === 'remove') to.query.delete(name);
      else if (value !== undefined && action === 'append') to.query.append(name, value);
      else if (value !== undefined) to.query.set(name, value);
    }
  }
  return to;
}

/** Addresses learn by one header, not by several, for whom they are asked. Source: requests of HTTP APIs that users have published. */
function forwarded({ headers: given, request }: HttpCall): Record<string, string> {
  const { 'x-forwarded-for': _, 'x-forwarded-port': __, 'x-forwarded-proto': proto, via, ...headers } = given;
  const own = 'HTTP/1.1 AmazonAPIGateway';
  const pairs = { by: BY, for: request.sourceIp, host: domainOf(request.host), proto };
  return {
    ...headers,
    forwarded: Object.entries(pairs)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
    via: via === undefined ? own : `${via}, ${own}`,
  };
}

function change(headers: Record<string, string>, action: string, name: string, value: string | undefined): void {
  if (action === 'remove') delete headers[name];
  else if (value !== undefined) {
    const before = headers[name];
    headers[name] = action === 'append' && before !== undefined ? `${before},${value}` : value;
  }
}

/** An answer as the mappings of its status say. */
export function remapped(call: HttpCall, { ResponseParameters = {} }: Integration, reply: Reply): Reply {
  const rules = ResponseParameters[String(reply.status)];
  if (rules === undefined) return reply;
  const headers = { ...reply.headers } as Record<string, string>;
  let { status } = reply;
  for (const [rule, source] of Object.entries(rules)) {
    const [, action = '', place = '', name = ''] = RULE.exec(rule) ?? [];
    const value = interpolated(call, source ?? '', (path) => ofReply(reply, path));
    if (place === 'statuscode') status = statusOf(value) ?? status;
    else if (place === 'header') {
      const safe = safeHeader(name, value ?? '');
      if (safe !== undefined) change(headers, action, safe[0], value);
    }
  }
  return { ...reply, status, headers };
}

function statusOf(value: string | undefined): number | undefined {
  const status = Number(value);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** `response.header.x`, `response.body.a.b[0]`, `response.body`; undefined where the answer has no such thing, or the path means the request. */
function ofReply({ headers, body }: Reply, path: string): string | undefined {
  const [, place, name = ''] = /^response\.(header|body)\.?(.*)$/s.exec(path) ?? [];
  if (place === 'header') return headers[name.toLowerCase()]?.toString();
  if (place === undefined) return undefined;
  const text = Buffer.from(body as Uint8Array).toString('utf8');
  const value = name === '' ? text : ofBody(text, name);
  return value === undefined || value === null
    ? undefined
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

/**
 * A value with what it names of the request in it: `$request.body.id`, `a ${context.requestId} b`.
 *
 * @param also finds what is not the request's
 */
export function interpolated(
  call: HttpCall,
  source: string,
  also: (path: string) => string | undefined = () => undefined,
): string | undefined {
  const find = (path: string) => also(path) ?? call.select(path);
  if (/^\$(request|response|context|stageVariables)\b/.test(source)) return find(source.slice(1));
  return source.replace(/\$\{([^}]+)\}/g, (_, path: string) => find(path) ?? '');
}
