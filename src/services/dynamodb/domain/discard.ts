/** Letting go of piles. */
import type { Ctx } from '#kernel/contract';
import type { TableRow } from '../state.ts';
import { placeOf } from './find.ts';

/** A pile nobody points to any more is swept in the background. */
export function discard(pile: string, table: TableRow, ctx: Ctx): void {
  ctx.arm('sweep', pile, ctx.now, { pile, ...placeOf(table.arn) });
}
