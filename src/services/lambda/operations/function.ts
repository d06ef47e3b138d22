/** Functions: made, changed, shown, deleted. */
import { type Millis, readToken, wholeSecond, writeToken } from '#kernel/base';
import {
  type Acting,
  type Ctx,
  commonError,
  type Handler,
  notBuilt,
  type OutputOf,
  passing,
  ServiceError,
} from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { runsAtEdge } from '../../cloudfront/port.ts';
import { imageFault, readCode } from '../domain/code.ts';
import { describe, summarize } from '../domain/describe.ts';
import { downloadUrl } from '../domain/download.ts';
import { findFunction, findWhole, versionOf } from '../domain/find.ts';
import { moveLayers } from '../domain/layer-users.ts';
import { checkLayers } from '../domain/layers.ts';
import { checkDeadLetters } from '../domain/may-send.ts';
import { arnOf, parseName } from '../domain/names.ts';
import { checkNotRetired } from '../domain/retired.ts';
import { revise } from '../domain/revision.ts';
import { settingsOf } from '../domain/settings.ts';
import { checkSigned } from '../domain/signing.ts';
import { settled } from '../domain/snap-start.ts';
import { actAsRole } from '../domain/spec.ts';
import { sealVariables, showVariables, withVariables } from '../domain/variables.ts';
import { addTotals, forgetQualifier, publish } from '../domain/versions.ts';
import { checkDurableKey } from '../durable/data-key.ts';
import {
  aliasUndeletable,
  functionExists,
  functionNotFound,
  imageForZip,
  invalid,
  latestUndeletable,
  nameTooLong,
  replicated,
  revisionChanged,
  roleNotAssumable,
  runtimeMissing,
  tooManyTags,
  versionInUse,
} from '../errors.ts';
import { LIST_DEFAULT, NAME_LENGTH_MAX, TAGS_MAX } from '../limits.ts';
import {
  aliases,
  credentials,
  eventConfigs,
  type FunctionRow,
  functions,
  goneNumbers,
  LATEST,
  policies,
  provisioned,
  urls,
  type VersionRow,
  versions,
} from '../state.ts';

export const createFunction: Handler<'lambda', 'CreateFunction'> = async (input, ctx) => {
  const { name, qualifier } = parseName(input.FunctionName, undefined, ctx);
  if (qualifier !== undefined && qualifier !== LATEST) throw invalid(`Invalid function name: ${input.FunctionName}`);
  if (name.length > NAME_LENGTH_MAX) throw nameTooLong(input.FunctionName, NAME_LENGTH_MAX);
  if (ctx.store.get(functions, { name }) !== undefined) throw functionExists(name);
  if (Object.keys(input.Tags ?? {}).length > TAGS_MAX) throw tooManyTags();
  if (input.PackageType === 'Image') throw imageFault(input, ctx.region);
  const settings = settingsOf(input, name, undefined, ctx.region);
  await checkRuntime(settings.runtime, ctx);
  checkDeadLetters(settings.deadLetterArn, await checkRole(settings.role, ctx), ctx.region);
  checkSigned(input.CodeSigningConfigArn, ctx.account, ctx.store);
  const code = await readCode(input.Code, ctx);
  checkLayers(settings.layers, code.unpacked ?? 0, [], ctx);
  const arn = arnOf(ctx, ctx.account, name);
  if (settings.durable?.kmsKeyArn !== undefined) await checkDurableKey(settings.durable.kmsKeyArn, arn, ctx);
  const kept = await sealVariables({ given: input, settings, arn }, ctx);
  const made = ctx.transact((store) => {
    if (store.get(functions, { name }) !== undefined) throw functionExists(name);
    addTotals({ functions: 1, codeSize: code.codeSize }, store, ctx);
    const version: VersionRow = {
      name,
      version: LATEST,
      number: 0,
      ...withVariables(settings, kept),
      ...code,
      ...changedNow(ctx),
      modifiedAt: ctx.now,
    };
    ctx.blobs.keep(code.code);
    const row = {
      name,
      arn,
      tags: input.Tags ?? {},
      ...(input.CodeSigningConfigArn !== undefined && { signing: input.CodeSigningConfigArn }),
      // Source: Lambda Developer Guide, "Manage Lambda function versions": numbers are not used again where a function is made anew.
      published: store.get(goneNumbers, { name })?.published ?? 0,
      codeSize: code.codeSize,
    };
    store.put(functions, row);
    store.put(versions, version);
    moveLayers([], version.layers, ctx);
    const shown = input.Publish === true ? publish(row, version, undefined, store, ctx) : version;
    const { LastUpdateStatus: _, ...told } = describe(shown, ctx.account, false, ctx);
    // Without the version, which UpdateFunctionCode tells. Source: floci-io/floci, pull request 2825, measured at AWS.
    return { shown, told: { ...told, ...CREATING, RevisionId: ctx.uuid() } };
  });
  return showVariables(made.told, made.shown, ctx.account, ctx);
};

