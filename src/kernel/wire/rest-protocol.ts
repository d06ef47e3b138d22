/** rest-json and rest-xml: the same bindings, another body. What an operation needs is planned once and kept. */
import { bytesStream } from '#kernel/base';
import type { ByteStream } from '#models/base';
import { type EventCodec, type EventStreamCodec, eventStreamOf } from './event-stream.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import {
  EMPTY,
  type ErrorReply,
  type Headers,
  operationOf,
  type Protocol,
  type Reply,
  type Route,
  type WireReply,
  type WireRequest,
  wholeBody,
} from './protocol.ts';
import {
  type Bindings,
  type Bound,
  bindingsOf,
  isRawPayload,
  isStreaming,
  readBindings,
  readRawPayload,
  writeBindings,
} from './rest.ts';
import { uriRouter } from './uri.ts';

/** What a request's body is, and the types that its Content-Type and Accept must allow; undefined where any will do. */
export type Expected = {
  body: 'none' | 'document' | 'blob' | 'string' | 'stream';
  type: string | undefined;
  accept: string | undefined;
};

/** What differs between JSON and XML bodies. Readers and writers are asked for once per operation. */
export type BodyStyle = {
  name: 'rest-json' | 'rest-xml';
  contentType: string;
  /** Refuses a content type or Accept header that the operation can't have. */
  checkTypes(request: WireRequest, expected: Expected): void;
  /** Reads the body's members of a structure, or a payload. */
  reader(shape: string, payload: Bound | undefined): (body: Buffer) => unknown;
  /** Writes an output's body; undefined stands for no body. */
  writer(
    operation: string,
    shape: string,
    payload: Bound | undefined,
  ): (output: Record<string, unknown>) => string | undefined;
  fail(error: ErrorReply, bindings: Bindings | undefined, headers: Headers, reply: Reply): string;
  event: (member: MemberModel) => EventCodec;
};

type Input = { streams: boolean; read(found: Route, request: WireRequest): Record<string, unknown> };
type Output = {
  accept: string | undefined;
  write(output: Record<string, unknown>, headers: Headers): Omit<WireReply, 'headers'>;
};

/** A REST protocol over the service's model: HTTP bindings here, bodies by `style`. */
export function restProtocol(model: ServiceModel, style: BodyStyle): Protocol {
  const inputs = kept((operation) => inputOf(model, operation, style, outputs(operation).accept));
  const outputs = kept((operation) => outputOf(model, operation, style));
  const errors = kept((name) => (model.shapes[name] === undefined ? undefined : bindingsOf(model, name, 'reply')));
  return {
    name: style.name,
    route: uriRouter(model),
    streams: (operation) => inputs(operation).streams,
    read: (found, request) => inputs(found.operation).read(found, request),
    write(operation, output, reply): WireReply {
      const headers = idsOf(reply);
      const { status, body } = outputs(operation).write(output, headers);
      return { status, headers, body };
    },
    fail(error, reply): WireReply {
      const headers: Headers = { 'content-type': style.contentType, ...idsOf(reply) };
      const bound = errors(error.name);
      if (bound !== undefined) writeBindings(bound, error.fields, headers);
      return { status: error.status, headers, body: style.fail(error, bound, headers, reply) };
    },
  };
}

/** S3 has names of its own for a request's ids. */
function idsOf({ requestId, hostId }: Reply): Headers {
  return hostId === undefined
    ? { 'x-amzn-requestid': requestId }
    : { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId };
}

function kept<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as T;
  };
}

function inputOf(model: ServiceModel, operation: string, style: BodyStyle, accept: string | undefined): Input {
  const { input } = operationOf(model, operation);
  if (input === undefined) {
    const expected: Expected = { body: 'none', type: undefined, accept };
    return {
      streams: false,
      read(_, request) {
        style.checkTypes(request, expected);
        return {};
      },
    };
  }
  const bound = bindingsOf(model, input, 'request');
  const expected: Expected = { ...bodyOf(bound, style), accept };
  const readBody = bodyReader(model, input, bound, style);
  return {
    streams: bound.payload !== undefined && isStreaming(bound.payload),
    read(found, request) {
      style.checkTypes(request, expected);
      const result = readBindings(model, bound, found, request);
      readBody(request, result);
      for (const [name, otherwise] of bound.defaults) if (result[name] === undefined) result[name] = otherwise();
      return result;
    },
  };
}

