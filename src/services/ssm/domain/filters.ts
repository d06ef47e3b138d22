/** Filters of lists of parameters. Source: SSM API Reference, ParameterStringFilter. */
import type { InputOf } from '#kernel/contract';
import { badFilterKey, badFilterOption, badFilterValue, badPath } from '../errors.ts';
import type { ParameterRow, VersionRow } from '../state.ts';

export type Filter = NonNullable<InputOf<'ssm', 'DescribeParameters'>['ParameterFilters']>[number];
type Test = (row: ParameterRow, version: VersionRow) => boolean;

const OPTIONS: { readonly [key: string]: readonly string[] } = {
  Name: ['Equals', 'BeginsWith', 'Contains'],
  Path: ['Recursive', 'OneLevel'],
  Type: ['Equals', 'BeginsWith'],
  KeyId: ['Equals', 'BeginsWith'],
  Label: ['Equals', 'BeginsWith'],
  Tier: ['Equals'],
  DataType: ['Equals', 'BeginsWith'],
};

/** @throws {ServiceError} InvalidFilterKey, InvalidFilterOption, InvalidFilterValue */
export function testOf(
  filters: readonly Filter[],
  allowed: readonly string[],
): { test: Test /** Whether labels are asked for, which any version may have. */; labelled: boolean } {
  const seen = new Set<string>();
  const tests = filters.map(({ Key: key, Option: option, Values: values = [] }): Test => {
    if (seen.has(key))
      throw badFilterKey(
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      );
    seen.add(key);
    if (!allowed.some((one) => one === key || (one === 'tag' && key.startsWith('tag:'))))
      throw badFilterKey(
        `The following filter key is not valid: ${key}. Valid filter keys include: [${allowed.join(', ')}].`,
      );
    const options = OPTIONS[key] ?? ['Equals'];
    const chosen = option ?? options[0] ?? 'Equals';
    if (key === 'Path') {
      const how = option ?? 'OneLevel';
      if (how !== 'Recursive' && how !== 'OneLevel')
        throw badFilterOption(
          `The following filter option is not valid: ${how}. Valid options include: [Recursive, OneLevel].`,
        );
      if (values.length === 0)
        throw badFilterValue(`The following filter values are missing : null for filter key ${key}`);
      for (const path of values) checkPath(path);
      return ({ name }) => values.some((path) => isBelow(name, path, how === 'Recursive'));
    }
    if (!options.includes(chosen))
      throw badFilterOption(
        `The following filter option is not valid: ${chosen}. Valid options include: [${options.join(', ')}].`,
      );
    if (values.length === 0 && !key.startsWith('tag:'))
      throw badFilterValue(`The following filter values are missing : null for filter key ${key}`);
    const fits = (text: string) =>
      values.some((value) =>
        chosen === 'Equals' ? text === value : chosen === 'BeginsWith' ? text.startsWith(value) : text.includes(value),
      );
    return (row, version) => {
      if (key.startsWith('tag:')) {
        const name = key.slice('tag:'.length);
        return Object.hasOwn(row.tags, name) && (values.length === 0 || values.includes(row.tags[name] ?? ''));
      }
      if (key === 'Name') return fits(row.name) || (row.name.startsWith('/') && fits(row.name.slice(1)));
      if (key === 'Label') return version.labels.some(fits);
      return fits(
        String(
          { Type: version.type, KeyId: version.keyId ?? '', Tier: version.tier, DataType: version.dataType }[key] ?? '',
        ),
      );
    };
  });
  return { test: (row, version) => tests.every((test) => test(row, version)), labelled: seen.has('Label') };
}

/** @throws {ServiceError} ValidationException where it is no path */
export function checkPath(path: string): void {
  if (!/^\/[A-Za-z0-9_.\-/]*$/.test(path) || path.includes('//')) throw badPath();
}

/** Whether a name lies below a path; directly, or at any depth. */
export function isBelow(name: string, path: string, deep: boolean): boolean {
  const base = path === '/' ? '/' : `${path.replace(/\/$/, '')}/`;
  if (path === '/' && !name.startsWith('/')) return !name.includes('/');
  return name.startsWith(base) && name.length > base.length && (deep || !name.slice(base.length).includes('/'));
}
