/** Values of a model's shapes on both sides: ours (instants are milliseconds, streams are read) and the SDK's (Date, async iterables). */

import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { bytesStream } from '#kernel/base';
import type { MemberModel, ServiceModel, ShapeModel } from '#kernel/wire';

type Side = {
  instant(at: unknown): unknown;
  blob(bytes: Uint8Array, streaming: boolean): unknown;
  events(events: Record<string, unknown>[]): unknown;
};

/** What a caller of the SDK hands over: a stream as such or as bytes at hand, which is all that Glacier's client takes. */
const sdkSide = (service: string): Side => ({
  instant: (at) => new Date(at as number),
  blob: (bytes, streaming) =>
    streaming && bytes.length % 2 === 1 && service !== 'glacier' ? Readable.from([Buffer.from(bytes)]) : bytes,
  events: iterate,
});

/** What a handler of ours returns. */
const OURS: Side = {
  instant: (at) => at,
  blob: (bytes, streaming) => (streaming ? bytesStream(bytes) : bytes),
  events: iterate,
};

async function* iterate<T>(values: T[]): AsyncGenerator<T> {
  yield* values;
}

export const toSdk = (model: ServiceModel, shape: string, value: unknown) =>
  convert(model, { shape }, value, sdkSide(model.name));
export const toOurs = (model: ServiceModel, shape: string, value: unknown) => convert(model, { shape }, value, OURS);

function convert(model: ServiceModel, member: MemberModel, value: unknown, side: Side): unknown {
  const shape = model.shapes[member.shape] as ShapeModel;
  if (value === null || value === undefined || shape.document === true) return value;
  switch (shape.type) {
    case 'structure': {
      const one = (members: unknown) =>
        mapped(members as object, (inner, name) => convert(model, shape.members?.[name] as MemberModel, inner, side));
      return shape.eventstream === true
        ? side.events((value as unknown[]).map(one) as Record<string, unknown>[])
        : one(value);
    }
    case 'list':
      return (value as unknown[]).map((item) => convert(model, shape.member as MemberModel, item, side));
    case 'map':
      return mapped(value as object, (item) => convert(model, shape.value as MemberModel, item, side));
    case 'timestamp':
      return side.instant(value);
    case 'blob':
      return side.blob(value as Uint8Array, member.streaming === true || shape.streaming === true);
    default:
      return value;
  }
}

function mapped(value: object, change: (item: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)]));
}

/**
 * Either side's value in a form that `assert.deepStrictEqual` compares: bytes and streams of bytes as tagged base64,
 * streams of events as lists, dates as milliseconds, nothing undefined.
 */
export async function comparable(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return value.getTime();
  if (value instanceof String) return String(value);
  if (Array.isArray(value)) return Promise.all(value.map(comparable));
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  if (Symbol.asyncIterator in value) return comparable(await drained(value as AsyncIterable<unknown>));
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, one]) => [key, await comparable(one)] as const)),
  );
}

async function drained(stream: AsyncIterable<unknown>): Promise<unknown> {
  const pieces: unknown[] = [];
  for await (const piece of stream) pieces.push(piece);
  const isBytes = pieces.every((piece) => piece instanceof Uint8Array);
  return isBytes ? Buffer.concat(pieces as Uint8Array[]) : pieces;
}
