/** Aliases: names for versions, or for two of which calls take one by chance. */
import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { findFunction, versionOf } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';
import { startProvision } from '../domain/provision.ts';
import { forgetQualifier } from '../domain/versions.ts';
import {
  aliasExists,
  aliasNotFound,
  functionNotFound,
  noSuchAlias,
  revisionChanged,
  routesItself,
  routesLatest,
  routesMany,
} from '../errors.ts';
import { ALIASES_LISTED } from '../limits.ts';
import { type AliasRow, aliases, LATEST, provisioned } from '../state.ts';

type Routing = InputOf<'lambda', 'CreateAlias'>['RoutingConfig'];

export const createAlias: Handler<'lambda', 'CreateAlias'> = (input, ctx) => {
  const { named, store } = findFunction(input.FunctionName, undefined, ctx);
  const { name, account } = named;
  if (store.get(aliases, { name, alias: input.Name }) !== undefined)
    throw aliasExists(arnOf(ctx, account, name, input.Name));
  const row: AliasRow = {
    name,
    alias: input.Name,
    version: versionThere(input.FunctionVersion, name, account, store, ctx),
    description: input.Description ?? '',
    ...routingOf(input.RoutingConfig, input.FunctionVersion, name, account, store, ctx),
    revisionId: ctx.uuid(),
  };
  store.put(aliases, row);
  return shown(row, account, ctx);
};

export const updateAlias: Handler<'lambda', 'UpdateAlias'> = (input, ctx) => {
  const { row, account, store } = find(input, ctx, noSuchAlias);
  if (input.RevisionId !== undefined && input.RevisionId !== row.revisionId) throw revisionChanged();
  const { routing, ...rest } = row;
  const version = input.FunctionVersion ?? row.version;
  const changed: AliasRow = {
    ...rest,
    version: versionThere(version, row.name, account, store, ctx),
    description: input.Description ?? row.description,
    ...routingOf(input.RoutingConfig ?? shownRouting(routing), version, row.name, account, store, ctx),
    revisionId: ctx.uuid(),
  };
  store.put(aliases, changed);
  moveProvisioned(row, changed, account, store, ctx);
  return shown(changed, account, ctx);
};

/** What is provisioned for an alias is started of its new version, and let go of the old one. */
function moveProvisioned(before: AliasRow, after: AliasRow, account: string, store: StoreView, ctx: Ctx): void {
  const row = store.get(provisioned, { name: before.name, qualifier: before.alias });
  if (row === undefined || before.version === after.version) return;
  const { ended: _, reason: __, ...asked } = row;
  store.put(provisioned, asked);
  startProvision(before.name, before.alias, account, ctx);
  startProvision(before.name, before.version, account, ctx);
}

export const getAlias: Handler<'lambda', 'GetAlias'> = (input, ctx) => {
  const { row, account } = find(input, ctx);
  return shown(row, account, ctx);
};

export const deleteAlias: Handler<'lambda', 'DeleteAlias'> = (input, ctx) => {
  const { named, store } = findFunction(input.FunctionName, undefined, ctx);
  const { name } = named;
  const version = store.get(aliases, { name, alias: input.Name })?.version;
  if (version === undefined) return {};
  store.delete(aliases, { name, alias: input.Name });
  const { wasProvisioned } = forgetQualifier(name, input.Name, store);
  if (wasProvisioned) startProvision(name, version, named.account, ctx);
  return {};
};

export const listAliases: Handler<'lambda', 'ListAliases'> = (input, ctx) => {
  const { named, store } = findFunction(input.FunctionName, undefined, ctx);
  // Source of this, and that it is the first version that is asked for: radkawar/stackd, measured in 2026.
  const limit = input.MaxItems ?? ALIASES_LISTED;
  const after = input.Marker === undefined ? {} : { after: { alias: input.Marker } };
  const wanted = input.FunctionVersion;
  const rows = store.list(aliases, {
    where: { name: named.name },
    ...after,
    ...(wanted === undefined && { limit: limit + 1 }),
  });
  // Aliases of a function are few; those of one version are picked out of them.
  const found = rows.filter(({ version }) => wanted === undefined || version === wanted);
  return {
    Aliases: found.slice(0, limit).map((row) => shown(row, named.account, ctx)),
    ...(found.length > limit && { NextMarker: found[limit - 1]?.alias }),
  };
};

/** @throws {ServiceError} ResourceNotFoundException */
function find({ FunctionName, Name }: { FunctionName: string; Name: string }, ctx: Ctx, missing = aliasNotFound) {
  const { named, store } = findFunction(FunctionName, undefined, ctx);
  const row = store.get(aliases, { name: named.name, alias: Name });
  if (row === undefined) throw missing(arnOf(ctx, named.account, named.name, Name));
  return { row, account: named.account, store };
}

/** @throws {ServiceError} ResourceNotFoundException */
function versionThere(version: string, name: string, account: string, store: StoreView, ctx: Ctx): string {
  if (versionOf(store, name, version) === undefined) throw functionNotFound(arnOf(ctx, account, name, version));
  return version;
}

/** @throws {ServiceError} InvalidParameterValueException, ResourceNotFoundException */
function routingOf(
  given: Routing,
  version: string,
  name: string,
  account: string,
  store: StoreView,
  ctx: Ctx,
): Pick<AliasRow, 'routing'> {
  const weights = Object.entries(given?.AdditionalVersionWeights ?? {});
  const [first] = weights;
  if (first === undefined) return {};
  if (weights.length > 1) throw routesMany();
  const [other, weight] = first;
  if (version === LATEST || other === LATEST) throw routesLatest();
  if (other === version) throw routesItself(version);
  return { routing: { version: versionThere(other, name, account, store, ctx), weight } };
}

function shownRouting(routing: AliasRow['routing']): Routing {
  return routing && { AdditionalVersionWeights: { [routing.version]: routing.weight } };
}

function shown(row: AliasRow, account: string, ctx: Ctx): OutputOf<'lambda', 'GetAlias'> {
  const { routing } = row;
  return {
    AliasArn: arnOf(ctx, account, row.name, row.alias),
    Name: row.alias,
    FunctionVersion: row.version,
    Description: row.description,
    ...(routing !== undefined && { RoutingConfig: shownRouting(routing) }),
    RevisionId: row.revisionId,
  };
}
