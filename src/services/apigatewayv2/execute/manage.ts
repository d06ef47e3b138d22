/** The `@connections` of a WebSocket API's own address. Source: API Gateway Developer Guide, "Use @connections commands in your backend service". */
import { ServiceError, type TrafficReply, type TrafficRequest } from '#kernel/contract';
import { MESSAGE_BYTES_MAX } from '../limits.ts';
import { connectionArn, openConnection, sendTo } from './connection.ts';
import { HttpFault } from './reply.ts';

function refusal(status: number, errorType: string, message?: string): TrafficReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': errorType },
    body: message === undefined ? '{}' : JSON.stringify({ message }),
  };
}

/** Carries out a command on a connection. */
export async function manage(request: TrafficRequest, apiId: string, stage: string, id: string): Promise<TrafficReply> {
  const ctx = await request.authenticate('execute-api');
  if (ctx instanceof ServiceError) return refusal(403, ctx.code, ctx.message);
  if (ctx.caller.principal.kind === 'anonymous')
    return refusal(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  const known = openConnection(ctx, id);
  const row = known?.api === apiId && known.stage === stage ? known : undefined;
  const { account, region } = ctx;
  const resource = connectionArn(
    ctx,
    request.method,
    row ?? {
      id,
      account,
      region,
      api: apiId,
      stage,
      domainName: '',
      sourceIp: '',
      userAgent: '',
      connectedAt: 0,
      activeAt: 0,
    },
  );
  try {
    ctx.authorize({ action: 'execute-api:ManageConnections', resource, account });
  } catch (error) {
    if (error instanceof ServiceError) return refusal(403, 'ForbiddenException', error.message);
    throw error;
  }
  if (row === undefined) return refusal(410, 'GoneException');
  try {
    if (request.method === 'GET') return shown(row);
    if (request.method === 'DELETE') {
      ctx.sockets.close(id, 1000, 'Connection Closed Normally');
      return { status: 204, headers: {}, body: '' };
    }
    if (request.method !== 'POST')
      return refusal(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    const tooLong = () => new HttpFault(413, 'Message too long');
    const body = await request.read(MESSAGE_BYTES_MAX, tooLong);
    // A signed body has been read already.
    if (body.length > MESSAGE_BYTES_MAX) throw tooLong();
    if (sendTo(ctx, row, Buffer.from(body).toString('utf8'))) return { status: 200, headers: {}, body: '' };
    return refusal(410, 'GoneException');
  } catch (error) {
    if (error instanceof HttpFault) return refusal(413, 'PayloadTooLargeException', error.message);
    throw error;
  }
}

function shown({
  connectedAt,
  activeAt,
  sourceIp,
  userAgent,
}: {
  connectedAt: number;
  activeAt: number;
  sourceIp: string;
  userAgent: string;
}): TrafficReply {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      connectedAt: iso(connectedAt),
      identity: { sourceIp, userAgent },
      lastActiveAt: iso(activeAt),
    }),
  };
}
