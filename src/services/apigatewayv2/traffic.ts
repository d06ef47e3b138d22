/** Requests to HTTP and WebSocket APIs, at their own addresses and at custom domains. */
import type { Ctx, MutualTlsRule, TrafficReply, TrafficRequest, TrafficRule } from '#kernel/contract';
import { answerRouted, vouched } from '../api-gateway/port.ts';
import { all } from './domain/part.ts';
import { forbidden, notFound } from './execute/errors.ts';
import { answerHttp, stageOf } from './execute/http.ts';
import { answerWebSocket } from './execute/websocket.ts';
import { apis, domains, mappings, stages, truststores } from './state.ts';

/** Answers traffic of an API. */
export const traffic: TrafficRule = async (arriving, ctx) => {
  const at = arriving.id.indexOf('/');
  const [kind, id] = [arriving.id.slice(0, at), arriving.id.slice(at + 1)];
  const store = kind === 'domain' ? ctx.store.get(truststores, { owner: '', id })?.value : undefined;
  const request = vouched(arriving, store, ctx.now);
  if (request === undefined) return forbidden().reply;
  if (kind === 'domain') {
    const mode = ctx.store.get(domains, { owner: '', id })?.value.RoutingMode;
    return answerRouted(request, ctx, id, mode, () => atDomain(request, ctx, id));
  }
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
  basePath?: string,
): Promise<TrafficReply> | TrafficReply {
  const api = ctx.store.get(apis, { owner: '', id: apiId })?.value;
  const stage = ctx.store.get(stages, { owner: apiId, id: stageName })?.value;
  if (api === undefined || stage === undefined) return notFound().reply;
  return api.ProtocolType === 'WEBSOCKET'
    ? answerWebSocket(request, ctx, apiId, stage, path)
    : answerHttp(request, ctx, apiId, stage, path, basePath);
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
  return answer(request, ctx, best.ApiId, best.Stage, path, key);
}

/** Only custom domains ask clients for a certificate. */
export const mutualTls: MutualTlsRule = (id, ctx) =>
  id.startsWith('domain/') &&
  ctx.store.get(truststores, { owner: '', id: id.slice(id.indexOf('/') + 1) }) !== undefined;