const CREATING = {
  State: 'Pending',
  StateReason: 'The function is being created.',
  StateReasonCode: 'Creating',
} as const;

export const getFunction: Handler<'lambda', 'GetFunction'> = async (input, ctx) => {
  const found = findFunction(input.FunctionName, input.Qualifier, ctx);
  const { function: row, named } = found;
  const version = await settled(found, ctx);
  return {
    Configuration: await showVariables(
      describe(version, named.account, named.qualifier, ctx),
      version,
      named.account,
      ctx,
    ),
    Code: {
      RepositoryType: 'S3',
      Location: ctx.transact(() => downloadUrl(`function/${version.name}/${version.number}`, named.account, ctx)),
      ...(version.sourceKmsKeyArn !== undefined && { SourceKMSKeyArn: version.sourceKmsKeyArn }),
    },
    ...(named.qualifier === undefined && ofWhole(row)),
  };
};

/** What is told of the function itself alone, not of `$LATEST` by that name, a version or an alias. Source: radkawar/stackd, measured in 2026. */
function ofWhole({ tags, reserved }: FunctionRow) {
  return {
    ...(Object.keys(tags).length > 0 && { Tags: { ...tags } }),
    ...(reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: reserved } }),
  };
}

export const getFunctionConfiguration: Handler<'lambda', 'GetFunctionConfiguration'> = async (input, ctx) => {
  const found = findFunction(input.FunctionName, input.Qualifier, ctx);
  const { account, qualifier } = found.named;
  const version = await settled(found, ctx);
  return showVariables(describe(version, account, qualifier, ctx), version, account, ctx);
};

export const listFunctions: Handler<'lambda', 'ListFunctions'> = async (input, ctx) => {
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const after = input.Marker === undefined ? undefined : markerOf(input.Marker);
  if (input.FunctionVersion === 'ALL') {
    const rows = ctx.store.list(versions, { after, limit: limit + 1 });
    const last = rows[limit - 1];
    return {
      Functions: await listed(rows.slice(0, limit), true, ctx),
      ...(rows.length > limit &&
        last !== undefined && { NextMarker: writeToken({ name: last.name, number: last.number }) }),
    };
  }
  const rows = ctx.store.list(functions, { after: after && { name: after.name }, limit: limit + 1 });
  const last = rows[limit - 1];
  const latest = rows.slice(0, limit).flatMap(({ name }) => ctx.store.get(versions, { name, number: 0 }) ?? []);
  return {
    Functions: await listed(latest, false, ctx),
    ...(rows.length > limit && last !== undefined && { NextMarker: writeToken({ name: last.name, number: 0 }) }),
  };
};

function listed(rows: readonly VersionRow[], qualifier: boolean, ctx: Ctx) {
  const { account } = ctx;
  return Promise.all(rows.map((row) => showVariables(summarize(row, account, qualifier, ctx), row, account, ctx)));
}

export const updateFunctionCode: Handler<'lambda', 'UpdateFunctionCode'> = async (input, ctx) => {
  const { version: before, named, function: current, store: owned } = findWhole(input.FunctionName, ctx);
  checkRevision(input.RevisionId, before);
  checkSigned(current.signing, named.account, owned);
  if (input.ImageUri !== undefined) throw imageForZip();
  if (input.PublishTo !== undefined) throw notBuilt('PublishTo');
  const code = await readCode(input, ctx);
  checkLayers(before.layers, code.unpacked ?? 0, before.layers, ctx);
  const told = ctx.transact(() => {
    const { version, function: row, store } = findWhole(input.FunctionName, ctx);
    checkRevision(input.RevisionId, version);
    const changed: VersionRow = {
      ...withoutCode(version),
      ...code,
      architectures: input.Architectures ?? version.architectures,
      ...changedNow(ctx),
      modifiedAt: updatedAt(ctx),
    };
    if (input.DryRun === true) return describe(changed, named.account, false, ctx);
    const codeSize = row.codeSize - version.codeSize + code.codeSize;
    addTotals({ codeSize: code.codeSize - version.codeSize }, store, ctx);
    ctx.blobs.keep(code.code);
    ctx.blobs.drop(version.code);
    store.put(versions, changed);
    store.put(functions, { ...row, codeSize });
    ctx.engines.function.retire(arnOf(ctx, named.account, named.name, LATEST));
    const shown = input.Publish === true ? publish({ ...row, codeSize }, changed, undefined, store, ctx) : changed;
    return { ...describe(shown, named.account, input.Publish === true, ctx), ...inProgress(ctx) };
  });
  return showVariables(told, before, named.account, ctx);
};

