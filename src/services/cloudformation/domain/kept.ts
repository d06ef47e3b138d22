/** Texts that rows name are kept as long as the rows are. All in transactions. */
import type { Ctx } from '#kernel/contract';
import { type ChangeSetRow, changeSets, type Source } from '../state.ts';

/** A row names it now. */
export function keepSource({ template, processed }: Source, ctx: Ctx): void {
  ctx.blobs.keep(template);
  if (processed !== undefined) ctx.blobs.keep(processed);
}

/** A row names it no more. */
export function dropSource({ template, processed }: Source, ctx: Ctx): void {
  ctx.blobs.drop(template);
  if (processed !== undefined) ctx.blobs.drop(processed);
}

/** Removes a change set. */
export function forget(row: ChangeSetRow, ctx: Ctx): void {
  ctx.store.delete(changeSets, row);
  dropSource(row.source, ctx);
}
