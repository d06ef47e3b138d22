/** Finding parameters and their versions. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { labelNotFound, parameterNotFound, versionNotFound } from '../errors.ts';
import { type ParameterRow, parameters, type VersionRow, versions } from '../state.ts';
import { checkForm, otherForm, select } from './names.ts';

/** `asked` is the name as it was asked for: that of a top level may have a slash in front, or lack the one that it has. */
export type Found = {
  row: ParameterRow;
  version: VersionRow;
  selector: string | undefined;
  asked: string;
  account: string;
};

/**
 * The version that a name means: the latest, a number's, a label's.
 *
 * @throws {ServiceError} ParameterNotFound, ParameterVersionNotFound, ValidationException
 */
export function findParameter(given: string, ctx: Ctx): Found {
  const selected = select(given, ctx);
  const { selector, account } = selected;
  checkForm(selected.name);
  const store = ctx.store.in({ account });
  const row = rowOf(selected.name, store);
  if (row === undefined || selected.region !== ctx.region) throw parameterNotFound();
  const { name } = row;
  const asked = given.startsWith('arn:') ? name : selected.name;
  if (selector === undefined) return { row, version: latestOf(row, store), selector, asked, account };
  if (/^\d+$/.test(selector)) {
    const version = selector.length > 20 ? undefined : store.get(versions, { name, version: Number(selector) });
    if (version === undefined) throw versionNotFound(name, selector);
    return { row, version, selector: `:${selector}`, asked, account };
  }
  const labelled = store.list(versions, { where: { name } }).find(({ labels }) => labels.includes(selector));
  if (labelled === undefined) throw labelNotFound(name, selector);
  return { row, version: labelled, selector: `:${selector}`, asked, account };
}

/** A parameter by its name, or by its other form: of both there is one. Source: Systems Manager User Guide, "About requirements and constraints for parameter names", Uniqueness. */
export function rowOf(name: string, store: StoreView): ParameterRow | undefined {
  return store.get(parameters, { name }) ?? store.get(parameters, { name: otherForm(name) });
}

/** A parameter's latest version. */
export function latestOf({ name, latest }: ParameterRow, store: StoreView): VersionRow {
  const version = store.get(versions, { name, version: latest });
  if (version === undefined) throw parameterNotFound();
  return version;
}
