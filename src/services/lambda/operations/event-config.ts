/** How asynchronous events of a function, a version or an alias are dealt with: how often and how long they are tried, and where their records go. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { type Found, findFunction } from '../domain/find.ts';
import { checkDestination } from '../domain/may-send.ts';
import { arnOf, parseName } from '../domain/names.ts';
import { actAsRole } from '../domain/spec.ts';
import {
  badDestination,
  destinationMissing,
  destinationOfItself,
  emptyEventConfig,
  noEventConfig,
  noFunctionToConfigure,
} from '../errors.ts';
import { fifoDestination } from '../errors-mapping.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { type EventConfigRow, eventConfigs, functions, LATEST } from '../state.ts';

type Given = {
  FunctionName: string;
  Qualifier?: string | undefined;
  MaximumRetryAttempts?: number | undefined;
  MaximumEventAgeInSeconds?: number | undefined;
  DestinationConfig?: { OnSuccess?: { Destination?: string }; OnFailure?: { Destination?: string } } | undefined;
};

export const putFunctionEventInvokeConfig: Handler<'lambda', 'PutFunctionEventInvokeConfig'> = async (input, ctx) => {
  checkGiven(input);
  await checkDestinations(input, ctx);
  return ctx.transact(() => write(input, undefined, ctx));
};

export const updateFunctionEventInvokeConfig: Handler<'lambda', 'UpdateFunctionEventInvokeConfig'> = async (
  input,
  ctx,
) => {
  checkGiven(input);
  withFunction(input, ctx);
  find(input, ctx);
  await checkDestinations(input, ctx);
  return ctx.transact(() => write(input, find(input, ctx).row, ctx));
};

export const getFunctionEventInvokeConfig: Handler<'lambda', 'GetFunctionEventInvokeConfig'> = (input, ctx) => {
  const { row, account } = find(input, ctx);
  return shown(row, account, ctx);
};

export const deleteFunctionEventInvokeConfig: Handler<'lambda', 'DeleteFunctionEventInvokeConfig'> = (input, ctx) => {
  const { row, store } = find(input, ctx);
  store.delete(eventConfigs, row);
  return {};
};

export const listFunctionEventInvokeConfigs: Handler<'lambda', 'ListFunctionEventInvokeConfigs'> = (input, ctx) => {
  const { named, store } = withFunction({ FunctionName: input.FunctionName }, ctx);
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const after = input.Marker === undefined ? {} : { after: { qualifier: input.Marker } };
  const rows = store.list(eventConfigs, { where: { name: named.name }, ...after, limit: limit + 1 });
  return {
    FunctionEventInvokeConfigs: rows.slice(0, limit).map((row) => shown(row, named.account, ctx)),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.qualifier }),
  };
};

/** What the request gives, else what was. @throws {ServiceError} InvalidParameterValueException */
function write(
  input: Given,
  before: EventConfigRow | undefined,
  ctx: Ctx,
): OutputOf<'lambda', 'GetFunctionEventInvokeConfig'> {
  const { named, store } = withFunction(input, ctx);
  const { MaximumRetryAttempts: retries = before?.retries, MaximumEventAgeInSeconds: ageMax = before?.ageMax } = input;
  const { DestinationConfig: config } = input;
  // An update leaves what it doesn't name; an empty ARN takes away. Source: radkawar/stackd, measured in 2026.
  const onSuccess = (config?.OnSuccess?.Destination ?? before?.onSuccess) || undefined;
  const onFailure = (config?.OnFailure?.Destination ?? before?.onFailure) || undefined;
  const row: EventConfigRow = {
    name: named.name,
    qualifier: named.qualifier ?? LATEST,
    ...(retries !== undefined && { retries }),
    ...(ageMax !== undefined && { ageMax }),
    ...(onSuccess !== undefined && { onSuccess }),
    ...(onFailure !== undefined && { onFailure }),
    modifiedAt: ctx.now,
  };
  store.put(eventConfigs, row);
  return shown(row, named.account, ctx);
}

/**
 * Whether records can be sent there, by the function's role; of a function that is in this account and Region, whether it is there.
 *
 * @throws {ServiceError} InvalidParameterValueException
 */
async function checkDestinations(input: Given, ctx: Ctx): Promise<void> {
  const { named, version } = withFunction(input, ctx);
  const { DestinationConfig: config } = input;
  if (config === undefined) return;
  const { name } = named;
  const [onSuccess, onFailure] = [config.OnSuccess?.Destination, config.OnFailure?.Destination];
  for (const arn of [onSuccess, onFailure]) {
    if (arn === undefined || arn === '') continue;
    const { service = '', account, region, resource = '' } = parseArn(arn) ?? {};
    // A bucket gets what failed only.
    const isElsewhere = service !== 's3' && region !== ctx.region;
    if (
      !['sqs', 'sns', 'lambda', 'events', 's3'].includes(service) ||
      (service === 's3' && arn === onSuccess) ||
      (service === 'sqs' && resource.endsWith('.fifo')) ||
      isElsewhere
    )
      throw badDestination(onSuccess, onFailure);
    if (service === 'sns' && resource.endsWith('.fifo')) throw fifoDestination('SNS topics');
    if (service !== 'lambda' || account !== ctx.account || region !== ctx.region) continue;
    const [, other = ''] = resource.split(':');
    if (other === name) throw destinationOfItself();
    if (ctx.store.get(functions, { name: other }) === undefined) throw destinationMissing(arn);
  }
  const given = [onSuccess, onFailure].flatMap((arn) => arn || []);
  const acting = given.length === 0 ? undefined : await actAsRole(version, ctx);
  for (const arn of given) if (acting !== undefined) checkDestination(arn, acting);
}

/** @throws {ServiceError} InvalidParameterValueException */
function checkGiven({ MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig }: Given): void {
  const { OnSuccess, OnFailure } = DestinationConfig ?? {};
  if ([MaximumRetryAttempts, MaximumEventAgeInSeconds, OnSuccess, OnFailure].every((one) => one === undefined))
    throw emptyEventConfig();
}

/** Here, what is missing has a text of its own. @throws {ServiceError} ResourceNotFoundException */
function withFunction({ FunctionName, Qualifier }: Given, ctx: Ctx): Found {
  return findFunction(FunctionName, Qualifier, ctx, noFunctionToConfigure, noFunctionToConfigure);
}

/** @throws {ServiceError} ResourceNotFoundException */
function find({ FunctionName, Qualifier }: Given, ctx: Ctx) {
  const { account, name, qualifier = LATEST } = parseName(FunctionName, Qualifier, ctx);
  const store = ctx.store.in({ account });
  const row = store.get(eventConfigs, { name, qualifier });
  if (row === undefined) throw noEventConfig(arnOf(ctx, account, name, qualifier));
  return { row, account, store };
}

function shown(row: EventConfigRow, account: string, ctx: Ctx): OutputOf<'lambda', 'GetFunctionEventInvokeConfig'> {
  return {
    LastModified: row.modifiedAt,
    FunctionArn: arnOf(ctx, account, row.name, row.qualifier),
    ...(row.retries !== undefined && { MaximumRetryAttempts: row.retries }),
    ...(row.ageMax !== undefined && { MaximumEventAgeInSeconds: row.ageMax }),
    DestinationConfig: {
      OnSuccess: row.onSuccess === undefined ? {} : { Destination: row.onSuccess },
      OnFailure: row.onFailure === undefined ? {} : { Destination: row.onFailure },
    },
  };
}
