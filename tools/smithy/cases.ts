/** Takes the test cases out of a Smithy AST: those a server must pass, parameters written out. */
import type { MalformedCase, RequestCase, ResponseCase, StreamCase } from '../../tests/wire/smithy-suite.ts';
import { type Ast, localName, testedIn } from './model.ts';

type Raw = { id: string; protocol: string; appliesTo?: 'client' | 'server'; [field: string]: unknown };

export type Cases = {
  requests: RequestCase[];
  responses: ResponseCase[];
  malformed: MalformedCase[];
  streams: StreamCase[];
};

const REQUEST = ['id', 'method', 'uri', 'queryParams', 'headers', 'body', 'bodyMediaType', 'params', 'resolvedHost'];
const RESPONSE = ['id', 'code', 'headers', 'requireHeaders', 'forbidHeaders', 'body', 'bodyMediaType', 'params'];
const STREAM = [
  'id',
  'initialRequest',
  'initialRequestParams',
  'initialResponse',
  'initialResponseParams',
  'events',
  'expectation',
];

/** The service's cases for the protocol, without those for clients only. */
export function smithyCases(ast: Ast, service: string, protocol: string): Cases {
  const { operations, errors } = testedIn(ast, service);
  const cases = (id: string, trait: string) =>
    ((ast.shapes[id]?.traits?.[`smithy.test#${trait}`] ?? []) as Raw[]).filter(
      (one) => one.protocol === protocol && one.appliesTo !== 'client',
    );
  const found: Cases = { requests: [], responses: [], malformed: [], streams: [] };
  for (const id of operations) {
    const operation = localName(id);
    for (const raw of cases(id, 'httpRequestTests'))
      found.requests.push({ operation, ...pick(raw, REQUEST) } as RequestCase);
    for (const raw of cases(id, 'httpResponseTests'))
      found.responses.push({ operation, ...pick(raw, RESPONSE) } as ResponseCase);
    for (const raw of cases(id, 'httpMalformedRequestTests')) found.malformed.push(...expand(raw, operation));
    for (const raw of cases(id, 'eventStreamTests'))
      found.streams.push({ operation, ...pick({ events: [], ...raw }, STREAM) } as StreamCase);
  }
  for (const id of errors)
    for (const raw of cases(id, 'httpResponseTests'))
      found.responses.push({ error: localName(id), ...pick(raw, RESPONSE) } as ResponseCase);
  return found;
}

function pick(raw: Record<string, unknown>, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter((field) => raw[field] !== undefined).map((field) => [field, raw[field]]));
}

/** One case per set of `testParameters`, its texts filled in. */
function expand(raw: Raw, operation: string): MalformedCase[] {
  const parameters = Object.entries((raw.testParameters ?? {}) as Record<string, string[]>);
  const count = parameters[0]?.[1].length ?? 1;
  return Array.from({ length: count }, (_, index) => {
    const values = Object.fromEntries(parameters.map(([name, all]) => [name, all[index] as string]));
    const filled = fill({ request: raw.request, response: raw.response }, values);
    return {
      operation,
      id: parameters.length === 0 ? raw.id : `${raw.id}_case${index}`,
      ...(filled as Pick<MalformedCase, 'request' | 'response'>),
    };
  });
}

/** `$name:L` is the text as it is, `$name:S` the same as a JSON text. */
function fill(value: unknown, values: Record<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$(\w+):([LS])|\$\$/g, (whole, name: string | undefined, form: string) => {
      if (name === undefined) return '$';
      const text = values[name];
      if (text === undefined) return whole;
      return form === 'S' ? JSON.stringify(text) : text;
    });
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, values)]));
}
