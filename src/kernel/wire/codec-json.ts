/** JSON values ↔ shapes: for awsJson bodies, and for rest-json bodies, where members may have another name on the wire. */
import { defaultOf, isBoundInReply, membersOf, recursive, setOwn, shapeOf } from './codec.ts';
import { wrongType } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import { INTEGER_RANGES, javaName, parseBase64, timestampFormat } from './scalar.ts';
import { formatTimestamp, timestampOf } from './timestamp.ts';

export type JsonReader = (value: unknown) => unknown;
/** Gives what JSON.stringify makes the text of: the value itself, wherever nothing of it is written otherwise than it is. */
export type JsonWriter = (value: unknown) => unknown;

export type JsonCodec = {
  reader(member: MemberModel): JsonReader;
  writer(member: MemberModel): JsonWriter;
  /** Like reader and writer of a structure, but without the members that HTTP binds elsewhere. */
  bodyReader(shapeName: string): JsonReader;
  bodyWriter(shapeName: string): JsonWriter;
};

/** @param rest members go by their wire name and null values of dense maps are refused (rest-json); awsJson knows neither */
export function jsonCodec(model: ServiceModel, rest: boolean): JsonCodec {
  const all = (name: string) => membersOf(model, shapeOf(model, name));
  const readStructure = recursive((name: string) =>
    structureReader(name, shapeOf(model, name), all(name), rest, reader),
  );
  const writeStructure = recursive((name: string) => structureWriter(all(name), rest, writer));
  const readBody = recursive((name: string) =>
    structureReader(
      name,
      shapeOf(model, name),
      all(name).filter(([, member]) => member.location === undefined),
      rest,
      reader,
    ),
  );
  const writeBody = recursive((name: string) =>
    structureWriter(
      all(name).filter(([, member]) => !isBoundInReply(member)),
      rest,
      writer,
    ),
  );
  const readAggregate = recursive((name: string) => {
    const shape = shapeOf(model, name);
    const member = (shape.member ?? shape.value) as MemberModel;
    return aggregateReader(shape, WANTED[shapeOf(model, member.shape).type], rest, reader);
  });
  const writeAggregate = recursive((name: string) => aggregateWriter(shapeOf(model, name), writer));

  function reader(member: MemberModel): JsonReader {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return shape.document === true ? (value) => value : readStructure(member.shape);
    if (shape.type === 'list' || shape.type === 'map') return readAggregate(member.shape);
    return scalarReader(member, shape, rest);
  }

  function writer(member: MemberModel): JsonWriter {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return shape.document === true ? (value) => value : writeStructure(member.shape);
    if (shape.type === 'list' || shape.type === 'map') return writeAggregate(member.shape);
    return scalarWriter(member, shape);
  }

  return { reader, writer, bodyReader: readBody, bodyWriter: writeBody };
}

type Members = ReturnType<typeof membersOf>;

function structureReader(
  own: string,
  shape: ShapeModel,
  list: Members,
  rest: boolean,
  reader: (member: MemberModel) => JsonReader,
): JsonReader {
  const members = new Map<string, { name: string; read: JsonReader }>();
  const defaults: [string, () => unknown][] = [];
  for (const [name, member, target] of list) {
    members.set(rest ? (member.name ?? name) : name, { name, read: reader(member) });
    const otherwise = defaultOf(member, target);
    if (otherwise !== undefined) defaults.push([name, otherwise]);
  }
  if (shape.union === true) return unionReader(members);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrongType(value, 'Structure', { shape: own });
    const result: Record<string, unknown> = {};
    for (const key in value) {
      const given = (value as Record<string, unknown>)[key];
      if (given === null) continue;
      const known = members.get(key);
      if (known !== undefined) result[known.name] = known.read(given);
    }
    for (const [name, otherwise] of defaults) if (result[name] === undefined) result[name] = otherwise();
    return result;
  };
}

/** Exactly one known member; nulls and `__type` don't count. */
function unionReader(members: Map<string, { name: string; read: JsonReader }>): JsonReader {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(value, 'Union');
    const given = Object.entries(value).filter(([key, one]) => one !== null && key !== '__type');
    const [key, one] = given[0] ?? [];
    const known = key === undefined ? undefined : members.get(key);
    if (known === undefined || given.length !== 1) throw wrongType(value, 'Union');
    return { [known.name]: known.read(one) };
  };
}

function structureWriter(list: Members, rest: boolean, writer: (member: MemberModel) => JsonWriter): JsonWriter {
  const members = new Map<string, { wire: string; write: JsonWriter }>();
  const defaults: [string, () => unknown][] = [];
  for (const [name, member, target] of list) {
    members.set(name, { wire: rest ? (member.name ?? name) : name, write: writer(member) });
    const otherwise = defaultOf(member, target);
    if (otherwise !== undefined) defaults.push([name, otherwise]);
  }
  // By what is there: an attribute's value has ten members, and one of them is set.
  const write = (value: unknown) => {
    let copy: Record<string, unknown> | undefined;
    for (const name in value as object) {
      const given = (value as Record<string, unknown>)[name];
      const known = given === undefined || given === null ? undefined : members.get(name);
      const written = known?.write(given);
      if (copy === undefined && known?.wire === name && written === given) continue;
      copy ??= before(value as object, name);
      if (known !== undefined) copy[known.wire] = written;
    }
    return copy ?? value;
  };
  if (defaults.length === 0) return write;
  return (value) => {
    const filled = { ...(value as Record<string, unknown>) };
    for (const [name, otherwise] of defaults) filled[name] ??= otherwise();
    return write(filled);
  };
}

