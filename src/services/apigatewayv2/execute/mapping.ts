/** Mappings of parameters: what is added to, put into or taken from requests and answers. Source: API Gateway Developer Guide, "Transform API requests and responses for HTTP APIs". */
import type { Integration } from '#models/apigatewayv2';
import { at, safeHeader } from '../../api-gateway/port.ts';
import type { HttpCall } from './call.ts';
import type { Reply } from './reply.ts';

export type Outgoing = { headers: Record<string, string>; query: URLSearchParams; path: string | undefined };

const RULE = /^(append|overwrite|remove):(header|querystring|path|statuscode)(?:\.(.+))?$/;

/** What is sent to an address. */
export function outgoing(call: HttpCall, { RequestParameters = {} }: Integration): Outgoing {
  const to: Outgoing = {
    headers: { ...call.headers },
    query: new URLSearchParams(call.request.query),
    path: undefined,
  };
  for (const [rule, source] of Object.entries(RequestParameters)) {
    const [, action = '', place = '', name = ''] = RULE.exec(rule) ?? [];
    const value = interpolated(call, source ?? '');
    if (place === 'header') change(to.headers, action, name.toLowerCase(), value);
    else if (place === 'path' && value !== undefined) to.path = value.startsWith('/') ? value : `/${value}`;
    else if (place === 'querystring') {
      if (action === 'remove') to.query.delete(name);
      else if (value !== undefined && action === 'append') to.query.append(name, value);
      else if (value !== undefined) to.query.set(name, value);
    }
  }
  return to;
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
    const own = /^\$\{?response\.(header|body)\.?([^}]*)\}?$/.exec(source ?? '');
    const value = own === null ? interpolated(call, source ?? '') : ofReply(reply, own[1] ?? '', own[2] ?? '');
    if (place === 'statuscode') status = Number(value) || status;
    else if (place === 'header') {
      const safe = safeHeader(name, value ?? '');
      if (safe !== undefined) change(headers, action, safe[0], value);
    }
  }
  return { ...reply, status, headers };
}

function ofReply({ headers, body }: Reply, place: string, name: string): string | undefined {
  if (place === 'header') return headers[name.toLowerCase()]?.toString();
  try {
    const value = at(JSON.parse(Buffer.from(body as Uint8Array).toString('utf8')), name);
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}

/** A value with what it names of the request in it: `$request.body.id`, `a ${context.requestId} b`. */
export function interpolated(call: HttpCall, source: string): string | undefined {
  if (/^\$(request|context|stageVariables)\b/.test(source)) return call.select(source);
  return source.replace(/\$\{([^}]+)\}/g, (_, path: string) => call.select(path) ?? '');
}
