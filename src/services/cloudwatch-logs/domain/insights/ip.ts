/** Addresses of IPv4 and IPv6, and subnets. */

export type Address = { family: 4 | 6; bits: bigint };

const WIDTH = { 4: 32, 6: 128 } as const;

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [, before = text, v4] = /^(.*:)([^:]*\.[^:]*)$/.exec(text) ?? [];
  const tail = v4 === undefined ? undefined : parseV4(v4);
  if (v4 !== undefined && tail === undefined) return undefined;
  const whole = tail === undefined ? before : `${before}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const halves = whole.split('::');
  const groups = (half: string) => (half === '' ? [] : half.split(':'));
  const [left, right] = [groups(halves[0] ?? ''), groups(halves[1] ?? '')];
  const missing = 8 - left.length - right.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const all = [...left, ...Array<string>(missing).fill('0'), ...right];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** An address; undefined for a text that is none. */
export function parseAddress(text: string): Address | undefined {
  const four = parseV4(text);
  if (four !== undefined) return { family: 4, bits: four };
  const six = text.includes(':') ? parseV6(text) : undefined;
  return six === undefined ? undefined : { family: 6, bits: six };
}

/** Whether an address lies in a subnet such as `10.0.0.0/8`, of one family where one is asked for. */
export function isInSubnet(text: string, subnet: string, family: 4 | 6 | undefined): boolean {
  const [net = '', length = ''] = subnet.split('/');
  const [address, base] = [parseAddress(text), parseAddress(net)];
  if (address === undefined || base === undefined || address.family !== base.family) return false;
  if (!/^\d{1,3}$/.test(length) || Number(length) > WIDTH[base.family]) return false;
  if (family !== undefined && family !== base.family) return false;
  const shift = BigInt(WIDTH[base.family] - Number(length));
  return address.bits >> shift === base.bits >> shift;
}
