/** HTTP bindings of the REST protocols: members in path, query, headers, status and payload; the rest of the body is a codec's. */
import type { ByteStream } from '#models/base';
import { membersOf, shapeOf } from './codec.ts';
import { parseForm } from './codec-form.ts';
import { badText, WireFailure } from './failure.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import type { Headers, Route, WireRequest } from './protocol.ts';
import { formatScalar, parseScalar, timestampFormat } from './scalar.ts';

type Bound = { name: string; wire: string; member: MemberModel; shape: ShapeModel };

export type Bindings = {
  shape: ShapeModel;
  headers: Bound[];
  prefixes: Bound[];
  query: Bound[];
  queryMaps: Bound[];
  labels: Bound[];
  status: Bound | undefined;
  payload: Bound | undefined;
  /** Some members stay for the body. */
  hasBody: boolean;
};

export function bindingsOf(model: ServiceModel, shapeName: string): Bindings {
  const shape = shapeOf(model, shapeName);
  const bound = membersOf(model, shape).map(([name, member, target]): Bound => ({ name, wire: member.name ?? name, member, shape: target }));
  const at = (location: MemberModel['location']) => bound.filter((one) => one.member.location === location);
  const payload = bound.find((one) => one.name === shape.payload);
  return {
    shape,
    headers: at('header'),
    prefixes: at('headers'),
    query: at('querystring').filter((one) => one.shape.type !== 'map'),
    queryMaps: at('querystring').filter((one) => one.shape.type === 'map'),
    labels: at('uri'),
    status: at('statusCode')[0],
    payload,
    hasBody: payload === undefined && bound.some((one) => one.member.location === undefined),
  };
}

/** Reads every member that is not in the body. */
export function readBindings(model: ServiceModel, bindings: Bindings, route: Route, request: WireRequest): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const { name, wire, member, shape } of bindings.labels) {
    const text = route.labels[wire] ?? route.labels[name];
    if (text !== undefined) input[name] = parseScalar(text, shape.type, timestampFormat(member, shape, 'iso8601'));
  }
  for (const bound of bindings.headers) {
    const text = request.headers[bound.wire.toLowerCase()];
    if (text !== undefined) input[bound.name] = readHeader(model, bound, text);
  }
  for (const { name, wire } of bindings.prefixes) {
    const found: Record<string, string> = {};
    const prefix = wire === name ? '' : wire.toLowerCase();
    for (const [header, text] of Object.entries(request.headers)) if (header.startsWith(prefix)) found[header.slice(prefix.length)] = text;
    if (Object.keys(found).length > 0) input[name] = found;
  }
  if (request.query !== '' && (bindings.query.length > 0 || bindings.queryMaps.length > 0)) readQuery(model, bindings, request.query, input);
  return input;
}

function readQuery(model: ServiceModel, bindings: Bindings, query: string, input: Record<string, unknown>): void {
  const repeated = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    for (const [key, value] of parseForm(pair)) {
      const known = repeated.get(key);
      if (known === undefined) repeated.set(key, [value]);
      else known.push(value);
    }
  }
  const named = new Set<string>();
  for (const { name, wire, member, shape } of bindings.query) {
    named.add(wire);
    const texts = repeated.get(wire);
    if (texts === undefined) continue;
    if (shape.type === 'list') {
      const item = shapeOf(model, (shape.member as MemberModel).shape);
      input[name] = texts.map((text) => parseScalar(text, item.type, timestampFormat(shape.member as MemberModel, item, 'iso8601')));
    } else input[name] = parseScalar(texts[0] as string, shape.type, timestampFormat(member, shape, 'iso8601'));
  }
  for (const { name, shape } of bindings.queryMaps) {
    const lists = shapeOf(model, (shape.value as MemberModel).shape).type === 'list';
    const rest = [...repeated].filter(([key]) => !named.has(key)).map(([key, texts]) => [key, lists ? texts : texts[0]]);
    if (rest.length > 0) input[name] = Object.fromEntries(rest);
  }
}

