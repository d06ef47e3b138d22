/** Fn::Cidr: blocks of addresses within a block, of IPv4 or IPv6. */
import { templateError } from '../errors.ts';

/** Source: CloudFormation Template Reference, "Fn::Cidr": 1 to 256 blocks. */
const COUNT_MAX = 256;
const V4 = { bits: 32, group: 8n, groups: 4 };
const V6 = { bits: 128, group: 16n, groups: 8 };

/**
 * @param hostBits those of each block; 8 where none are given
 * @throws {ServiceError} ValidationError
 */
export function cidrs(block: string, blocks: string, hostBits = 8): string[] {
  const count = Number(blocks);
  const [, address = '', length = ''] = /^([\da-fA-F:.]*)\/(\d{1,3})$/.exec(block) ?? [];
  const kind = isIPv4(address) ? V4 : isIPv6(address) ? V6 : undefined;
  const isWhole = Number.isInteger(count) && Number.isInteger(hostBits) && count >= 1 && count <= COUNT_MAX;
  if (kind === undefined || !isWhole || hostBits < 1 || hostBits > kind.bits || Number(length) > kind.bits)
    throw templateError(`Fn::Cidr: ${block} can not be divided into ${blocks} blocks`);
  const size = 1n << BigInt(hostBits);
  const whole = 1n << BigInt(kind.bits - Number(length));
  if (BigInt(count) * size > whole)
    throw templateError(`Fn::Cidr: ${block} can not be divided into ${count} blocks of ${hostBits} bits`);
  const given = (kind === V4 ? address.split('.') : groupsOf(address)).map(BigInt);
  const base = (given.reduce((sum, group) => (sum << kind.group) | group, 0n) / whole) * whole;
  return Array.from({ length: count }, (_, index) => {
    const first = base + BigInt(index) * size;
    const shifts = Array.from({ length: kind.groups }, (_, at) => kind.group * BigInt(kind.groups - 1 - at));
    const groups = shifts.map((shift) => (first >> shift) & ((1n << kind.group) - 1n));
    const shown = kind === V4 ? groups.join('.') : canonical(groups.map((group) => group.toString(16)).join(':'));
    return `${shown}/${kind.bits - hostBits}`;
  });
}

const isIPv4 = (text: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((octet) => Number(octet) < 256);
const isIPv6 = (text: string) => text.includes(':') && URL.canParse(`http://[${text}]`);

/** An IPv6 address in the form of RFC 5952, as URLs have it. */
const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

function groupsOf(address: string): string[] {
  const [before = '', after = ''] = canonical(address).split('::');
  const [head = [], tail = []] = [before, after].map((half) => (half === '' ? [] : half.split(':')));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail].map((group) => `0x${group}`);
}
