/** Requests to WebSocket APIs: those that open a socket, and those that manage connections. */
import { safeDecode } from '#kernel/base';
import { type Ctx, ServiceError, type TrafficReply, type TrafficRequest } from '#kernel/contract';
import type { Authorizer, Stage } from '#models/apigatewayv2';
import {
  callFunction,
  DeadlineError,
  domainOf,
  functionOf,
  headersOf,
  headerText,
  queryOf,
  saysUnauthorized,
  shownHeaders,
  spend,
  verdictOf,
  withVariables,
} from '../../api-gateway/port.ts';
import { AUTHORIZER_TIMEOUT, CONNECT_RATE, CONNECTION_FOR, IDLE_FOR } from '../limits.ts';
import { type ConnectionRow, connections, snapshots } from '../state.ts';
import { type CompiledRoute, compiledOf } from './compiled.ts';
import { forbidden, internal, limitExceeded, notFound, tooMany, unauthorized } from './errors.ts';
import { manage } from './manage.ts';
import { HttpFault } from './reply.ts';
import { SocketCall } from './socket-call.ts';
import { integrateSocket, SocketFault } from './socket-integrate.ts';
import { recordSocket } from './socket-record.ts';

/** What functions are not told of. Source: events of $connect that users have published. */
const HOP = /^(?:connection|upgrade|content-length)$/i;
const PROTOCOL = 'sec-websocket-protocol';

/** Answers a request to a stage of a WebSocket API. */
export async function answerWebSocket(
  request: TrafficRequest,
  ctx: Ctx,
  apiId: string,
  stage: Stage,
  path: string,
): Promise<TrafficReply> {
  const id = /^\/@connections\/(.+)$/.exec(path)?.[1];
  if (id !== undefined) return manage(request, apiId, stage.StageName, safeDecode(id) ?? id);
  try {
    if (!request.isUpgrade) throw forbidden();
    return await open(request, ctx, apiId, stage);
  } catch (error) {
    if (error instanceof HttpFault) return error.reply;
    throw error;
  }
}

