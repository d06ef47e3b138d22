/** Whose domain names are: of distributions and tenants, of all accounts. Source: CloudFront Developer Guide, "Restrictions on using alternate domain names". */
import type { Ctx } from '#kernel/contract';
import { aliasTaken } from '../errors.ts';
import { type DomainRow, domains } from '../state.ts';

const parentOf = (domain: string) => domain.replace(/^[^.]+\./, '');
/** The name that stands for all of its siblings. */
const wildcardOf = (domain: string) => `*.${parentOf(domain)}`;

/**
 * In a transaction: a resource has other domains than before.
 *
 * @throws {ServiceError} CNAMEAlreadyExists where somebody has one of them, or another account has one that overlaps
 */
export function moveDomains(resource: string, before: readonly string[], after: readonly string[], ctx: Ctx): void {
  const { store, account } = ctx;
  const wanted = after.map((domain) => domain.toLowerCase());
  for (const domain of before.map((one) => one.toLowerCase()))
    if (!wanted.includes(domain)) {
      ctx.release('host', domain);
      store.delete(domains, { domain });
    }
  for (const domain of wanted) {
    const isOthers = conflictsOf(domain, ctx).some((one) => one.account !== account);
    if (isOthers || !ctx.claim('host', domain, resource)) throw aliasTaken();
    store.put(domains, { domain, parent: parentOf(domain), account, resource });
  }
}

/** Who has a domain, or one that overlaps with it: `*.example.com` with all that it stands for. In the order of their names. */
export function conflictsOf(
  domain: string,
  { store }: Ctx,
  page: { after?: string; limit?: number } = {},
): DomainRow[] {
  const { after = '', limit = Number.POSITIVE_INFINITY } = page;
  const name = domain.toLowerCase();
  if (name.startsWith('*.'))
    return store.list(domains, {
      index: 'byParent',
      where: { parent: parentOf(name) },
      ...(after !== '' && { after: { domain: after } }),
      ...(Number.isFinite(limit) && { limit }),
    });
  return [wildcardOf(name), name]
    .filter((one) => one > after)
    .flatMap((one) => store.get(domains, { domain: one }) ?? [])
    .slice(0, limit);
}
