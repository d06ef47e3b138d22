/** The event that a function gets of a request (format 1.0), and the answer that its result makes. Source: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway". */
import type { Call, Reply } from './call.ts';
import { internalError } from './errors.ts';
import { answeredName, isForFunctions } from './header-rules.ts';
import { casedName, lastOf } from './request.ts';

/** Headers that belong to a connection, or to API Gateway. */
const OWN = /^(connection|content-length|keep-alive|proxy-authenticate|te|trailer|transfer-encoding|upgrade)$/;
/** HTTP APIs give these another name. */
const REMAPPED = /^(authorization|date|server|www-authenticate)$/;

function orNull<Value extends object>(value: Value): Value | null {
  return Object.keys(value).length === 0 ? null : value;
}

/** The event of a request. @param mapped headers that the integration's parameters add, by the names that they give them */
export function proxyEvent(call: Call, mapped: Readonly<Record<string, string>>): object {
  const { method, query, body, compiled, headers } = call;
  const isBinary = body.length > 0 && compiled.isBinary(headers['content-type']);
  const taken = new Set(Object.keys(mapped).map((name) => name.toLowerCase()));
  const shown = call.shownHeaders.filter(([name]) => !taken.has(name.toLowerCase()));
  const added = Object.entries(mapped).map(([name, value]) => [casedName(name), [value]] as const);
  const isSigned = method?.method.authorizationType === 'AWS_IAM';
  const cased = [...shown, ...added].filter(([name, [value = '']]) =>
    isForFunctions(name.toLowerCase(), value, isSigned),
  );
  return {
    resource: method?.path ?? '/',
    path: call.eventPath,
    httpMethod: call.request.method,
    headers: orNull(Object.fromEntries(cased.map(([name, values]) => [name, values.at(-1) ?? '']))),
    multiValueHeaders: orNull(Object.fromEntries(cased)),
    queryStringParameters: orNull(lastOf(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: orNull(call.sentParameters),
    stageVariables: orNull(call.use.variables),
    requestContext: call.context,
    body: body.length === 0 ? null : body.toString(isBinary ? 'base64' : 'utf8'),
    isBase64Encoded: isBinary,
  };
}

type Result = {
  statusCode?: unknown;
  headers?: unknown;
  multiValueHeaders?: unknown;
  body?: unknown;
  isBase64Encoded?: unknown;
};

/**
 * The answer that a function's result makes.
 *
 * @param isBinary whether a body in base64 goes out as the bytes that it stands for
 * @throws {GatewayFault} for what is none
 */
export function proxyReply(text: string, isBinary: () => boolean): Reply {
  const { statusCode = 200, headers, multiValueHeaders, body, isBase64Encoded } = resultOf(text);
  const status = statusOf(statusCode);
  if (body !== undefined && body !== null && typeof body !== 'string') throw internalError();
  const sent = mergedHeaders(plainHeaders(headers), listedHeaders(multiValueHeaders));
  const decoded = isBase64Encoded === true && isBinary();
  return {
    status,
    headers: { 'content-type': 'application/json', ...sent },
    body: decoded ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}

/** @throws {GatewayFault} for what is no status */
export function statusOf(given: unknown): number {
  const status = typeof given === 'object' ? Number.NaN : Number(given);
  // One below 200 ends no answer: its client would wait for another.
  if (!Number.isInteger(status) || status < 200 || status > 599) throw internalError();
  return status;
}

function resultOf(text: string): Result {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw internalError();
    // What has none of the members of an answer is none.
    const members = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'];
    if (Object.keys(value).some((name) => !members.includes(name))) throw internalError();
    return value as Result;
  } catch {
    throw internalError();
  }
}

/** Headers of a result. @throws {GatewayFault} for what are none */
export function plainHeaders(given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) throw internalError();
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const safe = answerHeader(name, value);
      return safe === undefined ? [] : [safe];
    }),
  );
}

/** A name that stands in both has the values of both, each once. Source: "Lambda proxy integrations in API Gateway", "Output format". */
function mergedHeaders(
  plain: Record<string, string>,
  listed: Record<string, string[]>,
): Record<string, string | string[]> {
  const both = Object.entries(listed).map(([name, values]) => {
    const one = plain[name];
    return [name, one === undefined || values.includes(one) ? values : [...values, one]] as const;
  });
  return { ...plain, ...Object.fromEntries(both) };
}

/** Those with several values. @throws {GatewayFault} for what are none */
export function listedHeaders(given: unknown): Record<string, string[]> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) throw internalError();
  const listed: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(given)) {
    if (!Array.isArray(values)) throw internalError();
    const safe = values.flatMap((value) => answerHeader(name, value) ?? []);
    const [key] = safe;
    if (key !== undefined) listed[key] = safe.filter((_, index) => index % 2 === 1);
  }
  return listed;
}

/** A header of a REST API's integration as it goes out; undefined for one that can't. */
export function answerHeader(name: string, value: unknown): [name: string, value: string] | undefined {
  const answered = answeredName(name);
  const text = answered === undefined ? undefined : tellable(answered, value ?? '');
  return answered === undefined || text === undefined ? undefined : [answered, text];
}

/** The same of an HTTP API. */
export function safeHeader(name: string, value: unknown): [name: string, value: string] | undefined {
  const key = name.toLowerCase();
  const text = headerText(key, value ?? '');
  return text === undefined ? undefined : [REMAPPED.test(key) ? `x-amzn-remapped-${key}` : key, text];
}

/** The value of a header, whichever way it goes; undefined for what can't be one, or is not for APIs to say. @param name in lower case */
export function headerText(name: string, value: unknown): string | undefined {
  return value === undefined || OWN.test(name) ? undefined : tellable(name, value);
}

function tellable(name: string, value: unknown): string | undefined {
  const text = value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
  const isNone = !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t -~\u0080-\u00ff]/.test(text);
  return isNone ? undefined : text;
}
