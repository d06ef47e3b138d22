/** IPv4 and IPv6 addresses and CIDR ranges, for IpAddress and NotIpAddress. */

/** Sixteen bits each: two for IPv4, eight for IPv6. */
type Address = readonly number[];

export type AddressRange = { readonly address: Address; readonly bits: number };

const V4_BITS = 32;
const V6_BITS = 128;
const GROUP_BITS = 16;
const MAPPED_PREFIX: Address = [0, 0, 0, 0, 0, 0xffff];

/**
 * Reads an address; an IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is read as IPv4.
 *
 * @returns undefined when the text is no address
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseV4(text);
  const groups = parseV6(text);
  if (groups === undefined) return undefined;
  return MAPPED_PREFIX.every((group, at) => groups[at] === group) ? groups.slice(6) : groups;
}

/**
 * Reads an address or a CIDR range. Without a prefix length it is that one address.
 *
 * @returns undefined when the text is neither
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators", IP address condition operators
 */
export function parseRange(text: string): AddressRange | undefined {
  const [host = '', prefix, ...more] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || more.length > 0) return undefined;
  const width = address.length * GROUP_BITS;
  if (prefix === undefined) return { address, bits: width };
  if (!/^\d{1,3}$/.test(prefix)) return undefined;
  const mapped = host.includes(':') && width === V4_BITS ? V6_BITS - V4_BITS : 0;
  const bits = Number(prefix) - mapped;
  return bits >= 0 && bits <= width ? { address, bits } : undefined;
}

/** Whether the address lies in the range; an IPv4 address never lies in an IPv6 range, nor the other way round. */
export function liesInRange(address: Address, range: AddressRange): boolean {
  if (address.length !== range.address.length) return false;
  for (let at = 0, left = range.bits; left > 0; at++, left -= GROUP_BITS) {
    const mask = left >= GROUP_BITS ? 0xffff : (0xffff << (GROUP_BITS - left)) & 0xffff;
    if ((((address[at] ?? 0) ^ (range.address[at] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [front, back] = halves.map(groupsOf);
  if (front === undefined || (halves.length === 2 && back === undefined)) return undefined;
  if (halves.length === 1) return front.length === 8 ? front : undefined;
  const zeros = 8 - front.length - (back?.length ?? 0);
  return zeros < 1 ? undefined : [...front, ...new Array<number>(zeros).fill(0), ...(back ?? [])];
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
