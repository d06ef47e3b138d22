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
  const [had, wanted] = [before, after].map((names) => names.map((name) => name.toLowerCase())) as [string[], string[]];
  for (const domain of had.filter((one) => !wanted.includes(one))) {
    ctx.release('host', domain);
    store.delete(domains, { domain });
  }
  for (const domain of wanted.filter((one) => !had.includes(one))) {
    if (isOverlapped(domain, ctx) || !ctx.claim('host', domain, resource)) throw aliasTaken();
    store.put(domains, { domain, parent: parentOf(domain), account, resource });
  }
}

/** Whether another account has a domain that overlaps. */
function isOverlapped(domain: string, { store, account }: Ctx): boolean {
  const parent = parentOf(domain);
  const isOthers = (row: DomainRow | undefined) => row !== undefined && row.account !== account;
  if (!domain.startsWith('*.')) return isOthers(store.get(domains, { domain: wildcardOf(domain) }));
  // In the order of accounts: where the first and the last are the own one, all between are.
  const ends = [false, true].map((reverse) => store.first(domains, { index: 'byAccount', where: { parent }, reverse }));
  return ends.some(isOthers);
}

type Page = {
  /** The last domain of the page before. */
  after: string;
  limit: number;
  takes?: (row: DomainRow) => boolean;
};

/** Who has a domain, or one that overlaps with it: `*.example.com` with all that it stands for. In the order of their names. */
export function conflictsOf(domain: string, { store }: Ctx, { after, limit, takes = () => true }: Page): DomainRow[] {
  const name = domain.toLowerCase();
  if (!name.startsWith('*.'))
    return [wildcardOf(name), name]
      .filter((one) => one > after)
      .flatMap((one) => store.get(domains, { domain: one }) ?? [])
      .filter(takes)
      .slice(0, limit);
  const found: DomainRow[] = [];
  let last = after;
  while (found.length < limit) {
    const rows = store.list(domains, {
      index: 'byParent',
      where: { parent: parentOf(name) },
      ...(last !== '' && { after: { domain: last } }),
      limit,
    });
    found.push(...rows.filter(takes));
    last = rows.at(-1)?.domain ?? '';
    if (rows.length < limit) break;
  }
  return found.slice(0, limit);
}
