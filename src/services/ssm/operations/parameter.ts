/** Parameters: put, read, deleted. */
import { matchesPattern } from '#kernel/base';
import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { findParameter, latestOf, rowOf } from '../domain/find.ts';
import { arnOf, checkForm, checkName, checkNotReserved } from '../domain/names.ts';
import { clearTimers, policiesOf, setTimers } from '../domain/policies.ts';
import { isPublic, readPublic } from '../domain/public.ts';
import { faultOfReference, isReference, readReference } from '../domain/reference.ts';
import { DEFAULT_KEY, openValue, sealValue } from '../domain/secure.ts';
import { addTally, isFull } from '../domain/tally.ts';
import {
  advancedTooLong,
  badDataType,
  badPattern,
  imageList,
  invalid,
  nameTooLong,
  oldestLabelled,
  parameterExists,
  parameterNotFound,
  patternMismatch,
  policiesNeedAdvanced,
  standardTooLong,
  tagsWithOverwrite,
  tierDowngraded,
  tooManyParameters,
  tooManyTags,
  typeMissing,
  valueEmpty,
  valueNested,
} from '../errors.ts';
import { ADVANCED_VALUE_MAX, NAME_LENGTH_MAX, STANDARD_VALUE_MAX, TAGS_MAX, VERSIONS_MAX } from '../limits.ts';
import { parameters, type VersionRow, versions } from '../state.ts';
import { defaultTier } from './setting.ts';

type Input = InputOf<'ssm', 'PutParameter'>;
export type Parameter = NonNullable<OutputOf<'ssm', 'GetParameter'>['Parameter']>;

export const putParameter: Handler<'ssm', 'PutParameter'> = async (input, ctx) => {
  checkName(input.Name);
  const arn = arnOf(input.Name, ctx);
  if (arn.length > NAME_LENGTH_MAX) throw nameTooLong(ctx.caller.principal.arn, arn);
  const before = rowOf(input.Name, ctx.store);
  const name = before?.name ?? input.Name;
  const last = before === undefined ? undefined : latestOf(before, ctx.store);
  checkRequest(input, last);
  const type = input.Type ?? last?.type ?? 'String';
  const tier = tierOf(input, last, defaultTier(ctx), () => isFull('Standard', ctx.store));
  const keyId = type === 'SecureString' ? (input.KeyId ?? last?.keyId ?? DEFAULT_KEY) : undefined;
  const kept = keyId === undefined ? { value: input.Value } : await sealValue(input.Value, keyId, tier, name, ctx);
  const policies = policiesOf(input.Policies);
  if (policies.length > 0 && tier === 'Standard') throw policiesNeedAdvanced();
  const description = input.Description ?? last?.description;
  const allowedPattern = input.AllowedPattern ?? last?.allowedPattern;
  return ctx.transact((store) => {
    const now = rowOf(name, store);
    if (now !== undefined && input.Overwrite !== true) throw parameterExists();
    const was = now === undefined ? undefined : latestOf(now, store).tier;
    if (was !== tier) {
      if (isFull(tier, store)) throw tooManyParameters();
      addTally(tier, 1, store);
      if (was !== undefined) addTally(was, -1, store);
    }
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
    store.put(parameters, { ...now, name, latest: number, tags });
    setTimers(version, ctx);
    tell(now === undefined ? 'Create' : 'Update', version, ctx);
    return { Version: number, Tier: tier };
  });
};

function checkRequest(input: Input, last: VersionRow | undefined): void {
  if (last !== undefined && input.Overwrite !== true) throw parameterExists();
  if (input.Overwrite === true && (input.Tags?.length ?? 0) > 0) throw tagsWithOverwrite();
  if ((input.Tags?.length ?? 0) > TAGS_MAX) throw tooManyTags();
  if (last === undefined && input.Type === undefined) throw typeMissing();
  if (input.Value === '') throw valueEmpty();
  if (/\{\{[^{}]*\}\}/.test(input.Value)) throw valueNested(input.Value);
  if (input.KeyId !== undefined && (input.Type ?? last?.type) !== 'SecureString')
    throw invalid('KeyId is required for SecureString type parameter only.');
  // Deviation: what a parameter of the type aws:ec2:image names is not looked for: there is no EC2 here.
  const dataType = input.DataType ?? 'text';
  if (!['text', 'aws:ec2:image', 'aws:ssm:integration'].includes(dataType)) throw badDataType(dataType);
  if (dataType === 'aws:ec2:image' && (input.Type ?? last?.type) === 'StringList') throw imageList();
  const pattern = input.AllowedPattern ?? last?.allowedPattern;
  if (pattern !== undefined && pattern !== '' && !fits(input.Value, pattern)) throw patternMismatch(pattern);
}

