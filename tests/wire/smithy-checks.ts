/** Runs one case of the Smithy protocol suite against our protocols; throws where the outcome is another one. */
import assert from 'node:assert/strict';
import { collect } from '#kernel/base';
import {
  type ErrorReply,
  type Headers,
  type Protocol,
  type Reply,
  type ServiceModel,
  validators,
  WireFailure,
  type WireReply,
  type WireRequest,
} from '#kernel/wire';
import { assertBody } from './smithy-bodies.ts';
import type { MalformedCase, RequestCase, ResponseCase } from './smithy-suite.ts';
import { comparable, paramValue } from './smithy-values.ts';
import { voiceOfConstraints, voiceOfWire } from './smithy-voice.ts';

const BODY_BYTES_MAX = 1_000_000;
/** Where a case names no request id. */
const REQUEST_ID = 'foo-id';

type Sent = {
  method: string;
  uri: string;
  queryParams?: string[];
  headers?: Record<string, string>;
  body?: string;
  bodyMediaType?: string;
};

/** The request as the gateway would hand it over. */
export function requestOf(sent: Sent): WireRequest {
  const [path = '', query] = sent.uri.split('?');
  const body = Buffer.from(sent.body ?? '', sent.bodyMediaType === 'application/cbor' ? 'base64' : 'utf8');
  const headers: Headers = {};
  for (const [name, text] of Object.entries(sent.headers ?? {})) headers[name.toLowerCase()] = text;
  return {
    method: sent.method,
    path,
    query: [...(query === undefined ? [] : [query]), ...(sent.queryParams ?? [])].join('&'),
    headers,
    body,
  };
}

/**
 * What a server of the suite is told besides the request's own fields: some awsJson cases leave the target out,
 * and S3's bucket stands in the host, from where our gateway puts it before the path.
 */
function addressed(model: ServiceModel, protocol: Protocol, test: RequestCase): WireRequest {
  const request = requestOf(test);
  if (protocol.name === 'json') request.headers['x-amz-target'] ??= `${model.target}.${test.operation}`;
  const bucket = test.params?.Bucket;
  if (model.noErrorWrapping === true && bucket !== undefined && test.resolvedHost?.startsWith(`${bucket}.`) === true)
    request.path = `/${bucket}${request.path}`;
  return request;
}

/** A request must be routed to its operation and read as the case's params. */
export async function checkRequest(model: ServiceModel, protocol: Protocol, test: RequestCase): Promise<void> {
  const request = addressed(model, protocol, test);
  const route = protocol.route(request);
  assert.equal(route.operation, test.operation);
  const actual = protocol.read(route, request);
  const input = model.operations[test.operation]?.input;
  const expected = input === undefined ? {} : paramValue(model, { shape: input }, test.params ?? {}, 'defaults');
  assert.deepStrictEqual(await comparable(actual), await comparable(expected));
}

/** An output or error must be written with the case's status, headers and body. */
export async function checkResponse(model: ServiceModel, protocol: Protocol, test: ResponseCase): Promise<void> {
  const ids = {
    requestId: test.headers?.['X-Amzn-Requestid'] ?? /<requestId>(.*?)</i.exec(test.body ?? '')?.[1] ?? REQUEST_ID,
  };
  const written =
    test.error === undefined
      ? writeOutput(model, protocol, test, ids)
      : protocol.fail(errorOf(model, test.error, test), ids);
  const body = await bytesOf(written);
  assert.equal(written.status, test.code, 'status');
  assertHeaders({ 'content-length': String(body.length), ...written.headers }, test);
  if (test.body !== undefined) assertBody(body, test.body, test.bodyMediaType);
}

function writeOutput(model: ServiceModel, protocol: Protocol, test: ResponseCase, ids: Reply): WireReply {
  const { output } = model.operations[test.operation as string] as { output?: string };
  const value =
    output === undefined
      ? {}
      : (paramValue(model, { shape: output }, test.params ?? {}, 'as given') as Record<string, unknown>);
  return protocol.write(test.operation as string, value, ids);
}

/** Our errors have a message of their own; where the shape has no member for it, the XML of the case tells it. */
function errorOf(model: ServiceModel, name: string, test: ResponseCase): ErrorReply {
  const params = test.params ?? {};
  const fields = paramValue(model, { shape: name }, params, 'as given') as Record<string, unknown>;
  const error = model.shapes[name]?.error;
  const message = (params.message ??
    params.Message ??
    /<Message>(.*?)<\/Message>/.exec(test.body ?? '')?.[1] ??
    '') as string;
  return {
    name,
    code: error?.code ?? name,
    message,
    status: error?.status ?? 400,
    sender: error?.sender === true,
    fields,
  };
}

/** A broken request must be answered with the case's error, whichever step finds it. */
export async function checkMalformed(model: ServiceModel, protocol: Protocol, test: MalformedCase): Promise<void> {
  const reply = protocol.fail(failureOf(model, protocol, test), { requestId: REQUEST_ID });
  assert.equal(reply.status, test.response.code, 'status');
  assertHeaders(reply.headers, test.response);
  const wanted = test.response.body;
  if (wanted === undefined) return;
  const body = await bytesOf(reply);
  if (wanted.assertion.contents !== undefined) assertBody(body, wanted.assertion.contents, wanted.mediaType);
  if (wanted.assertion.messageRegex !== undefined)
    assert.match(JSON.parse(body.toString()).message, new RegExp(wanted.assertion.messageRegex));
}

function failureOf(model: ServiceModel, protocol: Protocol, test: MalformedCase): ErrorReply {
  const request = requestOf(test.request);
  try {
    const route = protocol.route(request);
    const input = protocol.read(route, request);
    const shape = model.operations[route.operation]?.input;
    const failures = shape === undefined ? [] : validators(model)(shape)(input);
    assert.notEqual(failures.length, 0, `the request was accepted: ${JSON.stringify(input)}`);
    return voiceOfConstraints(failures);
  } catch (error) {
    if (error instanceof WireFailure) return voiceOfWire(error);
    throw error;
  }
}

function assertHeaders(
  actual: Headers,
  wanted: { headers?: Record<string, string>; requireHeaders?: string[]; forbidHeaders?: string[] },
): void {
  for (const [name, text] of Object.entries(wanted.headers ?? {}))
    assert.equal(actual[name.toLowerCase()], text, `header ${name}`);
  for (const name of wanted.requireHeaders ?? [])
    assert.notEqual(actual[name.toLowerCase()], undefined, `header ${name} must be there`);
  for (const name of wanted.forbidHeaders ?? [])
    assert.equal(actual[name.toLowerCase()], undefined, `header ${name} must not be there`);
}

async function bytesOf(reply: WireReply): Promise<Buffer> {
  if (typeof reply.body === 'string') return Buffer.from(reply.body);
  return reply.body instanceof Uint8Array
    ? Buffer.from(reply.body)
    : collect(reply.body, BODY_BYTES_MAX, () => new Error('too large'));
}
