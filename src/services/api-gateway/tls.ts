/** How clients come to REST APIs and custom domain names by TLS. */
import type { MinTlsRule, MutualTlsRule } from '#kernel/contract';
import { minTlsOf } from './domain/security.ts';
import { apiOf } from './execute/traffic.ts';
import { apis, domains, truststores } from './state.ts';

/** Only custom domains ask clients for a certificate. */
export const mutualTls: MutualTlsRule = (id, ctx) =>
  id.startsWith('domain/') && ctx.store.get(truststores, { owner: '', id: apiOf(id) }) !== undefined;

/** By the security policy of an API or a domain name. */
export const minTls: MinTlsRule = (id, ctx) => {
  const key = { owner: '', id: apiOf(id) };
  const found = id.startsWith('domain/') ? ctx.store.get(domains, key) : ctx.store.get(apis, key);
  return found && minTlsOf(found.value);
};
