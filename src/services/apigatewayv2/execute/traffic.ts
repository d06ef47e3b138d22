/** Requests to stages of HTTP and WebSocket APIs. */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import { apis, stages } from '../state.ts';
import { notFound } from './errors.ts';
import { answerHttp, stageOf } from './http.ts';
import { answerWebSocket } from './websocket.ts';

/** Answers at an API's own address: `api/<id>`. */
export async function answerApi(arriving: TrafficRequest, ctx: Ctx): Promise<TrafficReply> {
  const id = arriving.id.slice(arriving.id.indexOf('/') + 1);
  // A certificate that was shown for another host says nothing here.
  const request = { ...arriving, clientCertificate: undefined };
  const api = ctx.store.get(apis, { owner: '', id })?.value;
  if (api?.DisableExecuteApiEndpoint === true) return notFound().reply;
  const found = stageOf(ctx, id, request.path);
  return found === undefined ? notFound().reply : answerStage(request, ctx, id, found.stage.StageName, found.path);
}

/** Answers at a stage. @param basePath of the domain's mapping that led here */
export function answerStage(
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