async function open(request: TrafficRequest, ctx: Ctx, apiId: string, stage: Stage): Promise<TrafficReply> {
  const snapshot = ctx.store.get(snapshots, { owner: apiId, id: stage.DeploymentId ?? '' })?.value;
  if (snapshot === undefined) throw notFound();
  if (!ctx.take('connect', { ratePerSecond: CONNECT_RATE, burst: CONNECT_RATE })) throw tooMany();
  const { account, region } = ctx;
  const headers = headersOf(request, ctx);
  const connection: ConnectionRow = {
    id: Buffer.from(ctx.random.bytes(11)).toString('base64').replace(/\+/g, '-').replace(/\//g, '_'),
    account,
    region,
    api: apiId,
    stage: stage.StageName,
    domainName: domainOf(request.host),
    sourceIp: request.sourceIp,
    userAgent: headers['user-agent'] ?? '',
    connectedAt: ctx.now,
    activeAt: ctx.now,
  };
  const route = compiledOf(snapshot).byKey.get('$connect');
  const shown = shownHeaders(headers, request.sentHeaders?.()).filter(([name]) => !HOP.test(name));
  const opening = { headers, query: queryOf(request.query), shown };
  const call = new SocketCall(ctx, compiledOf(snapshot), connection, stage, { type: 'CONNECT', opening });
  call.routeKey = '$connect';
  const row = await admitted(request, call, route);
  const protocol = route?.integration && (await connect(call, route.integration));
  if (route?.integration === undefined) recordSocket(call);
  ctx.transact((store) => {
    store.in({ account: '', region: '' }).put(connections, row);
    ctx.arm('idle', row.id, ctx.now + Math.min(IDLE_FOR, CONNECTION_FOR), { id: row.id });
  });
  return {
    status: 101,
    headers: protocol === undefined ? {} : { [PROTOCOL]: protocol },
    body: '',
    socket: row.id,
  };
}

/**
 * Tells the integration of a new connection, which it may refuse.
 *
 * @returns the protocol that it has chosen of those that the client speaks
 * @throws  {HttpFault}
 * @see     API Gateway Developer Guide, "Set up a $connect route that requires a WebSocket subprotocol"
 */
async function connect(
  call: SocketCall,
  integration: NonNullable<CompiledRoute['integration']>,
): Promise<string | undefined> {
  try {
    const { status, body, headers = {} } = await integrateSocket(call, integration);
    call.status = status;
    if (status >= 200 && status < 300) {
      const [, chosen] = Object.entries(headers).find(([name]) => name.toLowerCase() === PROTOCOL) ?? [];
      return headerText(PROTOCOL, chosen);
    }
    throw new HttpFault(status >= 400 && status < 600 ? status : 500, body === '' ? 'Forbidden' : body);
  } catch (error) {
    if (!(error instanceof SocketFault)) throw error;
    call.status = 502;
    throw new HttpFault(502, 'Internal server error');
  } finally {
    recordSocket(call);
  }
}

/** What is known of who opens a connection. */
type Who = Pick<ConnectionRow, 'authorizer' | 'identity'>;

/** The connection with what is known of who opens it, which the call has from then on. @throws {HttpFault} */
async function admitted(
  request: TrafficRequest,
  call: SocketCall,
  route: CompiledRoute | undefined,
): Promise<ConnectionRow> {
  try {
    const who = route && (await authorized(request, call, route));
    call.connection = { ...call.connection, ...who };
    if (route?.route.ApiKeyRequired === true) spendOfPlan(call);
    checkParameters(call, route);
    return call.connection;
  } catch (error) {
    if (error instanceof HttpFault) {
      call.status = error.status;
      recordSocket(call, error.message);
    }
    throw error;
  }
}

const REFUSALS = { 'no-plan': forbidden, 'too-fast': tooMany, 'used-up': limitExceeded } as const;

/** The key that opens a connection must be of a plan for the stage, which counts it. @throws {HttpFault} */
function spendOfPlan(call: SocketCall): void {
  const { ctx, connection, compiled } = call;
  const value = call.select(compiled.api.ApiKeySelectionExpression ?? '$request.header.x-api-key');
  const { key, refusal } = spend(ctx, value, { apiId: connection.api, stage: connection.stage }, [call.routeKey]);
  if (key !== undefined && value !== undefined)
    call.connection = { ...connection, identity: { ...connection.identity, apiKey: value, apiKeyId: key } };
  if (refusal !== undefined) throw REFUSALS[refusal]();
}

function checkParameters(call: SocketCall, route: CompiledRoute | undefined): void {
  const missing = Object.entries(route?.route.RequestParameters ?? {})
    .filter(([name, rule]) => rule?.Required === true && !call.select(`$${name}`))
    .map(([name]) => name.split('.').slice(3).join('.'));
  if (missing.length > 0) throw new HttpFault(400, `Missing required request parameters: [${missing.join(', ')}]`);
}

async function authorized(
  request: TrafficRequest,
  call: SocketCall,
  { route, authorizer }: CompiledRoute,
): Promise<Who> {
  const type = route.AuthorizationType ?? 'NONE';
  if (type === 'NONE') return {};
  if (type === 'AWS_IAM') {
    const ctx = await step(call, 'authenticate', async () => {
      const ctx = await request.authenticate('execute-api');
      if (ctx instanceof ServiceError || ctx.caller.principal.kind === 'anonymous') throw forbidden();
      return ctx;
    });
    await step(call, 'authorize', async () => mayInvoke(ctx, call.sourceArn));
    return { identity: identityOf(ctx) };
  }
  if (authorizer === undefined) throw internal();
  const { policy, said } = await step(call, 'authorizer', () => ask(call, authorizer));
  const who = { authorizer: said };
  // What the access log tells of one who is refused.
  call.connection = { ...call.connection, ...who };
  await step(call, 'authorize', async () => mayInvoke(call.ctx, call.sourceArn, policy));
  return who;
}

/** Does a step of which the access log tells. @throws {HttpFault} */
async function step<T>(
  call: SocketCall,
  name: 'authenticate' | 'authorize' | 'authorizer',
  work: () => Promise<T>,
): Promise<T> {
  const { ctx, admission } = call;
  const startedAt = ctx.clock();
  const tell = (status: number, error?: string) => {
    const latency = ctx.clock() - startedAt;
    admission[name] = { ...admission[name], status, latency, ...(error !== undefined && { error }) };
  };
  try {
    const result = await work();
    tell(200);
    return result;
  } catch (error) {
    if (error instanceof HttpFault) tell(error.status, error.message);
    throw error;
  }
}

/** Source: API Gateway Developer Guide, "Configure logging for WebSocket APIs": `$context.identity`. */
function identityOf({ caller: { principal, accessKeyId } }: Ctx): NonNullable<Who['identity']> {
  if (principal.kind === 'anonymous') return {};
  return {
    accountId: principal.account,
    caller: principal.id,
    user: principal.id,
    ...('arn' in principal && { userArn: principal.arn }),
    ...(accessKeyId !== undefined && { accessKey: accessKeyId }),
  };
}

function mayInvoke(ctx: Ctx, resource: string, policy?: string): void {
  const asked = { action: 'execute-api:Invoke', resource, account: ctx.account };
  try {
    ctx.authorize(policy === undefined ? asked : { ...asked, policy, policyDecides: true });
  } catch (error) {
    if (error instanceof ServiceError) throw forbidden();
    throw error;
  }
}

async function ask(
  call: SocketCall,
  { AuthorizerUri = '', IdentitySource = [], AuthorizerId, AuthorizerCredentialsArn }: Authorizer,
): Promise<{ policy: string; said: NonNullable<Who['authorizer']> }> {
  const missing = IdentitySource.some((source) => !call.select(`$${source.replace(/^\$/, '')}`));
  if (missing) throw unauthorized();
  const { ctx, connection } = call;
  const arn = `arn:${ctx.partition}:execute-api:${ctx.region}:${ctx.account}:${connection.api}`;
  const startedAt = ctx.clock();
  try {
    const { text, hasFailed } = await callFunction(ctx, {
      function: functionOf(withVariables(AuthorizerUri, call.variables)) ?? '',
      source: `${arn}/authorizers/${AuthorizerId}`,
      credentials: AuthorizerCredentialsArn,
      payload: { type: 'REQUEST', methodArn: call.sourceArn, ...call.event },
      timeout: AUTHORIZER_TIMEOUT,
    });
    call.admission.authorizer = {
      status: 200,
      latency: 0,
      integrationStatus: 200,
      integrationLatency: ctx.clock() - startedAt,
    };
    if (hasFailed) throw saysUnauthorized(text) ? unauthorized() : internal();
    const { policy, context, principalId } = verdictOf(text);
    return { policy, said: { principalId, ...context } };
  } catch (error) {
    if (error instanceof HttpFault) throw error;
    if (error instanceof ServiceError || error instanceof DeadlineError) throw internal();
    // What the authorizer said is no policy.
    if (error instanceof Error && error.name === 'GatewayFault') throw internal();
    throw error;
  }
}
