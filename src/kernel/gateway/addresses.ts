/** Addresses at which services answer traffic: whose they are. One namespace for all accounts, as names in the world's DNS are. */
import type { AddressKind } from '#kernel/contract';
import { type Store, type StoreView, table, viewOf } from '#kernel/store';
import { hostLabels } from './hosts.ts';

export type AddressRow = {
  kind: AddressKind;
  name: string;
  service: string;
  account: string;
  region: string;
  /** The service's own note. */
  id: string;
};

const addresses = table<AddressRow>()('kernel.addresses', { scope: 'global', key: ['kind', 'name'] });
const NOWHERE = { account: '', region: '' };
const KINDS: readonly string[] = [
  'execute-api',
  'lambda-url',
  'lambda-code',
  'cloudfront',
  'cloudformation-response',
  'dkr',
  'acm-approvals',
];
const IN_PATH = new RegExp(`^/_aws/(${KINDS.join('|')})/([^/?]+)`);
/** Domains that AWS has for these alone. */
const OWN_DOMAINS = /(\.cloudfront)\.net(?::\d+)?$|(?<=\.lambda-url\.[a-z0-9-]+)()\.on\.aws(?::\d+)?$/;
const NUMERIC = /^(\d+\.\d+\.\d+\.\d+|\[.*\])$/;

/** What a request's address says, before anybody knows whether it is there. */
export type Addressed = { kind: AddressKind; name: string; path: string };

/** The address of traffic, by host or by path; undefined for a call of an API. */
export function addressOf(host: string, path: string): Addressed | undefined {
  const [led, kind, name] = IN_PATH.exec(path) ?? [];
  if (led !== undefined && name !== undefined)
    return { kind: kind as AddressKind, name, path: path.slice(led.length) || '/' };
  let named = byHost.get(host);
  if (named === undefined) {
    if (byHost.size >= HOSTS_KEPT_MAX) byHost.clear();
    byHost.set(host, (named = namedBy(host)));
  }
  return named === NOBODY ? undefined : { ...named, path };
}

type Named = Omit<Addressed, 'path'>;
const NOBODY: Named = { kind: 'host', name: '' };
const HOSTS_KEPT_MAX = 1_000;
/** What hosts say: the same few come again and again. */
const byHost = new Map<string, Named>();

function namedBy(host: string): Named {
  const labels = hostLabels(host.replace(OWN_DOMAINS, '$1.localhost'));
  const at = labels.findIndex((label) => KINDS.includes(label));
  if (at < 1) return NOBODY;
  const kind = labels[at] as AddressKind;
  const name = labels[at - 1] ?? '';
  // Of registries each account has one in each Region: `123456789012.dkr.ecr.us-east-1.…`.
  return { kind, name: kind === 'dkr' ? `${name}.${labels[at + 2] ?? ''}` : name };
}

/** Whose an address is. */
export function findAddress(store: Store, kind: AddressKind, name: string): AddressRow | undefined {
  return store.transact((tx) => viewOf(() => tx, NOWHERE).get(addresses, { kind, name }));
}

/** Whose a whole host name is: a custom domain, an alias; `*.example.com` stands for one label. */
export function findHost(store: Store, host: string): AddressRow | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === 'localhost' || name === '' || NUMERIC.test(name)) return undefined;
  return findAddress(store, 'host', name) ?? findAddress(store, 'host', name.replace(/^[^.]+/, '*'));
}

/** Notes whose an address is; false where it is another's. */
export function claimAddress(view: StoreView, row: AddressRow): boolean {
  const known = view.get(addresses, row);
  if (known !== undefined && (known.account !== row.account || known.service !== row.service || known.id !== row.id))
    return false;
  view.put(addresses, row);
  return true;
}

/** Gives an address back. */
export function releaseAddress(view: StoreView, kind: AddressKind, name: string): void {
  view.delete(addresses, { kind, name });
}