export const updateFunctionConfiguration: Handler<'lambda', 'UpdateFunctionConfiguration'> = async (input, ctx) => {
  const { version: before, named } = findWhole(input.FunctionName, ctx);
  checkRevision(input.RevisionId, before);
  if (input.Runtime !== undefined) await checkRuntime(input.Runtime, ctx);
  const acting = input.Role === undefined ? undefined : await checkRole(input.Role, ctx);
  const deadLetterArn = input.DeadLetterConfig?.TargetArn;
  if (deadLetterArn) checkDeadLetters(deadLetterArn, acting ?? (await actAsRole(before, ctx)), ctx.region);
  if (input.Layers !== undefined) checkLayers(input.Layers, before.unpacked ?? 0, before.layers, ctx);
  const arn = arnOf(ctx, named.account, named.name);
  const settings = settingsOf(input, named.name, before, ctx.region);
  const { kmsKeyArn: durableKey } = settings.durable ?? {};
  if (durableKey !== undefined && durableKey !== before.durable?.kmsKeyArn) await checkDurableKey(durableKey, arn, ctx);
  const kept = await sealVariables({ given: input, settings, before, arn }, ctx);
  const made = ctx.transact(() => {
    const { version, store } = findWhole(input.FunctionName, ctx);
    checkRevision(input.RevisionId, version);
    const { name, number, version: which, code, codeSha256, codeSize } = version;
    const { unpacked, runtimeUpdates, folder, sourceKmsKeyArn } = version;
    const changed: VersionRow = {
      name,
      number,
      version: which,
      code,
      codeSha256,
      codeSize,
      ...(unpacked !== undefined && { unpacked }),
      ...(runtimeUpdates !== undefined && { runtimeUpdates }),
      ...(folder !== undefined && { folder }),
      ...(sourceKmsKeyArn !== undefined && { sourceKmsKeyArn }),
      ...withVariables(settingsOf(input, name, version, ctx.region), kept, version),
      ...changedNow(ctx),
      modifiedAt: updatedAt(ctx),
    };
    store.put(versions, changed);
    moveLayers(version.layers, changed.layers, ctx);
    ctx.engines.function.retire(arnOf(ctx, named.account, named.name, LATEST));
    return { changed, told: { ...describe(changed, named.account, false, ctx), ...inProgress(ctx) } };
  });
  return showVariables(made.told, made.changed, named.account, ctx);
};

export const deleteFunction: Handler<'lambda', 'DeleteFunction'> = (input, ctx) => {
  const { account, name, qualifier } = parseName(input.FunctionName, input.Qualifier, ctx);
  if (qualifier !== undefined && qualifier !== LATEST && !/^\d+$/.test(qualifier)) throw aliasUndeletable();
  const store = ctx.store.in({ account });
  const row = store.get(functions, { name });
  if (row === undefined) throw functionNotFound(arnOf(ctx, account, name, qualifier));
  if (qualifier !== undefined) {
    if (qualifier === LATEST) throw latestUndeletable();
    const version = versionOf(store, name, qualifier);
    // One that is not there is as good as deleted.
    if (version === undefined) return { StatusCode: 204 };
    checkUnused(version, store);
    checkNotReplicated(version, account, store, ctx);
    removeVersion(version, account, store, ctx);
    forgetQualifier(name, qualifier, store);
    // Of the one published last only. Source: radkawar/stackd, measured in 2026.
    const latest = versionOf(store, name, LATEST);
    if (version.number === row.published && latest !== undefined)
      revise({ version: latest, alias: undefined, store }, ctx);
    store.put(functions, { ...row, codeSize: row.codeSize - version.codeSize });
    addTotals({ codeSize: -version.codeSize }, store, ctx);
    return { StatusCode: 204 };
  }
  const all = store.list(versions, { where: { name: row.name } });
  for (const one of all) checkNotReplicated(one, account, store, ctx);
  addTotals({ functions: -1, codeSize: -row.codeSize, reserved: -(row.reserved ?? 0) }, store, ctx);
  for (const one of all) {
    removeVersion(one, account, store, ctx);
    store.delete(credentials, { role: one.role, function: one.name });
  }
  for (const table of [policies, eventConfigs, provisioned] as const)
    for (const { name, qualifier } of store.list(table as typeof policies, { where: { name: row.name } }))
      store.delete(table as typeof policies, { name, qualifier });
  for (const alias of store.list(aliases, { where: { name: row.name } })) store.delete(aliases, alias);
  for (const url of store.list(urls, { where: { name: row.name } })) {
    ctx.release('lambda-url', url.id);
    store.delete(urls, url);
  }
  store.delete(functions, { name: row.name });
  if (row.published > 0) store.put(goneNumbers, { name: row.name, published: row.published });
  return { StatusCode: 204 };
};

