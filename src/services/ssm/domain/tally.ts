/** How many parameters there are of each tier: counted as they come and go, for their number costs nothing then. */
import type { StoreView } from '#kernel/store';
import { PARAMETERS_MAX } from '../limits.ts';
import { type TallyRow, tallies } from '../state.ts';

/** Whether there are as many parameters of a tier as there can be. */
export function isFull(tier: TallyRow['tier'], store: StoreView): boolean {
  return tallyOf(tier, store) >= PARAMETERS_MAX[tier];
}

/** Counts a parameter in or out. In a transaction. */
export function addTally(tier: TallyRow['tier'], change: 1 | -1, store: StoreView): void {
  store.put(tallies, { tier, count: tallyOf(tier, store) + change });
}

function tallyOf(tier: TallyRow['tier'], store: StoreView): number {
  return store.get(tallies, { tier })?.count ?? 0;
}
