/** Rotation: a new material encrypts, the old ones still decrypt. Source: KMS Developer Guide, "Rotate AWS KMS keys". */
import { DAY } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { type KeyRow, keys, materials } from '../state.ts';
import { announce } from './announce.ts';
import { keepMaterial, newMaterialId, secretMaterial } from './material.ts';
import { changeEverywhere, regionsOf } from './multi-region.ts';
import { specOf } from './specs.ts';

type RotationType = 'AUTOMATIC' | 'ON_DEMAND';

/** Takes a new material up, in every Region of the key. */
export function rotate(key: KeyRow, rotation: RotationType, ctx: Ctx): void {
  const id = newMaterialId(ctx);
  const { secret } = secretMaterial(specOf(key.spec).size);
  for (const region of regionsOf(key))
    keepMaterial(ctx.store.in({ region }), { key: key.id, id, rotation, rotatedAt: ctx.now }, secret);
  changeEverywhere(ctx.store, key, (row) => ({ ...row, material: id }));
  announce('KMS CMK Rotation', key, ctx);
}

/** Takes up the imported material that waits for it, in every Region of the key. */
export function takeUp(key: KeyRow, id: string, ctx: Ctx): void {
  for (const region of regionsOf(key)) {
    const store = ctx.store.in({ region });
    const row = store.get(materials, { key: key.id, id });
    if (row === undefined) continue;
    const { pending: _, ...rest } = row;
    store.put(materials, { ...rest, rotation: 'ON_DEMAND', rotatedAt: ctx.now });
  }
  changeEverywhere(ctx.store, key, (row) => ({ ...row, material: id }));
  announce('KMS CMK Rotation', key, ctx);
}

/** Sets the timer of the next automatic rotation. The timer asks the key whether it is due, so one too many does no harm. */
export function armRotation(key: KeyRow, ctx: Ctx): void {
  if (key.rotation === undefined) return;
  const region = key.multiRegion?.primary ?? key.region;
  ctx.arm('rotate', key.id, key.rotation.nextAt, { region, id: key.id });
}

/** Rotates a key whose time has come; one that is disabled or about to be deleted, when it comes back. */
export function rotateWhenDue(region: string, id: string, ctx: Ctx): void {
  const key = primaryOf(region, id, ctx);
  if (key?.rotation === undefined) return;
  if (key.rotation.nextAt > ctx.now) {
    armRotation(key, ctx);
    return;
  }
  if (key.state !== 'Enabled') {
    ctx.store.in({ region: key.region }).put(keys, { ...key, rotationDue: true });
    return;
  }
  rotate(key, 'AUTOMATIC', ctx);
  const { days, nextAt } = key.rotation;
  const next = nextAt + days * DAY > ctx.now ? nextAt + days * DAY : ctx.now + days * DAY;
  changeEverywhere(ctx.store, key, ({ rotationDue: _, ...row }) => ({ ...row, rotation: { days, nextAt: next } }));
  armRotation({ ...key, rotation: { days, nextAt: next } }, ctx);
}

function primaryOf(region: string, id: string, ctx: Ctx): KeyRow | undefined {
  const key = ctx.store.in({ region }).get(keys, { id });
  const primary = key?.multiRegion?.primary ?? region;
  return primary === region ? key : ctx.store.in({ region: primary }).get(keys, { id });
}
