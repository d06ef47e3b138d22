/** Requests to REST APIs, at their own addresses and at custom domains. */
import type { MinTlsRule, MutualTlsRule, TrafficRule } from '#kernel/contract';
import { minTlsOf } from './domain/security.ts';
import { answerDomain } from './execute/custom-domain.ts';
import { answerRest, apiOf } from './execute/traffic.ts';
import { apis, domains, truststores } from './state.ts';

/** Answers at an API's own address and at custom domains. */
export const traffic: TrafficRule = (request, ctx) =>
  request.id.startsWith('domain/') ? answerDomain(request, ctx) : answerRest(request, ctx);

/** Only custom domains ask clients for a certificate. */
export const mutualTls: MutualTlsRule = (id, ctx) =>
  id.startsWith('domain/') && ctx.store.get(truststores, { owner: '', id: apiOf(id) }) !== undefined;

/** By the security policy of an API or a domain name. */
export const minTls: MinTlsRule = (id, ctx) => {
  const key = { owner: '', id: apiOf(id) };
  const found = id.startsWith('domain/') ? ctx.store.get(domains, key) : ctx.store.get(apis, key);
  return found && minTlsOf(found.value);
};
