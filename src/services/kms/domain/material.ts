/** Key material: made of real randomness, kept wrapped, unwrapped in memory while it is used. See docs/decisions/0006-key-material.md. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { invariant } from '#kernel/base';
import { type Ctx, ownKey, secretBytes } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { UNWRAPPED_MAX } from '../limits.ts';
import { type KeyRow, keys, type MaterialRow, materials, roots } from '../state.ts';
import { specOf } from './specs.ts';

/** Secret bytes (symmetric, HMAC) or a private key in PKCS #8; with it the public half in SPKI. */
export type Material = { secret: Buffer; publicKey?: Buffer };

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const RSA_EXPONENT = 65_537;
const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ publicKey: Buffer; privateKey: Buffer }>;

/** New material of a spec. RSA takes a tenth of a second and more, off the main thread. */
export async function newMaterial(spec: string): Promise<Material> {
  const { kind, size, curve } = specOf(spec);
  const encodings = {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  };
  const pair = async (type: string, options: object) => {
    const { publicKey, privateKey } = await generate(type, { ...options, ...encodings });
    return { secret: privateKey, publicKey };
  };
  switch (kind) {
    case 'symmetric':
    case 'hmac':
      return secretMaterial(size);
    case 'rsa':
      return pair('rsa', { modulusLength: size, publicExponent: RSA_EXPONENT });
    case 'ec':
      return pair('ec', { namedCurve: curve });
    case 'ed25519':
      return pair('ed25519', {});
    case 'ml-dsa':
    case 'ml-kem':
      return pair(spec.toLowerCase().replaceAll('_', '-'), {});
  }
}

/** New material of a symmetric or HMAC key. */
export function secretMaterial(bytes: number | undefined): Material {
  invariant(bytes !== undefined, 'the spec says how long its material is');
  return { secret: secretBytes(bytes) };
}

/** The key that wraps an account's material. It never leaves the account's state. */
const rootKey = (store: StoreView) => ownKey(roots, store);

/** Wraps a secret for storage. `purpose` is bound to it: only the same purpose unwraps it. */
export function wrap(store: StoreView, secret: Uint8Array, purpose: string): string {
  const nonce = secretBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', rootKey(store), nonce);
  cipher.setAAD(Buffer.from(purpose));
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** The secret that was wrapped for the purpose. */
export function unwrap(store: StoreView, wrapped: string, purpose: string): Buffer {
  const bytes = Buffer.from(wrapped, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', rootKey(store), bytes.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** The id of generated material: of the seeded stream, as all ids. */
export function newMaterialId(ctx: Ctx): string {
  return ctx.random.bytes(32).toString('hex');
}

/** The id of imported material: the same bytes have the same id in the same key, and nobody can tell the bytes by it. */
export function importedMaterialId(store: StoreView, key: string, secret: Uint8Array): string {
  return createHmac('sha256', rootKey(store)).update(`import ${key} `).update(secret).digest('hex');
}

/** What the wrapping of a key's material is bound to. */
export function purposeOf(key: string, material: string): string {
  return `material ${key} ${material}`;
}

/** Keeps material as a key's next one. */
export function keepMaterial(
  store: StoreView,
  row: Omit<MaterialRow, 'wrapped' | 'sequence'>,
  secret: Uint8Array,
): MaterialRow {
  const last = store.first(materials, { index: 'bySequence', where: { key: row.key }, reverse: true });
  const kept = {
    ...row,
    wrapped: wrap(store, secret, purposeOf(row.key, row.id)),
    sequence: (last?.sequence ?? 0) + 1,
  };
  store.put(materials, kept);
  return kept;
}

/** By the wrapped text, which no two materials share; so what is here can't be stale. */
const unwrapped = new Map<string, KeyObject>();

/** Unwraps a material that is there, and keeps it ready for the next use. */
function ready(store: StoreView, { key, id, wrapped }: MaterialRow, read: (secret: Buffer) => KeyObject): KeyObject {
  invariant(wrapped !== undefined, 'only material that is there is used');
  let found = unwrapped.get(wrapped);
  if (found === undefined) {
    found = read(unwrap(store, wrapped, purposeOf(key, id)));
    if (unwrapped.size >= UNWRAPPED_MAX) unwrapped.clear();
    unwrapped.set(wrapped, found);
  }
  return found;
}

/** A material of a symmetric or HMAC key. */
export function secretOf(store: StoreView, row: MaterialRow): KeyObject {
  return ready(store, row, createSecretKey);
}

/** The private half by which an asymmetric key works. */
export function privateKeyOf(store: StoreView, key: KeyRow): KeyObject {
  return ready(store, currentMaterial(store, key), (secret) =>
    createPrivateKey({ key: secret, type: 'pkcs8', format: 'der' }),
  );
}

/** The material by which a usable key works now. */
export function currentMaterial(store: StoreView, key: { id: string; material?: string }): MaterialRow {
  const row = key.material === undefined ? undefined : store.get(materials, { key: key.id, id: key.material });
  invariant(row?.wrapped !== undefined, `usable key ${key.id} has material`);
  return row;
}

/** Whether all of a key's materials are there; imported ones may be deleted or expired. */
export function hasMaterial(store: StoreView, key: { id: string; material?: string }): boolean {
  const rows = store.list(materials, { where: { key: key.id } }).filter(({ pending }) => pending === undefined);
  return key.material !== undefined && rows.every(({ wrapped }) => wrapped !== undefined);
}

const publicKeys = new WeakMap<KeyRow, KeyObject>();

/** The public half of an asymmetric key. */
export function publicKeyOf(key: KeyRow): KeyObject {
  let found = publicKeys.get(key);
  if (found === undefined) {
    found = createPublicKey({ key: Buffer.from(key.publicKey ?? '', 'base64'), type: 'spki', format: 'der' });
    publicKeys.set(key, found);
  }
  return found;
}

/**
 * Takes imported material away: by its owner, or because it has expired. The key waits for the same material; one that was
 * only to be taken up later is forgotten.
 */
export function dropMaterial(store: StoreView, key: KeyRow, row: MaterialRow): void {
  if (row.pending === true) {
    store.delete(materials, row);
    return;
  }
  const { wrapped: _, expires: __, validTo: ___, ...rest } = row;
  store.put(materials, rest);
  if (key.state === 'Enabled' || key.state === 'Disabled') store.put(keys, { ...key, state: 'PendingImport' });
}
