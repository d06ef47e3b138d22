/** HTTP bindings of the REST protocols: members in path, query, headers, status and payload; the rest of the body is a codec's. */
import { bytesStream } from '#kernel/base';
import type { ByteStream } from '#models/base';
import { defaultOf, isBoundInReply, membersOf, shapeOf } from './codec.ts';
import { parsePairs } from './codec-form.ts';
import { badText, WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import type { Headers, Route, WireRequest } from './protocol.ts';
import { formatScalar, parseScalar, timestampFormat } from './scalar.ts';

/** A member and where it is; `wire` is its name there. */
export type Bound = { name: string; wire: string; member: MemberModel; shape: ShapeModel };
type BoundText = Bound & { read(text: string): unknown; write(value: unknown): string };
type BoundQuery = Bound & { read(texts: string[]): unknown };

export type Bindings = {
  shape: ShapeModel;
  headers: BoundText[];
  prefixes: Bound[];
  query: BoundQuery[];
  queryMaps: Bound[];
  labels: BoundText[];
  status: Bound | undefined;
  payload: Bound | undefined;
  /** Some members stay for the body. */
  hasBody: boolean;
  defaults: [name: string, otherwise: () => unknown][];
};

/** The SDKs of Smithy name the operation in a parameter of this name; it is nobody's member. */
const OPERATION_PARAMETER = 'x-id';

/** Sorts a shape's members by their place in a request, or in a reply, where path and query mean nothing. */
export function bindingsOf(model: ServiceModel, shapeName: string, side: 'request' | 'reply'): Bindings {
  const shape = shapeOf(model, shapeName);
  const members = membersOf(model, shape);
  const bound = members.map(
    ([name, member, target]): Bound => ({ name, wire: member.name ?? name, member, shape: target }),
  );
  const at = (location: MemberModel['location']) => bound.filter((one) => one.member.location === location);
  const payload = bound.find((one) => one.name === shape.payload);
  const isBound = (member: MemberModel) => (side === 'reply' ? isBoundInReply(member) : member.location !== undefined);
  const defaults = members.flatMap(([name, member, target]): Bindings['defaults'] => {
    const otherwise = defaultOf(member, target);
    return otherwise === undefined ? [] : [[name, otherwise]];
  });
  return {
    shape,
    headers: at('header').map((one) => ({ ...one, wire: one.wire.toLowerCase(), ...headerText(model, one) })),
    prefixes: at('headers').map((one) => ({ ...one, wire: one.member.name?.toLowerCase() ?? '' })),
    query: at('querystring')
      .filter((one) => one.shape.type !== 'map')
      .map((one) => ({ ...one, read: queryTexts(model, one) })),
    queryMaps: at('querystring').filter((one) => one.shape.type === 'map'),
    labels: at('uri').map((one) => ({ ...one, ...scalarText(one.member, one.shape, 'iso8601') })),
    status: at('statusCode')[0],
    payload,
    hasBody: payload === undefined && bound.some((one) => !isBound(one.member)),
    defaults,
  };
}

function scalarText(
  member: MemberModel,
  shape: ShapeModel,
  place: 'iso8601' | 'rfc822',
): Pick<BoundText, 'read' | 'write'> {
  const format = timestampFormat(member, shape, place);
  const read = (text: string) => parseScalar(shape.caseless === true ? text.toUpperCase() : text, shape.type, format);
  return {
    read: leniently(read, member),
    write: (value) => formatScalar(value, shape.type, format),
  };
}

function leniently(read: (text: string) => unknown, { lenient }: MemberModel): (text: string) => unknown {
  if (lenient === true) return (text) => orNothing(read, text);
  return lenient === 'empty' ? (text) => (text === '' ? undefined : read(text)) : read;
}

function orNothing(read: (text: string) => unknown, text: string): unknown {
  try {
    return read(text);
  } catch {
    return undefined;
  }
}

function headerText(model: ServiceModel, { member, shape }: Bound): Pick<BoundText, 'read' | 'write'> {
  if (member.jsonvalue === true)
    return { read: readJsonHeader, write: (value) => Buffer.from(String(value)).toString('base64') };
  if (shape.type !== 'list') return scalarText(member, shape, 'rfc822');
  const item = shape.member as MemberModel;
  const target = shapeOf(model, item.shape);
  const one = scalarText(item, target, 'rfc822');
  const isInstant = target.type === 'timestamp';
  const hasCommas = isInstant && timestampFormat(item, target, 'rfc822') === 'rfc822';
  return {
    read: (text) => splitHeader(text, hasCommas).map(one.read),
    write: (value) =>
      (value as unknown[]).map((each) => (isInstant ? one.write(each) : quoteInList(one.write(each)))).join(', '),
  };
}

function queryTexts(model: ServiceModel, { member, shape }: Bound): (texts: string[]) => unknown {
  if (shape.type !== 'list') {
    const { read } = scalarText(member, shape, 'iso8601');
    return (texts) => read(texts[0] as string);
  }
  const item = shape.member as MemberModel;
  const { read } = scalarText(item, shapeOf(model, item.shape), 'iso8601');
  return (texts) => texts.map(read);
}

function readJsonHeader(text: string): string {
  try {
    return JSON.stringify(JSON.parse(Buffer.from(text, 'base64').toString('utf8')));
  } catch {
    throw badText(text, 'JSON value');
  }
}

/** Reads every member that is not in the body. */
export function readBindings(
  model: ServiceModel,
  bindings: Bindings,
  route: Route,
  request: WireRequest,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  let place = '';
  try {
    for (const { name, wire, read } of bindings.labels) {
      const text = route.labels[(place = wire)] ?? route.labels[name];
      if (text !== undefined) input[name] = read(text);
    }
    for (const { name, wire, read } of bindings.headers) {
      const text = request.headers[(place = wire)];
      const value = text === undefined ? undefined : read(text);
      if (value !== undefined) input[name] = value;
    }
  } catch (error) {
    throw placed(error, place);
  }
  for (const { name, wire } of bindings.prefixes) {
    const found: Record<string, string> = {};
    for (const header in request.headers)
      if (header.startsWith(wire)) found[header.slice(wire.length)] = request.headers[header] as string;
    if (Object.keys(found).length > 0) input[name] = found;
  }
  if (request.query !== '' && (bindings.query.length > 0 || bindings.queryMaps.length > 0))
    readQuery(model, bindings, request.query, input);
  return input;
}

/** A failure that tells where the text stood. */
function placed(error: unknown, place: string): unknown {
  return error instanceof WireFailure
    ? new WireFailure(error.kind, error.message, error.found, error.wanted, { ...error.detail, place })
    : error;
}

/** A map of the query holds every parameter, also those that other members have. */
function readQuery(model: ServiceModel, bindings: Bindings, query: string, input: Record<string, unknown>): void {
  const given = new Map<string, string[]>();
  for (const [key, value] of parsePairs(query)) {
    const known = given.get(key);
    if (known === undefined) given.set(key, [value]);
    else known.push(value);
  }
  for (const { name, wire, read } of bindings.query) {
    const texts = given.get(wire);
    if (texts === undefined) continue;
    try {
      input[name] = read(texts);
    } catch (error) {
      throw placed(error, wire);
    }
  }
  for (const { name, shape } of bindings.queryMaps) {
    const lists = shapeOf(model, (shape.value as MemberModel).shape).type === 'list';
    const all = [...given]
      .filter(([key]) => key !== OPERATION_PARAMETER)
      .map(([key, texts]) => [key, lists ? texts : texts[0]]);
    if (all.length > 0) input[name] = Object.fromEntries(all);
  }
}

/** The values of a comma-separated header; quotes protect commas, and an RFC 822 date has one of its own. */
function splitHeader(text: string, dates: boolean): string[] {
  if (text.trim() === '') return [];
  if (dates) {
    const parts = text.split(',');
    return parts.length % 2 === 0
      ? Array.from(
          { length: parts.length / 2 },
          (_, index) => `${parts[2 * index]?.trim()}, ${parts[2 * index + 1]?.trim()}`,
        )
      : [text];
  }
  const values: string[] = [];
  const pattern = /[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^,"]*))[ \t]*(,|$)/y;
  for (let separator = ','; separator === ','; ) {
    const match = pattern.exec(text);
    if (match === null) throw badText(text, 'header list');
    values.push(match[1] !== undefined ? match[1].replace(/\\(.)/g, '$1') : (match[2] as string).trim());
    separator = match[3] as string;
  }
  // As Java splits: `a,` is one value. Source: S3's answers to x-amz-object-attributes in brekkylab/backlot, September 2026.
  while (values.at(-1) === '' && text.endsWith(',')) values.pop();
  return values;
}

/** Writes headers and status of an output; gives the status. */
export function writeBindings(
  bindings: Bindings,
  output: Record<string, unknown>,
  headers: Headers,
): number | undefined {
  for (const { name, wire, write } of bindings.headers) {
    const value = output[name];
    if (value !== undefined && value !== null) headers[wire] = write(value);
  }
  for (const { name, wire } of bindings.prefixes) {
    for (const [key, value] of Object.entries((output[name] ?? {}) as Record<string, string>))
      headers[wire + key.toLowerCase()] ??= value;
  }
  return bindings.status === undefined ? undefined : (output[bindings.status.name] as number | undefined);
}

function quoteInList(text: string): string {
  return /[",]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** Blob and string payloads pass as they are; structures go through the body codec. */
export function isRawPayload(bound: Bound): boolean {
  return bound.shape.type === 'blob' || bound.shape.type === 'string';
}

/** Whether a payload flows. */
export function isStreaming(bound: Bound): boolean {
  return bound.member.streaming === true || bound.shape.streaming === true || bound.shape.eventstream === true;
}

/** The payload member's value from a raw body. */
export function readRawPayload(bound: Bound, body: Uint8Array | ByteStream): unknown {
  if (isStreaming(bound)) return body instanceof Uint8Array ? bytesStream(body) : body;
  if (!(body instanceof Uint8Array)) throw new WireFailure('serialization', 'a body that was not read');
  if (body.length === 0) return undefined;
  return bound.shape.type === 'string' ? Buffer.from(body).toString('utf8') : body;
}
