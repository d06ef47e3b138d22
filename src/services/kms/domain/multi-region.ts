/** Multi-Region keys: one key with the same id and material in several Regions. Source: KMS Developer Guide, "Multi-Region keys in AWS KMS". */
import type { StoreView } from '#kernel/store';
import { type KeyRow, keys } from '../state.ts';

/** Whether the key leads its Regions; one of a single Region does. */
export function isPrimary({ multiRegion, region }: KeyRow): boolean {
  return multiRegion === undefined || multiRegion.primary === region;
}

/** The Regions in which the key lies, the primary's first. */
export function regionsOf({ multiRegion, region }: KeyRow): string[] {
  return multiRegion === undefined ? [region] : [multiRegion.primary, ...multiRegion.replicas];
}

/** Changes the key wherever it lies. */
export function changeEverywhere(store: StoreView, key: KeyRow, change: (row: KeyRow) => KeyRow): void {
  for (const region of regionsOf(key)) {
    const view = store.in({ region });
    const row = view.get(keys, { id: key.id });
    if (row !== undefined) view.put(keys, change(row));
  }
}
