/** Configurations that are made, read, changed and removed alike: policies, origin access controls and identities, keys. */
import { type Ctx, raise, type ServiceError } from '#kernel/contract';
import { checkMatch, isUsed, touch } from '../domain/find.ts';
import { newEtag } from '../domain/ids.ts';
import { type Paged, pageOf, pageSize, shortPageOf } from '../domain/page.ts';
import { type ThingRow, things } from '../state.ts';

export type Noun<Config extends object> = {
  kind: string;
  /** The last part of its address: `cache-policy`. */
  path: string;
  newId(ctx: Ctx): string;
  /** There is one of this name; of some kinds it is the caller's reference. */
  nameOf(config: Config, id: string): string;
  /** The configuration with AWS's defaults. @throws {ServiceError} for one that can't be */
  complete(config: Config, ctx: Ctx): Config;
  /** @throws {ServiceError} for a change that can't be */
  change?(config: Config, before: Config): void;
  missing(): ServiceError;
  /** Undefined where the same caller's reference gives the same thing again. */
  exists(config: Config, known: Config): ServiceError;
  isSame?(config: Config, before: Config): boolean;
  inUse(): ServiceError;
  most: { count: number; error: () => ServiceError };
  /** Things that AWS has made for everyone. */
  managed?: readonly ThingRow[];
  managedRefusal?(change: 'update' | 'delete'): ServiceError;
  /** Uses that are no distribution's. */
  isUsed?(ctx: Ctx, id: string): boolean;
};

/** @throws {ServiceError} the noun's own, where there is none */
export function getThing<Config extends object>(noun: Noun<Config>, id: string, ctx: Ctx): ThingRow {
  return (
    noun.managed?.find((one) => one.id === id) ??
    ctx.store.get(things, { kind: noun.kind, id }) ??
    raise(noun.missing())
  );
}

/** Makes one; the same again where the same request made it before. */
export function createThing<Config extends object>(noun: Noun<Config>, given: Config, ctx: Ctx): ThingRow {
  const { kind } = noun;
  const config = noun.complete(given, ctx);
  const id = noun.newId(ctx);
  const name = noun.nameOf(config, id);
  const known = ctx.store.first(things, { index: 'byName', where: { kind, name } });
  if (known !== undefined) {
    if (noun.isSame?.(config, known.config as Config) === true) return known;
    throw noun.exists(config, known.config as Config);
  }
  if (ctx.store.count(things, { where: { kind } }) >= noun.most.count) throw noun.most.error();
  const row: ThingRow = { kind, id, name, config, etag: newEtag(ctx), createdAt: ctx.now, modifiedAt: ctx.now };
  ctx.store.put(things, row);
  touch(ctx);
  return row;
}

/** Replaces the configuration that the caller has seen. */
export function updateThing<Config extends object>(
  noun: Noun<Config>,
  { id, ifMatch, given }: { id: string; ifMatch: string | undefined; given: Config },
  ctx: Ctx,
): ThingRow {
  refuseManaged(noun, id, 'update');
  const before = getThing(noun, id, ctx);
  checkMatch(ifMatch, before.etag);
  const config = noun.complete(given, ctx);
  noun.change?.(config, before.config as Config);
  const name = noun.nameOf(config, id);
  const known = ctx.store.first(things, { index: 'byName', where: { kind: noun.kind, name } });
  if (known !== undefined && known.id !== id) throw noun.exists(config, known.config as Config);
  const row: ThingRow = { ...before, name, config, etag: newEtag(ctx), modifiedAt: ctx.now };
  ctx.store.put(things, row);
  touch(ctx);
  return row;
}

/** Removes one that nothing refers to. */
export function deleteThing<Config extends object>(
  noun: Noun<Config>,
  { id, ifMatch }: { id: string; ifMatch: string | undefined },
  ctx: Ctx,
): Record<string, never> {
  refuseManaged(noun, id, 'delete');
  const row = getThing(noun, id, ctx);
  checkMatch(ifMatch, row.etag);
  if (isUsed(ctx.store, `${noun.kind}/${id}`) || noun.isUsed?.(ctx, id) === true) throw noun.inUse();
  ctx.store.delete(things, row);
  touch(ctx);
  return {};
}

function refuseManaged<Config extends object>(
  { managed = [], managedRefusal }: Noun<Config>,
  id: string,
  change: 'update' | 'delete',
): void {
  if (managedRefusal !== undefined && managed.some((one) => one.id === id)) throw managedRefusal(change);
}

function rowsOf<Config extends object>(
  noun: Noun<Config>,
  asked: Paged & { Type?: string | undefined },
  ctx: Ctx,
): ThingRow[] {
  const limit = pageSize(asked) + 1;
  const after = asked.Marker ?? '';
  const managed = asked.Type === 'custom' ? [] : (noun.managed ?? []).filter((one) => one.id > after);
  const own =
    asked.Type === 'managed'
      ? []
      : ctx.store.list(things, { where: { kind: noun.kind }, ...(after !== '' && { after: { id: after } }), limit });
  return [...managed, ...own].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
}

/** A page of them, AWS's own among them. */
export function listThings<Config extends object, Item>(
  noun: Noun<Config>,
  asked: Paged & { Type?: string | undefined },
  ctx: Ctx,
  show: (row: ThingRow) => Item,
) {
  return pageOf(asked, rowsOf(noun, asked, ctx), (row) => row.id, show);
}

/** The same for lists that don't say whether there is more. */
export function listThingsShortly<Config extends object, Item>(
  noun: Noun<Config>,
  asked: Paged & { Type?: string | undefined },
  ctx: Ctx,
  show: (row: ThingRow) => Item,
) {
  return shortPageOf(asked, rowsOf(noun, asked, ctx), (row) => row.id, show);
}

/** Where a thing is found. */
export function locationOf<Config extends object>(noun: Noun<Config>, { id }: ThingRow): string {
  return `https://cloudfront.amazonaws.com/2020-05-31/${noun.path}/${id}`;
}
