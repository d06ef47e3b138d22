/** Connections of WebSocket APIs, reached by the cloud's own address; at that of an API its own service answers. */
import { type AccessRules, type Ctx, type Handler, raise } from '#kernel/contract';
import { connectionArn, MESSAGE_BYTES_MAX, openConnection, sendTo } from '../apigatewayv2/port.ts';
import { gone, tooLarge } from './errors.ts';

type Api = 'apigatewaymanagementapi';

const find = (ctx: Ctx, id: string) => {
  const row = openConnection(ctx, id);
  return row?.account === ctx.account && row.region === ctx.region ? row : raise(gone());
};

const on = (method: string) => (input: { ConnectionId: string }, ctx: Ctx) => ({
  action: 'execute-api:ManageConnections',
  resource: connectionArn(ctx, method, find(ctx, input.ConnectionId)),
});

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon API Gateway". */
export const access: AccessRules<Api> = {
  DeleteConnection: on('DELETE'),
  GetConnection: on('GET'),
  PostToConnection: on('POST'),
};

export const postToConnection: Handler<Api, 'PostToConnection'> = ({ ConnectionId, Data }, ctx) => {
  const connection = find(ctx, ConnectionId);
  if (Data.length > MESSAGE_BYTES_MAX) throw tooLarge();
  if (!sendTo(ctx, connection, Buffer.from(Data).toString('utf8'))) throw gone();
  return {};
};

export const getConnection: Handler<Api, 'GetConnection'> = ({ ConnectionId }, ctx) => {
  const { connectedAt, activeAt, sourceIp, userAgent } = find(ctx, ConnectionId);
  return { ConnectedAt: connectedAt, Identity: { SourceIp: sourceIp, UserAgent: userAgent }, LastActiveAt: activeAt };
};

export const deleteConnection: Handler<Api, 'DeleteConnection'> = ({ ConnectionId }, ctx) => {
  find(ctx, ConnectionId);
  ctx.sockets.close(ConnectionId, 1000, 'Connection Closed Normally');
  return {};
};
