/** Smithy RPC v2 CBOR: POST /service/<Service>/operation/<Operation>, CBOR both ways. */
import { Decoder, Encoder, Tag } from 'cbor-x';
import { membersOf, recursive, shapeOf } from './codec.ts';
import { WireFailure, wrongType } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import { EMPTY, type Headers, operationOf, type Protocol, type WireReply, wholeBody } from './protocol.ts';
import { INTEGER_RANGES, javaName } from './scalar.ts';

const CONTENT_TYPE = 'application/cbor';
const PATH = /^(?:.*)\/service\/([A-Za-z0-9_]+)\/operation\/([A-Za-z0-9_]+)$/;

const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false });
const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true });

type Convert = (value: unknown) => unknown;

export function cborProtocol(model: ServiceModel): Protocol {
  const readers = recursive((name: string) => structureReader(model, shapeOf(model, name), reader));
  const writers = recursive((name: string) => structureWriter(model, shapeOf(model, name), writer));

  function reader(member: MemberModel): Convert {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return shape.document === true ? (value) => value : readers(member.shape);
    if (shape.type === 'list' || shape.type === 'map') return aggregate(shape, reader((shape.member ?? shape.value) as MemberModel), true);
    return scalarReader(shape);
  }

  function writer(member: MemberModel): Convert {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return shape.document === true ? (value) => value : writers(member.shape);
    if (shape.type === 'list' || shape.type === 'map') {
      let write: Convert | undefined;
      return aggregate(shape, (value) => (write ??= writer((shape.member ?? shape.value) as MemberModel))(value), false);
    }
    if (shape.type === 'timestamp') return (value) => new Tag((value as number) / 1_000, 1);
    if (shape.type === 'blob') return (value) => Buffer.from(value as Uint8Array);
    return (value) => value;
  }

  return {
    name: 'cbor',
    route(request) {
      const operation = PATH.exec(request.path)?.[2] ?? '';
      if (request.method !== 'POST' || !Object.hasOwn(model.operations, operation)) throw new WireFailure('unknown-operation', `Unknown operation ${request.path}`);
      return { operation, labels: {} };
    },
    streams: () => false,
    read(route, request) {
      const { input } = operationOf(model, route.operation);
      const body = wholeBody(request);
      if (input === undefined || body.length === 0) return {};
      return readers(input)(decode(body)) as Record<string, unknown>;
    },
    write(operation, output, reply): WireReply {
      const { output: shape } = operationOf(model, operation);
      const headers: Headers = { 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': reply.requestId };
      if (shape === undefined) return { status: 200, headers, body: EMPTY };
      headers['content-type'] = CONTENT_TYPE;
      return { status: 200, headers, body: encoder.encode(writers(shape)(output)) };
    },
    fail(error, reply): WireReply {
      const headers: Headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': CONTENT_TYPE, 'x-amzn-requestid': reply.requestId };
      if (model.queryCompatible === true) headers['x-amzn-query-error'] = `${error.code};${error.sender ? 'Sender' : 'Receiver'}`;
      const known = model.shapes[error.name] !== undefined;
      const fields = known ? (writers(error.name)(error.fields) as object) : {};
      const message = known && 'Message' in (model.shapes[error.name]?.members ?? {}) ? 'Message' : 'message';
      const namespace = `com.amazonaws.${model.name.replaceAll('-', '')}`;
      return { status: error.status, headers, body: encoder.encode({ __type: `${namespace}#${error.name}`, ...fields, ...(error.message !== '' && { [message]: error.message }) }) };
    },
  };
}

function decode(body: Buffer): unknown {
  try {
    return decoder.decode(body);
  } catch {
    throw new WireFailure('serialization', 'The request body is not valid CBOR');
  }
}

function structureReader(model: ServiceModel, shape: ShapeModel, reader: (member: MemberModel) => Convert): Convert {
  const members = membersOf(model, shape).map(([name, member]) => ({ name, member, read: reader(member) }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) throw wrongType(value, 'Structure');
    const given = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const { name, member, read } of members) {
      const one = given[name];
      if (one !== undefined && one !== null) result[name] = read(one);
      else if (member.default !== undefined) result[name] = structuredClone(member.default);
    }
    if (shape.union === true && Object.keys(result).length !== 1) throw wrongType(value, 'Union');
    return result;
  };
}

function structureWriter(model: ServiceModel, shape: ShapeModel, writer: (member: MemberModel) => Convert): Convert {
  const members = membersOf(model, shape).map(([name, member]) => ({ name, write: writer(member) }));
  return (value) => {
    const result: Record<string, unknown> = {};
    for (const { name, write } of members) {
      const one = (value as Record<string, unknown>)[name];
      if (one !== undefined && one !== null) result[name] = write(one);
    }
    return result;
  };
}

function aggregate(shape: ShapeModel, convert: Convert, strict: boolean): Convert {
  const one = (item: unknown) => {
    if (item !== null && item !== undefined) return convert(item);
    if (strict && shape.sparse !== true && shape.type === 'list') throw wrongType(null, 'List member');
    return null;
  };
  if (shape.type === 'list') {
    return (value) => {
      if (!Array.isArray(value)) throw wrongType(value, 'List');
      return value.map(one);
    };
  }
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(value, 'Map');
    const entries = Object.entries(value).filter(([, item]) => shape.sparse === true || (item !== null && item !== undefined));
    return Object.fromEntries(entries.map(([key, item]) => [key, one(item)]));
  };
}

function scalarReader(shape: ShapeModel): Convert {
  const wanted = javaName(shape.type);
  switch (shape.type) {
    case 'timestamp':
      return (value) => {
        const at = value instanceof Date ? value.getTime() : typeof value === 'number' ? value * 1_000 : Number.NaN;
        if (!Number.isFinite(at)) throw wrongType(value, wanted);
        return Math.round(at);
      };
    case 'blob':
      return (value) => {
        if (!(value instanceof Uint8Array)) throw wrongType(value, wanted);
        return Buffer.from(value);
      };
    case 'string':
    case 'character':
      return (value) => {
        if (typeof value !== 'string') throw wrongType(value, wanted);
        return value;
      };
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw wrongType(value, wanted);
        return value;
      };
    case 'document':
      return (value) => value;
    default:
      return (value) => {
        const number = typeof value === 'bigint' ? Number(value) : value;
        if (typeof number !== 'number') throw wrongType(value, wanted);
        const range = INTEGER_RANGES[shape.type];
        if (range !== undefined && (!Number.isInteger(number) || number < range[0] || number > range[1])) throw wrongType(value, wanted);
        return number;
      };
  }
}
