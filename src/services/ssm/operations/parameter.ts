/** Parameters: put, read, listed, deleted. */
import { findsPattern, page } from '#kernel/base';
import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { isBelow, testOf } from '../domain/filters.ts';
import { findParameter, latestOf } from '../domain/find.ts';
import { arnOf, checkName, checkNotReserved, select } from '../domain/names.ts';
import { clearTimers, isApplied, policiesOf, setTimers } from '../domain/policies.ts';
import { isReference, readReference } from '../domain/reference.ts';
import { DEFAULT_KEY, openValue, sealValue } from '../domain/secure.ts';
import {
  advancedTooLong,
  badDataType,
  badPattern,
  badToken,
  invalid,
  oldestLabelled,
  parameterExists,
  parameterNotFound,
  patternMismatch,
  policiesNeedAdvanced,
  standardTooLong,
  tagsWithOverwrite,
  tierDowngraded,
  tooManyTags,
  typeChanged,
  typeMissing,
  valueEmpty,
} from '../errors.ts';
import {
  ADVANCED_VALUE_MAX,
  BY_PATH_DEFAULT,
  HISTORY_DEFAULT,
  LIST_DEFAULT,
  STANDARD_VALUE_MAX,
  TAGS_MAX,
  VERSIONS_MAX,
} from '../limits.ts';
import { type ParameterRow, parameters, type VersionRow, versions } from '../state.ts';

type Input = InputOf<'ssm', 'PutParameter'>;
type Parameter = NonNullable<OutputOf<'ssm', 'GetParameter'>['Parameter']>;

export const putParameter: Handler<'ssm', 'PutParameter'> = async (input, ctx) => {
  const { name } = select(input.Name, ctx);
  checkName(name);
  const before = ctx.store.get(parameters, { name });
  const last = before === undefined ? undefined : latestOf(before, ctx.store);
  checkRequest(input, last);
  const type = input.Type ?? last?.type ?? 'String';
  const tier = tierOf(input, last);
  const keyId = type === 'SecureString' ? (input.KeyId ?? last?.keyId ?? DEFAULT_KEY) : undefined;
  const kept = keyId === undefined ? { value: input.Value } : await sealValue(input.Value, keyId, name, ctx);
  const policies = policiesOf(input.Policies);
  if (policies.length > 0 && tier === 'Standard') throw policiesNeedAdvanced();
  const description = input.Description ?? last?.description;
  const allowedPattern = input.AllowedPattern ?? last?.allowedPattern;
  return ctx.transact((store) => {
    const now = store.get(parameters, { name });
    if (now !== undefined && input.Overwrite !== true) throw parameterExists();
    const number = (now?.latest ?? 0) + 1;
    const version: VersionRow = {
      name,
      version: number,
      type,
      ...kept,
      ...(keyId !== undefined && { keyId }),
      ...(description !== undefined && { description }),
      ...(allowedPattern !== undefined && { allowedPattern }),
      dataType: input.DataType ?? last?.dataType ?? 'text',
      tier,
      policies: input.Policies === undefined ? (last?.policies ?? []) : policies,
      labels: [],
      modifiedAt: ctx.now,
      modifiedBy: ctx.caller.principal.arn,
    };
    forgetOldest(name, number, store);
    const tags = now?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    store.put(versions, version);
    store.put(parameters, { name, latest: number, tags });
    setTimers(version, ctx);
    ctx.announce('Parameter Store Change', { operation: now === undefined ? 'Create' : 'Update', name, type }, [
      arnOf(name, ctx),
    ]);
    return { Version: number, Tier: tier };
  });
};

