/** CloudFront Functions: made and tried out in one stage, published to the other. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { FunctionConfig, FunctionSummary, TestResult } from '#models/cloudfront';
import { codeOf } from '../domain/compile.ts';
import { edgeReader } from '../domain/contents.ts';
import { checkMatch, isUsed, touch } from '../domain/find.ts';
import { arnOf, newEtag } from '../domain/ids.ts';
import { pageSize, shortPageOf } from '../domain/page.ts';
import { setTags } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { FUNCTION_BYTES_MAX, FUNCTIONS_MAX } from '../limits.ts';
import { type FunctionRow, type FunctionStage, functions, stores, tags } from '../state.ts';

function show(row: FunctionRow, ctx: Ctx, isPublished = isLive(row.name, ctx)): FunctionSummary {
  return {
    Name: row.name,
    Status: isUsed(ctx.store, `function/${row.name}`) ? 'ASSOCIATED' : isPublished ? 'UNASSOCIATED' : 'UNPUBLISHED',
    FunctionConfig: row.config,
    FunctionMetadata: {
      FunctionARN: arnOf(ctx, 'function', row.name),
      Stage: row.stage,
      CreatedTime: row.createdAt,
      LastModifiedTime: row.modifiedAt,
    },
  };
}

function isLive(name: string, ctx: Ctx): boolean {
  return ctx.store.get(functions, { name, stage: 'LIVE' }) !== undefined;
}

function find(name: string, stage: FunctionStage | undefined, ctx: Ctx): FunctionRow {
  return ctx.store.get(functions, { name, stage: stage ?? 'DEVELOPMENT' }) ?? raise(errors.noSuchFunction());
}

/** @throws {ServiceError} for code or a configuration that can't be */
function check(config: FunctionConfig, code: Uint8Array, ctx: Ctx): void {
  if (code.length > FUNCTION_BYTES_MAX) throw errors.functionTooLarge();
  checkStores(config, ctx);
}

/** @throws {ServiceError} for key value stores that a function can't read */
export function checkStores(config: FunctionConfig, ctx: Ctx): void {
  const associations = config.KeyValueStoreAssociations;
  if (associations === undefined) return;
  if (associations.Quantity !== (associations.Items?.length ?? 0)) throw errors.inconsistentQuantities();
  if (associations.Quantity > 1) throw errors.badStores('too many KeyValueStore associations per Function');
  if (associations.Quantity > 0 && config.Runtime === 'cloudfront-js-1.0')
    throw errors.badStores("'cloudfront-js-2.0' runtime and later support KeyValueStore associations");
  for (const { KeyValueStoreARN } of associations.Items ?? []) {
    const id = KeyValueStoreARN.slice(KeyValueStoreARN.lastIndexOf('/') + 1);
    if (ctx.store.first(stores, { index: 'byId', where: { id } }) === undefined)
      throw errors.invalidArgument('The key value store does not exist.');
  }
}

