/** Checksums of objects: which one a request brings, computing it while the bytes flow, and joining those of parts. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64, createXXHash3, createXXHash64, createXXHash128, type IHasher } from 'hash-wasm';
import {
  badChecksumHeader,
  badTrailer,
  badTrailingChecksum,
  checksumTwice,
  noChecksumFor,
  tooManyChecksums,
  unknownChecksum,
} from '../errors.ts';
import type { ChecksumRow } from '../state.ts';
import { joinCrc } from './crc.ts';

export const ALGORITHMS = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
  'XXHASH64',
  'XXHASH3',
  'XXHASH128',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** S3 computes this one when the client sends none. Source: S3 User Guide, "Checking object integrity". */
export const ALGORITHM_DEFAULT: Algorithm = 'CRC64NVME';

const BYTES: { readonly [name in Algorithm]: number } = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
  XXHASH64: 8,
  XXHASH3: 8,
  XXHASH128: 16,
};

export type Hasher = { update(piece: Uint8Array): void; base64(): string };

/** Members of a request that carry a checksum. */
export type ChecksumMembers = { [name in `Checksum${Algorithm}`]?: string };

/** What a request says: the algorithm, and the value unless it comes in a trailer. */
export type Claimed = { algorithm: Algorithm; value: string | undefined };

/**
 * The checksum of a request's headers, or the one its trailer will bring.
 *
 * @throws {ServiceError} InvalidRequest for several, or one of the wrong length
 */
export function claimedChecksum(
  input: ChecksumMembers,
  headers: Readonly<Record<string, string>>,
): Claimed | undefined {
  let found: Claimed | undefined;
  for (const name in headers) if (isUnknown(name)) throw unknownChecksum();
  for (const algorithm of ALGORITHMS) {
    const value = input[`Checksum${algorithm}`];
    if (value === undefined) continue;
    if (found !== undefined) throw tooManyChecksums();
    checkLength(algorithm, value);
    found = { algorithm, value };
  }
  const trailer = headers['x-amz-trailer']?.trim().toLowerCase();
  if (trailer === undefined) return found;
  if (found !== undefined) throw checksumTwice();
  const algorithm = ALGORITHMS.find((one) => trailer === headerOf(one));
  if (algorithm === undefined) throw badTrailer();
  return { algorithm, value: undefined };
}

const PREFIX = 'x-amz-checksum-';
const KNOWN: ReadonlySet<string> = new Set([
  ...ALGORITHMS.map((algorithm) => headerOf(algorithm)),
  `${PREFIX}algorithm`,
  `${PREFIX}mode`,
  `${PREFIX}type`,
]);

const isUnknown = (header: string) => header.startsWith(PREFIX) && !KNOWN.has(header);

const SDK_HEADER = 'x-amz-sdk-checksum-algorithm';

/**
 * Whether the algorithm that an SDK says it has used is the one of the checksum that came.
 * Source: S3's answers in github.com/versity/versitygw/issues/1593, 1598 and 1659.
 *
 * @throws {ServiceError} InvalidRequest
 */
export function checkSdkAlgorithm(claimed: Claimed | undefined, headers: Readonly<Record<string, string>>): void {
  const stated = headers[SDK_HEADER];
  if (stated === undefined) return;
  if (claimed === undefined) throw noChecksumFor(SDK_HEADER);
  if (stated.toUpperCase() !== claimed.algorithm) throw badChecksumHeader(SDK_HEADER);
}

function checkLength(algorithm: Algorithm, value: string): void {
  if (!isDigest(algorithm, value.replace(/-\d+$/, ''))) throw badChecksumHeader(headerOf(algorithm));
}

function isDigest(algorithm: Algorithm, text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && Buffer.from(text, 'base64').length === BYTES[algorithm];
}

/** The checksum that the trailer has brought. @throws {ServiceError} InvalidRequest for one of the wrong length */
export function trailingChecksum(algorithm: Algorithm, trailers: Readonly<Record<string, string>>): string | undefined {
  const value = trailers[headerOf(algorithm)];
  if (value !== undefined && !isDigest(algorithm, value)) throw badTrailingChecksum(headerOf(algorithm));
  return value;
}

