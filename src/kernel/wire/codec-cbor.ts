/** CBOR ↔ shapes: values decoded from CBOR are read by shape; outputs are written straight into the buffer. */
import { type CborWriter, cborText } from './cbor-encode.ts';
import { defaultOf, membersOf, recursive, shapeOf } from './codec.ts';
import { wrongType } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import { INTEGER_RANGES, javaName } from './scalar.ts';

export type CborReader = (value: unknown) => unknown;
export type CborPut = (value: unknown, out: CborWriter) => void;

export type CborCodec = {
  reader(shapeName: string): CborReader;
  /** Writes a structure's members, without opening or closing it. */
  members(shapeName: string): CborPut;
};

/** How instants are written. */
export type CborInstants = { read: CborReader; put: CborPut };

/** Under tag 1, in seconds: as RFC 8949 has them. */
const SECONDS: CborInstants = {
  read: (value) => instantOf(value, 1_000),
  put: (value, out) => out.instant(value as number),
};

/** Under tag 1 all the same, but in milliseconds: as AWS's own CBOR has them. Source: AWS SDK for Java 2.x, requests of its Kinesis client. */
export const MILLISECONDS: CborInstants = {
  read: (value) => instantOf(value, 1),
  put: (value, out) => out.instantInMilliseconds(value as number),
};

function instantOf(value: unknown, unit: number): number {
  // What stood under tag 1 was taken for seconds.
  const number = value instanceof Date ? value.getTime() / 1_000 : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw wrongType(value, 'Timestamp');
  return Math.round(number * unit);
}

/** Readers and writers of structures, each built once. */
export function cborCodec(model: ServiceModel, instants: CborInstants = SECONDS): CborCodec {
  const readers = recursive((name: string) => structureReader(model, shapeOf(model, name), reader));
  const puts = recursive((name: string) => membersPut(model, shapeOf(model, name), putter));

  function reader(member: MemberModel): CborReader {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return shape.document === true ? (value) => value : readers(member.shape);
    if (shape.type === 'list') return listReader(shape, reader);
    if (shape.type === 'map') return mapReader(shape, reader);
    return shape.type === 'timestamp' ? instants.read : scalarReader(shape);
  }

  function putter(member: MemberModel): CborPut {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'list') return listPut(putter(shape.member as MemberModel));
    if (shape.type === 'map') return mapPut(shape, putter(shape.value as MemberModel));
    if (shape.type === 'timestamp') return instants.put;
    if (shape.type !== 'structure' || shape.document === true) return scalarPut(shape);
    const members = puts(member.shape);
    return (value, out) => {
      out.openStructure();
      members(value, out);
      out.closeStructure();
    };
  }

  return { reader: readers, members: puts };
}

function structureReader(
  model: ServiceModel,
  shape: ShapeModel,
  reader: (member: MemberModel) => CborReader,
): CborReader {
  const members = new Map<string, CborReader>();
  const defaults: [string, () => unknown][] = [];
  for (const [name, member, target] of membersOf(model, shape)) {
    members.set(name, reader(member));
    const otherwise = defaultOf(member, target);
    if (otherwise !== undefined) defaults.push([name, otherwise]);
  }
  const union = shape.union === true;
  return (value) => {
    if (!isMap(value)) throw wrongType(value, 'Structure');
    const result: Record<string, unknown> = {};
    let count = 0;
    for (const key in value) {
      const given = value[key];
      if (given === null) continue;
      const read = members.get(key);
      if (read !== undefined) result[key] = read(given);
      else if (!union || key === '__type') continue;
      count += 1;
    }
    if (union && (count !== 1 || Object.keys(result).length !== 1)) throw wrongType(value, 'Union');
    for (const [name, otherwise] of defaults) if (result[name] === undefined) result[name] = otherwise();
    return result;
  };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}

function listReader(shape: ShapeModel, reader: (member: MemberModel) => CborReader): CborReader {
  const read = reader(shape.member as MemberModel);
  return (value) => {
    if (!Array.isArray(value)) throw wrongType(value, 'List');
    return value.map((item) => {
      if (item !== null) return read(item);
      if (shape.sparse !== true) throw wrongType(null, 'List member');
      return null;
    });
  };
}

function mapReader(shape: ShapeModel, reader: (member: MemberModel) => CborReader): CborReader {
  const read = reader(shape.value as MemberModel);
  return (value) => {
    if (!isMap(value)) throw wrongType(value, 'Map');
    const entries = Object.entries(value).filter(([, item]) => shape.sparse === true || item !== null);
    return Object.fromEntries(entries.map(([key, item]) => [key, item === null ? null : read(item)]));
  };
}

function membersPut(model: ServiceModel, shape: ShapeModel, putter: (member: MemberModel) => CborPut): CborPut {
  const members = membersOf(model, shape).map(([name, member, target]) => ({
    name,
    key: cborText(name),
    put: putter(member),
    otherwise: defaultOf(member, target),
  }));
  return (value, out) => {
    for (const { name, key, put, otherwise } of members) {
      const one = (value as Record<string, unknown>)[name] ?? otherwise?.();
      if (one === undefined || one === null) continue;
      out.raw(key);
      put(one, out);
    }
  };
}

function listPut(put: CborPut): CborPut {
  return (value, out) => {
    const list = value as unknown[];
    out.list(list.length);
    for (const one of list) one === null || one === undefined ? out.null() : put(one, out);
  };
}

function mapPut(shape: ShapeModel, put: CborPut): CborPut {
  return (value, out) => {
    const entries = Object.entries(value as object).filter(
      ([, one]) => one !== undefined && (one !== null || shape.sparse === true),
    );
    out.map(entries.length);
    for (const [key, one] of entries) {
      out.text(key);
      one === null ? out.null() : put(one, out);
    }
  };
}

function scalarPut(shape: ShapeModel): CborPut {
  switch (shape.type) {
    case 'string':
    case 'character':
      return (value, out) => out.text(value as string);
    case 'blob':
      return (value, out) => out.bytes(value as Uint8Array);
    case 'boolean':
      return (value, out) => out.boolean(value as boolean);
    case 'float':
      return (value, out) => out.float(value as number);
    case 'double':
      return (value, out) => out.double(value as number);
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
    case 'biginteger':
      return (value, out) => out.integer(value as number);
    default:
      return (value, out) => out.document(value);
  }
}

function scalarReader(shape: ShapeModel): CborReader {
  const wanted = javaName(shape.type);
  switch (shape.type) {
    case 'blob':
      return (value) => {
        if (!(value instanceof Uint8Array)) throw wrongType(value, wanted);
        return value;
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
    default: {
      const range = INTEGER_RANGES[shape.type];
      return (value) => {
        const number = typeof value === 'bigint' ? Number(value) : value;
        if (typeof number !== 'number') throw wrongType(value, wanted);
        if (range !== undefined && !(Number.isInteger(number) && number >= range[0] && number <= range[1]))
          throw wrongType(value, wanted);
        return number;
      };
    }
  }
}
