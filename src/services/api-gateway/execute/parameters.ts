/** Mappings of parameters: where a header, a part of the path or of the query of another request comes from. Source: API Gateway Developer Guide, "Parameter mapping source examples". */
import type { Fetched } from '#kernel/contract';
import type { Call } from './call.ts';
import { jsonPath } from './json-path.ts';
import { at, contextOf, own } from './templates.ts';

/** What a mapping's source says, of a request and the answer that an integration gave; undefined where that has none. */
export function parameterOf(call: Call, source: string, answer?: Fetched): string | undefined {
  const literal = /^'(.*)'$/s.exec(source)?.[1];
  if (literal !== undefined) return literal;
  const [, place = '', rest = ''] =
    /^(method\.request\.\w+|integration\.response\.\w+|context|stageVariables)\.?(.*)$/s.exec(source) ?? [];
  const value = valueAt(call, place, rest, answer);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function valueAt(call: Call, place: string, name: string, answer: Fetched | undefined): unknown {
  switch (place) {
    case 'method.request.path':
      return own(call.pathParameters, name);
    case 'method.request.querystring':
      return own(call.query, name)?.at(-1);
    case 'method.request.multivaluequerystring':
      return own(call.query, name)?.join(',');
    case 'method.request.header':
    case 'method.request.multivalueheader':
      return own(call.headers, name.toLowerCase());
    case 'method.request.body':
      return ofBody(call.body.toString('utf8'), name);
    case 'integration.response.header':
    case 'integration.response.multivalueheader':
      return answer && own(answer.headers, name.toLowerCase());
    case 'integration.response.body':
      return answer && ofBody(Buffer.from(answer.body).toString('utf8'), name);
    case 'context':
      return at(contextOf(call), name);
    case 'stageVariables':
      return own(call.use.variables, name);
    default:
      return undefined;
  }
}

function ofBody(body: string, path: string): unknown {
  if (path === '') return body;
  try {
    return jsonPath(`$.${path}`)(JSON.parse(body));
  } catch {
    return undefined;
  }
}