/** `x-amz-checksum-crc32`. */
export function headerOf(algorithm: Algorithm): string {
  return `${PREFIX}${algorithm.toLowerCase()}`;
}

const WASM: { readonly [name in Algorithm]?: () => Promise<IHasher> } = {
  CRC32C: () => createCRC32(0x82f63b78),
  CRC64NVME: () => createCRC64('9a6c9329ac4bc9b5'),
  XXHASH64: () => createXXHash64(),
  XXHASH3: () => createXXHash3(),
  XXHASH128: () => createXXHash128(),
};
/** Hashers at rest: making one compiles WebAssembly. */
const resting = new Map<Algorithm, IHasher[]>();

/** A hasher for one body. */
export function hasherOf(algorithm: Algorithm): Hasher | Promise<Hasher> {
  if (algorithm === 'CRC32') return crc32Hasher();
  const make = WASM[algorithm];
  if (make === undefined) {
    const hash = createHash(algorithm.toLowerCase());
    return { update: (piece) => void hash.update(piece), base64: () => hash.digest('base64') };
  }
  const free = resting.get(algorithm)?.pop();
  return free === undefined ? make().then((made) => wasmHasher(algorithm, made)) : wasmHasher(algorithm, free);
}

function crc32Hasher(): Hasher {
  let sum = 0;
  return {
    update(piece) {
      sum = crc32(piece, sum);
    },
    base64() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes.toString('base64');
    },
  };
}

function wasmHasher(algorithm: Algorithm, hasher: IHasher): Hasher {
  hasher.init();
  return {
    update: (piece) => void hasher.update(piece),
    base64() {
      const digest = Buffer.from(hasher.digest('binary')).toString('base64');
      const free = resting.get(algorithm);
      if (free === undefined) resting.set(algorithm, [hasher]);
      else free.push(hasher);
      return digest;
    },
  };
}

/** A checksum as members of an answer: `{ ChecksumCRC32: '…', ChecksumType: 'FULL_OBJECT' }`. */
export function shownChecksum(checksum: ChecksumRow | undefined): object {
  return checksum === undefined
    ? {}
    : { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type };
}

/**
 * A checksum of checksums without the number of parts behind it, as GetObjectAttributes shows it.
 * Source: S3's answer in github.com/floci-io/floci/issues/3083.
 */
export function withoutCount(checksum: ChecksumRow): ChecksumRow {
  return { ...checksum, value: checksum.value.replace(/-\d+$/, '') };
}

/** A part's checksum as a member. */
export function shownPartChecksum(algorithm: string, value: string | undefined): object {
  return value === undefined ? {} : { [`Checksum${algorithm}`]: value };
}

/** Whether an algorithm may be of a type. Source: S3 User Guide, "Checking object integrity", table of full object and composite checksums. */
export function allowsType(algorithm: Algorithm, type: 'FULL_OBJECT' | 'COMPOSITE'): boolean {
  if (algorithm === 'CRC64NVME') return type === 'FULL_OBJECT';
  return type === 'COMPOSITE' || algorithm === 'CRC32' || algorithm === 'CRC32C';
}

/** Whether the checksum of a whole can be made of those of its parts. */
export const isCrc = (algorithm: string): boolean => algorithm.startsWith('CRC');

/** The checksum of a whole object from those of its parts. */
export async function joinChecksums(
  algorithm: Algorithm,
  type: 'FULL_OBJECT' | 'COMPOSITE',
  parts: readonly { size: number; checksum: string }[],
): Promise<string> {
  if (type === 'FULL_OBJECT') return joinCrc(algorithm as 'CRC32' | 'CRC32C' | 'CRC64NVME', parts);
  const hasher = await hasherOf(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part.checksum, 'base64'));
  return `${hasher.base64()}-${parts.length}`;
}
