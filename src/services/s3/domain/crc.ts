/** The CRC of joined bytes from the CRCs of their pieces: crc(A‖B) = crc(A)·x^(8·|B|) + crc(B) in GF(2)[x] modulo the polynomial. */

/** Reflected polynomials. Source: RFC 1952 (CRC32), RFC 3720 (CRC32C), NVM Express NVM Command Set (CRC64). */
const CRCS = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

/**
 * Joins checksums of consecutive pieces.
 *
 * @param parts sizes in bytes and big-endian checksums in base64, in order; at least one
 * @returns the checksum of all bytes, in base64
 */
export function joinCrc(algorithm: keyof typeof CRCS, parts: readonly { size: number; checksum: string }[]): string {
  const { bits, polynomial } = CRCS[algorithm];
  const shifts = new Map<number, bigint>();
  let joined: bigint | undefined;
  for (const { size, checksum } of parts) {
    const own = BigInt(`0x${Buffer.from(checksum, 'base64').toString('hex')}`);
    let shift = shifts.get(size);
    if (shift === undefined) shifts.set(size, (shift = power(size, bits, polynomial)));
    joined = joined === undefined ? own : multiply(joined, shift, bits, polynomial) ^ own;
  }
  return Buffer.from((joined ?? 0n).toString(16).padStart(Number(bits) / 4, '0'), 'hex').toString('base64');
}

/** a·b modulo the polynomial; in reflected form the highest bit stands for x^0. */
function multiply(a: bigint, b: bigint, bits: bigint, polynomial: bigint): bigint {
  let product = 0n;
  for (let mask = 1n << (bits - 1n), factor = b; mask !== 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= factor;
    factor = (factor & 1n) === 0n ? factor >> 1n : (factor >> 1n) ^ polynomial;
  }
  return product;
}

/** x^(8·bytes) modulo the polynomial. */
function power(bytes: number, bits: bigint, polynomial: bigint): bigint {
  let result = 1n << (bits - 1n);
  let square = 1n << (bits - 9n);
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, square, bits, polynomial);
    square = multiply(square, square, bits, polynomial);
  }
  return result;
}
