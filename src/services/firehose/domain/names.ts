/** Names of streams, and what a configuration names. */
import type { Ctx } from '#kernel/contract';
import { noSuchStream } from '../errors.ts';
import { type StreamRow, streams } from '../state.ts';

/** The only destination that a stream has. Source: API Reference, CreateDeliveryStream: one destination a stream. */
export const DESTINATION_ID = 'destinationId-000000000001';

/** ARN of the stream of that name in the caller's account and Region. */
export function arnOf(name: string, { partition, region, account }: Ctx): string {
  return `arn:${partition}:firehose:${region}:${account}:deliverystream/${name}`;
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findStream(name: string, { store, account }: Pick<Ctx, 'store' | 'account'>): StreamRow {
  const found = store.get(streams, { name });
  if (found === undefined) throw noSuchStream(name, account);
  return found;
}

/** Every role that a configuration names, once. */
export function rolesOf(configuration: object): string[] {
  const found = Object.entries(configuration).flatMap(([name, value]) => {
    if (name === 'RoleARN') return [String(value)];
    return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? rolesOf(value) : [];
  });
  return [...new Set(found)];
}
