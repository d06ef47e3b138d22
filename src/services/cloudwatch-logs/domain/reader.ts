/** Reading events in order of time, forwards or backwards, out of a stream or a whole group: batches overlap, and are merged. */
import { DAY, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type BatchRow, batches, type GroupRow, type StreamRow, streams } from '../state.ts';
import { readBody } from './batch.ts';
import { comparePositions, type Position } from './event-id.ts';
import { Heap } from './heap.ts';
import { LEVEL_SPANS } from './levels.ts';

export type StoredEvent = Position & { message: string; ingestedAt: Millis /** Name. */; streamName: string };

/** Which events: from `from` (inclusive) to `to` (exclusive); only those past `beyond`, in the direction of reading. */
export type Extent = {
  from?: Millis | undefined;
  to?: Millis | undefined;
  beyond?: Position | undefined;
  reverse?: boolean;
  /** Only these streams, or those whose name passes. */
  only?: readonly StreamRow[] | undefined;
  named?: ((name: string) => boolean) | undefined;
};

/** Told of each batch that is opened, for statistics and bounds. */
export type OnBatch = (row: BatchRow) => void;

/** After any event: no row's key holds more. */
const INSTANT_MAX: Millis = 999_999_999_999_999;
/** Rows that are read at a time. */
const PAGE = 8;

/** The instant before which a group's events are past its retention. */
export function cutoffOf({ retentionDays }: GroupRow, now: Millis): Millis {
  return retentionDays === undefined ? 0 : now - retentionDays * DAY;
}

/** Batches of one level, of a stream or of all, in order of their beginnings. */
class Run {
  readonly level: number;
  #next: (after: BatchRow | undefined) => BatchRow[];
  #rows: BatchRow[] = [];
  #at = 0;
  #last: BatchRow | undefined;
  #done = false;
  #reverse: boolean;

  constructor(level: number, reverse: boolean, next: (after: BatchRow | undefined) => BatchRow[]) {
    this.level = level;
    this.#reverse = reverse;
    this.#next = next;
  }

  get head(): BatchRow | undefined {
    if (this.#at === this.#rows.length && !this.#done) {
      this.#rows = this.#next(this.#last);
      this.#done = this.#rows.length < PAGE;
      this.#at = 0;
      this.#last = this.#rows.at(-1) ?? this.#last;
    }
    return this.#rows[this.#at];
  }

  /** No event of what follows lies before this instant; when it is read backwards, none after. */
  get bound(): Millis | undefined {
    const { head } = this;
    if (head === undefined) return undefined;
    return this.#reverse ? head.firstAt + (LEVEL_SPANS[this.level] as Millis) : head.firstAt;
  }

  take(): BatchRow | undefined {
    const { head } = this;
    this.#at += 1;
    return head;
  }
}

type Opened = { row: BatchRow; events: readonly StoredEvent[]; at: number };
const current = ({ events, at }: Opened) => events[at] as StoredEvent;

/** Events of a group in order; what is deleted or past retention isn't there. */
export async function* readEvents(
  group: GroupRow,
  extent: Extent,
  store: StoreView,
  ctx: Ctx,
  onBatch: OnBatch = () => {},
): AsyncGenerator<StoredEvent> {
  const { reverse = false, beyond } = extent;
  let from = Math.min(INSTANT_MAX, Math.max(extent.from ?? 0, cutoffOf(group, ctx.now)));
  let to = Math.min(INSTANT_MAX, extent.to ?? INSTANT_MAX);
  if (beyond !== undefined && !reverse) from = Math.max(from, beyond.timestamp);
  if (beyond !== undefined && reverse) to = Math.min(to, beyond.timestamp + 1);
  if (from >= to) return;
  const sign = reverse ? -1 : 1;
  const runs = runsOf(group, { ...extent, from, to, reverse }, store);
  const open = new Heap<Opened>((a, b) => sign * comparePositions(current(a), current(b)));
  const nameOf = streamNames(extent, store);
  for (;;) {
    const next = nearest(runs, sign);
    const { first } = open;
    if (
      next !== undefined &&
      (first === undefined || sign * ((next.bound as Millis) - current(first).timestamp) <= 0)
    ) {
      const row = next.take() as BatchRow;
      const streamName = row.lastAt < from ? undefined : nameOf(row.stream);
      if (streamName === undefined) continue;
      onBatch(row);
      const events = await eventsOf(row, streamName, store, ctx);
      const inside = events.filter(
        (event) =>
          event.timestamp >= from &&
          event.timestamp < to &&
          (beyond === undefined || sign * comparePositions(event, beyond) > 0),
      );
      if (reverse) inside.reverse();
      if (inside.length > 0) open.push({ row, events: inside, at: 0 });
    } else if (first !== undefined) {
      yield current(first);
      first.at += 1;
      if (first.at === first.events.length) open.pop();
      else open.sink();
    } else return;
  }
}

/** The events of one batch, with where they are. */
export async function eventsOf(row: BatchRow, streamName: string, store: StoreView, ctx: Ctx): Promise<StoredEvent[]> {
  const { stream, sequence, ingestedAt } = row;
  const body = await readBody(row, store, ctx);
  return body.map(([timestamp, message], index) => ({
    timestamp,
    message,
    stream,
    sequence,
    index,
    ingestedAt,
    streamName,
  }));
}

function runsOf(
  { pile: group }: GroupRow,
  { from, to, reverse, only }: Extent & { from: Millis; to: Millis; reverse: boolean },
  store: StoreView,
): Run[] {
  return LEVEL_SPANS.flatMap((span, level) => {
    const low = { firstAt: Math.max(0, from - span) };
    const run = (query: object, keyOf: (row: BatchRow) => Partial<BatchRow>) =>
      new Run(level, reverse, (after) => {
        const past = after === undefined ? undefined : keyOf(after);
        const bounds = reverse
          ? { from: low, before: past ?? { firstAt: to } }
          : { ...(past === undefined ? { from: low } : { after: past }), before: { firstAt: to } };
        return store.list(batches, { ...query, ...bounds, limit: PAGE, reverse });
      });
    if (only === undefined)
      return run({ where: { group, level } }, ({ firstAt, stream, sequence }) => ({ firstAt, stream, sequence }));
    return only.map(({ pile: stream }) =>
      run({ index: 'byStream', where: { stream, level } }, ({ firstAt, sequence }) => ({ firstAt, sequence })),
    );
  });
}

/** The run whose next batch may hold the next event. */
function nearest(runs: readonly Run[], sign: 1 | -1): Run | undefined {
  let found: Run | undefined;
  for (const run of runs) {
    if (run.bound === undefined) continue;
    if (found === undefined || sign * (run.bound - (found.bound as Millis)) < 0) found = run;
  }
  return found;
}

/** Names of streams by their piles; undefined for one that is gone or not wanted. */
function streamNames({ only, named }: Extent, store: StoreView): (pile: string) => string | undefined {
  const names = new Map<string, string | undefined>(only?.map(({ pile, name }) => [pile, name]));
  return (pile) => {
    if (names.has(pile)) return names.get(pile);
    const name = store.first(streams, { index: 'byPile', where: { pile } })?.name;
    const wanted = name !== undefined && named?.(name) !== false ? name : undefined;
    names.set(pile, wanted);
    return wanted;
  };
}
