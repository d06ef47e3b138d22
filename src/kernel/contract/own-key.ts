/** The key of a service itself, under which it keeps what nobody else is to read: one in each account and Region. */
import { secretBytes } from '#kernel/random';
import { type StoreView, type Table, table } from '#kernel/store';

type OwnKeyRow = { id: 'root'; key: string };

const KEY_BYTES = 32;

/** Declares the table of a service's own keys. @param name `<service>.root-keys` */
export function ownKeyTable(name: string): Table<OwnKeyRow, 'id'> {
  return table<OwnKeyRow>()(name, { scope: 'region', key: ['id'] });
}

/** Keys as bytes, by the rows that hold them. */
const decoded = new WeakMap<OwnKeyRow, Buffer>();

/**
 * 32 bytes, made at the first use. They are not to be changed.
 *
 * @param transact how a handler that awaits writes; without it the view is that of a transaction
 */
export function ownKey(
  keys: Table<OwnKeyRow, 'id'>,
  store: StoreView,
  transact: (work: () => void) => void = (work) => work(),
): Buffer {
  if (store.get(keys, { id: 'root' }) === undefined)
    transact(() => {
      if (store.get(keys, { id: 'root' }) === undefined)
        store.put(keys, { id: 'root', key: secretBytes(KEY_BYTES).toString('base64') });
    });
  const row = store.get(keys, { id: 'root' }) as OwnKeyRow;
  let key = decoded.get(row);
  if (key === undefined) decoded.set(row, (key = Buffer.from(row.key, 'base64')));
  return key;
}
