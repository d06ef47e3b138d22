/** Requests to REST APIs. The order of steps is AWS's: who may, how much, whether it is right, then the integration. */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import type { Stage } from '#models/api-gateway';
import { isReachable } from '../domain/security.ts';
import { apis, flushes, snapshots, stages } from '../state.ts';
import { authorize } from './authorize.ts';
import { cachePlan, fromCache, keep } from './caching.ts';
import { type Arrival, Call, isFlowing, type Reply } from './call.ts';
import { type CompiledMethod, compiledOf } from './compiled.ts';
import { expand, squeezed } from './compression.ts';
import { byEdge, isEdgeOptimized } from './edge.ts';
import { internalError, unsigned } from './errors.ts';
import { GatewayFault, tellsTrace } from './gateway-responses.ts';
import { integrate } from './integrate.ts';
import { finish } from './record.ts';
import { faultReply } from './respond.ts';
import { admit, settingsOf } from './throttle.ts';
import { validate } from './validate.ts';

/** The end of an address: `rest/<api>`. */
export function apiOf(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

/** Answers a request at an API's own address: the stage is the first part of the path. */
export async function answerRest(arriving: TrafficRequest, ctx: Ctx): Promise<TrafficReply> {
  // One that was shown for another host says nothing here.
  const request = { ...arriving, clientCertificate: undefined };
  const apiId = apiOf(request.id);
  // More slashes than one in front of the stage, or behind it, are one.
  const [, stageName = '', path = ''] = /^\/+([^/]*)(.*)$/s.exec(request.path) ?? [];
  const api = ctx.store.get(apis, { owner: '', id: apiId })?.value ?? {};
  const answer = (request: TrafficRequest) =>
    api.disableExecuteApiEndpoint === true || !isReachable(api, request)
      ? refusal(ctx, 'Forbidden', 'ForbiddenException')
      : answerStage(
          { request, path: `/${path.replace(/^\/+/, '')}`, shownPath: `/${stageName}${path}` },
          ctx,
          apiId,
          stageName,
        );
  return isEdgeOptimized(api) ? byEdge(request, ctx, apiId, answer) : answer(request);
}

/** Answers a request to a stage. */
export async function answerStage(arrival: Arrival, ctx: Ctx, apiId: string, stageName: string): Promise<TrafficReply> {
  const stage = ctx.store.get(stages, { owner: apiId, id: stageName })?.value;
  const use = stage && useOf(stage, ctx);
  const snapshot = use && ctx.store.get(snapshots, { owner: apiId, id: use.deploymentId })?.value;
  if (use === undefined || snapshot === undefined) return refusal(ctx, 'Forbidden', 'ForbiddenException');
  const call = new Call({ ...arrival, request: meant(arrival.request) }, ctx, compiledOf(snapshot), { ...use, apiId });
  const reply = await squeezed(call, await answered(call));
  const { body } = reply;
  if (isFlowing(body)) return stamped({ ...reply, body: told(body, (length) => finish(call, reply, length)) }, call);
  finish(call, reply, Buffer.byteLength(body));
  return stamped(reply, call);
}

/** A request by the method that its client means. Source: Developer Guide, "Important notes for REST APIs", `X-HTTP-Method-Override`. */
function meant(request: TrafficRequest): TrafficRequest {
  const method = request.headers['x-http-method-override']?.toUpperCase() ?? '';
  return /^(?:DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/.test(method) ? { ...request, method } : request;
}

/** Lets a body through and says how long it was, whole or broken off. */
async function* told(body: AsyncIterable<Uint8Array>, end: (length: number) => void): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const piece of body) {
      length += piece.length;
      yield piece;
    }
  } finally {
    end(length);
  }
}

/** Which deployment answers: now and then the canary's. */
function useOf(stage: Stage, ctx: Ctx) {
  const { canarySettings: canary, variables = {}, deploymentId = '' } = stage;
  const isCanary = canary?.deploymentId !== undefined && ctx.random.fraction() * 100 < (canary.percentTraffic ?? 0);
  return {
    stage,
    isCanary,
    deploymentId: isCanary ? (canary?.deploymentId ?? '') : deploymentId,
    variables: (isCanary ? { ...variables, ...canary?.stageVariableOverrides } : variables) as Record<string, string>,
  };
}

/** What is said where there is not even a stage. */
export function refusal(ctx: Ctx, message: string, errorType: string, status = 403): TrafficReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': ctx.requestId, 'x-amzn-errortype': errorType },
    body: JSON.stringify({ message }),
  };
}

async function answered(call: Call): Promise<Reply> {
  try {
    const found = call.compiled.find(call.request.method, call.path);
    if (found === undefined) throw unsigned(call.headers);
    call.method = found.method;
    call.pathParameters = found.parameters;
    call.sentParameters = found.sent;
    return await carriedOut(call, found.method);
  } catch (error) {
    if (error instanceof GatewayFault) return faultReply(call, error);
    // Nobody is to blame but this cloud: it is loud in the log, and the client hears what AWS would say.
    if (error instanceof RangeError || error instanceof SyntaxError) return faultReply(call, internalError());
    throw error;
  }
}

/** Takes a request through all steps. @throws {GatewayFault} */
export async function carriedOut(call: Call, method: CompiledMethod): Promise<Reply> {
  const settings = settingsOf(call.use.stage, method);
  await authorize(call, method);
  admit(call, method, settings);
  await call.readBody();
  await expand(call);
  validate(call, method);
  const flushed =
    call.ctx.store.get(flushes, { api: call.use.apiId, stage: call.use.stage.stageName ?? '' })?.responses ?? 0;
  const plan = cachePlan(call, method, settings, flushed);
  const kept = fromCache(call, plan);
  if (kept !== undefined) return kept;
  const reply = await integrate(call, method);
  keep(call, plan, reply);
  return plan?.warning === undefined ? reply : { ...reply, headers: { ...reply.headers, warning: plan.warning } };
}

/** Those that were let in hear under which trace, as the function had it, and those without an API key. Source: AWS's answers, as users have published them. */
function stamped(reply: Reply, { requestId, extendedId, headers, fault, integration }: Call): TrafficReply {
  const trace = integration.trace ?? headers['x-amzn-trace-id'] ?? '';
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'x-amzn-requestid': requestId,
      'x-amz-apigw-id': extendedId,
      ...((fault === undefined || tellsTrace(fault.type)) && { 'x-amzn-trace-id': trace }),
    },
  };
}
