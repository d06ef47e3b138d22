/**
 * Code signing configurations, and which functions have one. No code is signed here, as there is no AWS Signer: what must be signed is refused,
 * as unsigned code is on AWS.
 */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { instantOf } from '../domain/describe.ts';
import { findWhole } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';
import { signingConfigOf } from '../domain/signing.ts';
import { noSigningConfig, signingConfigInUse, signingConfigMissing } from '../errors.ts';
import { type SigningConfigRow, signingConfigs } from '../layer-state.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { functions } from '../state.ts';

/** Source: the form of ids, Lambda API Reference, CodeSigningConfig: `csc-[a-z0-9]{17}`. */
const ID_LENGTH = 17;
const HEX = '0123456789abcdef';

export const createCodeSigningConfig: Handler<'lambda', 'CreateCodeSigningConfig'> = (input, ctx) => {
  const id = `csc-0${ctx.random.text(ID_LENGTH - 1, HEX)}`;
  const row: SigningConfigRow = {
    id,
    arn: `arn:${ctx.partition}:lambda:${ctx.region}:${ctx.account}:code-signing-config:${id}`,
    ...(input.Description !== undefined && { description: input.Description }),
    publishers: input.AllowedPublishers.SigningProfileVersionArns,
    policy: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? 'Warn',
    tags: input.Tags ?? {},
    modifiedAt: ctx.now,
  };
  ctx.store.put(signingConfigs, row);
  return { CodeSigningConfig: shown(row) };
};

export const getCodeSigningConfig: Handler<'lambda', 'GetCodeSigningConfig'> = (input, ctx) => ({
  CodeSigningConfig: shown(find(input.CodeSigningConfigArn, ctx)),
});

export const updateCodeSigningConfig: Handler<'lambda', 'UpdateCodeSigningConfig'> = (input, ctx) => {
  const row = find(input.CodeSigningConfigArn, ctx);
  const changed: SigningConfigRow = {
    ...row,
    ...(input.Description !== undefined && { description: input.Description }),
    publishers: input.AllowedPublishers?.SigningProfileVersionArns ?? row.publishers,
    policy: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? row.policy,
    modifiedAt: ctx.now,
  };
  ctx.store.put(signingConfigs, changed);
  return { CodeSigningConfig: shown(changed) };
};

export const deleteCodeSigningConfig: Handler<'lambda', 'DeleteCodeSigningConfig'> = (input, ctx) => {
  const row = find(input.CodeSigningConfigArn, ctx);
  if (ctx.store.first(functions, { index: 'bySigning', where: { signing: row.arn } }) !== undefined)
    throw signingConfigInUse(row.arn);
  ctx.store.delete(signingConfigs, row);
  return {};
};

export const listCodeSigningConfigs: Handler<'lambda', 'ListCodeSigningConfigs'> = (input, ctx) => {
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const rows = ctx.store.list(signingConfigs, {
    ...(input.Marker !== undefined && { after: { id: input.Marker } }),
    limit: limit + 1,
  });
  return {
    CodeSigningConfigs: rows.slice(0, limit).map(shown),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.id }),
  };
};

export const listFunctionsByCodeSigningConfig: Handler<'lambda', 'ListFunctionsByCodeSigningConfig'> = (input, ctx) => {
  const { arn } = find(input.CodeSigningConfigArn, ctx);
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const rows = ctx.store.list(functions, {
    index: 'bySigning',
    where: { signing: arn },
    ...(input.Marker !== undefined && { after: { name: input.Marker } }),
    limit: limit + 1,
  });
  return {
    FunctionArns: rows.slice(0, limit).map(({ name }) => arnOf(ctx, ctx.account, name)),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.name }),
  };
};

export const putFunctionCodeSigningConfig: Handler<'lambda', 'PutFunctionCodeSigningConfig'> = (input, ctx) => {
  const { function: row, store } = findWhole(input.FunctionName, ctx);
  const signing = input.CodeSigningConfigArn;
  if (signingConfigOf(signing, store) === undefined) throw signingConfigMissing(signing);
  store.put(functions, { ...row, signing });
  return { CodeSigningConfigArn: signing, FunctionName: row.name };
};

export const getFunctionCodeSigningConfig: Handler<'lambda', 'GetFunctionCodeSigningConfig'> = (input, ctx) => {
  const { function: row } = findWhole(input.FunctionName, ctx);
  return {
    ...(row.signing !== undefined && { CodeSigningConfigArn: row.signing }),
    FunctionName: row.name,
  } as OutputOf<'lambda', 'GetFunctionCodeSigningConfig'>;
};

export const deleteFunctionCodeSigningConfig: Handler<'lambda', 'DeleteFunctionCodeSigningConfig'> = (input, ctx) => {
  const { function: row, store } = findWhole(input.FunctionName, ctx);
  const { signing: _, ...rest } = row;
  store.put(functions, rest);
  return {};
};

/** @throws {ServiceError} ResourceNotFoundException */
function find(arn: string, ctx: Ctx): SigningConfigRow {
  const row = signingConfigOf(arn, ctx.store);
  if (row === undefined) throw noSigningConfig(arn);
  return row;
}

function shown(row: SigningConfigRow) {
  return {
    CodeSigningConfigId: row.id,
    CodeSigningConfigArn: row.arn,
    ...(row.description !== undefined && { Description: row.description }),
    AllowedPublishers: { SigningProfileVersionArns: [...row.publishers] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: row.policy },
    LastModified: instantOf(row.modifiedAt),
  };
}
