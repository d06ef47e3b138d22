/** Requests to HTTP APIs. */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import type { Stage } from '#models/apigatewayv2';
import { ACCOUNT_KEY, ACCOUNT_LIMITS } from '../../api-gateway/port.ts';
import { snapshots, stages } from '../state.ts';
import { authorize } from './authorize.ts';
import { HttpCall } from './call.ts';
import { type CompiledRoute, compiledOf } from './compiled.ts';
import { corsHeaders, preflight, withoutCors } from './cors.ts';
import { internal, notFound, tooMany } from './errors.ts';
import { integrate } from './integrate.ts';
import { record } from './record.ts';
import { HttpFault, type Reply } from './reply.ts';

/** The stage that a path begins with, or `$default`; undefined where there is neither. */
export function stageOf(ctx: Ctx, apiId: string, path: string): { stage: Stage; path: string } | undefined {
  const [, name = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(path) ?? [];
  const named = name === '' ? undefined : ctx.store.get(stages, { owner: apiId, id: name })?.value;
  if (named !== undefined) return { stage: named, path: rest || '/' };
  const fallback = ctx.store.get(stages, { owner: apiId, id: '$default' })?.value;
  return fallback && { stage: fallback, path };
}

/** Answers a request to a stage of an HTTP API. */
export async function answerHttp(
  request: TrafficRequest,
  ctx: Ctx,
  apiId: string,
  stage: Stage,
  path: string,
  basePath?: string,
): Promise<TrafficReply> {
  const snapshot = ctx.store.get(snapshots, { owner: apiId, id: stage.DeploymentId ?? '' })?.value;
  if (snapshot === undefined) return notFound().reply;
  const call = new HttpCall(request, path, ctx, compiledOf(snapshot), apiId, stage);
  call.basePath = basePath;
  const cors = snapshot.api.CorsConfiguration;
  const reply = await answered(call, preflight(cors, request.method, request.headers));
  record(call, reply);
  return {
    ...reply,
    headers: {
      ...withoutCors(cors, reply.headers),
      ...corsHeaders(cors, request.headers),
      'apigw-requestid': call.requestId,
    },
  };
}

/** A preflight is answered by the API itself only where no route is there for it: `ANY` and `$default` are. Source: "Configure CORS for HTTP APIs in API Gateway". */
async function answered(call: HttpCall, early: TrafficReply | undefined): Promise<Reply> {
  try {
    const found = call.compiled.find(call.request.method, call.path);
    if (found === undefined && early !== undefined) return early as Reply;
    if (found === undefined) throw notFound();
    call.route = found.route;
    call.pathParameters = found.parameters;
    return await carriedOut(call, found.route);
  } catch (error) {
    const fault = error instanceof SyntaxError ? internal(error.message) : error;
    if (!(fault instanceof HttpFault)) throw error;
    call.integration.error ??= fault.reason;
    call.fault = fault;
    return fault.reply;
  }
}

async function carriedOut(call: HttpCall, route: CompiledRoute): Promise<Reply> {
  admit(call, route);
  await call.readBody();
  await authorize(call, route);
  if (route.integration === undefined) throw internal('the route has no integration');
  return integrate(call, route.integration);
}

/** @throws {HttpFault} for too much. Source: "Throttle requests to your HTTP APIs" */
function admit({ ctx, stage, apiId }: HttpCall, { route }: CompiledRoute): void {
  const settings = { ...stage.DefaultRouteSettings, ...stage.RouteSettings?.[route.RouteKey] };
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst = ACCOUNT_LIMITS.burst } = settings;
  const key = `${apiId}/${stage.StageName}/${route.RouteKey}`;
  if (rate !== undefined && !ctx.take(key, { ratePerSecond: rate, burst })) throw tooMany();
  if (!ctx.take(ACCOUNT_KEY, ACCOUNT_LIMITS)) throw tooMany();
}
