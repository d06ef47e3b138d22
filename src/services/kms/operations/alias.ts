/** Aliases: names for keys, that can be pointed elsewhere. */
import type { Ctx, Handler } from '#kernel/contract';
import type { AliasListEntry } from '#models/kms';
import { aliasArn, findKey } from '../domain/find.ts';
import { demandAlive } from '../domain/key-state.ts';
import { unusedAliases } from '../domain/managed.ts';
import { pageOf, readMarker } from '../domain/page.ts';
import { isAsymmetric } from '../domain/specs.ts';
import {
  aliasExists,
  aliasNotFound,
  aliasOfAlias,
  aliasReserved,
  badAliasCharacters,
  badAliasName,
  badAliasPrefix,
  invalid,
  limitExceeded,
} from '../errors.ts';
import { ALIASES_LIST_DEFAULT, ALIASES_PER_KEY_QUOTA } from '../limits.ts';
import { type AliasRow, aliases, type KeyRow } from '../state.ts';

/** @throws {ServiceError} ValidationException, NotAuthorizedException, InvalidAliasNameException */
function checkName(name: string): void {
  if (!name.startsWith('alias/')) throw badAliasPrefix();
  if (name.startsWith('alias/aws/')) throw aliasReserved();
  if (name.includes(':')) throw badAliasCharacters(name);
  if (name === 'alias/') throw badAliasName();
}

/** The key an alias is to point to: one of the caller's, named without an alias. */
function findTarget(id: string, ctx: Ctx): KeyRow {
  if (id.startsWith('alias/') || id.includes(':alias/')) throw aliasOfAlias();
  const { key } = findKey(id, ctx);
  demandAlive(key, ctx.now);
  const limit = ctx.quota(ALIASES_PER_KEY_QUOTA);
  if (ctx.store.count(aliases, { index: 'byKey', where: { key: key.id } }) >= limit)
    throw limitExceeded(`${key.arn} already has the maximum of ${limit} aliases.`);
  return key;
}

export const createAlias: Handler<'kms', 'CreateAlias'> = ({ AliasName: name, TargetKeyId }, ctx) => {
  checkName(name);
  const arn = aliasArn(ctx, name);
  const before = ctx.store.get(aliases, { name });
  const key = findTarget(TargetKeyId, ctx);
  if (before !== undefined) throw aliasExists(arn);
  ctx.store.put(aliases, { name, arn, key: key.id, createdAt: ctx.now, updatedAt: ctx.now });
  return {};
};

function findAlias(name: string, ctx: Ctx): AliasRow {
  checkName(name);
  const alias = ctx.store.get(aliases, { name });
  if (alias === undefined) throw aliasNotFound(aliasArn(ctx, name));
  return alias;
}

export const updateAlias: Handler<'kms', 'UpdateAlias'> = (input, ctx) => {
  const alias = findAlias(input.AliasName, ctx);
  const key = findTarget(input.TargetKeyId, ctx);
  const { key: before } = findKey(alias.key, ctx);
  // Source: API Reference, UpdateAlias: both keys have the same type and the same usage.
  if (before.usage !== key.usage || isAsymmetric(before.spec) !== isAsymmetric(key.spec))
    throw invalid(
      'The current and new KMS key must be the same type (both symmetric or both asymmetric) and have the same key usage.',
    );
  ctx.store.put(aliases, { ...alias, key: key.id, updatedAt: ctx.now });
  return {};
};

export const deleteAlias: Handler<'kms', 'DeleteAlias'> = (input, ctx) => {
  ctx.store.delete(aliases, findAlias(input.AliasName, ctx));
  return {};
};

/** The caller's aliases, and those that are predefined but have no key yet; of one key its own. */
export const listAliases: Handler<'kms', 'ListAliases'> = (input, ctx) => {
  const limit = input.Limit ?? ALIASES_LIST_DEFAULT;
  const after = readMarker(input.Marker);
  const paging = { ...(after !== undefined && { after: { name: after } }), limit: limit + 1 };
  const { KeyId } = input;
  const found: AliasListEntry[] = (
    KeyId === undefined
      ? ctx.store.list(aliases, paging)
      : ctx.store.list(aliases, { index: 'byKey', where: { key: findKey(KeyId, ctx).key.id }, ...paging })
  ).map(({ name, arn, key, createdAt, updatedAt }) => ({
    AliasName: name,
    AliasArn: arn,
    TargetKeyId: key,
    CreationDate: createdAt,
    LastUpdatedDate: updatedAt,
  }));
  const unused = KeyId === undefined ? unusedAliases(ctx.store) : [];
  for (const name of unused)
    if (after === undefined || name > after) found.push({ AliasName: name, AliasArn: aliasArn(ctx, name) });
  found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const { page, rest } = pageOf(found, limit, nameOf);
  return { Aliases: [...page], ...rest };
};

function nameOf({ AliasName = '' }: AliasListEntry): string {
  return AliasName;
}