/** Updates are told in whole seconds. Source: outputs of update-function-code and update-function-configuration, as users show them. */
function updatedAt({ now }: Ctx): Millis {
  return wholeSecond(now);
}

/**
 * Deviation: the change is done when it is answered; what the answer says is what clients wait on with AWS. Its revision is over with the update.
 * Source: aws/aws-sdk issue 377.
 */
function inProgress(ctx: Ctx): OutputOf<'lambda', 'GetFunctionConfiguration'> {
  return {
    LastUpdateStatus: 'InProgress',
    LastUpdateStatusReason: 'The function is being created.',
    LastUpdateStatusReasonCode: 'Creating',
    RevisionId: ctx.uuid(),
  };
}

function changedNow(ctx: Ctx): Pick<VersionRow, 'revisionId' | 'build'> {
  return { revisionId: ctx.uuid(), build: ctx.uuid() };
}

/** A version that an alias names stays. */
function checkUnused({ name, version }: VersionRow, store: StoreView): void {
  const used = store
    .list(aliases, { where: { name } })
    .filter((alias) => alias.version === version || alias.routing?.version === version);
  if (used.length > 0) throw versionInUse(used.map(({ alias }) => alias));
}

/** Deviation: replicas go at once with what runs them; AWS takes some hours. */
function checkNotReplicated({ name, version }: VersionRow, account: string, store: StoreView, ctx: Ctx): void {
  const arn = arnOf(ctx, account, name, version);
  if (runsAtEdge(store, arn)) throw replicated(arn);
}

function removeVersion(version: VersionRow, account: string, store: StoreView, ctx: Ctx): void {
  store.delete(versions, version);
  moveLayers(version.layers, [], ctx);
  ctx.blobs.drop(version.code);
  ctx.engines.function.retire(arnOf(ctx, account, version.name, version.version));
}

function withoutCode({ folder: _, sourceKmsKeyArn: __, ...version }: VersionRow): VersionRow {
  return version;
}

function checkRevision(given: string | undefined, { revisionId }: VersionRow): void {
  if (given !== undefined && given !== revisionId) throw revisionChanged();
}

/** Refused where the function could never run, rather than when it is first called. */
async function checkRuntime(runtime: string, ctx: Ctx): Promise<void> {
  checkNotRetired(runtime);
  const fault = await ctx.engines.function.runtimeFault(runtime);
  if (fault !== undefined) throw runtimeMissing(fault);
}

/** The caller must be allowed to pass the role, and Lambda to assume it. */
async function checkRole(role: string, ctx: Ctx): Promise<Acting> {
  ctx.authorize(passing(role, 'lambda'));
  try {
    return await ctx.actAs(role, 'cloudyard-check');
  } catch (error) {
    if (error instanceof ServiceError) throw roleNotAssumable();
    throw error;
  }
}

type Mark = Pick<VersionRow, 'name' | 'number'>;

/** @throws {ServiceError} ValidationException */
function markerOf(text: string): Mark {
  const { name, number } = (readToken(text) ?? {}) as { [name: string]: unknown };
  if (typeof name === 'string' && Number.isSafeInteger(number)) return { name, number: Number(number) };
  throw commonError('ValidationException', 'Invalid Marker');
}
