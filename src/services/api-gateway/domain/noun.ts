/** Finding, keeping, listing and removing what API Gateway keeps by owner and id. */
import { type Ctx, raise } from '#kernel/contract';
import type { Reads } from '#kernel/store';
import { badRequest, unknown, unknownApi } from '../errors.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../limits.ts';
import { apis } from '../state.ts';
import type { KeptTable } from './kept.ts';

type Given<Value> = { [Name in keyof Value]?: Value[Name] | undefined };

/** An object without the members that are undefined: rows and answers have none. */
export function compact<Value extends object>(value: Given<Value>): Value {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Value;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id as API Gateway makes them: `a1b2c3d4e5`. */
export function newId(ctx: Ctx, length = 10): string {
  return ctx.random.text(length, ALPHABET);
}

/** @throws {ServiceError} NotFoundException, which calls it `what` */
export function find<Value extends object>(
  table: KeptTable<Value>,
  what: string,
  ctx: { store: Reads },
  owner: string,
  id: string,
): Value {
  return ctx.store.get(table, { owner, id })?.value ?? raise(unknown(what));
}

/** @throws {ServiceError} NotFoundException */
export function findApi(ctx: Ctx, id: string) {
  return ctx.store.get(apis, { owner: '', id })?.value ?? raise(unknownApi(id, ctx.account));
}

/** Keeps it, and gives it back. In a transaction. */
export function save<Value extends object>(
  table: KeptTable<Value>,
  ctx: Ctx,
  owner: string,
  id: string,
  value: Value,
): Value {
  ctx.store.put(table, { owner, id, value });
  return value;
}

/** All of an owner; only for what is few. */
export function all<Value extends object>(table: KeptTable<Value>, ctx: { store: Reads }, owner: string): Value[] {
  return ctx.store.list(table, { where: { owner } as never }).map(({ value }) => value);
}

export type PageInput = { position?: string; limit?: number };

/** A page of an owner's, in the order of ids. */
export function page<Value extends object>(
  table: KeptTable<Value>,
  ctx: { store: Reads },
  owner: string,
  input: PageInput,
): { items: Value[]; position?: string } {
  const { position } = input;
  const limit = pageLimit(input);
  const rows = ctx.store.list(table, {
    where: { owner } as never,
    ...(position !== undefined && { after: { id: decodePosition(position) } as never }),
    limit: limit + 1,
  });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(({ value }) => value),
    ...(rows.length > limit && last !== undefined && { position: positionOf(last.id) }),
  };
}

/** How many a page has. @throws {ServiceError} BadRequestException */
export function pageLimit({ limit = PAGE_DEFAULT }: PageInput): number {
  if (limit < 1 || limit > PAGE_MAX) throw badRequest(`Invalid value for limit: ${limit}`);
  return limit;
}

/** Where the next page begins: behind an id. */
export function positionOf(id = ''): string {
  return Buffer.from(id).toString('base64url');
}

/** The id that a page begins behind. @throws {ServiceError} BadRequestException */
export function decodePosition(position: string): string {
  if (!/^[\w-]+$/.test(position)) throw badRequest('Invalid position parameter');
  return Buffer.from(position, 'base64url').toString('utf8');
}