function fits(value: string, pattern: string): boolean {
  try {
    // The whole value. Source: Systems Manager User Guide, "Manage parameters using hierarchies (AWS CLI)".
    return matchesPattern(pattern, value);
  } catch {
    throw badPattern();
  }
}

function tierOf(
  { Tier, Value: value, Policies }: Input,
  last: VersionRow | undefined,
  usual: string,
  isStandardFull: () => boolean,
): VersionRow['tier'] {
  const asked = Tier ?? usual;
  const length = Buffer.byteLength(value);
  if (length > ADVANCED_VALUE_MAX) throw advancedTooLong();
  if (last?.tier === 'Advanced') {
    if (Tier === 'Standard') throw tierDowngraded();
    return 'Advanced';
  }
  if (asked === 'Advanced') return 'Advanced';
  const needsMore = length > STANDARD_VALUE_MAX || (Policies !== undefined && Policies !== '' && Policies !== '[{}]');
  if (asked === 'Intelligent-Tiering')
    return needsMore || (last === undefined && isStandardFull()) ? 'Advanced' : 'Standard';
  if (length > STANDARD_VALUE_MAX) throw standardTooLong();
  return 'Standard';
}

/** The hundred last versions are kept; a label holds its own. */
function forgetOldest(name: string, next: number, store: StoreView): void {
  const oldest = store.first(versions, { where: { name } });
  if (oldest === undefined || next - oldest.version < VERSIONS_MAX) return;
  if (oldest.labels.length > 0) throw oldestLabelled(name, oldest.version);
  store.delete(versions, oldest);
}

/** A version as readers see it; a secret one is opened where they ask for that, and may. */
export async function shown(
  version: VersionRow,
  selector: string | undefined,
  decrypt: boolean,
  ctx: Ctx,
  account: string = ctx.account,
): Promise<Parameter> {
  const { partition, region } = ctx;
  const arn = arnOf(version.name, { partition, region, account });
  const isSecret = version.type === 'SecureString';
  return {
    Name: version.name,
    Type: version.type,
    Value: isSecret && decrypt ? await openValue(version, arn, ctx) : version.value,
    Version: version.version,
    ...(selector !== undefined && { Selector: selector }),
    LastModifiedDate: version.modifiedAt,
    ARN: arn,
    DataType: version.dataType,
  };
}

export const getParameter: Handler<'ssm', 'GetParameter'> = async (input, ctx) => {
  return { Parameter: await read(input.Name, input.WithDecryption === true, ctx) };
};

async function read(name: string, decrypt: boolean, ctx: Ctx): Promise<Parameter> {
  if (isPublic(name)) return readPublic(name, ctx);
  if (isReference(name)) return readReference(name, decrypt, ctx);
  const { version, selector, asked, account } = findParameter(name, ctx);
  return { ...(await shown(version, selector, decrypt, ctx, account)), Name: asked };
}

export const getParameters: Handler<'ssm', 'GetParameters'> = async (input, ctx) => {
  const found: Parameter[] = [];
  const missing: string[] = [];
  for (const name of new Set(input.Names)) {
    if (isReference(name) && faultOfReference(name, input.WithDecryption === true) !== undefined) {
      missing.push(name);
      continue;
    }
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

export const deleteParameter: Handler<'ssm', 'DeleteParameter'> = (input, ctx) => {
  const { Name: name } = input;
  checkNotReserved(name);
  checkForm(name);
  if (!forget(name, ctx.store, ctx)) throw parameterNotFound();
  return {};
};

export const deleteParameters: Handler<'ssm', 'DeleteParameters'> = (input, ctx) => {
  const names = [...new Set(input.Names)];
  const gone = names.filter((name) => forget(name, ctx.store, ctx));
  return { DeletedParameters: gone, InvalidParameters: names.filter((name) => !gone.includes(name)) };
};

/** Removes a parameter with its history; false where there is none. In a transaction. */
export function forget(given: string, store: StoreView, ctx: Ctx): boolean {
  const row = rowOf(given, store);
  if (row === undefined) return false;
  const { name } = row;
  const version = latestOf(row, store);
  for (const one of store.list(versions, { where: { name } })) store.delete(versions, one);
  store.delete(parameters, { name });
  addTally(version.tier, -1, store);
  clearTimers(name, ctx);
  tell('Delete', version, ctx);
  return true;
}

/** Source: Systems Manager User Guide, "Setting up notifications or triggering actions based on Parameter Store events". */
function tell(operation: string, { name, type, description }: VersionRow, ctx: Ctx): void {
  const detail = { operation, name, type, ...(description !== undefined && { description }) };
  ctx.announce('Parameter Store Change', detail, [arnOf(name, ctx)]);
}
