/** What happens unprompted: keys end, rotate, lose material that expires. */
import type { TimerHandler } from '#kernel/contract';
import { announce } from './domain/announce.ts';
import { deleteKey as endKey, sweepGrants } from './domain/deletion.ts';
import { dropMaterial } from './domain/material.ts';
import { rotateWhenDue } from './domain/rotation.ts';
import { imports, keys, materials } from './state.ts';

const textOf = (payload: Record<string, unknown>, field: string) => String(payload[field]);

export const deleteKey: TimerHandler = (payload, ctx) => endKey(textOf(payload, 'region'), textOf(payload, 'id'), ctx);

export const sweep: TimerHandler = (payload, ctx) => sweepGrants(textOf(payload, 'region'), textOf(payload, 'id'), ctx);

export const rotate: TimerHandler = (payload, ctx) =>
  rotateWhenDue(textOf(payload, 'region'), textOf(payload, 'id'), ctx);

/** Imported material has reached the end of its validity. */
export const expire: TimerHandler = (payload, ctx) => {
  const [id, material] = [textOf(payload, 'key'), textOf(payload, 'id')];
  const key = ctx.store.get(keys, { id });
  const row = ctx.store.get(materials, { key: id, id: material });
  if (key === undefined || row?.validTo === undefined || row.validTo > ctx.now) return;
  dropMaterial(ctx.store, key, row);
  announce('KMS Imported Key Material Expiration', key, ctx);
};

/** An import token is long past its validity. */
export const forgetImport: TimerHandler = (payload, ctx) => {
  ctx.store.delete(imports, { id: textOf(payload, 'id') });
};
