/** Lookup tables as they are kept: sealed, like events, under the service's key or the customer's. */
import { collect, invariant } from '#kernel/base';
import { type Ctx, seal, unseal } from '#kernel/contract';
import type { BlobRef } from '#kernel/store';
import { type LookupTableRow, lookupTables } from '../state.ts';
import { recordsOf } from './csv.ts';
import { openKey } from './sealing.ts';
import { Table } from './table.ts';

const BODY_BYTES_MAX = 32 * 1_024 * 1_024;

/** Writes a table's text. */
export async function writeTable(text: string, dataKey: string | undefined, ctx: Ctx): Promise<BlobRef> {
  const sealed = seal(await openKey(dataKey, ctx.store, ctx), Buffer.from(text));
  return ctx.blobs.write(
    (async function* () {
      yield sealed;
    })(),
  );
}

/** A table's text. */
export async function readText({ body, dataKey }: LookupTableRow, ctx: Ctx): Promise<string> {
  const key = await openKey(dataKey, ctx.store, ctx);
  const sealed = await collect(ctx.blobs.read(body), BODY_BYTES_MAX, () => new Error('a lookup table is too long'));
  const text = unseal(key, sealed);
  invariant(text !== undefined, 'a lookup table opens under its key');
  return text.toString();
}

/** A table by its name; undefined where there is none. */
export async function readTable(name: string, ctx: Ctx): Promise<Table | undefined> {
  const row = ctx.store.get(lookupTables, { name });
  return row && new Table(recordsOf(await readText(row, ctx)));
}
