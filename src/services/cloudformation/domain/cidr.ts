/** Fn::Cidr: blocks of addresses within a block. */
import { templateError } from '../errors.ts';

/** Source: CloudFormation Template Reference, "Fn::Cidr": 1 to 256 blocks. */
const COUNT_MAX = 256;
const BITS = 32;

/**
 * @param bits host bits of each block; 8 where none are given
 * @throws {ServiceError} ValidationError
 */
export function cidrs(block: string, blocks: string, bits = 8): string[] {
  const count = Number(blocks);
  const [, address = '', length = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(block) ?? [];
  const octets = address.split('.').map(Number);
  const prefix = BITS - bits;
  const isWhole =
    Number.isInteger(count) && Number.isInteger(bits) && bits >= 1 && bits <= BITS && Number(length) <= BITS;
  if (!isWhole || octets.length !== 4 || octets.some((octet) => octet > 255) || !(count >= 1 && count <= COUNT_MAX))
    throw templateError(`Fn::Cidr: ${block} can not be divided into ${blocks} blocks`);
  const size = 2 ** bits;
  const mask = 2 ** (BITS - Number(length));
  const base = Math.floor(octets.reduce((sum, octet) => sum * 256 + octet, 0) / mask) * mask;
  if (count * size > mask)
    throw templateError(`Fn::Cidr: ${block} can not be divided into ${count} blocks of ${bits} bits`);
  return Array.from({ length: count }, (_, index) => `${dotted(base + index * size)}/${prefix}`);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
