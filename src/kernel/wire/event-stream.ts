/** Event streams by shape: a union's members as framed messages, and framed messages as the union's members. */
import type { ByteStream } from '#models/base';
import { membersOf, shapeOf } from './codec.ts';
import { decodeEvent, type EventHeader, type EventMessage, encodeEvent } from './event-frame.ts';
import { WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel, ShapeType } from './model.ts';

/** How a protocol writes and reads the payload of an event. */
export type EventCodec = {
  contentType: string;
  write(value: unknown): string | Uint8Array;
  read(body: Buffer): unknown;
};

export type EventStreamCodec = {
  /** Member of the input or output that is the stream. */
  member: string;
  /** Undefined is a stream without events. */
  write(events: AsyncIterable<Record<string, unknown>> | undefined): ByteStream;
  /** Each event as `{member: value}`. @throws WireFailure at the first message that is none, or says an error */
  read(body: AsyncIterable<Uint8Array>): AsyncIterable<Record<string, unknown>>;
};

type EventPlan = { write(body: Record<string, unknown>): EventMessage; read(message: EventMessage): unknown };

/** The event stream of an input or output; undefined when it has none. Only replies are written, only requests read. */
export function eventStreamOf(
  model: ServiceModel,
  shapeName: string | undefined,
  codec: (member: MemberModel) => EventCodec,
): EventStreamCodec | undefined {
  if (shapeName === undefined) return undefined;
  const found = membersOf(model, shapeOf(model, shapeName)).find(([, , shape]) => shape.eventstream === true);
  if (found === undefined) return undefined;
  const [member, , union] = found;
  const plans = new Map(
    membersOf(model, union).map(([type, target, shape]) => [type, planOf(model, type, target.shape, shape, codec)]),
  );
  return {
    member,
    write: (events) => ({
      async *[Symbol.asyncIterator]() {
        for await (const event of events ?? []) {
          const [type = '', body] = Object.entries(event)[0] ?? [];
          const write = type === ERROR ? errorMessage : (plans.get(type) as EventPlan).write;
          yield encodeEvent(write(body as Record<string, unknown>));
        }
      },
    }),
    async *read(body) {
      let rest: Buffer = Buffer.alloc(0);
      for await (const part of body) {
        rest = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
        for (let found = decodeEvent(rest); found !== undefined; found = decodeEvent(rest)) {
          rest = rest.subarray(found.size);
          yield readEvent(found.message, plans);
        }
      }
      if (rest.length > 0) throw new WireFailure('serialization', 'broken event stream message: it ends too early');
    },
  };
}

/** An event called so ends the stream by an error that the stream has no event for: its code and message. Source: Smithy, "Event stream specification". */
const ERROR = ':error';

function errorMessage({ code, message }: Record<string, unknown>): EventMessage {
  const headers = { ':message-type': 'error', ':error-code': String(code), ':error-message': String(message) };
  return { headers, payload: Buffer.alloc(0) };
}

function readEvent(message: EventMessage, plans: Map<string, EventPlan>): Record<string, unknown> {
  const kind = message.headers[':message-type'];
  const type = message.headers[kind === 'exception' ? ':exception-type' : ':event-type'];
  const plan = typeof type === 'string' ? plans.get(type) : undefined;
  if ((kind !== 'event' && kind !== 'exception') || plan === undefined)
    throw new WireFailure('serialization', `no event of the stream: ${String(kind)} ${String(type)}`);
  return { [type as string]: plan.read(message) };
}

function planOf(
  model: ServiceModel,
  type: string,
  target: string,
  shape: ShapeModel,
  codec: (member: MemberModel) => EventCodec,
): EventPlan {
  const kind: Record<string, EventHeader> =
    shape.exception === true
      ? { ':message-type': 'exception', ':exception-type': type }
      : { ':message-type': 'event', ':event-type': type };
  const members = membersOf(model, shape);
  const headers = members.filter(([, member]) => member.eventheader === true);
  const payload = payloadOf(model, target, members, codec);
  return {
    write(body) {
      const written: Record<string, EventHeader> = {
        ...kind,
        ...(payload?.contentType !== undefined && { ':content-type': payload.contentType }),
      };
      for (const [name, , { type: scalar }] of headers)
        if (body[name] !== undefined && body[name] !== null) written[name] = toHeader(body[name], scalar);
      return { headers: written, payload: payload === undefined ? Buffer.alloc(0) : payload.write(body) };
    },
    read(message) {
      const body: Record<string, unknown> = {};
      for (const [name, , { type: scalar }] of headers)
        if (message.headers[name] !== undefined) body[name] = fromHeader(message.headers[name], scalar);
      return { ...body, ...payload?.read(Buffer.from(message.payload)) };
    },
  };
}

type Payload = {
  contentType: string;
  write(body: Record<string, unknown>): Buffer;
  read(bytes: Buffer): Record<string, unknown>;
};

/** The payload: the member marked so, or all members that are no headers. */
function payloadOf(
  model: ServiceModel,
  target: string,
  members: ReturnType<typeof membersOf>,
  codec: (member: MemberModel) => EventCodec,
): Payload | undefined {
  const marked = members.find(([, member]) => member.eventpayload === true);
  if (marked === undefined) {
    if (members.every(([, member]) => member.eventheader === true)) return undefined;
    const isHeader = new Set(members.filter(([, member]) => member.eventheader === true).map(([name]) => name));
    const { contentType, write, read } = codec({ shape: target });
    return {
      contentType,
      write: (body) => bytesOf(write(Object.fromEntries(Object.entries(body).filter(([name]) => !isHeader.has(name))))),
      read: (bytes) => (bytes.length === 0 ? {} : (read(bytes) as Record<string, unknown>)),
    };
  }
  const [name, member] = marked;
  switch (shapeOf(model, member.shape).type) {
    case 'blob':
      return {
        contentType: 'application/octet-stream',
        write: (body) => Buffer.from((body[name] as Uint8Array | undefined) ?? ''),
        read: (bytes) => ({ [name]: bytes }),
      };
    case 'string':
      return {
        contentType: 'text/plain',
        write: (body) => Buffer.from((body[name] as string | undefined) ?? ''),
        read: (bytes) => ({ [name]: bytes.toString('utf8') }),
      };
    default: {
      const { contentType, write, read } = codec(member);
      return {
        contentType,
        write: (body) => bytesOf(write(body[name] ?? {})),
        read: (bytes) => ({ [name]: read(bytes) }),
      };
    }
  }
}

function bytesOf(written: string | Uint8Array): Buffer {
  return typeof written === 'string'
    ? Buffer.from(written)
    : Buffer.from(written.buffer, written.byteOffset, written.length);
}

function toHeader(value: unknown, type: ShapeType): EventHeader {
  switch (type) {
    case 'byte':
      return { byte: value as number };
    case 'short':
      return { short: value as number };
    case 'long':
      return BigInt(value as number);
    case 'timestamp':
      return new Date(value as number);
    default:
      return value as EventHeader;
  }
}

/** Integers of any width are numbers inside, instants milliseconds. */
function fromHeader(value: EventHeader, type: ShapeType): unknown {
  const plain = typeof value === 'bigint' ? Number(value) : value instanceof Date ? value.getTime() : value;
  const fits =
    type === 'boolean'
      ? typeof plain === 'boolean'
      : type === 'string'
        ? typeof plain === 'string'
        : type === 'blob'
          ? plain instanceof Uint8Array
          : Number.isFinite(plain);
  if (!fits) throw new WireFailure('serialization', `broken event stream message: a header is no ${type}`);
  return plain;
}
