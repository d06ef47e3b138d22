/** Imported key material: parameters for wrapping it, importing it, deleting it. */
import { createPrivateKey } from 'node:crypto';
import { invariant } from '#kernel/base';
import { type Ctx, type Handler, secretBytes } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { AlgorithmSpec, ImportKeyMaterialRequest } from '#models/kms';
import { type Found, findKey } from '../domain/find.ts';
import { checkWrapping, readMaterial, unwrapImport } from '../domain/import.ts';
import { refuseStates } from '../domain/key-state.ts';
import {
  dropMaterial,
  hasMaterial,
  importedMaterialId,
  newMaterial,
  purposeOf,
  unwrap,
  wrap,
} from '../domain/material.ts';
import { isPrimary } from '../domain/multi-region.ts';
import {
  alreadyPending,
  badImportToken,
  badMaterial,
  badOrigin,
  expiredImportToken,
  invalid,
  unsupported,
} from '../errors.ts';
import { IMPORT_TOKEN_KEPT, IMPORT_TOKEN_LIFETIME, IMPORT_VALID_MAX } from '../limits.ts';
import { type ImportRow, imports, type KeyRow, keys, type MaterialRow, materials } from '../state.ts';

/** A key whose material comes from outside. @throws {ServiceError} UnsupportedOperationException */
function findExternal(id: string, ctx: Ctx): Found {
  const found = findKey(id, ctx);
  if (found.key.origin !== 'EXTERNAL') throw badOrigin(found.key.arn, found.key.origin);
  return found;
}

function demandImportable(key: KeyRow, ctx: Ctx): void {
  refuseStates(key, ctx.now, ['PendingDeletion', 'PendingReplicaDeletion', 'Creating', 'Updating']);
}

export const getParametersForImport: Handler<'kms', 'GetParametersForImport'> = async (input, ctx) => {
  const { key } = findExternal(input.KeyId, ctx);
  demandImportable(key, ctx);
  const spec = input.WrappingKeySpec;
  if (spec === 'SM2') throw unsupported('WrappingKeySpec SM2 is not supported in this Region');
  checkWrapping(key, input.WrappingAlgorithm, spec);
  const { secret, publicKey } = await newMaterial(spec);
  invariant(publicKey !== undefined, 'a wrapping key is a pair');
  const token = secretBytes(32);
  const id = token.toString('hex');
  const validTo = ctx.now + IMPORT_TOKEN_LIFETIME;
  ctx.transact((store) => {
    const wrapped = wrap(store, secret, `import ${id}`);
    store.put(imports, { id, key: key.id, wrapped, algorithm: input.WrappingAlgorithm, validTo });
    ctx.arm('forgetImport', id, validTo + IMPORT_TOKEN_KEPT, { id });
  });
  return { KeyId: key.arn, ImportToken: token, PublicKey: publicKey, ParametersValidTo: validTo };
};

/** @throws {ServiceError} InvalidImportTokenException, ExpiredImportTokenException */
function findImport(token: Uint8Array, key: KeyRow, store: StoreView, ctx: Ctx): ImportRow {
  const row = store.get(imports, { id: Buffer.from(token).toString('hex') });
  if (row === undefined || row.key !== key.id) throw badImportToken();
  if (row.validTo <= ctx.now) throw expiredImportToken();
  return row;
}

/** When the material expires. @throws {ServiceError} ValidationException */
function readExpiry(
  { ExpirationModel, ValidTo }: ImportKeyMaterialRequest,
  ctx: Ctx,
): Pick<MaterialRow, 'expires' | 'validTo'> {
  const expires = ExpirationModel ?? 'KEY_MATERIAL_EXPIRES';
  if (expires === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo !== undefined)
      throw invalid('A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE');
    return { expires };
  }
  if (ValidTo === undefined) throw invalid('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
  if (ValidTo <= ctx.now) throw invalid('ValidTo must be in the future');
  if (ValidTo > ctx.now + IMPORT_VALID_MAX) throw invalid('ValidTo must be at most 365 days from now');
  return { expires, validTo: ValidTo };
}