function checkRequest(input: Input, last: VersionRow | undefined): void {
  if (last !== undefined && input.Overwrite !== true) throw parameterExists();
  if (input.Overwrite === true && (input.Tags?.length ?? 0) > 0) throw tagsWithOverwrite();
  if ((input.Tags?.length ?? 0) > TAGS_MAX) throw tooManyTags();
  if (last === undefined && input.Type === undefined) throw typeMissing();
  if (last !== undefined && input.Type !== undefined && input.Type !== last.type) throw typeChanged();
  if (input.Value === '') throw valueEmpty();
  if (input.KeyId !== undefined && (input.Type ?? last?.type) !== 'SecureString')
    throw invalid('KeyId is required for SecureString type parameter only.');
  const dataType = input.DataType ?? 'text';
  if (!['text', 'aws:ec2:image', 'aws:ssm:integration'].includes(dataType)) throw badDataType(dataType);
  const pattern = input.AllowedPattern ?? last?.allowedPattern;
  if (pattern !== undefined && pattern !== '' && !fits(input.Value, pattern)) throw patternMismatch(pattern);
}

function fits(value: string, pattern: string): boolean {
  try {
    return findsPattern(pattern, value);
  } catch {
    throw badPattern();
  }
}

function tierOf({ Tier: asked, Value: value, Policies }: Input, last: VersionRow | undefined): VersionRow['tier'] {
  const length = Buffer.byteLength(value);
  if (length > ADVANCED_VALUE_MAX) throw advancedTooLong();
  if (last?.tier === 'Advanced') {
    if (asked === 'Standard') throw tierDowngraded();
    return 'Advanced';
  }
  if (asked === 'Advanced') return 'Advanced';
  const needsMore = length > STANDARD_VALUE_MAX || (Policies !== undefined && Policies !== '' && Policies !== '[{}]');
  if (asked === 'Intelligent-Tiering') return needsMore ? 'Advanced' : 'Standard';
  if (length > STANDARD_VALUE_MAX) throw standardTooLong();
  return 'Standard';
}

/** The hundred last versions are kept; a label holds its own. */
function forgetOldest(name: string, next: number, store: StoreView): void {
  const oldest = store.first(versions, { where: { name } });
  if (oldest === undefined || next - oldest.version < VERSIONS_MAX) return;
  if (oldest.labels.length > 0) throw oldestLabelled(name);
  store.delete(versions, oldest);
}

async function shown(
  version: VersionRow,
  selector: string | undefined,
  decrypt: boolean,
  ctx: Ctx,
): Promise<Parameter> {
  const isSecret = version.type === 'SecureString';
  return {
    Name: version.name,
    Type: version.type,
    Value: isSecret && decrypt ? await openValue(version, ctx) : version.value,
    Version: version.version,
    ...(selector !== undefined && { Selector: selector }),
    LastModifiedDate: version.modifiedAt,
    ARN: arnOf(version.name, ctx),
    DataType: version.dataType,
  };
}

export const getParameter: Handler<'ssm', 'GetParameter'> = async (input, ctx) => {
  return { Parameter: await read(input.Name, input.WithDecryption === true, ctx) };
};

async function read(name: string, decrypt: boolean, ctx: Ctx): Promise<Parameter> {
  if (isReference(name)) return readReference(name, decrypt, ctx);
  const { version, selector, asked } = findParameter(name, ctx);
  return { ...(await shown(version, selector, decrypt, ctx)), Name: asked };
}

export const getParameters: Handler<'ssm', 'GetParameters'> = async (input, ctx) => {
  const found: Parameter[] = [];
  const missing: string[] = [];
  for (const name of new Set(input.Names)) {
    try {
      found.push(await read(name, input.WithDecryption === true, ctx));
    } catch (error) {
      if (!(error instanceof Error && /^Parameter(Version)?NotFound$/.test((error as { code?: string }).code ?? '')))
        throw error;
      missing.push(name);
    }
  }
  return {
    Parameters: found.toSorted((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1)),
    InvalidParameters: missing,
  };
};

