/** Connection functions: code that lets in, or keeps out, viewers who have shown a certificate that is good. Source: CloudFront Developer Guide, "Customize with CloudFront Connection Functions". */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { ConnectionFunctionSummary, FunctionConfig } from '#models/cloudfront';
import { CONNECTION_FUNCTION, connectionCode, isAllowed } from '../domain/connection.ts';
import { edgeReader } from '../domain/contents.ts';
import { checkMatch, isUsed, touch } from '../domain/find.ts';
import { arnOf, newEtag, newKsuid } from '../domain/ids.ts';
import { pageSize } from '../domain/page.ts';
import { setTags } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { CONNECTION_FUNCTIONS_MAX } from '../limits.ts';
import { type ConnectionFunctionRow, connectionFunctions, type FunctionStage, tags } from '../state.ts';
import { checkStores, isObject } from './function.ts';

function show(row: ConnectionFunctionRow, ctx: Ctx): ConnectionFunctionSummary {
  const isPublished = ctx.store.get(connectionFunctions, { id: row.id, stage: 'LIVE' }) !== undefined;
  const isAssociated = isUsed(ctx.store, `${CONNECTION_FUNCTION}/${row.id}`);
  return {
    Name: row.name,
    Id: row.id,
    ConnectionFunctionConfig: row.config,
    ConnectionFunctionArn: arnOf(ctx, CONNECTION_FUNCTION, row.id),
    Status: isAssociated ? 'ASSOCIATED' : isPublished ? 'UNASSOCIATED' : 'UNPUBLISHED',
    Stage: row.stage,
    CreatedTime: row.createdAt,
    LastModifiedTime: row.modifiedAt,
  };
}

/** By id, name or ARN. @throws {ServiceError} EntityNotFound */
export function findConnectionFunction(
  identifier: string,
  ctx: Ctx,
  stage: FunctionStage = 'DEVELOPMENT',
): ConnectionFunctionRow {
  const start = arnOf(ctx, CONNECTION_FUNCTION, '');
  const id = identifier.startsWith(start) ? identifier.slice(start.length) : identifier;
  return (
    ctx.store.get(connectionFunctions, { id, stage }) ??
    ctx.store.first(connectionFunctions, { index: 'byName', where: { name: id, stage } }) ??
    raise(errors.noSuchEntity())
  );
}

function check(config: FunctionConfig, ctx: Ctx): void {
  if (config.Runtime !== 'cloudfront-js-2.0')
    throw errors.invalidArgument('Connection functions need the runtime cloudfront-js-2.0.');
  checkStores(config, ctx);
}

export const createConnectionFunction: Handler<'cloudfront', 'CreateConnectionFunction'> = (input, ctx) => {
  const { Name: name, ConnectionFunctionConfig: config } = input;
  const code = input.ConnectionFunctionCode as Uint8Array;
  check(config, ctx);
  const { store, now } = ctx;
  const stage = 'DEVELOPMENT';
  if (store.first(connectionFunctions, { index: 'byName', where: { name, stage } }) !== undefined)
    throw errors.entityExists();
  if (store.count(connectionFunctions) >= 2 * CONNECTION_FUNCTIONS_MAX) throw errors.tooManyEntities();
  const row: ConnectionFunctionRow = {
    id: newKsuid(ctx, 'cf_'),
    stage,
    name,
    config,
    code: Buffer.from(code).toString('base64'),
    etag: newEtag(ctx),
    createdAt: now,
    modifiedAt: now,
  };
  store.put(connectionFunctions, row);
  setTags(arnOf(ctx, CONNECTION_FUNCTION, row.id), input.Tags?.Items ?? [], ctx);
  const Location = `https://cloudfront.amazonaws.com/2020-05-31/connection-function/${row.id}`;
  return { ConnectionFunctionSummary: show(row, ctx), Location, ETag: row.etag };
};