export const importKeyMaterial: Handler<'kms', 'ImportKeyMaterial'> = (input, ctx) => {
  const { key, store } = findExternal(input.KeyId, ctx);
  demandImportable(key, ctx);
  const expiry = readExpiry(input, ctx);
  const { id: token, wrapped, algorithm } = findImport(input.ImportToken, key, store, ctx);
  const der = unwrap(store, wrapped, `import ${token}`);
  const wrappingKey = createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
  const bytes = unwrapImport(wrappingKey, algorithm as AlgorithmSpec, input.EncryptedKeyMaterial);
  const { secret, publicKey } = readMaterial(key, bytes);
  const id = importedMaterialId(store, key.id, secret);
  if (input.KeyMaterialId !== undefined && input.KeyMaterialId !== id) throw badMaterial();
  const before = materialFor(key, id, input, store);
  store.put(materials, {
    ...before,
    wrapped: wrap(store, secret, purposeOf(key.id, id)),
    ...expiry,
    ...(input.KeyMaterialDescription !== undefined && { description: input.KeyMaterialDescription }),
  });
  if (expiry.validTo === undefined) ctx.disarm('expire', `${key.id}/${id}`);
  else ctx.arm('expire', `${key.id}/${id}`, expiry.validTo, { key: key.id, id });
  const next: KeyRow = {
    ...key,
    material: key.material ?? id,
    ...(publicKey !== undefined && { publicKey: publicKey.toString('base64') }),
  };
  const ready = key.state === 'PendingImport' && hasMaterial(store, next);
  store.put(keys, ready ? { ...next, state: 'Enabled' } : next);
  if (before.pending === true) shareNew(next, before, store);
  return { KeyId: key.arn, ...(key.spec === 'SYMMETRIC_DEFAULT' && { KeyMaterialId: id }) };
};

/**
 * The material's row as it was, or a new one where the key may take up new material: its first, or its next one by rotation.
 *
 * @throws {ServiceError} IncorrectKeyMaterialException, UnsupportedOperationException, KMSInvalidStateException
 */
function materialFor(
  key: KeyRow,
  id: string,
  { ImportType }: ImportKeyMaterialRequest,
  store: StoreView,
): Omit<MaterialRow, 'wrapped'> {
  const known = store.get(materials, { key: key.id, id });
  if (ImportType !== undefined && key.spec !== 'SYMMETRIC_DEFAULT')
    throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for ImportType.`);
  if (known !== undefined) {
    if (ImportType === 'NEW_KEY_MATERIAL') throw badMaterial();
    const { wrapped: _, expires: __, validTo: ___, ...rest } = known;
    return rest;
  }
  if (key.material === undefined) {
    if (ImportType === 'EXISTING_KEY_MATERIAL') throw badMaterial();
    return { key: key.id, id, sequence: 1 };
  }
  if (ImportType !== 'NEW_KEY_MATERIAL') throw badMaterial();
  if (!isPrimary(key)) throw unsupported(`${key.arn} is a multi-Region replica key, which takes no new key material.`);
  const all = store.list(materials, { index: 'bySequence', where: { key: key.id } });
  const waiting = all.find(({ pending }) => pending === true);
  if (waiting !== undefined) throw alreadyPending(key.id, id, waiting.id);
  return { key: key.id, id, sequence: (all.at(-1)?.sequence ?? 0) + 1, pending: true };
}

/** Replicas learn of new material, so that the same can be imported there. */
function shareNew(key: KeyRow, row: Omit<MaterialRow, 'wrapped'>, store: StoreView): void {
  if (!isPrimary(key)) return;
  for (const region of key.multiRegion?.replicas ?? []) {
    const there = store.in({ region });
    if (there.get(materials, row) === undefined) there.put(materials, row);
  }
}

export const deleteImportedKeyMaterial: Handler<'kms', 'DeleteImportedKeyMaterial'> = (input, ctx) => {
  const { key, store } = findExternal(input.KeyId, ctx);
  refuseStates(key, ctx.now, ['Creating', 'Updating']);
  const id = input.KeyMaterialId ?? key.material;
  const row = id === undefined ? undefined : store.get(materials, { key: key.id, id });
  if (input.KeyMaterialId !== undefined && row === undefined) throw badMaterial();
  if (row !== undefined) {
    dropMaterial(store, key, row);
    ctx.disarm('expire', `${key.id}/${row.id}`);
    for (const region of row.pending === true && isPrimary(key) ? (key.multiRegion?.replicas ?? []) : [])
      store.in({ region }).delete(materials, row);
  }
  const known = key.spec === 'SYMMETRIC_DEFAULT' && row !== undefined;
  return { KeyId: key.arn, ...(known && { KeyMaterialId: row.id }) };
};
