/** rest-json and rest-xml: the same bindings, another body. */
import type { ByteStream } from '#models/base';
import { shapeOf } from './codec.ts';
import { type EventCodec, type EventStreamCodec, eventStreamOf } from './event-stream.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import { EMPTY, type ErrorReply, type Headers, operationOf, type Protocol, type Reply, type WireReply, type WireRequest } from './protocol.ts';
import { type Bindings, bindingsOf, isRawPayload, readBindings, readRawPayload, writeBindings } from './rest.ts';
import { uriRouter } from './uri.ts';

/** What differs between JSON and XML bodies. */
export type BodyStyle = {
  name: 'rest-json' | 'rest-xml';
  contentType: string;
  /** Refuses a content type or Accept header that the operation can't have. */
  checkTypes(request: WireRequest, expected: { body: 'none' | 'document' | 'blob' | 'string' | 'stream'; accept: string | undefined }): void;
  /** Reads the body's members of a structure, or a payload structure. */
  readBody(shape: string, body: Buffer, payload: MemberModel | undefined): unknown;
  writeBody(operation: string, shape: string, output: Record<string, unknown>, payload: { name: string; member: MemberModel; wire: string } | undefined): string | undefined;
  fail(error: ErrorReply, bindings: Bindings | undefined, headers: Headers, reply: Reply): string;
  event: (member: MemberModel) => EventCodec;
};

export function restProtocol(model: ServiceModel, style: BodyStyle): Protocol {
  const route = uriRouter(model);
  const cache = new Map<string, Bindings>();
  const events = new Map<string, EventStreamCodec | undefined>();
  const bindings = (shape: string) => {
    let known = cache.get(shape);
    if (known === undefined) cache.set(shape, (known = bindingsOf(model, shape)));
    return known;
  };
  const eventStream = (operation: string) => {
    if (!events.has(operation)) events.set(operation, eventStreamOf(model, operationOf(model, operation).output, style.event));
    return events.get(operation);
  };

  return {
    name: style.name,
    route,
    streams(operation) {
      const { input } = operationOf(model, operation);
      const payload = input === undefined ? undefined : bindings(input).payload;
      return payload !== undefined && (payload.member.streaming === true || payload.shape.streaming === true);
    },
    read(found, request) {
      const { input } = operationOf(model, found.operation);
      const accept = acceptOf(model, found.operation, style, bindings);
      if (input === undefined) {
        style.checkTypes(request, { body: 'none', accept });
        return {};
      }
      const bound = bindings(input);
      style.checkTypes(request, { body: bodyKind(bound), accept });
      const result = readBindings(model, bound, found, request);
      if (bound.payload !== undefined && isRawPayload(bound.payload)) {
        const value = readRawPayload(bound.payload, request.body);
        if (value !== undefined) result[bound.payload.name] = value;
      } else if (request.body instanceof Uint8Array) readDocument(style, input, bound, request.body, result);
      return withDefaults(bound, result);
    },
    write(operation, output, reply): WireReply {
      const { output: shape, status } = operationOf(model, operation);
      const headers: Headers = { 'x-amzn-requestid': reply.requestId };
      if (shape === undefined) return { status: status ?? 200, headers, body: EMPTY };
      const bound = bindings(shape);
      const stream = eventStream(operation);
      if (stream !== undefined) {
        writeBindings(model, bound, output, headers);
        headers['content-type'] ??= 'application/vnd.amazon.eventstream';
        return { status: status ?? 200, headers, body: stream.write(output) };
      }
      const code = writeBindings(model, bound, output, headers) ?? status ?? 200;
      return { status: code, headers, body: writePayload(style, operation, shape, bound, output, headers) };
    },
    fail(error, reply): WireReply {
      const headers: Headers = { 'content-type': style.contentType, 'x-amzn-requestid': reply.requestId };
      const bound = model.shapes[error.name] === undefined ? undefined : bindings(error.name);
      if (bound !== undefined) writeBindings(model, bound, error.fields, headers);
      const body = style.fail(error, bound, headers, reply);
      return { status: error.status, headers, body };
    },
  };
}

function bodyKind(bound: Bindings): 'none' | 'document' | 'blob' | 'string' | 'stream' {
  if (bound.payload === undefined) return bound.hasBody ? 'document' : 'none';
  if (bound.payload.shape.eventstream === true) return 'stream';
  if (bound.payload.member.streaming === true || bound.payload.shape.streaming === true) return 'stream';
  return bound.payload.shape.type === 'blob' ? 'blob' : bound.payload.shape.type === 'string' ? 'string' : 'document';
}

/** The type of an operation's reply, for checking Accept; undefined where any will do. */
function acceptOf(model: ServiceModel, operation: string, style: BodyStyle, bindings: (shape: string) => Bindings): string | undefined {
  const { output } = operationOf(model, operation);
  if (output === undefined) return undefined;
  const bound = bindings(output);
  const kind = bodyKind(bound);
  if (bound.headers.some((one) => one.wire.toLowerCase() === 'content-type')) return undefined;
  if (kind === 'document') return style.contentType;
  return kind === 'string' ? 'text/plain' : kind === 'blob' ? 'application/octet-stream' : undefined;
}

function readDocument(style: BodyStyle, input: string, bound: Bindings, body: Uint8Array, result: Record<string, unknown>): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  if (bound.payload !== undefined) {
    if (bytes.length > 0) result[bound.payload.name] = style.readBody(bound.payload.member.shape, bytes, bound.payload.member);
  } else if (bound.hasBody) Object.assign(result, style.readBody(input, bytes, undefined));
}

function withDefaults(bound: Bindings, result: Record<string, unknown>): Record<string, unknown> {
  for (const [name, member] of Object.entries(bound.shape.members ?? {})) if (member.default !== undefined && result[name] === undefined) result[name] = structuredClone(member.default);
  return result;
}

function writePayload(style: BodyStyle, operation: string, shape: string, bound: Bindings, output: Record<string, unknown>, headers: Headers): string | Uint8Array | ByteStream {
  const { payload } = bound;
  if (payload !== undefined && isRawPayload(payload)) {
    const value = output[payload.name];
    if (value === undefined || value === null) return EMPTY;
    headers['content-type'] ??= payload.shape.type === 'string' ? 'text/plain' : 'application/octet-stream';
    return value as string | Uint8Array | ByteStream;
  }
  const text = payload === undefined && !bound.hasBody ? style.writeBody(operation, shape, {}, undefined) : style.writeBody(operation, shape, output, payload);
  if (text === undefined) return EMPTY;
  headers['content-type'] ??= style.contentType;
  return text;
}

/** Whether a payload structure is the document type or a plain structure. */
export function isDocument(model: ServiceModel, name: string): boolean {
  const shape = shapeOf(model, name);
  return shape.type === 'document' || shape.document === true;
}
