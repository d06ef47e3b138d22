/** Finding parameters and their versions. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { labelNotFound, parameterNotFound, versionNotFound } from '../errors.ts';
import { type ParameterRow, parameters, type VersionRow, versions } from '../state.ts';
import { select } from './names.ts';

export type Found = { row: ParameterRow; version: VersionRow; selector: string | undefined };

/**
 * The version that a name means: the latest, a number's, a label's.
 *
 * @throws {ServiceError} ParameterNotFound, ParameterVersionNotFound
 */
export function findParameter(given: string, ctx: Ctx): Found {
  const { name, selector, account } = select(given, ctx);
  const store = ctx.store.in({ account });
  const row = store.get(parameters, { name });
  if (row === undefined) throw parameterNotFound();
  if (selector === undefined) return { row, version: latestOf(row, store), selector };
  if (/^\d+$/.test(selector)) {
    const version = selector.length > 20 ? undefined : store.get(versions, { name, version: Number(selector) });
    if (version === undefined) throw versionNotFound(name, selector);
    return { row, version, selector: `:${selector}` };
  }
  const labelled = store.list(versions, { where: { name } }).find(({ labels }) => labels.includes(selector));
  if (labelled === undefined) throw labelNotFound(name, selector);
  return { row, version: labelled, selector: `:${selector}` };
}

/** A parameter's latest version. */
export function latestOf({ name, latest }: ParameterRow, store: StoreView): VersionRow {
  const version = store.get(versions, { name, version: latest });
  if (version === undefined) throw parameterNotFound();
  return version;
}