export const updateConnectionFunction: Handler<'cloudfront', 'UpdateConnectionFunction'> = (input, ctx) => {
  const before = findConnectionFunction(input.Id, ctx);
  checkMatch(input.IfMatch, before.etag);
  const code = input.ConnectionFunctionCode as Uint8Array;
  check(input.ConnectionFunctionConfig, ctx);
  const row: ConnectionFunctionRow = {
    ...before,
    config: input.ConnectionFunctionConfig,
    code: Buffer.from(code).toString('base64'),
    etag: newEtag(ctx),
    modifiedAt: ctx.now,
  };
  ctx.store.put(connectionFunctions, row);
  touch(ctx);
  return { ConnectionFunctionSummary: show(row, ctx), ETag: row.etag };
};

export const publishConnectionFunction: Handler<'cloudfront', 'PublishConnectionFunction'> = ({ Id, IfMatch }, ctx) => {
  const row = findConnectionFunction(Id, ctx);
  checkMatch(IfMatch, row.etag);
  const live: ConnectionFunctionRow = { ...row, stage: 'LIVE', modifiedAt: ctx.now };
  ctx.store.put(connectionFunctions, live);
  touch(ctx);
  return { ConnectionFunctionSummary: show(live, ctx) };
};

export const describeConnectionFunction: Handler<'cloudfront', 'DescribeConnectionFunction'> = (
  { Identifier, Stage },
  ctx,
) => {
  const row = findConnectionFunction(Identifier, ctx, Stage);
  return { ConnectionFunctionSummary: show(row, ctx), ETag: row.etag };
};

export const getConnectionFunction: Handler<'cloudfront', 'GetConnectionFunction'> = ({ Identifier, Stage }, ctx) => {
  const row = findConnectionFunction(Identifier, ctx, Stage);
  const ConnectionFunctionCode = Buffer.from(row.code, 'base64');
  return { ConnectionFunctionCode, ETag: row.etag, ContentType: 'application/octet-stream' };
};

export const deleteConnectionFunction: Handler<'cloudfront', 'DeleteConnectionFunction'> = ({ Id, IfMatch }, ctx) => {
  const { id, etag } = findConnectionFunction(Id, ctx);
  checkMatch(IfMatch, etag);
  const { store } = ctx;
  if (isUsed(store, `${CONNECTION_FUNCTION}/${id}`)) throw errors.entityInUse();
  for (const stage of ['DEVELOPMENT', 'LIVE'] as const) store.delete(connectionFunctions, { id, stage });
  for (const one of store.list(tags, { where: { arn: arnOf(ctx, CONNECTION_FUNCTION, id) } })) store.delete(tags, one);
  return {};
};

export const listConnectionFunctions: Handler<'cloudfront', 'ListConnectionFunctions'> = (input, ctx) => {
  const { Stage, Marker = '' } = input;
  const [id = '', stage = 'LIVE'] = Marker.split('/');
  const size = pageSize(input);
  const rows = ctx.store
    .list(connectionFunctions, { ...(id !== '' && { after: { id, stage: stage as FunctionStage } }) })
    .filter((row) => Stage === undefined || row.stage === Stage);
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return {
    ConnectionFunctions: shown.map((row) => show(row, ctx)),
    ...(rows.length > size && last !== undefined && { NextMarker: `${last.id}/${last.stage}` }),
  };
};

/** Deviation: how AWS shows what the function has decided is not known; here it is a word. */
export const testConnectionFunction: Handler<'cloudfront', 'TestConnectionFunction'> = async (input, ctx) => {
  const row = findConnectionFunction(input.Id, ctx, input.Stage);
  checkMatch(input.IfMatch, row.etag);
  const event = Buffer.from(input.ConnectionObject as Uint8Array).toString('utf8');
  if (!isObject(event)) throw errors.invalidArgument('The connection object is not valid JSON.');
  const run = await ctx.planes.edge.run(connectionCode(row, ctx), event, edgeReader(ctx));
  return {
    ConnectionFunctionTestResult: {
      ConnectionFunctionSummary: show(row, ctx),
      ComputeUtilization: String(run.utilization),
      ConnectionFunctionExecutionLogs: run.logs,
      ConnectionFunctionErrorMessage: run.error ?? '',
      ConnectionFunctionOutput: run.error === undefined ? (isAllowed(run) ? 'allow' : 'deny') : '',
    },
  };
};
