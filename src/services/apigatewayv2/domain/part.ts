/** The parts of an API: found, listed in pages, kept and removed; each change is deployed where a stage deploys by itself. */
import { type Ctx, raise } from '#kernel/contract';
import type { Table } from '#kernel/store';
import type { KeptTable } from '../../api-gateway/port.ts';
import { badRequest, unknown } from '../errors.ts';
import { PAGE_DEFAULT } from '../limits.ts';
import { apis } from '../state.ts';
import { deployChanges } from './deploy.ts';

/** @throws {ServiceError} NotFoundException */
export function findApi(ctx: Ctx, id: string) {
  return ctx.store.get(apis, { owner: '', id })?.value ?? raise(unknown('API', id));
}

/** @throws {ServiceError} NotFoundException, which calls it `what` */
export function find<Value extends object>(
  table: KeptTable<Value>,
  what: string,
  ctx: Ctx,
  owner: string,
  id: string,
): Value {
  return ctx.store.get(table, { owner, id })?.value ?? raise(unknown(what, id));
}

/** All of an owner; only for what is few. */
export function all<Value extends object>(table: KeptTable<Value>, ctx: Ctx, owner: string): Value[] {
  return ctx.store.list(table, { where: { owner } as never }).map(({ value }) => value);
}

/** Keeps a part of an API. In a transaction. */
export function keep<Value extends object>(
  table: KeptTable<Value>,
  ctx: Ctx,
  api: string,
  id: string,
  value: Value,
): Value {
  ctx.store.put(table, { owner: api, id, value });
  deployChanges(ctx, api.split('/')[0] ?? api);
  return value;
}

/** Removes one. In a transaction. */
export function drop(table: KeptTable<object>, ctx: Ctx, api: string, id: string): void {
  ctx.store.delete(table, { owner: api, id });
  deployChanges(ctx, api.split('/')[0] ?? api);
}

export type PageInput = { MaxResults?: string; NextToken?: string };

/** A page of an owner's, in the order of ids. */
export function page<Value extends object>(
  table: KeptTable<Value>,
  ctx: Ctx,
  owner: string,
  input: PageInput,
): { Items: Value[]; NextToken?: string } {
  const { rows, ...rest } = pageOf(table, ctx, owner, input);
  return { Items: rows.map(({ value }) => value), ...rest };
}

/** The rows of a page. @throws {ServiceError} BadRequestException */
export function pageOf<Row extends { owner: string; id: string }>(
  table: Table<Row, 'owner' | 'id'>,
  ctx: Ctx,
  owner: string,
  { MaxResults, NextToken }: PageInput,
): { rows: Row[]; NextToken?: string } {
  const limit = MaxResults === undefined ? PAGE_DEFAULT : Number(MaxResults);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest('Invalid value for maxResults');
  if (NextToken !== undefined && !/^[\w-]+$/.test(NextToken)) throw badRequest('Invalid nextToken');
  const rows = ctx.store.list(table, {
    where: { owner } as never,
    ...(NextToken !== undefined && { after: { id: Buffer.from(NextToken, 'base64url').toString('utf8') } as never }),
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  return {
    rows: shown,
    ...(rows.length > limit && { NextToken: Buffer.from(shown.at(-1)?.id ?? '').toString('base64url') }),
  };
}

/** Maps of which an update names only what changes. Source: AWS's provider for Terraform, which removes an entry by an empty text or map. */
const MERGED = ['RequestParameters', 'ResponseParameters', 'RouteSettings', 'StageVariables'];

/**
 * Settings that an update which names them empty leaves as they are: each has an operation that clears it. Source: of access logs measured by users,
 * go-to-k/cdk-real-drift #1031; Terraform's provider names an empty CORS configuration when it has just deleted it.
 */
const KEPT_WHEN_EMPTY = ['AccessLogSettings', 'CorsConfiguration'];

/** A thing after an update: what the request names replaces what was there. */
export function updated<Value extends object>(before: Value, input: object, path: readonly string[]): Value {
  const given = Object.entries(input)
    .filter(([name, value]) => value !== undefined && !path.includes(name))
    .filter(([name, value]) => !KEPT_WHEN_EMPTY.includes(name) || Object.keys(value).length > 0)
    .map(([name, value]) => [name, MERGED.includes(name) ? merged(before[name as never], value) : value]);
  return { ...before, ...Object.fromEntries(given) };
}

function merged(before: object | undefined, given: object): object {
  const isKept = (value: unknown) => value !== '' && Object.keys(value as object).length > 0;
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => isKept(value)));
}