export const createFunction: Handler<'cloudfront', 'CreateFunction'> = (input, ctx) => {
  const { Name: name, FunctionConfig: config, FunctionCode, Tags } = input;
  const code = FunctionCode as Uint8Array;
  check(config, code, ctx);
  const { store } = ctx;
  if (store.get(functions, { name, stage: 'DEVELOPMENT' }) !== undefined) throw errors.functionExists();
  if (store.count(functions) >= 2 * FUNCTIONS_MAX) throw errors.tooMany('TooManyFunctions', 'functions');
  const row: FunctionRow = {
    name,
    stage: 'DEVELOPMENT',
    config,
    code: Buffer.from(code).toString('base64'),
    etag: newEtag(ctx),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  store.put(functions, row);
  setTags(arnOf(ctx, 'function', name), Tags?.Items ?? [], ctx);
  touch(ctx);
  const Location = `https://cloudfront.amazonaws.com/2020-05-31/function/${arnOf(ctx, 'function', name)}`;
  return { FunctionSummary: show(row, ctx), Location, ETag: row.etag };
};

export const updateFunction: Handler<'cloudfront', 'UpdateFunction'> = (input, ctx) => {
  const before = find(input.Name, 'DEVELOPMENT', ctx);
  checkMatch(input.IfMatch, before.etag);
  const code = input.FunctionCode as Uint8Array;
  check(input.FunctionConfig, code, ctx);
  const row: FunctionRow = {
    ...before,
    config: input.FunctionConfig,
    code: Buffer.from(code).toString('base64'),
    etag: newEtag(ctx),
    modifiedAt: ctx.now,
  };
  ctx.store.put(functions, row);
  return { FunctionSummary: show(row, ctx), ETag: row.etag };
};

export const publishFunction: Handler<'cloudfront', 'PublishFunction'> = ({ Name, IfMatch }, ctx) => {
  const row = find(Name, 'DEVELOPMENT', ctx);
  checkMatch(IfMatch, row.etag);
  const live: FunctionRow = { ...row, stage: 'LIVE', modifiedAt: ctx.now };
  ctx.store.put(functions, live);
  touch(ctx);
  return { FunctionSummary: show(live, ctx, true) };
};

export const describeFunction: Handler<'cloudfront', 'DescribeFunction'> = ({ Name, Stage }, ctx) => {
  const row = find(Name, Stage, ctx);
  return { FunctionSummary: show(row, ctx), ETag: row.etag };
};

export const getFunction: Handler<'cloudfront', 'GetFunction'> = ({ Name, Stage }, ctx) => {
  const row = find(Name, Stage, ctx);
  return { FunctionCode: Buffer.from(row.code, 'base64'), ETag: row.etag, ContentType: 'application/octet-stream' };
};

export const listFunctions: Handler<'cloudfront', 'ListFunctions'> = (input, ctx) => {
  const [name, stage] = (input.Marker ?? '').split('/');
  const rows = ctx.store
    .list(functions, {
      ...(name !== undefined && name !== '' && { after: { name, stage: (stage ?? 'LIVE') as FunctionStage } }),
    })
    .filter((row) => input.Stage === undefined || row.stage === input.Stage)
    .slice(0, pageSize(input) + 1);
  return {
    FunctionList: shortPageOf(
      input,
      rows,
      (row) => `${row.name}/${row.stage}`,
      (row) => show(row, ctx),
    ),
  };
};

export const deleteFunction: Handler<'cloudfront', 'DeleteFunction'> = ({ Name, IfMatch }, ctx) => {
  const row = find(Name, 'DEVELOPMENT', ctx);
  checkMatch(IfMatch, row.etag);
  if (isUsed(ctx.store, `function/${Name}`)) throw errors.functionInUse();
  for (const stage of ['DEVELOPMENT', 'LIVE'] as const) ctx.store.delete(functions, { name: Name, stage });
  for (const tag of ctx.store.list(tags, { where: { arn: arnOf(ctx, 'function', Name) } })) ctx.store.delete(tags, tag);
  touch(ctx);
  return {};
};

export const testFunction: Handler<'cloudfront', 'TestFunction'> = async (input, ctx) => {
  const stage = input.Stage ?? 'DEVELOPMENT';
  const row = find(input.Name, stage, ctx);
  checkMatch(input.IfMatch, row.etag);
  const code = codeOf(row.name, stage, ctx) ?? raise(errors.noSuchFunction());
  const event = Buffer.from(input.EventObject as Uint8Array).toString('utf8');
  if (!isObject(event)) throw errors.invalidArgument('The event object is not valid JSON.');
  const { output, error, logs, utilization } = await ctx.planes.edge.run(code, event, edgeReader(ctx));
  const TestResult: TestResult = {
    FunctionSummary: show(row, ctx),
    ComputeUtilization: String(utilization),
    FunctionExecutionLogs: logs,
    FunctionErrorMessage: error ?? '',
    FunctionOutput: error === undefined ? shown(output, event) : '',
  };
  return { TestResult };
};

/** Whether a text is an object in JSON. */
export function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** AWS shows a request or a response under its name. */
function shown(output: string | undefined, event: string): string {
  if (output === undefined) return '';
  const value = JSON.parse(output) as { statusCode?: unknown } | null;
  const isReply =
    value?.statusCode !== undefined || (JSON.parse(event) as { response?: unknown }).response !== undefined;
  return JSON.stringify(isReply ? { response: value } : { request: value });
}
