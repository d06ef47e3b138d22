/** Events as queries read them: newest first, out of several groups at once. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { GroupRow } from '../../state.ts';
import { eventId } from '../event-id.ts';
import { Heap } from '../heap.ts';
import { type Mask, maskOf } from '../masking.ts';
import { type Extent, type OnBatch, readEvents, type StoredEvent } from '../reader.ts';
import { type Transform, transformOf } from '../transform/transform.ts';
import type { Source } from './row.ts';

/** What names an event to GetLogRecord. */
const pointerOf = (event: StoredEvent) => Buffer.from(eventId(event)).toString('base64url');

/** How a group's events are shown. */
export type Shown = { group: GroupRow; mask: Mask; transform: Transform };

/** @param store of the group's account and Region */
export const shownOf = (group: GroupRow, store: StoreView): Shown => ({
  group,
  mask: maskOf(group, store),
  transform: transformOf(group, store),
});

/** An event of a group as a query sees it. */
export function sourceOf(event: StoredEvent, { group, mask, transform }: Shown, account: string): Source {
  const message = mask(event);
  const transformed = transform({ ...event, message });
  return {
    timestamp: event.timestamp,
    ingestedAt: event.ingestedAt,
    message,
    ...(message !== event.message && { unmasked: event.message }),
    ...(transformed !== undefined && { transformed }),
    streamName: event.streamName,
    log: `${account}:${group.name}`,
    pointer: () => pointerOf(event),
    isLambda: group.name.startsWith('/aws/lambda/'),
  };
}

type Head = { event: StoredEvent; shown: Shown; rest: AsyncGenerator<StoredEvent> };

/** Events of several groups, newest first. */
export async function* newestFirst(
  groups: readonly GroupRow[],
  extent: Extent,
  store: StoreView,
  ctx: Ctx,
  onBatch: OnBatch,
): AsyncGenerator<Source> {
  const heads = new Heap<Head>((a, b) => b.event.timestamp - a.event.timestamp);
  for (const group of groups) {
    const rest = readEvents(group, { ...extent, reverse: true }, store, ctx, onBatch);
    const { value } = await rest.next();
    if (value !== undefined) heads.push({ event: value as StoredEvent, shown: shownOf(group, store), rest });
  }
  for (let head = heads.first; head !== undefined; head = heads.first) {
    yield sourceOf(head.event, head.shown, ctx.account);
    const { value } = await head.rest.next();
    if (value === undefined) heads.pop();
    else {
      head.event = value as StoredEvent;
      heads.sink();
    }
  }
}
