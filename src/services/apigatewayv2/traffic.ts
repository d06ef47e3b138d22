/** Requests to HTTP and WebSocket APIs, at their own addresses and at custom domains. */
import type { Ctx, TrafficReply, TrafficRequest, TrafficRule } from '#kernel/contract';
import { all } from './domain/part.ts';
import { notFound } from './execute/errors.ts';
import { answerHttp, stageOf } from './execute/http.ts';
import { answerWebSocket } from './execute/websocket.ts';
import { apis, mappings, stages } from './state.ts';

/** Answers traffic of an API. */
export const traffic: TrafficRule = async (request, ctx) => {
  const at = request.id.indexOf('/');
  const [kind, id] = [request.id.slice(0, at), request.id.slice(at + 1)];
  if (kind === 'domain') return atDomain(request, ctx, id);
  const api = ctx.store.get(apis, { owner: '', id })?.value;
  if (api?.DisableExecuteApiEndpoint === true) return notFound().reply;
  const found = stageOf(ctx, id, request.path);
  return found === undefined ? notFound().reply : answer(request, ctx, id, found.stage.StageName, found.path);
};

function answer(
  request: TrafficRequest,
  ctx: Ctx,
  apiId: string,
  stageName: string,
  path: string,
): Promise<TrafficReply> | TrafficReply {
  const api = ctx.store.get(apis, { owner: '', id: apiId })?.value;
  const stage = ctx.store.get(stages, { owner: apiId, id: stageName })?.value;
  if (api === undefined || stage === undefined) return notFound().reply;
  return api.ProtocolType === 'WEBSOCKET'
    ? answerWebSocket(request, ctx, apiId, stage, path)
    : answerHttp(request, ctx, apiId, stage, path);
}

/** The mapping with the longest key that the path begins with. */
function atDomain(request: TrafficRequest, ctx: Ctx, domain: string): Promise<TrafficReply> | TrafficReply {
  const fits = all(mappings, ctx, domain).filter(
    ({ ApiMappingKey: key = '' }) => key === '' || request.path === `/${key}` || request.path.startsWith(`/${key}/`),
  );
  const [best] = fits.sort((a, b) => (b.ApiMappingKey ?? '').length - (a.ApiMappingKey ?? '').length);
  if (best === undefined) return notFound().reply;
  const key = best.ApiMappingKey ?? '';
  const path = key === '' ? request.path : request.path.slice(key.length + 1) || '/';
  return answer(request, ctx, best.ApiId, best.Stage, path);
}
