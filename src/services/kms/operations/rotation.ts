/** Rotation of a key's material: by period, on demand, and what has been rotated. */
import { DAY } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { RotationsListEntry } from '#models/kms';
import { type Found, findKey } from '../domain/find.ts';
import { demandUsable } from '../domain/key-state.ts';
import { changeEverywhere, isPrimary, regionsOf } from '../domain/multi-region.ts';
import { pageOf, readMarker } from '../domain/page.ts';
import { armRotation, rotate, takeUp } from '../domain/rotation.ts';
import {
  badMarker,
  badOrigin,
  nothingToRotate,
  notPrimary,
  notRotatable,
  rotatedTooOften,
  rotatesSoon,
} from '../errors.ts';
import { LIST_DEFAULT, NONE_ON_DEMAND_BEFORE, ON_DEMAND_ROTATIONS_MAX, ROTATION_DAYS_DEFAULT } from '../limits.ts';
import { type KeyRow, type MaterialRow, materials } from '../state.ts';

/**
 * A key that can rotate: symmetric, and the primary of its Regions.
 *
 * @param ownOnly only with material that KMS made
 * @throws {ServiceError} UnsupportedOperationException, DisabledException, KMSInvalidStateException
 */
function findRotatable(id: string, ctx: Ctx, ownOnly: boolean): Found {
  const found = findKey(id, ctx);
  const { key } = found;
  if ((ownOnly && key.origin !== 'AWS_KMS') || key.external !== undefined) throw badOrigin(key.arn, key.origin);
  demandUsable(key, ctx.now);
  if (key.spec !== 'SYMMETRIC_DEFAULT') throw notRotatable();
  if (!isPrimary(key)) throw notPrimary(key.arn);
  return found;
}

export const enableKeyRotation: Handler<'kms', 'EnableKeyRotation'> = (input, ctx) => {
  const { key, store } = findRotatable(input.KeyId, ctx, true);
  const days = input.RotationPeriodInDays ?? key.rotation?.days ?? ROTATION_DAYS_DEFAULT;
  if (key.rotation?.days === days) return {};
  const rotation = { days, nextAt: ctx.now + days * DAY };
  changeEverywhere(store, key, (row) => ({ ...row, rotation }));
  armRotation({ ...key, rotation }, ctx);
  return {};
};

export const disableKeyRotation: Handler<'kms', 'DisableKeyRotation'> = (input, ctx) => {
  const { key, store } = findRotatable(input.KeyId, ctx, true);
  changeEverywhere(store, key, ({ rotation: _, rotationDue: __, ...row }) => row);
  ctx.disarm('rotate', key.id);
  return {};
};

export const getKeyRotationStatus: Handler<'kms', 'GetKeyRotationStatus'> = (input, ctx) => {
  const { key } = findKey(input.KeyId, ctx, { foreign: true });
  if (key.external !== undefined) throw badOrigin(key.arn, key.origin);
  const { rotation } = key;
  const waits = key.state === 'PendingDeletion' || key.state === 'PendingReplicaDeletion';
  if (rotation === undefined || waits) return { KeyId: key.id, KeyRotationEnabled: false };
  return {
    KeyId: key.id,
    KeyRotationEnabled: true,
    RotationPeriodInDays: rotation.days,
    ...(key.state === 'Enabled' && { NextRotationDate: rotation.nextAt }),
  };
};

/** Deviation: an on-demand rotation is complete when it is answered; AWS takes a while and shows when it began. */
export const rotateKeyOnDemand: Handler<'kms', 'RotateKeyOnDemand'> = (input, ctx) => {
  const { key, store } = findRotatable(input.KeyId, ctx, false);
  const before = key.onDemandRotations ?? 0;
  if (before >= ON_DEMAND_ROTATIONS_MAX) throw rotatedTooOften(key.arn);
  if (key.rotation !== undefined && key.rotation.nextAt - ctx.now <= NONE_ON_DEMAND_BEFORE) throw rotatesSoon(key.arn);
  if (key.origin === 'EXTERNAL') takeUp(key, waitingMaterial(key, ctx), ctx);
  else rotate(key, 'ON_DEMAND', ctx);
  changeEverywhere(store, key, (row) => ({ ...row, onDemandRotations: before + 1 }));
  return { KeyId: key.arn };
};

/** The imported material that is to be taken up; every Region must have it. @throws {ServiceError} KMSInvalidStateException */
function waitingMaterial(key: KeyRow, ctx: Ctx): string {
  const waiting = ctx.store.list(materials, { where: { key: key.id } }).find(({ pending }) => pending === true);
  const everywhere = regionsOf(key).every(
    (region) =>
      waiting !== undefined &&
      ctx.store.in({ region }).get(materials, { key: key.id, id: waiting.id })?.wrapped !== undefined,
  );
  if (waiting === undefined || !everywhere) throw nothingToRotate(key.arn);
  return waiting.id;
}

export const listKeyRotations: Handler<'kms', 'ListKeyRotations'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  if (key.spec !== 'SYMMETRIC_DEFAULT') throw notRotatable();
  const after = Number(readMarker(input.Marker) ?? 0);
  if (!Number.isSafeInteger(after)) throw badMarker();
  const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
  const rows = store
    .list(materials, { index: 'bySequence', where: { key: key.id }, after: { sequence: after } })
    .filter(({ rotatedAt }) => all || rotatedAt !== undefined);
  const { page, rest } = pageOf(rows, input.Limit ?? LIST_DEFAULT, ({ sequence }) => String(sequence));
  return { Rotations: page.map((row) => entryOf(row, key, ctx)), ...rest };
};

function entryOf(row: MaterialRow, key: KeyRow, ctx: Ctx): RotationsListEntry {
  return {
    KeyId: key.id,
    KeyMaterialId: row.id,
    KeyMaterialState: materialState(row, key, ctx),
    ...(key.origin === 'EXTERNAL' && {
      ImportState: row.wrapped === undefined ? ('PENDING_IMPORT' as const) : ('IMPORTED' as const),
    }),
    ...(row.description !== undefined && { KeyMaterialDescription: row.description }),
    ...(row.expires !== undefined && row.wrapped !== undefined && { ExpirationModel: row.expires }),
    ...(row.validTo !== undefined && row.wrapped !== undefined && { ValidTo: row.validTo }),
    ...(row.rotatedAt !== undefined && { RotationDate: row.rotatedAt }),
    ...(row.rotation !== undefined && { RotationType: row.rotation }),
  };
}

function materialState(
  row: MaterialRow,
  key: KeyRow,
  ctx: Ctx,
): 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' {
  if (row.pending !== true) return row.id === key.material ? 'CURRENT' : 'NON_CURRENT';
  const missing = regionsOf(key).some(
    (region) => ctx.store.in({ region }).get(materials, { key: key.id, id: row.id })?.wrapped === undefined,
  );
  return missing && key.multiRegion !== undefined ? 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' : 'PENDING_ROTATION';
}
