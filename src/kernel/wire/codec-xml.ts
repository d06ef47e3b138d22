/** XML elements ↔ shapes: bodies of rest-xml, replies of query and ec2. */
import { orderOf } from '#kernel/base';
import { defaultOf, isBoundInReply, membersOf, recursive, setOwn, shapeOf } from './codec.ts';
import { WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import { formatScalar, parseScalar, timestampFormat } from './scalar.ts';
import { type Element, escapeAttribute, escapeText } from './xml.ts';

export type XmlReader = (element: Element) => unknown;
/** The inside of an element, or for a flattened list or map the repeated elements themselves. */
export type XmlWriter = (value: unknown, tag: string) => string;

export type XmlCodec = {
  reader(member: MemberModel): XmlReader;
  writer(member: MemberModel): XmlWriter;
  /** Inside of a structure, without its own tag, leaving out members bound elsewhere. */
  writeBody(shapeName: string): (value: unknown) => string;
  /** The attributes that a structure puts on its own tag. */
  attributes(shapeName: string): (value: unknown) => string;
};

/** Name of a list's element where the model gives none. */
const LIST_ITEM = 'member';

/** `prefix uri` or `uri` as an attribute text. */
export function namespaceAttribute(namespace: string | undefined): string {
  if (namespace === undefined) return '';
  const space = namespace.indexOf(' ');
  return space === -1
    ? ` xmlns="${escapeAttribute(namespace)}"`
    : ` xmlns:${namespace.slice(0, space)}="${escapeAttribute(namespace.slice(space + 1))}"`;
}

/**
 * Readers and writers of XML elements by shape, each built once.
 *
 * @param millis whether instants have milliseconds also when these are 0, as those of S3 and EC2 do
 *               (`2009-10-12T17:50:30.000Z`). Source: samples in both API References
 */
export function xmlCodec(model: ServiceModel, millis: boolean): XmlCodec {
  const readStructure = recursive((name: string) => structureReader(model, shapeOf(model, name), reader));
  const bodies = recursive((name: string) => bodyWriter(model, shapeOf(model, name), writer));
  const attributes = recursive((name: string) => attributeWriter(model, shapeOf(model, name)));

  function reader(member: MemberModel): XmlReader {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return readStructure(member.shape);
    if (shape.type === 'list') return listReader(member, shape, reader);
    if (shape.type === 'map') return mapReader(member, shape, reader);
    const format = timestampFormat(member, shape, 'iso8601');
    return (element) =>
      parseScalar(shape.type === 'string' ? element.text : element.text.trim(), shape.type, format, true);
  }

  function writer(member: MemberModel): XmlWriter {
    const shape = shapeOf(model, member.shape);
    // A structure's own namespace is for documents; inside one only a prefix is needed (S3's `xsi`).
    const space = namespaceAttribute(
      member.xmlNamespace ??
        (shape.type === 'structure' && shape.xmlNamespace?.includes(' ') === true ? shape.xmlNamespace : undefined),
    );
    if (shape.type === 'structure') {
      const body = bodies(member.shape);
      const own = attributes(member.shape);
      return (value, tag) => `<${tag}${space}${own(value)}>${body(value)}</${tag}>`;
    }
    if (shape.type === 'list') return listWriter(member, shape, space, writer);
    if (shape.type === 'map') return mapWriter(member, shape, space, writer);
    const format = timestampFormat(member, shape, 'iso8601');
    if (millis && shape.type === 'timestamp' && format === 'iso8601')
      return (value, tag) => `<${tag}${space}>${new Date(value as number).toISOString()}</${tag}>`;
    return (value, tag) => `<${tag}${space}>${escapeText(formatScalar(value, shape.type, format))}</${tag}>`;
  }

  return { reader, writer, writeBody: bodies, attributes };
}

const isFlat = (member: MemberModel, shape: ShapeModel) => member.flattened === true || shape.flattened === true;

function structureReader(
  model: ServiceModel,
  shape: ShapeModel,
  reader: (member: MemberModel) => XmlReader,
): XmlReader {
  const members = membersOf(model, shape).filter(([, member]) => member.location === undefined);
  const readers = members.map(([name, member, target]) => {
    const aggregate = target.type === 'list' || target.type === 'map';
    const wire = member.name ?? (aggregate && isFlat(member, target) ? (target.member?.name ?? name) : name);
    return {
      name,
      wire: wire.slice(wire.indexOf(':') + 1),
      attribute: member.xmlAttribute === true ? wire : undefined,
      flat: aggregate && isFlat(member, target),
      read: reader(member),
    };
  });
  const check = shape.closed === true ? closedCheck(readers) : undefined;
  return (element) => {
    check?.(element);
    const result: Record<string, unknown> = {};
    for (const { name, wire, attribute, flat, read } of readers) {
      if (attribute !== undefined) {
        const text = element.attributes[attribute];
        if (text !== undefined) result[name] = read({ name: wire, attributes: {}, children: [], text });
        continue;
      }
      const found = element.children.filter((child) => child.name === wire);
      if (found.length === 0) continue;
      result[name] = read(flat ? { name: wire, attributes: {}, children: found, text: '' } : (found[0] as Element));
    }
    if (shape.union === true && Object.keys(result).length !== 1)
      throw new WireFailure('serialization', 'a union has exactly one member');
    return result;
  };
}

/** @returns what refuses an element with others than those, or with one twice that is no list */
function closedCheck(members: readonly { wire: string; flat: boolean }[]): (element: Element) => void {
  const flat = new Map(members.map((one) => [one.wire, one.flat]));
  return ({ children }) => {
    const seen = new Set<string>();
    for (const { name } of children) {
      const isList = flat.get(name);
      if (isList === undefined || (!isList && seen.has(name)))
        throw new WireFailure('serialization', `${name} is not expected here`);
      seen.add(name);
    }
  };
}

function listReader(member: MemberModel, shape: ShapeModel, reader: (member: MemberModel) => XmlReader): XmlReader {
  const read = reader(shape.member as MemberModel);
  const item = shape.member?.name ?? LIST_ITEM;
  if (isFlat(member, shape)) return (element) => element.children.map(read);
  return (element) => element.children.filter((child) => child.name === item).map(read);
}

function mapReader(member: MemberModel, shape: ShapeModel, reader: (member: MemberModel) => XmlReader): XmlReader {
  const read = reader(shape.value as MemberModel);
  const keyName = shape.key?.name ?? 'key';
  const valueName = shape.value?.name ?? 'value';
  const flat = isFlat(member, shape);
  return (element) => {
    const result: Record<string, unknown> = {};
    for (const entry of element.children) {
      if (!flat && entry.name !== 'entry') continue;
      const key = entry.children.find((child) => child.name === keyName);
      const value = entry.children.find((child) => child.name === valueName);
      if (key !== undefined && value !== undefined) setOwn(result, key.text, read(value));
    }
    return result;
  };
}

function bodyWriter(
  model: ServiceModel,
  shape: ShapeModel,
  writer: (member: MemberModel) => XmlWriter,
): (value: unknown) => string {
  const members = membersOf(model, shape)
    .filter(([, member]) => !isBoundInReply(member) && member.xmlAttribute !== true)
    .map(([name, member, target]) => ({
      name,
      tag: member.name ?? (target.type === 'list' && isFlat(member, target) ? (target.member?.name ?? name) : name),
      write: writer(member),
      otherwise: defaultOf(member, target),
    }));
  const byName = new Map(members.map((one) => [one.name, one]));
  return (value) => {
    let text = '';
    const order = orderOf(value as object);
    const among = order && new Set(order.map(([name]) => name));
    for (const { name, tag, write, otherwise } of members) {
      if (among?.has(name) === true) continue;
      const given = (value as Record<string, unknown>)[name] ?? otherwise?.();
      if (given !== undefined && given !== null) text += write(given, tag);
    }
    for (const [name, element] of order ?? []) {
      const list = byName.get(name);
      if (list !== undefined) text += list.write([element], list.tag);
    }
    return text;
  };
}

function attributeWriter(model: ServiceModel, shape: ShapeModel): (value: unknown) => string {
  const members = membersOf(model, shape).filter(([, member]) => member.xmlAttribute === true);
  if (members.length === 0) return () => '';
  return (value) => {
    let text = '';
    for (const [name, member, target] of members) {
      const given = (value as Record<string, unknown>)[name];
      if (given !== undefined && given !== null)
        text += ` ${member.name ?? name}="${escapeAttribute(formatScalar(given, target.type, timestampFormat(member, target, 'iso8601')))}"`;
    }
    return text;
  };
}

function listWriter(
  member: MemberModel,
  shape: ShapeModel,
  space: string,
  writer: (member: MemberModel) => XmlWriter,
): XmlWriter {
  const write = writer(shape.member as MemberModel);
  const item = shape.member?.name ?? LIST_ITEM;
  const all = (value: unknown, tag: string) => {
    let text = '';
    for (const one of value as unknown[]) text += one === null || one === undefined ? `<${tag}/>` : write(one, tag);
    return text;
  };
  if (isFlat(member, shape))
    return space === '' ? all : (value, tag) => all(value, tag).replaceAll(`<${tag}>`, `<${tag}${space}>`);
  return (value, tag) => `<${tag}${space}>${all(value, item)}</${tag}>`;
}

function mapWriter(
  member: MemberModel,
  shape: ShapeModel,
  space: string,
  writer: (member: MemberModel) => XmlWriter,
): XmlWriter {
  const keyTag = shape.key?.name ?? 'key';
  const valueTag = shape.value?.name ?? 'value';
  const writeKey = writer(shape.key as MemberModel);
  const write = writer(shape.value as MemberModel);
  const flat = isFlat(member, shape);
  return (value, tag) => {
    let text = '';
    for (const [key, one] of Object.entries(value as object)) {
      if (one === undefined || one === null) continue;
      const entry = writeKey(key, keyTag) + write(one, valueTag);
      text += flat ? `<${tag}${space}>${entry}</${tag}>` : `<entry>${entry}</entry>`;
    }
    return flat ? text : `<${tag}${space}>${text}</${tag}>`;
  };
}
