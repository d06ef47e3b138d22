export type { Driver } from './driver.ts';
export { MemoryDriver } from './drivers/memory.ts';
export { type Durability, SqliteDriver } from './drivers/sqlite.ts';
export { Store } from './store.ts';
export { type AnyTable, type Place, type Scope, type Table, table } from './table.ts';
export { Transaction } from './transaction.ts';
export { type Query, type Reads, type StoreView, viewOf, type Writes } from './view.ts';