function readHeader(model: ServiceModel, { member, shape }: Bound, text: string): unknown {
  if (shape.type === 'list') {
    const item = shapeOf(model, (shape.member as MemberModel).shape);
    const format = timestampFormat(shape.member as MemberModel, item, 'rfc822');
    return splitHeader(text, item.type === 'timestamp' && format === 'rfc822').map((one) => parseScalar(one, item.type, format));
  }
  if (member.jsonvalue === true) {
    try {
      return JSON.stringify(JSON.parse(Buffer.from(text, 'base64').toString('utf8')));
    } catch {
      throw badText(text, 'JSON value');
    }
  }
  return parseScalar(text, shape.type, timestampFormat(member, shape, 'rfc822'));
}

/** The values of a comma-separated header; quotes protect commas, and an RFC 822 date has one of its own. */
function splitHeader(text: string, dates: boolean): string[] {
  if (dates) {
    const parts = text.split(',');
    return parts.length % 2 === 0 ? Array.from({ length: parts.length / 2 }, (_, index) => `${parts[2 * index]?.trim()}, ${parts[2 * index + 1]?.trim()}`) : [text];
  }
  const values: string[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*?))\s*(?:,|$)/y;
  while (pattern.lastIndex < text.length || values.length === 0) {
    const match = pattern.exec(text);
    if (match === null) throw badText(text, 'header list');
    values.push(match[1] !== undefined ? match[1].replace(/\\(.)/g, '$1') : (match[2] as string));
    if (pattern.lastIndex >= text.length) break;
  }
  return values;
}

/** Writes headers and status of an output; gives the status. */
export function writeBindings(model: ServiceModel, bindings: Bindings, output: Record<string, unknown>, headers: Headers): number | undefined {
  for (const { name, wire, member, shape } of bindings.headers) {
    const value = output[name];
    if (value === undefined || value === null) continue;
    if (shape.type === 'list') {
      if ((value as unknown[]).length === 0) continue;
      const item = shapeOf(model, (shape.member as MemberModel).shape);
      headers[wire.toLowerCase()] = (value as unknown[]).map((one) => quoteInList(formatScalar(one, item.type, timestampFormat(shape.member as MemberModel, item, 'rfc822')), item.type === 'timestamp')).join(', ');
    } else if (member.jsonvalue === true) headers[wire.toLowerCase()] = Buffer.from(String(value)).toString('base64');
    else headers[wire.toLowerCase()] = formatScalar(value, shape.type, timestampFormat(member, shape, 'rfc822'));
  }
  for (const { name, wire } of bindings.prefixes) {
    const prefix = wire === name ? '' : wire.toLowerCase();
    for (const [key, value] of Object.entries((output[name] ?? {}) as Record<string, string>)) headers[prefix + key.toLowerCase()] ??= value;
  }
  return bindings.status === undefined ? undefined : (output[bindings.status.name] as number | undefined);
}

function quoteInList(text: string, plain: boolean): string {
  return !plain && /[",]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** Blob and string payloads pass as they are; structures go through the body codec. */
export function isRawPayload(bound: Bound): boolean {
  return bound.shape.type === 'blob' || bound.shape.type === 'string';
}

/** The payload member's value from a raw body. */
export function readRawPayload(bound: Bound, body: Uint8Array | ByteStream): unknown {
  if (bound.member.streaming === true || bound.shape.streaming === true) return body instanceof Uint8Array ? streamOf(body) : body;
  if (!(body instanceof Uint8Array)) throw new WireFailure('serialization', 'a body that was not read');
  if (body.length === 0) return undefined;
  return bound.shape.type === 'string' ? Buffer.from(body).toString('utf8') : body;
}

/** Bytes at hand as a stream. */
export function streamOf(body: Uint8Array): ByteStream {
  return {
    length: body.length,
    async *[Symbol.asyncIterator]() {
      if (body.length > 0) yield body;
    },
  };
}
