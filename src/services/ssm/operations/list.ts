/** Lists of parameters: below a path, by filters, and the versions of one. */
import { page } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { checkPath, type Filter, isBelow, testOf } from '../domain/filters.ts';
import { latestOf, rowOf } from '../domain/find.ts';
import { arnOf, otherForm, select } from '../domain/names.ts';
import { isApplied } from '../domain/policies.ts';
import { isPublic, listPublic } from '../domain/public.ts';
import { badToken, parameterNotFound, twoFilters } from '../errors.ts';
import { BY_PATH_DEFAULT, HISTORY_DEFAULT, LIST_DEFAULT } from '../limits.ts';
import { type ParameterRow, parameters, type VersionRow, versions } from '../state.ts';
import { type Parameter, shown } from './parameter.ts';

export const getParametersByPath: Handler<'ssm', 'GetParametersByPath'> = async (input, ctx) => {
  const { Path: path } = input;
  checkPath(path);
  const { test, labelled } = testOf(input.ParameterFilters ?? [], ['Type', 'KeyId', 'Label']);
  if (isPublic(`${path}/`)) return listPublic(path, input, ctx);
  const limit = input.MaxResults ?? BY_PATH_DEFAULT;
  const base = path === '/' ? '/' : `${path.replace(/\/$/, '')}/`;
  const first = input.NextToken === undefined ? undefined : nameOfToken(input.NextToken);
  // At the root are also those whose names have no slash.
  const below = path === '/' ? {} : { startsWith: base };
  /** The one that is told: of those with a label that is asked for, else the latest. */
  const versionFor = (row: ParameterRow) =>
    (labelled ? ctx.store.list(versions, { where: { name: row.name } }) : [latestOf(row, ctx.store)]).find((version) =>
      test(row, version),
    );
  const { rows, last } = page<ParameterRow>(
    (row, count) => ctx.store.list(parameters, { ...below, after: placeOf(row?.name ?? first), limit: count }),
    limit,
    (row) => isBelow(row.name, path, input.Recursive === true) && versionFor(row) !== undefined,
  );
  const Parameters: Parameter[] = [];
  for (const row of rows)
    Parameters.push(
      await shown(versionFor(row) ?? latestOf(row, ctx.store), undefined, input.WithDecryption === true, ctx),
    );
  return { Parameters, ...(last !== undefined && { NextToken: tokenOf(last.name) }) };
};

function placeOf(name: string | undefined): { name: string } | undefined {
  return name === undefined ? undefined : { name };
}

function tokenOf(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function nameOfToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (!/^[A-Za-z0-9_.\-/]+$/.test(name)) throw badToken();
  return name;
}

type Next = Parameters<typeof page<ParameterRow>>[0];

/** The rows that filters can mean, in order: those of the names that are asked for, those below the one path, or all. */
function inQuestion(filters: readonly Filter[], first: string | undefined, { store }: Ctx): Next {
  const names = filters.find(({ Key, Option = 'Equals' }) => Key === 'Name' && Option === 'Equals')?.Values;
  if (names !== undefined) {
    const forms = [...new Set(names.flatMap((name) => [name, otherForm(name)]))].sort();
    const found = forms.flatMap((name) => store.get(parameters, { name }) ?? []);
    return (row) => found.filter(({ name }) => name > (row?.name ?? first ?? ''));
  }
  const [path, ...more] = filters.find(({ Key }) => Key === 'Path')?.Values ?? [];
  const below = path === undefined || path === '/' || more.length > 0 ? {} : { startsWith: path };
  return (row, limit) => store.list(parameters, { ...below, after: placeOf(row?.name ?? first), limit });
}

export const describeParameters: Handler<'ssm', 'DescribeParameters'> = (input, ctx) => {
  if ((input.Filters?.length ?? 0) > 0 && (input.ParameterFilters?.length ?? 0) > 0) throw twoFilters();
  const older = (input.Filters ?? []).map(({ Key, Values }) => ({
    Key,
    Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
    Values,
  }));
  const filters = [...(input.ParameterFilters ?? []), ...older];
  const { test } = testOf(filters, ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType', 'tag']);
  // Nothing is shared here: that takes AWS RAM.
  if (input.Shared === true) return { Parameters: [] };
  const limit = input.MaxResults ?? LIST_DEFAULT;
  const first = input.NextToken === undefined ? undefined : nameOfToken(input.NextToken);
  const { rows, last } = page<ParameterRow>(inQuestion(filters, first, ctx), limit, (row) =>
    test(row, latestOf(row, ctx.store)),
  );
  return {
    Parameters: rows.map((row) => ({ ...metadata(latestOf(row, ctx.store), ctx), ARN: arnOf(row.name, ctx) })),
    ...(last !== undefined && { NextToken: tokenOf(last.name) }),
  };
};

function metadata(version: VersionRow, ctx: Ctx) {
  return {
    Name: version.name,
    Type: version.type,
    ...(version.keyId !== undefined && { KeyId: version.keyId }),
    LastModifiedDate: version.modifiedAt,
    LastModifiedUser: version.modifiedBy,
    ...(version.description !== undefined && { Description: version.description }),
    ...(version.allowedPattern !== undefined && { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Tier: version.tier,
    Policies: version.policies.map((policy) => ({
      PolicyText: JSON.stringify(policy),
      PolicyType: policy.Type,
      PolicyStatus: isApplied(policy, version, ctx.now) ? 'Finished' : 'Pending',
    })),
    DataType: version.dataType,
  };
}

export const getParameterHistory: Handler<'ssm', 'GetParameterHistory'> = async (input, ctx) => {
  const { name: given, account } = select(input.Name, ctx);
  const store = ctx.store.in({ account });
  const row = rowOf(given, store);
  if (row === undefined) throw parameterNotFound();
  const { name } = row;
  const limit = input.MaxResults ?? HISTORY_DEFAULT;
  if (input.NextToken !== undefined && !/^\d{1,15}$/.test(input.NextToken)) throw badToken();
  const after = input.NextToken === undefined ? undefined : { version: Number(input.NextToken) };
  const rows = store.list(versions, { where: { name }, after, limit: limit + 1 });
  const those = rows.slice(0, limit);
  const Parameters = [];
  for (const version of those) {
    const { Value } = await shown(version, undefined, input.WithDecryption === true, ctx, account);
    Parameters.push({ ...metadata(version, ctx), Value, Labels: [...version.labels] });
  }
  return { Parameters, ...(rows.length > limit && { NextToken: String(those.at(-1)?.version) }) };
};