function bodyReader(
  model: ServiceModel,
  input: string,
  bound: Bindings,
  style: BodyStyle,
): (request: WireRequest, result: Record<string, unknown>) => void {
  const { payload } = bound;
  if (payload === undefined && !bound.hasBody) return () => {};
  const events = eventStreamOf(model, input, style.event);
  if (payload !== undefined && events !== undefined) {
    return (request, result) => {
      result[payload.name] = events.read(request.body instanceof Uint8Array ? bytesStream(request.body) : request.body);
    };
  }
  if (payload !== undefined && isRawPayload(payload)) {
    return (request, result) => {
      const value = readRawPayload(payload, request.body);
      if (value !== undefined) result[payload.name] = value;
    };
  }
  const read = style.reader(input, payload);
  if (payload === undefined) return (request, result) => void Object.assign(result, read(wholeBody(request)));
  return (request, result) => {
    const body = wholeBody(request);
    if (body.length > 0) result[payload.name] = read(body);
  };
}

function bodyOf(bound: Bindings, style: BodyStyle): Pick<Expected, 'body' | 'type'> {
  const { payload } = bound;
  if (payload === undefined)
    return bound.hasBody ? { body: 'document', type: style.contentType } : { body: 'none', type: undefined };
  const type = payload.shape.mediaType;
  if (isStreaming(payload)) return { body: 'stream', type };
  if (payload.shape.type === 'blob') return { body: 'blob', type };
  return payload.shape.type === 'string'
    ? { body: 'string', type: type ?? 'text/plain' }
    : { body: 'document', type: style.contentType };
}

function outputOf(model: ServiceModel, operation: string, style: BodyStyle): Output {
  const { output: shape, status = 200 } = operationOf(model, operation);
  if (shape === undefined) return { accept: undefined, write: () => ({ status, body: EMPTY }) };
  const bound = bindingsOf(model, shape, 'reply');
  const expected = bodyOf(bound, style);
  const ownType = bound.headers.some((one) => one.wire === 'content-type');
  const writeBody = bodyWriter(model, operation, shape, bound, style);
  return {
    accept: ownType || expected.body === 'none' ? undefined : expected.type,
    write: (output, headers) => ({
      status: writeBindings(bound, output, headers) ?? status,
      body: writeBody(output, headers),
    }),
  };
}

type WriteBody = (output: Record<string, unknown>, headers: Headers) => string | Uint8Array | ByteStream;

function bodyWriter(
  model: ServiceModel,
  operation: string,
  shape: string,
  bound: Bindings,
  style: BodyStyle,
): WriteBody {
  const { payload } = bound;
  const events = eventStreamOf(model, shape, style.event);
  if (events !== undefined) return eventWriter(events);
  if (payload !== undefined && isRawPayload(payload)) {
    const type =
      payload.shape.mediaType ?? (payload.shape.type === 'string' ? 'text/plain' : 'application/octet-stream');
    return (output, headers) => {
      const value = output[payload.name];
      if (value === undefined || value === null) return EMPTY;
      headers['content-type'] ??= type;
      return value as string | Uint8Array | ByteStream;
    };
  }
  const write = style.writer(operation, shape, payload);
  return (output, headers) => {
    const text = write(output);
    if (text === undefined) return EMPTY;
    headers['content-type'] ??= style.contentType;
    return text;
  };
}

function eventWriter(events: EventStreamCodec): WriteBody {
  return (output, headers) => {
    headers['content-type'] ??= 'application/vnd.amazon.eventstream';
    return events.write(output[events.member] as AsyncIterable<Record<string, unknown>> | undefined);
  };
}
