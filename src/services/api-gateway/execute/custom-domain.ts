/** Requests to custom domain names: the longest path that is mapped says which API and stage. Source: API Gateway Developer Guide, "Custom domain name for public REST APIs". */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import { isReachable } from '../domain/security.ts';
import { vouched } from '../domain/truststore.ts';
import { domains, mappings, truststores } from '../state.ts';
import { answerRouted } from './routing.ts';
import { answerStage, apiOf, refusal } from './traffic.ts';

/** Answers a request at a custom domain. */
export async function answerDomain(arriving: TrafficRequest, ctx: Ctx): Promise<TrafficReply> {
  const domain = apiOf(arriving.id);
  const request = vouched(arriving, ctx.store.get(truststores, { owner: '', id: domain })?.value, ctx.now);
  const named = ctx.store.get(domains, { owner: '', id: domain })?.value ?? {};
  if (request === undefined || !isReachable(named, arriving)) return refusal(ctx, 'Forbidden', 'ForbiddenException');
  const mode = named.routingMode;
  return answerRouted(request, ctx, domain, mode, () => answerMapped(request, ctx, domain));
}

function answerMapped(request: TrafficRequest, ctx: Ctx, domain: string): Promise<TrafficReply> | TrafficReply {
  const parts = request.path.split('/').slice(1);
  for (let count = parts.length; count >= 0; count -= 1) {
    const id = count === 0 ? '(none)' : parts.slice(0, count).join('/');
    const mapping = id === '' ? undefined : ctx.store.get(mappings, { owner: domain, id })?.value;
    if (mapping === undefined) continue;
    const rest = parts.slice(count);
    // Without a stage in the mapping, it is the next part of the path.
    const isNamed = mapping.stage !== undefined && mapping.stage !== '';
    const stage = isNamed ? (mapping.stage ?? '') : (rest.shift() ?? '');
    const path = `/${rest.join('/')}`;
    const basePath = count === 0 ? '' : id;
    return answerStage({ request, path, shownPath: request.path, basePath }, ctx, mapping.restApiId ?? '', stage);
  }
  return refusal(ctx, 'Forbidden', 'ForbiddenException');
}
