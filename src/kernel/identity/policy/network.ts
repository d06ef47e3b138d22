/** IPv4 and IPv6 addresses and CIDR ranges, for IpAddress and NotIpAddress. */

/** Sixteen bits each: two for IPv4, eight for IPv6. */
type Address = readonly number[];

export type AddressRange = { readonly address: Address; readonly bits: number };

const GROUP_BITS = 16;
const MAPPED_PREFIX: Address = [0, 0, 0, 0, 0, 0xffff];

/**
 * Reads an address of a request; an IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is read as IPv4.
 *
 * @returns undefined when the text is no address
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseV4(text);
  const groups = parseV6(text);
  if (groups === undefined) return undefined;
  if (MAPPED_PREFIX.every((group, at) => groups[at] === group)) return groups.slice(6);
  return text.includes('.') ? undefined : groups;
}

/**
 * Reads an address or a CIDR range of a policy. Without a prefix length it is that one address. It is of the family that it
 * is written in, and one of IPv6 has no dots and no bits beyond its prefix. Source: radkawar/stackd, measured in 2026.
 *
 * @returns undefined when the text is neither
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators", IP address condition operators
 */
export function parseRange(text: string): AddressRange | undefined {
  const [host = '', prefix, ...more] = text.split('/');
  const isV6 = host.includes(':');
  const address = isV6 ? parseV6(host) : parseV4(host);
  if (address === undefined || more.length > 0 || (isV6 && host.includes('.'))) return undefined;
  const width = address.length * GROUP_BITS;
  if (prefix === undefined) return { address, bits: width };
  const bits = /^\+?\d+$/.test(prefix) ? Number(prefix) : width + 1;
  if (bits > width) return undefined;
  const isWhole = address.every((group, at) => (group & ~maskOf(bits, at)) === 0);
  return isV6 && !isWhole ? undefined : { address, bits };
}

/** Whether the address lies in the range; an IPv4 address never lies in an IPv6 range, nor the other way round. */
export function liesInRange(address: Address, range: AddressRange): boolean {
  if (address.length !== range.address.length) return false;
  for (let at = 0; at * GROUP_BITS < range.bits; at++) {
    if ((((address[at] ?? 0) ^ (range.address[at] ?? 0)) & maskOf(range.bits, at)) !== 0) return false;
  }
  return true;
}

/** The bits of a group that a prefix of so many bits covers. */
function maskOf(bits: number, group: number): number {
  const left = Math.max(0, bits - group * GROUP_BITS);
  return left >= GROUP_BITS ? 0xffff : (0xffff << (GROUP_BITS - left)) & 0xffff;
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

function parseV6(text: string): Address | undefined {
  const halves = tidied(text).split('::');
  if (halves.length > 2) return undefined;
  const [front, back] = halves.map(groupsOf);
  if (front === undefined || (halves.length === 2 && back === undefined)) return undefined;
  if (halves.length === 1) return front.length === 8 ? front : undefined;
  const zeros = 8 - front.length - (back?.length ?? 0);
  return zeros < 1 ? undefined : [...front, ...new Array<number>(zeros).fill(0), ...(back ?? [])];
}

/** As AWS reads odd spellings: an empty first group is zero; an empty one at the end, or beside the run of zeros, is nothing (radkawar/stackd, measured in 2026). */
function tidied(text: string): string {
  const whole = /^:(?!:)/.test(text) ? `0${text}` : text;
  const cut = whole.indexOf('::');
  if (cut < 0) return whole.replace(/:$/, '');
  const rest = whole.slice(cut + 2);
  return rest.includes('::') ? whole : whole.slice(0, cut + 2) + rest.replace(/^:|:$/g, '');
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    const v4 = at === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(...v4);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
