/** Layers: published, shown, listed, deleted, and shared. */
import { utf8Length } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, type OutputOf, policyFault, raise } from '#kernel/contract';
import type { Query, StoreView } from '#kernel/store';
import { readCode } from '../domain/code.ts';
import { instantOf } from '../domain/describe.ts';
import { downloadUrl } from '../domain/download.ts';
import { policyDocument } from '../domain/find.ts';
import { dropLayer } from '../domain/layer-users.ts';
import { type LayerName, layerArn, parseLayer } from '../domain/layers.ts';
import { markedNumber } from '../domain/names.ts';
import { addTotals } from '../domain/versions.ts';
import {
  invalid,
  invalidPrincipal,
  layerNumberTooLow,
  noLayerVersion,
  noStatements,
  organizationOfEverybody,
  policyTooLong,
  revisionChanged,
  statementExists,
  statementNotFound,
} from '../errors.ts';
import { noResource } from '../errors-mapping.ts';
import { type LayerVersionRow, layers, layerVersions } from '../layer-state.ts';
import { LIST_DEFAULT, POLICY_BYTES_MAX } from '../limits.ts';
import type { Statement } from '../state.ts';

/** No layer ever has so many. */
const VERSION_MAX = 1_000_000_000;

type Shown = OutputOf<'lambda', 'GetLayerVersion'>;

export const publishLayerVersion: Handler<'lambda', 'PublishLayerVersion'> = async (input, ctx) => {
  const { name, account } = nameOf(input.LayerName, ctx);
  if (account !== ctx.account) throw invalid(`Layer ARN ${input.LayerName} belongs to another account.`);
  const { code, codeSha256, codeSize, unpacked } = await readCode(input.Content, ctx);
  return ctx.transact((store) => {
    const { published = 0, next = published + 1 } = store.get(layers, { name }) ?? {};
    addTotals({ codeSize }, store, ctx);
    const row: LayerVersionRow = {
      name,
      number: next,
      live: next,
      description: input.Description ?? '',
      ...(input.LicenseInfo !== undefined && { license: input.LicenseInfo }),
      runtimes: input.CompatibleRuntimes ?? [],
      architectures: input.CompatibleArchitectures ?? [],
      code,
      codeSha256,
      codeSize,
      unpacked: unpacked ?? 0,
      createdAt: ctx.now,
      statements: [],
      users: 0,
    };
    ctx.blobs.keep(code);
    store.put(layers, { name, published: Math.max(published, next) });
    store.put(layerVersions, row);
    return whole(row, account, ctx);
  });
};

export const getLayerVersion: Handler<'lambda', 'GetLayerVersion'> = (input, ctx) => {
  const { row, account } = find(input.LayerName, input.VersionNumber, ctx);
  return whole(row, account, ctx);
};

export const getLayerVersionByArn: Handler<'lambda', 'GetLayerVersionByArn'> = (input, ctx) => {
  const { row, account } = find(input.Arn, undefined, ctx);
  return whole(row, account, ctx);
};

/** Functions that use it go on doing so. */
export const deleteLayerVersion: Handler<'lambda', 'DeleteLayerVersion'> = (input, ctx) => {
  const { name, account } = nameOf(input.LayerName, ctx);
  if (input.VersionNumber < 1) throw layerNumberTooLow();
  const store = ctx.store.in({ account });
  const row = versionOf(store, name, input.VersionNumber);
  if (row === undefined) return {};
  const { live: _, ...rest } = row;
  if (row.users === 0) dropLayer(row, store, ctx);
  else store.put(layerVersions, { ...rest, deleted: true });
  addTotals({ codeSize: -row.codeSize }, store, ctx);
  return {};
};

export const listLayerVersions: Handler<'lambda', 'ListLayerVersions'> = (input, ctx) => {
  const { name, account } = nameOf(input.LayerName, ctx);
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const before = input.Marker === undefined ? {} : { before: { live: markedNumber(input.Marker) } };
  const rows = live(name, input, ctx.store.in({ account }), { ...before, ...(asksAll(input) && { limit: limit + 1 }) });
  return {
    LayerVersions: rows.slice(0, limit).map((row) => summary(row, account, ctx)),
    ...(rows.length > limit && { NextMarker: String(rows[limit - 1]?.number) }),
  };
};

export const listLayers: Handler<'lambda', 'ListLayers'> = (input, ctx) => {
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const rows = ctx.store.list(layers, {
    ...(input.Marker !== undefined && { after: { name: input.Marker } }),
    limit: limit + 1,
  });
  return {
    Layers: rows.slice(0, limit).flatMap(({ name }) => {
      const row = latest(name, input, ctx.store);
      if (row === undefined) return [];
      const LatestMatchingVersion = summary(row, ctx.account, ctx);
      return [{ LayerName: name, LayerArn: layerArn(ctx, ctx.account, name), LatestMatchingVersion }];
    }),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.name }),
  };
};

