/** Finding functions and their versions. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { functionNotFound } from '../errors.ts';
import { type FunctionRow, functions, LATEST, policies, type VersionRow, versions } from '../state.ts';
import { arnOf, type Named, parseName } from './names.ts';

export type Found = {
  named: Named;
  function: FunctionRow;
  version: VersionRow;
  /** As the caller named it: with the qualifier, if there was one. */
  arn: string;
  /** Rows of the function's account. */
  store: StoreView;
};

/**
 * The function and version that a request names.
 *
 * @throws {ServiceError} ResourceNotFoundException
 */
export function findFunction(given: string, qualifier: string | undefined, ctx: Ctx): Found {
  const named = parseName(given, qualifier, ctx);
  const store = ctx.store.in({ account: named.account });
  const arn = arnOf(ctx, named.account, named.name, named.qualifier);
  const row = store.get(functions, { name: named.name });
  const version = row === undefined ? undefined : versionOf(store, named.name, named.qualifier ?? LATEST);
  if (row === undefined || version === undefined) throw functionNotFound(arn);
  return { named, function: row, version, arn, store };
}

/** A version by its qualifier; undefined where there is none. */
export function versionOf(store: StoreView, name: string, qualifier: string): VersionRow | undefined {
  const number = qualifier === LATEST ? 0 : /^\d+$/.test(qualifier) ? Number(qualifier) : undefined;
  return number === undefined ? undefined : store.get(versions, { name, number });
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
