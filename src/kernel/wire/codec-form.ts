/** Form parameters → shapes: `Entries.1.Id` (flattened), `Tags.member.2.Key`, `Attribute.1.Name`; for query and ec2 requests. */
import { membersOf, recursive, setOwn, shapeOf } from './codec.ts';
import { WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import { parseScalar, timestampFormat } from './scalar.ts';

/** More parameters than any AWS request has. */
const PARAMETERS_MAX = 20_000;
/** Dots in a parameter's name; AWS's deepest shapes need about 20. */
const DEPTH_MAX = 200;

/** Parameters of a form or URL query, in order; a later one of the same name wins. */
export function parseForm(text: string): Map<string, string> {
  return new Map(parsePairs(text));
}

/** Parameters in order, also those of one name. @throws {WireFailure} too-large, serialization */
export function parsePairs(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  if (text === '') return pairs;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    pairs.push(equals === -1 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]);
    if (pairs.length > PARAMETERS_MAX) throw new WireFailure('too-large', `More than ${PARAMETERS_MAX} parameters`);
  }
  return pairs;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    const message = `${spaced.slice(0, 100)} is not percent-encoded UTF-8`;
    throw new WireFailure('serialization', message, undefined, undefined, { address: text });
  }
}

/** Parameters as a tree of their dots, so that a list is found without trying every index. */
type Node = { text: string | undefined; children: Map<string, Node> | undefined };

type NodeReader = (node: Node) => unknown;

/** Readers of input shapes from parsed parameters. */
export function formReader(
  model: ServiceModel,
  style: 'query' | 'ec2',
): (shape: string) => (form: Map<string, string>) => Record<string, unknown> {
  const structures = recursive((name: string) => structureReader(model, shapeOf(model, name), style, reader));

  function reader(member: MemberModel): NodeReader {
    const shape = shapeOf(model, member.shape);
    if (shape.type === 'structure') return structures(member.shape) as NodeReader;
    if (shape.type === 'list') return listReader(member, shape, style, reader);
    if (shape.type === 'map') return mapReader(member, shape, reader);
    const format = timestampFormat(member, shape, 'iso8601');
    return (node) => parseScalar(node.text ?? '', shape.type, format, true);
  }

  return (shape) => {
    const read = structures(shape);
    return (form) => read(treeOf(form)) as Record<string, unknown>;
  };
}

function treeOf(form: Map<string, string>): Node {
  const root: Node = { text: undefined, children: new Map() };
  for (const [name, text] of form) {
    const steps = name.split('.');
    if (steps.length > DEPTH_MAX) throw new WireFailure('serialization', `${name.slice(0, 100)} is nested too deeply`);
    let node = root;
    for (const step of steps) {
      node.children ??= new Map();
      let next = node.children.get(step);
      if (next === undefined) node.children.set(step, (next = { text: undefined, children: undefined }));
      node = next;
    }
    node.text = text;
  }
  return root;
}

/** The name of a member in a form: ec2 capitalizes the XML name unless the model names it. */
function wireName(name: string, member: MemberModel, shape: ShapeModel, style: 'query' | 'ec2'): string {
  if (style === 'ec2') {
    if (member.queryName !== undefined) return member.queryName;
    const base = member.name ?? name;
    return base.charAt(0).toUpperCase() + base.slice(1);
  }
  if (shape.type === 'list' && isFlat(member, shape)) return member.name ?? shape.member?.name ?? name;
  return member.name ?? name;
}

const isFlat = (member: MemberModel, shape: ShapeModel) => member.flattened === true || shape.flattened === true;

function structureReader(
  model: ServiceModel,
  shape: ShapeModel,
  style: 'query' | 'ec2',
  reader: (member: MemberModel) => NodeReader,
): NodeReader {
  const members = membersOf(model, shape).map(([name, member, target]) => ({
    name,
    wire: wireName(name, member, target, style),
    read: reader(member),
  }));
  return (node) => {
    const result: Record<string, unknown> = {};
    for (const { name, wire, read } of members) {
      const child = node.children?.get(wire);
      if (child !== undefined) result[name] = read(child);
    }
    return result;
  };
}

function listReader(
  member: MemberModel,
  shape: ShapeModel,
  style: 'query' | 'ec2',
  reader: (member: MemberModel) => NodeReader,
): NodeReader {
  const read = reader(shape.member as MemberModel);
  if (style === 'query' && isFlat(member, shape)) return (node) => entriesOf(node).map(read);
  const item = style === 'ec2' ? undefined : (shape.member?.name ?? 'member');
  return (node) => {
    const holder = item === undefined ? node : (node.children?.get(item) ?? node);
    return numbered(holder).map(read);
  };
}

function mapReader(member: MemberModel, shape: ShapeModel, reader: (member: MemberModel) => NodeReader): NodeReader {
  const read = reader(shape.value as MemberModel);
  const flat = isFlat(member, shape);
  const keyName = shape.key?.name ?? 'key';
  const valueName = shape.value?.name ?? 'value';
  return (node) => {
    const result: Record<string, unknown> = {};
    for (const entry of flat ? entriesOf(node) : numbered(node.children?.get('entry') ?? node)) {
      const key = entry.children?.get(keyName)?.text;
      const value = entry.children?.get(valueName);
      if (key !== undefined && value !== undefined) setOwn(result, key, read(value));
    }
    return result;
  };
}

/** What is in a flattened list: one entry may do without its number, as in `AttributeName=All`. Source: what boto 2 and fog-aws send to SQS. */
function entriesOf(node: Node): Node[] {
  const entries = numbered(node);
  const isOne = entries.length === 0 && (node.children !== undefined || (node.text ?? '') !== '');
  return isOne ? [node] : entries;
}

/** Children named by numbers, in the order of those. */
function numbered(node: Node): Node[] {
  return [...(node.children ?? [])]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
