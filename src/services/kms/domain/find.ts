/** Finding the key that a request names: by key id, key ARN, alias name or alias ARN. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import {
  aliasNotFound,
  deniedAcross,
  invalidArn,
  invalidKeyId,
  invalidKeyIdOfArn,
  keyNotFound,
  notByAlias,
} from '../errors.ts';
import { aliases, type KeyRow, keys } from '../state.ts';
import { createManagedKey, isPredefined } from './managed.ts';

const KEY_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

/** A key, the view of the store in which it lies, and the alias by which it was named. */
export type Found = { key: KeyRow; store: StoreView; alias?: string };

/** How an operation lets its key be named. */
export type Naming = {
  /** Also by alias. */
  aliases?: boolean;
  /** Also another account's, by its ARN. */
  foreign?: boolean;
};

/** What cryptographic operations accept. */
export const ANY: Naming = { aliases: true, foreign: true };

/** The ARN of a key, by default of the caller's in this Region. */
export function keyArn(ctx: Ctx, id: string, account: string = ctx.account, region: string = ctx.region): string {
  return `arn:${ctx.partition}:kms:${region}:${account}:key/${id}`;
}

/** The ARN of an alias of the caller's. */
export function aliasArn(ctx: Ctx, name: string): string {
  return `arn:${ctx.partition}:kms:${ctx.region}:${ctx.account}:${name}`;
}

/**
 * The key that `id` means.
 *
 * @param action as the denial calls it: another account's key is refused in the same words whether it exists or not
 * @throws {ServiceError} NotFoundException, AccessDeniedException, InvalidArnException
 */
export function findKey(id: string, ctx: Ctx, naming: Naming = {}, action = 'kms:DescribeKey'): Found {
  if (!id.startsWith('arn:')) return findNamed(id, ctx.account, ctx, naming, action);
  const arn = parseArn(id);
  if (arn?.service !== 'kms') throw invalidArn(id);
  if (arn.region !== ctx.region) throw invalidArn(arn.region);
  const { resource, account } = arn;
  if (account !== ctx.account && naming.foreign !== true) throw deniedAcross(ctx.caller.principal.arn, action, id);
  if (resource.startsWith('key/') && KEY_ID.test(resource.slice(4)))
    return findNamed(resource.slice(4), account, ctx, naming, action);
  if (resource.startsWith('alias/')) return findNamed(resource, account, ctx, naming, action);
  if (resource.startsWith('key/')) throw invalidKeyIdOfArn(resource.slice(4));
  throw invalidKeyId(id);
}

function findNamed(name: string, account: string, ctx: Ctx, naming: Naming, action: string): Found {
  const own = account === ctx.account;
  const store = own ? ctx.store : ctx.store.in({ account });
  if (KEY_ID.test(name)) {
    const key = store.get(keys, { id: name });
    if (key !== undefined) return { key, store };
    const arn = keyArn(ctx, name, account);
    throw own ? keyNotFound(arn) : deniedAcross(ctx.caller.principal.arn, action, arn);
  }
  if (!name.startsWith('alias/')) throw invalidKeyId(name);
  if (naming.aliases !== true) throw notByAlias();
  const alias = store.get(aliases, { name });
  const key = alias === undefined ? undefined : store.get(keys, { id: alias.key });
  if (key !== undefined) return { key, store, alias: name };
  if (own && isPredefined(name, ctx, action)) return { key: createManagedKey(name, ctx), store, alias: name };
  const arn = `arn:${ctx.partition}:kms:${ctx.region}:${account}:${name}`;
  throw own ? aliasNotFound(arn) : deniedAcross(ctx.caller.principal.arn, action, arn);
}
