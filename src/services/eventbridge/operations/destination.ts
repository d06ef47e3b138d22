/** API destinations: HTTP endpoints that events are sent to. */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { checkEndpoint, connectionOf } from '../domain/connection.ts';
import { destinationExists, destinationNotFound, tooMany } from '../errors.ts';
import { DESTINATIONS, INVOCATIONS_PER_SECOND_DEFAULT, LIST_DEFAULT } from '../limits.ts';
import { connections, type DestinationRow, destinations } from '../state.ts';

/** One whose connection is not authorized can't be called. */
function stateOf({ connectionArn }: DestinationRow, { store }: Ctx): 'ACTIVE' | 'INACTIVE' {
  const connection = store.get(connections, { name: connectionArn.split(':connection/')[1]?.split('/')[0] ?? '' });
  return connection?.arn === connectionArn && connection.state === 'AUTHORIZED' ? 'ACTIVE' : 'INACTIVE';
}

function answer(row: DestinationRow, ctx: Ctx) {
  return {
    ApiDestinationArn: row.arn,
    ApiDestinationState: stateOf(row, ctx),
    CreationTime: row.createdAt,
    LastModifiedTime: row.modifiedAt,
  };
}

export const createApiDestination: Handler<'eventbridge', 'CreateApiDestination'> = (input, ctx) => {
  const { Name: name, ConnectionArn: connectionArn, InvocationEndpoint: endpoint, HttpMethod: method } = input;
  if (ctx.store.get(destinations, { name }) !== undefined) throw destinationExists(name);
  connectionOf(connectionArn, ctx);
  checkEndpoint(endpoint, 'InvocationEndpoint');
  if (ctx.store.count(destinations) >= ctx.quota(DESTINATIONS)) throw tooMany();
  const row: DestinationRow = {
    name,
    arn: `arn:${ctx.partition}:events:${ctx.region}:${ctx.account}:api-destination/${name}/${ctx.uuid()}`,
    ...(input.Description !== undefined && { description: input.Description }),
    connectionArn,
    endpoint,
    method,
    rate: input.InvocationRateLimitPerSecond ?? INVOCATIONS_PER_SECOND_DEFAULT,
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  ctx.store.put(destinations, row);
  return answer(row, ctx);
};

function find(name: string, { store }: Ctx, before = ''): DestinationRow {
  const row = store.get(destinations, { name });
  if (row === undefined) throw destinationNotFound(name, before);
  return row;
}

export const updateApiDestination: Handler<'eventbridge', 'UpdateApiDestination'> = (input, ctx) => {
  const { ConnectionArn, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond, Description } = input;
  const before = find(input.Name, ctx);
  if (ConnectionArn !== undefined) connectionOf(ConnectionArn, ctx);
  if (InvocationEndpoint !== undefined) checkEndpoint(InvocationEndpoint, 'InvocationEndpoint');
  const row: DestinationRow = {
    ...before,
    ...(Description !== undefined && { description: Description }),
    connectionArn: ConnectionArn ?? before.connectionArn,
    endpoint: InvocationEndpoint ?? before.endpoint,
    method: HttpMethod ?? before.method,
    rate: InvocationRateLimitPerSecond ?? before.rate,
    modifiedAt: ctx.now,
  };
  ctx.store.put(destinations, row);
  return answer(row, ctx);
};

export const deleteApiDestination: Handler<'eventbridge', 'DeleteApiDestination'> = ({ Name }, ctx) => {
  ctx.store.delete(destinations, find(Name, ctx));
  return {};
};

type Shown = NonNullable<OutputOf<'eventbridge', 'ListApiDestinations'>['ApiDestinations']>[number];

function shown(row: DestinationRow, ctx: Ctx): Shown {
  return {
    ...answer(row, ctx),
    Name: row.name,
    ConnectionArn: row.connectionArn,
    InvocationEndpoint: row.endpoint,
    HttpMethod: row.method,
    InvocationRateLimitPerSecond: row.rate,
  };
}

export const describeApiDestination: Handler<'eventbridge', 'DescribeApiDestination'> = ({ Name }, ctx) => {
  const row = find(Name, ctx, 'Failed to describe the api-destination(s). ');
  return { ...shown(row, ctx), ...(row.description !== undefined && { Description: row.description }) };
};

export const listApiDestinations: Handler<'eventbridge', 'ListApiDestinations'> = (input, ctx) => {
  const limit = input.Limit ?? LIST_DEFAULT;
  const { ConnectionArn: connectionArn, NamePrefix: startsWith } = input;
  const rows = ctx.store.list(destinations, {
    ...(connectionArn !== undefined && { index: 'byConnection' as const, where: { connectionArn } }),
    after: input.NextToken === undefined ? undefined : { name: input.NextToken },
    ...(startsWith !== undefined && { startsWith }),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  return {
    ApiDestinations: page.map((row) => shown(row, ctx)),
    ...(rows.length > limit && { NextToken: page.at(-1)?.name }),
  };
};