export const getParametersByPath: Handler<'ssm', 'GetParametersByPath'> = async (input, ctx) => {
  const { name: path } = select(input.Path, ctx);
  if (!path.startsWith('/'))
    throw invalid(
      `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`,
    );
  const test = testOf(input.ParameterFilters ?? [], ['Type', 'KeyId', 'Label']);
  const limit = input.MaxResults ?? BY_PATH_DEFAULT;
  const base = path === '/' ? '/' : `${path.replace(/\/$/, '')}/`;
  const first = input.NextToken === undefined ? undefined : nameOfToken(input.NextToken);
  // At the root are also those whose names have no slash.
  const below = path === '/' ? {} : { startsWith: base };
  const { rows, last } = page<ParameterRow>(
    (row, count) => ctx.store.list(parameters, { ...below, after: placeOf(row?.name ?? first), limit: count }),
    limit,
    (row) => isBelow(row.name, path, input.Recursive === true) && test(row, latestOf(row, ctx.store)),
  );
  const Parameters: Parameter[] = [];
  for (const row of rows)
    Parameters.push(await shown(latestOf(row, ctx.store), undefined, input.WithDecryption === true, ctx));
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

export const describeParameters: Handler<'ssm', 'DescribeParameters'> = (input, ctx) => {
  const older = (input.Filters ?? []).map(({ Key, Values }) => ({
    Key,
    Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
    Values,
  }));
  const test = testOf(
    [...(input.ParameterFilters ?? []), ...older],
    ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType', 'tag', 'Label'],
  );
  const limit = input.MaxResults ?? LIST_DEFAULT;
  const first = input.NextToken === undefined ? undefined : nameOfToken(input.NextToken);
  const { rows, last } = page<ParameterRow>(
    (row, count) => ctx.store.list(parameters, { after: placeOf(row?.name ?? first), limit: count }),
    limit,
    (row) => test(row, latestOf(row, ctx.store)),
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
  const { name } = select(input.Name, ctx);
  if (ctx.store.get(parameters, { name }) === undefined) throw parameterNotFound();
  const limit = input.MaxResults ?? HISTORY_DEFAULT;
  if (input.NextToken !== undefined && !/^\d{1,15}$/.test(input.NextToken)) throw badToken();
  const after = input.NextToken === undefined ? undefined : { version: Number(input.NextToken) };
  const rows = ctx.store.list(versions, { where: { name }, after, limit: limit + 1 });
  const those = rows.slice(0, limit);
  const Parameters = [];
  for (const version of those) {
    const { Value } = await shown(version, undefined, input.WithDecryption === true, ctx);
    Parameters.push({ ...metadata(version, ctx), Value, Labels: [...version.labels] });
  }
  return { Parameters, ...(rows.length > limit && { NextToken: String(those.at(-1)?.version) }) };
};

export const deleteParameter: Handler<'ssm', 'DeleteParameter'> = (input, ctx) => {
  const { name } = select(input.Name, ctx);
  checkNotReserved(name);
  if (!forget(name, ctx.store, ctx)) throw parameterNotFound();
  return {};
};

export const deleteParameters: Handler<'ssm', 'DeleteParameters'> = (input, ctx) => {
  const names = [...new Set(input.Names)];
  const gone = names.filter((name) => forget(select(name, ctx).name, ctx.store, ctx));
  return { DeletedParameters: gone, InvalidParameters: names.filter((name) => !gone.includes(name)) };
};

/** Removes a parameter with its history; false where there is none. In a transaction. */
export function forget(name: string, store: StoreView, ctx: Ctx): boolean {
  const row: ParameterRow | undefined = store.get(parameters, { name });
  if (row === undefined) return false;
  const { type } = latestOf(row, store);
  for (const version of store.list(versions, { where: { name } })) store.delete(versions, version);
  store.delete(parameters, { name });
  clearTimers(name, ctx);
  ctx.announce('Parameter Store Change', { operation: 'Delete', name, type }, [arnOf(name, ctx)]);
  return true;
}
