/** Tables of things with an id, of an owner. */
import { type Table, table } from '#kernel/store';

/** An API's id owns its parts; what stands by itself has no owner. */
export type Kept<Value> = { owner: string; id: string; value: Value };
export type KeptTable<Value> = Table<Kept<Value>, 'owner' | 'id'>;

/** Declares a table of them; `name` is never used again for something else. */
export function keptTable<Value extends object>(name: string): KeptTable<Value> {
  return table<Kept<Value>>()(name, { scope: 'region', key: ['owner', 'id'] });
}
