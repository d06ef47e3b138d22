/** Params of Smithy's test cases ↔ the values our handlers see: instants are milliseconds, blobs bytes, streams read. */
import { bytesStream, collect } from '#kernel/base';
import type { MemberModel, ServiceModel, ShapeModel } from '#kernel/wire';

const BODY_BYTES_MAX = 1_000_000;

type Fill = 'defaults' | 'as given';

const shapeOf = (model: ServiceModel, name: string) => model.shapes[name] as ShapeModel;

/**
 * A case's params as our own values.
 *
 * @param fill `defaults` adds the defaults of members that are absent, as any server's builder does
 */
export function paramValue(model: ServiceModel, member: MemberModel, node: unknown, fill: Fill): unknown {
  const shape = shapeOf(model, member.shape);
  if (node === null) return null;
  switch (shape.type) {
    case 'structure':
      return structureOf(model, shape, node as Record<string, unknown>, fill);
    case 'list':
      return (node as unknown[]).map((one) => paramValue(model, shape.member as MemberModel, one, fill));
    case 'map':
      return Object.fromEntries(
        Object.entries(node as object).map(([key, one]) => [
          key,
          paramValue(model, shape.value as MemberModel, one, fill),
        ]),
      );
    case 'timestamp':
      return typeof node === 'string' ? Date.parse(node) : Math.round((node as number) * 1_000);
    case 'blob':
      return shape.streaming === true ? bytesStream(Buffer.from(node as string)) : Buffer.from(node as string);
    case 'float':
    case 'double':
      return Number(node);
    default:
      return node;
  }
}

function structureOf(
  model: ServiceModel,
  shape: ShapeModel,
  node: Record<string, unknown>,
  fill: Fill,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    if (node[name] !== undefined) result[name] = paramValue(model, member, node[name], fill);
    else if (fill === 'defaults' && member.default !== undefined) result[name] = defaultOf(model, member);
  }
  return result;
}

/** A modelled default is written like a value of its type, but a blob's is base64. */
function defaultOf(model: ServiceModel, member: MemberModel): unknown {
  const shape = shapeOf(model, member.shape);
  if (shape.type !== 'blob') return paramValue(model, member, member.default, 'defaults');
  const bytes = Buffer.from(member.default as string, 'base64');
  return shape.streaming === true ? bytesStream(bytes) : bytes;
}

/** A value in a form that `assert.deepStrictEqual` compares: bytes and streams as tagged base64, nothing undefined. */
export async function comparable(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return Promise.all(value.map(comparable));
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  if (Symbol.asyncIterator in value)
    return comparable(await collect(value as AsyncIterable<Uint8Array>, BODY_BYTES_MAX, () => new Error('too large')));
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, one]) => [key, await comparable(one)] as const)),
  );
}
