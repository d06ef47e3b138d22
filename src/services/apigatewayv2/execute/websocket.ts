/** Web sockets: they come with the routes' keys. */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import type { Stage } from '#models/apigatewayv2';
import { notFound } from './errors.ts';

/** Answers a request to a stage of a WebSocket API. */
export function answerWebSocket(
  _request: TrafficRequest,
  _ctx: Ctx,
  _apiId: string,
  _stage: Stage,
  _path: string,
): TrafficReply {
  return notFound().reply;
}