export const addLayerVersionPermission: Handler<'lambda', 'AddLayerVersionPermission'> = (input, ctx) => {
  const { row, account, store } = findShared(input, ctx);
  if (input.RevisionId !== undefined && input.RevisionId !== row.revisionId) throw revisionChanged('GetLayerPolicy');
  if (row.statements.some(({ Sid }) => Sid === input.StatementId)) throw statementExists(input.StatementId);
  if (input.OrganizationId !== undefined && input.Principal !== '*') throw organizationOfEverybody();
  const statement = statementOf(input, layerArn(ctx, account, row.name, row.number), ctx.partition);
  const statements = [...row.statements, statement];
  const text = JSON.stringify(policyDocument(statements));
  if (policyFault(text, 'resource') !== undefined) throw invalidPrincipal();
  if (utf8Length(text) > POLICY_BYTES_MAX) throw policyTooLong(utf8Length(text));
  const revisionId = ctx.uuid();
  store.put(layerVersions, { ...row, statements, revisionId });
  return { Statement: JSON.stringify(statement), RevisionId: revisionId };
};

export const removeLayerVersionPermission: Handler<'lambda', 'RemoveLayerVersionPermission'> = (input, ctx) => {
  const { row, store } = findShared(input, ctx);
  if (input.RevisionId !== undefined && input.RevisionId !== row.revisionId) throw revisionChanged('GetLayerPolicy');
  const statements = row.statements.filter(({ Sid }) => Sid !== input.StatementId);
  if (statements.length === row.statements.length) throw statementNotFound(input.StatementId);
  store.put(layerVersions, { ...row, statements, revisionId: ctx.uuid() });
  return {};
};

export const getLayerVersionPolicy: Handler<'lambda', 'GetLayerVersionPolicy'> = (input, ctx) => {
  const { row } = findShared(input, ctx);
  if (row.statements.length === 0) throw noStatements();
  return { Policy: JSON.stringify(policyDocument(row.statements)), RevisionId: row.revisionId };
};

function statementOf(input: InputOf<'lambda', 'AddLayerVersionPermission'>, arn: string, partition: string): Statement {
  const { Principal: who, OrganizationId: organization } = input;
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: who === '*' ? '*' : { AWS: who.startsWith('arn:') ? who : `arn:${partition}:iam::${who}:root` },
    Action: input.Action,
    Resource: arn,
    ...(organization !== undefined && { Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } } }),
  };
}

function nameOf(given: string, ctx: Ctx): LayerName {
  return parseLayer(given, ctx) ?? raise(invalid(`Invalid Layer name: ${given}`));
}

/** A version, for its policy: of that, what is missing has a text of its own. @throws {ServiceError} ResourceNotFoundException */
function findShared({ LayerName, VersionNumber }: { LayerName: string; VersionNumber: number }, ctx: Ctx) {
  const { name, account } = nameOf(LayerName, ctx);
  return find(LayerName, VersionNumber, ctx, () => noLayerVersion(layerArn(ctx, account, name, VersionNumber)));
}

/** @throws {ServiceError} ResourceNotFoundException */
function find(given: string, number: number | undefined, ctx: Ctx, missing = noResource) {
  const named = nameOf(given, ctx);
  const store = ctx.store.in({ account: named.account });
  if (number !== undefined && number < 1) throw layerNumberTooLow();
  const row = versionOf(store, named.name, number ?? named.number ?? 0);
  if (row === undefined || named.region !== ctx.region) throw missing();
  return { row, account: named.account, store };
}

function versionOf(store: StoreView, name: string, number: number): LayerVersionRow | undefined {
  if (number < 1 || number > VERSION_MAX) return undefined;
  const row = store.get(layerVersions, { name, number });
  return row?.deleted === true ? undefined : row;
}

type Wanted = { CompatibleRuntime?: string | undefined; CompatibleArchitecture?: string | undefined };

function suits(row: LayerVersionRow, { CompatibleRuntime: runtime, CompatibleArchitecture: machine }: Wanted): boolean {
  return (
    (runtime === undefined || row.runtimes.includes(runtime)) &&
    (machine === undefined || row.architectures.includes(machine))
  );
}

function latest(name: string, wanted: Wanted, store: StoreView): LayerVersionRow | undefined {
  return live(name, wanted, store, asksAll(wanted) ? { limit: 1 } : {})[0];
}

/** Whether any version will do. */
function asksAll({ CompatibleRuntime, CompatibleArchitecture }: Wanted): boolean {
  return CompatibleRuntime === undefined && CompatibleArchitecture === undefined;
}

/** Versions that are there and are wanted, newest first. */
function live(name: string, wanted: Wanted, store: StoreView, query: Query<LayerVersionRow>): LayerVersionRow[] {
  const rows = store.list(layerVersions, { index: 'byLive', where: { name }, reverse: true, ...query });
  return rows.filter((row) => suits(row, wanted));
}

function summary(row: LayerVersionRow, account: string, ctx: Ctx) {
  return {
    LayerVersionArn: layerArn(ctx, account, row.name, row.number),
    Version: row.number,
    Description: row.description,
    CreatedDate: instantOf(row.createdAt),
    ...(row.runtimes.length > 0 && { CompatibleRuntimes: row.runtimes as NonNullable<Shown['CompatibleRuntimes']> }),
    ...(row.architectures.length > 0 && {
      CompatibleArchitectures: row.architectures as NonNullable<Shown['CompatibleArchitectures']>,
    }),
    ...(row.license !== undefined && { LicenseInfo: row.license }),
  };
}

function whole(row: LayerVersionRow, account: string, ctx: Ctx): Shown {
  const Location = downloadUrl(`layer/${row.name}/${row.number}`, account, ctx);
  return {
    Content: { Location, CodeSha256: row.codeSha256, CodeSize: row.codeSize },
    LayerArn: layerArn(ctx, account, row.name),
    ...summary(row, account, ctx),
  };
}
