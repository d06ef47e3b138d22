/** Finding the table and the index an operation is about. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { badArn, invalid, noSuchIndex, resourceNotFound } from '../errors.ts';
import { type IndexSpec, type TableRow, tables } from '../state.ts';
import { refuseName } from '../voice.ts';
import { demandKey } from './encryption.ts';

/** The name of a table that a client gives by name or ARN; its account and Region. */
export type TableRef = { name: string; account: string; region: string };

const NAME = /^[a-zA-Z0-9_.-]{1,255}$/;

/** @throws {ServiceError} ValidationException when it can't be a table's name or ARN */
export function tableRef(given: string, ctx: Ctx): TableRef {
  if (!given.startsWith('arn:')) {
    refuseName(given, 'GetItem');
    return { name: given, account: ctx.account, region: ctx.region };
  }
  const arn = parseArn(given);
  const name = arn?.resource.startsWith('table/') === true ? arn.resource.slice('table/'.length) : undefined;
  if (arn === undefined || name === undefined || arn.service !== 'dynamodb' || !NAME.test(name)) throw badArn(given);
  return { name, account: arn.account, region: arn.region };
}

/** The table and the view of the store it lies in. */
export type Found = { table: TableRow; store: StoreView };

/** A table, also one that is being restored. @throws {ServiceError} ResourceNotFoundException, or what `missing` makes */
export function findBegunTable(given: string, ctx: Ctx, missing: (name: string) => Error): Found {
  const { name, account, region } = tableRef(given, ctx);
  const store = account === ctx.account && region === ctx.region ? ctx.store : ctx.store.in({ account, region });
  const table = store.get(tables, { name });
  if (table === undefined || region !== ctx.region) throw missing(name);
  return { table, store };
}

/**
 * A table that is restored is not there for anything until it is there as a whole; the items of one that is imported are not.
 *
 * @throws {ServiceError} ResourceNotFoundException, or what `missing` makes
 * @see   findings of ack-api-quirks, measured against AWS
 */
export function findTable(given: string, ctx: Ctx, missing: (name: string) => Error = resourceNotFound): Found {
  const found = findBegunTable(given, ctx, missing);
  const { table } = found;
  if (table.restored?.inProgress === true || (table.importing === true && missing === resourceNotFound))
    throw missing(table.name);
  if (table.keyCheck !== undefined && missing === resourceNotFound) demandKey(table, table.keyCheck, ctx);
  return found;
}

/** The account and Region of an ARN. */
export function placeOf(arn: string): { account: string; region: string } {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}

/** Where the metrics of a table belong that is another account's. */
export function placeOfOther({ arn, name }: TableRow, { account }: Ctx): ReturnType<typeof placeOf> | undefined {
  const at = arn.length - name.length - ':table/'.length - account.length;
  return arn.startsWith(account, at) ? undefined : placeOf(arn);
}

/** The store in which a timer works: of the account and Region of the table, wherever the timer was set. */
export function storeOf(payload: Record<string, unknown>, ctx: Ctx): StoreView {
  const { account, region } = payload;
  return ctx.store.in({
    ...(typeof account === 'string' && { account }),
    ...(typeof region === 'string' && { region }),
  });
}

/** @throws {ServiceError} ValidationException */
export function findIndex(table: TableRow, name: string): IndexSpec {
  const index = table.indexes.find((one) => one.name === name);
  if (index === undefined) throw noSuchIndex(name);
  if (index.status === 'CREATING') throw invalid(`Cannot read from backfilling global secondary index: ${name}`);
  return index;
}
