/** What comes by web sockets: messages find their routes, and ends are told. Source: API Gateway Developer Guide, "Overview of WebSocket APIs". */
import type { Ctx, SocketRules } from '#kernel/contract';
import { ACCOUNT_KEY, ACCOUNT_LIMITS, own } from '../../api-gateway/port.ts';
import { type ConnectionRow, snapshots, stages } from '../state.ts';
import { type CompiledApi, type CompiledRoute, compiledOf } from './compiled.ts';
import { findConnection, forget, sendTo, touch } from './connection.ts';
import { SocketCall } from './socket-call.ts';
import { integrateSocket, SocketFault } from './socket-integrate.ts';
import { recordSocket } from './socket-record.ts';

/** The deployment that a connection's stage has now. */
function compiledFor(ctx: Ctx, { api, stage }: ConnectionRow) {
  const found = ctx.store.get(stages, { owner: api, id: stage })?.value;
  const snapshot = found && ctx.store.get(snapshots, { owner: api, id: found.DeploymentId ?? '' })?.value;
  return found === undefined || snapshot === undefined ? undefined : { stage: found, compiled: compiledOf(snapshot) };
}

/** What waits opens its transactions itself, from its first wait on. */
const ownTransactions = Promise.resolve();

/** Hears messages and ends. */
export const sockets: SocketRules = {
  async message(id, data, isText, ctx) {
    await ownTransactions;
    const connection = findConnection(ctx, id);
    const found = connection && compiledFor(ctx, connection);
    if (connection === undefined || found === undefined) {
      ctx.sockets.close(id, 1001, 'Going away');
      return;
    }
    ctx.transact(() => touch(ctx, id));
    // Source: API Gateway Developer Guide, "Binary media types for WebSocket APIs in API Gateway".
    if (!isText) {
      ctx.sockets.close(id, 1003, 'Unsupported data');
      return;
    }
    const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
    const call = new SocketCall(ctx, found.compiled, connection, found.stage, { type: 'MESSAGE', body });
    const told = await answerOf(call);
    if (told !== undefined) sendTo(ctx, connection, told);
  },
  async closed(id, code, reason, ctx) {
    await ownTransactions;
    const connection = findConnection(ctx, id);
    if (connection === undefined) return;
    ctx.transact(() => forget(ctx, id));
    const found = compiledFor(ctx, connection);
    const integration = found?.compiled.byKey.get('$disconnect')?.integration;
    if (found === undefined || integration === undefined) return;
    const headers = { host: connection.domainName, 'x-api-key': '', 'x-forwarded-for': connection.sourceIp };
    const extra = { disconnectStatusCode: code, disconnectReason: reason };
    const call = new SocketCall(ctx, found.compiled, connection, found.stage, {
      type: 'DISCONNECT',
      opening: { headers, query: {} },
      extra,
    });
    call.routeKey = '$disconnect';
    try {
      await integrateSocket(call, integration);
    } catch (error) {
      // Nobody is there to be told.
      if (!(error instanceof SocketFault)) throw error;
    }
    recordSocket(call);
  },
};

/** What the client is told; undefined where nothing is. */
async function answerOf(call: SocketCall): Promise<string | undefined> {
  const { compiled, connection } = call;
  const told = (message: string) => JSON.stringify({ message, connectionId: connection.id, requestId: call.requestId });
  const route = routeOf(call, compiled);
  if (route !== undefined) call.routeKey = route.route.RouteKey;
  const [status, refusal] = refusalOf(call, route);
  if (refusal !== undefined || route?.integration === undefined) {
    call.status = status;
    recordSocket(call, refusal ?? 'Internal server error');
    return told(refusal ?? 'Internal server error');
  }
  try {
    const { body } = await integrateSocket(call, route.integration);
    const isTwoWay = (route.route.responses ?? []).length > 0;
    return isTwoWay && body !== '' ? body : undefined;
  } catch (error) {
    if (!(error instanceof SocketFault)) throw error;
    call.status = 500;
    return told('Internal server error');
  } finally {
    recordSocket(call);
  }
}

function refusalOf(call: SocketCall, route: CompiledRoute | undefined): [status: number, message?: string] {
  if (route === undefined) return [403, 'Forbidden'];
  if (!admits(call)) return [429, 'Too Many Requests'];
  return isValid(call, route) ? [500] : [400, 'Invalid request body'];
}

function routeOf(call: SocketCall, compiled: CompiledApi): CompiledRoute | undefined {
  const key = call.evaluate(compiled.api.RouteSelectionExpression);
  // The routes of openings and ends are no client's to call.
  const named = key === '$connect' || key === '$disconnect' ? undefined : compiled.byKey.get(key);
  return named ?? compiled.byKey.get('$default');
}

function admits({ ctx, stage, routeKey, connection }: SocketCall): boolean {
  const settings = { ...stage.DefaultRouteSettings, ...stage.RouteSettings?.[routeKey] };
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst = ACCOUNT_LIMITS.burst } = settings;
  const key = `${connection.api}/${stage.StageName}/${routeKey}`;
  if (rate !== undefined && !ctx.take(key, { ratePerSecond: rate, burst })) return false;
  return ctx.take(ACCOUNT_KEY, ACCOUNT_LIMITS);
}

function isValid(call: SocketCall, { route }: CompiledRoute): boolean {
  const { RequestModels: models, ModelSelectionExpression: selection } = route;
  const key = selection === undefined ? '$default' : call.evaluate(selection);
  const model = own(models ?? {}, key) ?? models?.$default;
  // Source: API Gateway Developer Guide, "Request validation" of WebSocket APIs: nothing fits where none of the models is selected.
  if (model === undefined) return selection === undefined || Object.keys(models ?? {}).length === 0;
  try {
    const check = call.compiled.check(model);
    if (check === undefined) return true;
    call.misfit = check(JSON.parse(call.body), call.body.length);
  } catch (error) {
    call.misfit = error instanceof SyntaxError ? 'Unable to parse the body' : (error as Error).message;
  }
  return call.misfit === undefined;
}
