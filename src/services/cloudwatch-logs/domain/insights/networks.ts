/** Networks that are not of the public Internet. */
import { isInSubnet } from './ip.ts';

/** Source: RFC 1918, and for IPv6 RFC 4193. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];
/** Source: IANA, special-purpose address registries. */
const RESERVED = [
  '0.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '100::/64',
  '2001:db8::/32',
  'fe80::/10',
  'ff00::/8',
];

const isIn = (nets: readonly string[]) => (text: string) => nets.some((net) => isInSubnet(text, net, undefined));

/** Whether an address is of a private network. */
export const isPrivate = isIn(PRIVATE);
/** Whether an address is of a range that is kept for something else than hosts of the Internet. */
export const isReserved = isIn(RESERVED);