/** Shapes that are objects or arrays, as failures call them. */
const WANTED: { readonly [type: string]: string | undefined } = { structure: 'Structure', list: 'List', map: 'Map' };

/** @param wanted what an element is called when it is no scalar */
function aggregateReader(
  shape: ShapeModel,
  wanted: string | undefined,
  rest: boolean,
  reader: (member: MemberModel) => JsonReader,
): JsonReader {
  const sparse = shape.sparse === true;
  const target = ((shape.member ?? shape.value) as MemberModel).shape;
  const check = (item: unknown) => {
    if (wanted !== undefined && typeof item !== 'object')
      throw wrongType(item, wanted, { shape: target, isElement: true });
  };
  if (shape.type === 'list') {
    const read = reader(shape.member as MemberModel);
    return (value) => {
      if (!Array.isArray(value)) throw wrongType(value, 'List');
      return value.map((item) => {
        if (item === null && !sparse) throw wrongType(item, 'List member');
        if (item === null) return null;
        check(item);
        return read(item);
      });
    };
  }
  const read = reader(shape.value as MemberModel);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrongType(value, 'Map', { shape: target });
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (item === null && !sparse) {
        if (rest) throw wrongType(item, 'Map value');
        continue;
      }
      check(item);
      setOwn(result, key, item === null ? null : read(item));
    }
    return result;
  };
}

function aggregateWriter(shape: ShapeModel, writer: (member: MemberModel) => JsonWriter): JsonWriter {
  const write = writer((shape.type === 'list' ? shape.member : shape.value) as MemberModel);
  const one = (item: unknown) => (item === null || item === undefined ? null : write(item));
  if (shape.type === 'list') return (value) => writeList(value as readonly unknown[], one);
  return (value) => {
    let copy: Record<string, unknown> | undefined;
    for (const key in value as object) {
      const item = (value as Record<string, unknown>)[key];
      const stays = item !== undefined && (item !== null || shape.sparse === true);
      const written = stays ? one(item) : undefined;
      if (copy === undefined && stays && written === item) continue;
      copy ??= before(value as object, key);
      if (stays) setOwn(copy, key, written);
    }
    return copy ?? value;
  };
}

function writeList(list: readonly unknown[], write: JsonWriter): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let at = 0; at < list.length; at += 1) {
    const written = write(list[at]);
    if (copy === undefined && written === list[at]) continue;
    copy ??= list.slice(0, at);
    copy.push(written);
  }
  return copy ?? list;
}

/** The members before `end`, all of which are written as they are. */
function before(value: object, end: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name in value) {
    if (name === end) break;
    setOwn(result, name, (value as Record<string, unknown>)[name]);
  }
  return result;
}

/** Texts that AWS's framework takes for booleans. Source: answers of DynamoDB. */
const BOOLEANS: { readonly [text: string]: boolean | undefined } = {
  TRUE: true,
  '1': true,
  YES: true,
  FALSE: false,
  '0': false,
  NO: false,
};

function scalarReader(member: MemberModel, shape: ShapeModel, rest: boolean): JsonReader {
  const { type } = shape;
  const wanted = javaName(type);
  switch (type) {
    case 'string':
    case 'character':
      return (value) => {
        if (typeof value !== 'string') throw wrongType(value, wanted);
        return value;
      };
    case 'boolean':
      return (value) => {
        if (typeof value === 'boolean') return value;
        const told = !rest && typeof value === 'string' ? BOOLEANS[value.toUpperCase()] : undefined;
        if (told === undefined) throw wrongType(value, wanted);
        return told;
      };
    case 'blob':
      return (value) => {
        if (typeof value !== 'string') throw wrongType(value, wanted);
        return parseBase64(value);
      };
    case 'timestamp': {
      const format = timestampFormat(member, shape, 'unixTimestamp');
      return (value) => timestampOf(value, format);
    }
    case 'float':
    case 'double':
    case 'bigdecimal':
      return (value) => floatOf(value, wanted);
    case 'document':
      return (value) => value;
    default: {
      const [low, high] = INTEGER_RANGES[type] as [number, number];
      return (value) => {
        if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high)
          throw wrongType(value, wanted);
        return value;
      };
    }
  }
}

function floatOf(value: unknown, wanted: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw wrongType(value, wanted);
}

function scalarWriter(member: MemberModel, shape: ShapeModel): JsonWriter {
  switch (shape.type) {
    case 'blob':
      return (value) => Buffer.from(value as Uint8Array).toString('base64');
    case 'timestamp': {
      const format = timestampFormat(member, shape, 'unixTimestamp');
      return (value) =>
        format === 'unixTimestamp' ? (value as number) / 1_000 : formatTimestamp(value as number, format);
    }
    case 'float':
    case 'double':
    case 'bigdecimal':
      return (value) => (Number.isFinite(value) ? value : String(value));
    default:
      return (value) => value;
  }
}
