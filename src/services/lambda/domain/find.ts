/** Finding functions, their versions, and the aliases of these. */
import type { Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { functionNotFound, ofFunctionsOnly } from '../errors.ts';
import {
  type AliasRow,
  aliases,
  type FunctionRow,
  functions,
  LATEST,
  policies,
  type VersionRow,
  versions,
} from '../state.ts';
import { arnOf, type Named, parseName } from './names.ts';

export type Found = {
  named: Named;
  function: FunctionRow;
  /** Of an alias, the one that it is a name for. */
  version: VersionRow;
  alias: AliasRow | undefined;
  /** As the caller named it: with the qualifier, if there was one. */
  arn: string;
  /** Rows of the function's account. */
  store: StoreView;
};

/**
 * The function and version that a request names.
 *
 * @param noAlias what is said of an alias that is not there
 * @param noFunction the same of a function, or of a version
 * @throws {ServiceError} ResourceNotFoundException
 */
export function findFunction(
  given: string,
  qualifier: string | undefined,
  ctx: Ctx,
  noAlias: (arn: string) => ServiceError = functionNotFound,
  noFunction: (arn: string) => ServiceError = functionNotFound,
): Found {
  const named = parseName(given, qualifier, ctx);
  const store = ctx.store.in({ account: named.account });
  const arn = arnOf(ctx, named.account, named.name, named.qualifier);
  const row = store.get(functions, { name: named.name });
  const version = row === undefined ? undefined : versionOf(store, named.name, named.qualifier ?? LATEST);
  if (row === undefined) throw noFunction(arn);
  if (version === undefined) throw numberOf(named.qualifier ?? LATEST) === undefined ? noAlias(arn) : noFunction(arn);
  const alias = aliasOf(store, named.name, named.qualifier ?? LATEST);
  return { named, function: row, version, alias, arn, store };
}

/**
 * The function that a request names, for what versions and aliases don't have, or that only `$LATEST` can be asked for.
 *
 * @throws {ServiceError} ResourceNotFoundException, InvalidParameterValueException
 */
export function findWhole(given: string, ctx: Ctx): Found {
  const found = findFunction(given, undefined, ctx);
  if ((found.named.qualifier ?? LATEST) !== LATEST) throw ofFunctionsOnly();
  return found;
}

/**
 * A version by its qualifier; undefined where there is none.
 *
 * @param chance which of an alias's two versions takes the call: from 0 up to 1
 */
export function versionOf(store: StoreView, name: string, qualifier: string, chance = () => 1): VersionRow | undefined {
  const number = numberOf(qualifier);
  if (number !== undefined) return store.get(versions, { name, number });
  const alias = aliasOf(store, name, qualifier);
  if (alias === undefined) return undefined;
  const { routing, version } = alias;
  return versionOf(store, name, routing !== undefined && chance() < routing.weight ? routing.version : version);
}

function aliasOf(store: StoreView, name: string, qualifier: string): AliasRow | undefined {
  return numberOf(qualifier) === undefined ? store.get(aliases, { name, alias: qualifier }) : undefined;
}

/** Of no alias: names of those are no numbers. */
function numberOf(qualifier: string): number | undefined {
  return qualifier === LATEST ? 0 : /^[1-9]\d{0,8}$/.test(qualifier) ? Number(qualifier) : undefined;
}

/** What a call runs. */
export type Target = {
  /** Whose function it is. */
  account: string;
  function: FunctionRow;
  version: VersionRow;
  /** As the function was named; empty without. */
  qualifier: string;
};

/** What a call of a function runs now; undefined where that is gone. */
export function targetOf(name: string, qualifier: string, ctx: Ctx, account = ctx.account): Target | undefined {
  const store = ctx.store.in({ account });
  const row = store.get(functions, { name });
  const version = versionOf(store, name, qualifier === '' ? LATEST : qualifier, () => ctx.random.fraction());
  return row === undefined || version === undefined ? undefined : { account, function: row, version, qualifier };
}

/** The text of the policy that a function, version or alias has; undefined where it has none. */
export function policyText(store: StoreView, name: string, qualifier: string): string | undefined {
  const row = store.get(policies, { name, qualifier });
  return row === undefined ? undefined : JSON.stringify(policyDocument(row.statements));
}

/** A policy as IAM reads it. */
export function policyDocument(statements: readonly object[]): object {
  return { Version: '2012-10-17', Id: 'default', Statement: statements };
}
