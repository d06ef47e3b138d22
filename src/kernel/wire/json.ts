/** awsJson 1.0 and 1.1: POST /, the operation in X-Amz-Target. */
import type { ByteStream } from '#models/base';
import { type JsonCodec, jsonCodec } from './codec-json.ts';
import { encodeEvent } from './event-frame.ts';
import { type EventCodec, eventStreamOf } from './event-stream.ts';
import { WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import {
  type ErrorReply,
  errorMessageMember,
  errorNamespace,
  type Headers,
  operationOf,
  type Protocol,
  type Reply,
  type Route,
  type WireReply,
  type WireRequest,
  wholeBody,
} from './protocol.ts';

/** Nested deeper than this, JSON is refused before it is parsed (DynamoDB allows 32 levels of values). */
const DEPTH_MAX = 1_000;
const OPENINGS_FEW = 20;

type Read = (body: Buffer) => Record<string, unknown>;
type Write = (output: Record<string, unknown>, reply: Reply) => WireReply;

/** The awsJson protocol over the service's model, 1.0 or 1.1 as the model says. */
export function jsonProtocol(model: ServiceModel): Protocol {
  const codec = jsonCodec(model, false);
  const contentType = `application/x-amz-json-${model.jsonVersion ?? '1.1'}`;
  const readers = new Map<string, Read>();
  const writers = new Map<string, Write>();
  // The model's own text in place of the request's: what looks it up later need not read it letter by letter.
  const operations = new Map(Object.keys(model.operations).map((name) => [name, name]));
  return {
    name: 'json',
    route: (request) => ({ operation: targetOf(operations, request), labels: {} }),
    streams: () => false,
    read({ operation }: Route, request: WireRequest) {
      let read = readers.get(operation);
      if (read === undefined) readers.set(operation, (read = readerOf(model, codec, operation)));
      return read(wholeBody(request));
    },
    write(operation, output, reply): WireReply {
      let write = writers.get(operation);
      if (write === undefined) writers.set(operation, (write = writerOf(model, codec, operation, contentType)));
      return write(output, reply);
    },
    fail: (error, reply) => failJson(model, codec.writer, error, headersOf(contentType, reply)),
  };
}

function readerOf(model: ServiceModel, codec: JsonCodec, operation: string): Read {
  const { input } = operationOf(model, operation);
  if (input === undefined) return () => ({});
  const read = codec.reader({ shape: input });
  return (body) => read(parseJson(body)) as Record<string, unknown>;
}

function writerOf(model: ServiceModel, codec: JsonCodec, operation: string, contentType: string): Write {
  const { output: shape } = operationOf(model, operation);
  if (shape === undefined) return (_, reply) => ({ status: 200, headers: headersOf(contentType, reply), body: '' });
  const events = eventStreamOf(model, shape, (member) => jsonEvents(codec, member));
  if (events === undefined) {
    const write = codec.writer({ shape });
    return (output, reply) => ({
      status: 200,
      headers: headersOf(contentType, reply),
      body: JSON.stringify(write(output)),
    });
  }
  const write = codec.writer({ shape });
  return (output, reply) => ({
    status: 200,
    headers: headersOf('application/vnd.amazon.eventstream', reply),
    body: opened(
      Buffer.from(JSON.stringify(write({ ...output, [events.member]: undefined }))),
      contentType,
      events.write(output[events.member] as AsyncIterable<Record<string, unknown>> | undefined),
    ),
  });
}

/** The members of the output that are no events come first, in an event of their own. Source: Smithy, "Amazon Event Stream Specification", "Initial messages". */
export async function* opened(
  payload: Uint8Array,
  contentType: string,
  events: ByteStream,
): AsyncGenerator<Uint8Array> {
  const headers = {
    ':message-type': 'event',
    ':event-type': 'initial-response',
    ':content-type': contentType,
  };
  yield encodeEvent({ headers, payload });
  yield* events;
}

function headersOf(contentType: string, reply: Reply): Headers {
  return { 'content-type': contentType, 'x-amzn-requestid': reply.requestId };
}

function jsonEvents(codec: JsonCodec, member: MemberModel): EventCodec {
  const write = codec.writer(member);
  const read = codec.reader(member);
  return {
    contentType: 'application/json',
    write: (value) => JSON.stringify(write(value)),
    read: (body) => read(parseJson(body)),
  };
}

/** The operation that X-Amz-Target names. @throws {WireFailure} unknown-operation */
export function targetOf(operations: ReadonlyMap<string, string>, { method, headers }: WireRequest): string {
  const target = headers['x-amz-target'] ?? '';
  const operation = operations.get(target.slice(target.lastIndexOf('.') + 1));
  if (method !== 'POST' || operation === undefined)
    throw new WireFailure('unknown-operation', `Unknown operation ${target}`);
  return operation;
}

/** The JSON of a body; nothing stands for `{}`. Depth is bounded before parsing, so that a hostile body can't exhaust the stack. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  if (hasManyOpenings(text) && depthOf(body) > DEPTH_MAX)
    throw new WireFailure('serialization', 'The request body is nested too deeply');
  try {
    return JSON.parse(text);
  } catch {
    throw new WireFailure('serialization', 'The request body is not valid JSON');
  }
}

/** Where there are few nothing is deep; that is told without looking at each byte. */
function hasManyOpenings(text: string): boolean {
  if (text.length <= DEPTH_MAX) return false;
  let left = OPENINGS_FEW;
  for (const opening of ['{', '['])
    for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) {
      left -= 1;
      if (left === 0) return true;
    }
  return false;
}

function depthOf(body: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (inText) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}

/** Errors of the framework whose message begins with a capital letter. Source: answers of DynamoDB. */
const CAPITALIZED: ReadonlySet<string> = new Set(['SerializationException', 'AccessDeniedException']);

/**
 * `{"__type": …, "message": …}` and what else the error's shape has; query-compatible services add query's code in a header.
 * Services of awsJson 1.1 name the type alone, those of 1.0 with its namespace.
 */
function failJson(
  model: ServiceModel,
  writer: (member: MemberModel) => (value: unknown) => unknown,
  error: ErrorReply,
  headers: Headers,
): WireReply {
  const shape = model.shapes[error.name];
  const fields = shape === undefined ? {} : (writer({ shape: error.name })(error.fields) as Record<string, unknown>);
  const namespace =
    shape !== undefined
      ? errorNamespace(model)
      : `com.amazon.coral.${error.name === 'ValidationException' ? 'validate' : 'service'}`;
  const type = model.jsonVersion === '1.0' ? `${namespace}#${error.name}` : error.name;
  if (model.queryCompatible === true)
    headers['x-amzn-query-error'] = `${error.code};${error.sender ? 'Sender' : 'Receiver'}`;
  const message =
    error.message === ''
      ? {}
      : { [CAPITALIZED.has(error.name) ? 'Message' : errorMessageMember(model, error.name)]: error.message };
  return { status: error.status, headers, body: JSON.stringify({ __type: type, ...fields, ...message }) };
}
