/** The clock of a folder outlives its process: time that was turned forward does not go back at the next start. */
import type { Clock, Turn } from '#kernel/clock';
import { type Store, table, viewOf } from '#kernel/store';

type Mode = Clock['mode'];

const turns = table<Turn & { mode: Mode }>()('kernel.clock', { scope: 'global', key: ['mode'] });
const NOWHERE = { account: '', region: '' };

/** How the clock was last turned; undefined where it never was. */
export function lastTurn(store: Store, mode: Mode): Turn | undefined {
  return store.transact((tx) => viewOf(() => tx, NOWHERE).get(turns, { mode }));
}

/** Writes down how the clock was turned, now and from now on, also when all other state is replaced. */
export function keepTurns(store: Store, clock: Clock): void {
  const keep = (turn: Turn) =>
    store.transact((tx) => viewOf(() => tx, NOWHERE).put(turns, { ...turn, mode: clock.mode }));
  // One that begins at another time than the machine's has been turned, so to speak.
  if (clock.mode === 'virtual' || clock.turn.shown !== clock.turn.machine) keep(clock.turn);
  clock.onTurn(keep);
  store.onReplaced(() => keep(clock.turn));
}
