/** Requests to custom domain names: the longest path that is mapped says which API, of whichever kind, and stage. Source: API Gateway Developer Guide, "Custom domain name for public REST APIs", "Map API stages to a custom domain name for HTTP APIs". */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import {
  answerStage as answerRestStage,
  answerRouted,
  byEdge,
  domains,
  isEdgeOptimized,
  isReachable,
  type MappingRow,
  mappingsOf,
  NO_PATH,
  refusal,
  restApi,
  truststores,
  vouched,
} from '../../api-gateway/port.ts';
import { notFound } from './errors.ts';
import { answerStage } from './traffic.ts';

/** Answers a request at a custom domain: `domain/<name>`. */
export async function answerDomain(arriving: TrafficRequest, ctx: Ctx): Promise<TrafficReply> {
  const id = arriving.id.slice(arriving.id.indexOf('/') + 1);
  const request = vouched(arriving, ctx.store.get(truststores, { owner: '', id })?.value, ctx.now);
  const domain = ctx.store.get(domains, { owner: '', id })?.value ?? {};
  if (request === undefined || !isReachable(domain, arriving)) return refusal(ctx, 'Forbidden', 'ForbiddenException');
  const answer = (request: TrafficRequest) =>
    answerRouted(request, ctx, id, domain.routingMode, () => answerMapped(request, ctx, id));
  return isEdgeOptimized(domain) ? byEdge(request, ctx, id, answer) : answer(request);
}

function answerMapped(request: TrafficRequest, ctx: Ctx, domain: string): Promise<TrafficReply> | TrafficReply {
  const all = mappingsOf(ctx, domain);
  const isRest = ({ api }: MappingRow) => restApi(ctx, api) !== undefined;
  const keyOf = ({ id }: MappingRow) => (id === NO_PATH ? '' : id);
  const [best] = all
    .filter((row) => {
      const key = keyOf(row);
      return key === '' || request.path === `/${key}` || request.path.startsWith(`/${key}/`);
    })
    .sort((a, b) => keyOf(b).length - keyOf(a).length);
  if (best === undefined) return all.every(isRest) ? refusal(ctx, 'Forbidden', 'ForbiddenException') : notFound().reply;
  const key = keyOf(best);
  const path = key === '' ? request.path : request.path.slice(key.length + 1) || '/';
  if (!isRest(best)) return answerStage(request, ctx, best.api, best.stage ?? '', path, key);
  // Without a stage in the mapping, it is the next part of the path.
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(path) ?? [];
  const [stage, below] = best.stage ? [best.stage, path] : [first, rest || '/'];
  return answerRestStage({ request, path: below, shownPath: request.path, basePath: key }, ctx, best.api, stage);
}
