/** Encrypting and decrypting under a key, symmetric or RSA. */
import { constants, privateDecrypt, publicEncrypt } from 'node:crypto';
import { invariant } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { DecryptRequest, EncryptionAlgorithmSpec, ReEncryptRequest } from '#models/kms';
import {
  badAlgorithm,
  badCiphertext,
  ciphertextRefersNowhere,
  contextOfAsymmetric,
  incorrectKey,
  invalid,
  noCiphertext,
} from '../errors.ts';
import { keys, materials } from '../state.ts';
import { type EncryptionContext, makerOf, open, seal } from './ciphertext.ts';
import { ANY, type Found, findKey } from './find.ts';
import { currentMaterial, privateKeyOf, publicKeyOf, secretOf } from './material.ts';
import { specOf } from './specs.ts';

const SYMMETRIC = 'SYMMETRIC_DEFAULT';
const OAEP_HASHES: { readonly [algorithm in EncryptionAlgorithmSpec]?: { name: string; bytes: number } } = {
  RSAES_OAEP_SHA_1: { name: 'sha1', bytes: 20 },
  RSAES_OAEP_SHA_256: { name: 'sha256', bytes: 32 },
};

/** How an operation names the key that is to decrypt, and what it is to decrypt. */
export type Source = {
  KeyId?: string | undefined;
  CiphertextBlob?: Uint8Array | undefined;
  algorithm?: EncryptionAlgorithmSpec | undefined;
  /** A dry run that only asks for permission, without a ciphertext. */
  ignoresBlob: boolean;
};

/** The algorithm asked for, if the key has it. @throws {ServiceError} InvalidKeyUsageException */
export function algorithmFor({ key }: Found, asked: EncryptionAlgorithmSpec | undefined): EncryptionAlgorithmSpec {
  const algorithm = asked ?? SYMMETRIC;
  if (specOf(key.spec).encryption?.includes(algorithm) !== true) throw badAlgorithm(algorithm, key.spec);
  return algorithm;
}

/** Only symmetric keys take a context; one without pairs is none. @throws {ServiceError} ValidationException */
export function checkContext(algorithm: EncryptionAlgorithmSpec, context: EncryptionContext | undefined): void {
  if (algorithm !== SYMMETRIC && Object.keys(context ?? {}).length > 0) throw contextOfAsymmetric();
}

/** A ciphertext under the key, and which of its materials made it. @throws {ServiceError} ValidationException for what RSA can't take */
export function encryptUnder(
  { key, store }: Found,
  algorithm: EncryptionAlgorithmSpec,
  context: EncryptionContext | undefined,
  plaintext: Uint8Array,
): { blob: Uint8Array; material: string } {
  if (algorithm === SYMMETRIC) {
    const row = currentMaterial(store, key);
    const maker = { key: key.id, account: key.account, material: row.id };
    return { blob: seal(secretOf(store, row), maker, context, plaintext), material: row.id };
  }
  const hash = OAEP_HASHES[algorithm];
  const { size } = specOf(key.spec);
  invariant(hash !== undefined && size !== undefined, `${key.spec} encrypts by ${algorithm}`);
  // Source: RFC 8017, 7.1.1: what OAEP leaves of the modulus.
  const most = size / 8 - 2 * hash.bytes - 2;
  if (plaintext.length > most)
    throw invalid(`Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`);
  const blob = publicEncrypt(
    { key: publicKeyOf(key), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.name },
    plaintext,
  );
  return { blob, material: '' };
}

/**
 * The key that is to decrypt: the one named, which must be the one that the ciphertext names; or that.
 *
 * @throws {ServiceError} ValidationException, InvalidCiphertextException, IncorrectKeyException, NotFoundException, AccessDeniedException
 */
export function findSource({ KeyId, CiphertextBlob, algorithm, ignoresBlob }: Source, ctx: Ctx, action: string): Found {
  if (CiphertextBlob === undefined && !ignoresBlob) throw noCiphertext();
  const symmetric = (algorithm ?? SYMMETRIC) === SYMMETRIC;
  const named = KeyId === undefined ? undefined : findKey(KeyId, ctx, ANY, action);
  if (CiphertextBlob === undefined || !symmetric) {
    if (named !== undefined) return named;
    throw invalid('KeyId is required to decrypt with an asymmetric KMS key, and without a ciphertext.');
  }
  const maker = makerOf(CiphertextBlob);
  if (maker === undefined) throw badCiphertext();
  if (named !== undefined) {
    if (named.key.id !== maker.key || named.key.account !== maker.account) throw incorrectKey();
    return named;
  }
  const store = maker.account === ctx.account ? ctx.store : ctx.store.in({ account: maker.account });
  const key = store.get(keys, { id: maker.key });
  if (key === undefined) throw ciphertextRefersNowhere();
  return { key, store };
}

/** @throws {ServiceError} InvalidCiphertextException */
export function decryptUnder(
  { key, store }: Found,
  algorithm: EncryptionAlgorithmSpec,
  context: EncryptionContext | undefined,
  blob: Uint8Array,
): { plaintext: Uint8Array; material: string } {
  if (algorithm === SYMMETRIC) {
    const material = makerOf(blob)?.material ?? '';
    const row = store.get(materials, { key: key.id, id: material });
    if (row?.wrapped === undefined) throw badCiphertext();
    const plaintext = open(secretOf(store, row), context, blob);
    if (plaintext === undefined) throw badCiphertext();
    return { plaintext, material };
  }
  const oaepHash = OAEP_HASHES[algorithm]?.name ?? '';
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return { plaintext: privateDecrypt({ key: privateKeyOf(store, key), padding, oaepHash }, blob), material: '' };
  } catch {
    throw badCiphertext();
  }
}

/** Of Decrypt's input. */
export function sourceOfDecrypt(input: DecryptRequest): Source {
  const { KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm } = input;
  return { KeyId, CiphertextBlob, algorithm, ignoresBlob: ignoresBlob(input) };
}

/** Of ReEncrypt's input. */
export function sourceOfReEncrypt(input: ReEncryptRequest): Source {
  const { SourceKeyId: KeyId, CiphertextBlob, SourceEncryptionAlgorithm: algorithm } = input;
  return { KeyId, CiphertextBlob, algorithm, ignoresBlob: ignoresBlob(input) };
}

function ignoresBlob({ DryRun, DryRunModifiers }: Pick<DecryptRequest, 'DryRun' | 'DryRunModifiers'>): boolean {
  return DryRun === true && DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true;
}
