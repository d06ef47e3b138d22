/** Events on their way from one bus to another: they arrive as they were, also those of AWS's own services. */
import type { Event } from '../state.ts';

const underway = new Map<string, Event>();
let count = 0;

/**
 * Puts an event on another bus, where its sender must be allowed to.
 *
 * @param put puts it with a mark as its TraceHeader; nobody else knows that, and it is good until the call has ended
 */
export async function forward<T>(event: Event, id: string, put: (mark: string) => Promise<T>): Promise<T> {
  count += 1;
  const mark = `${id}/${count}`;
  underway.set(mark, event);
  try {
    return await put(mark);
  } finally {
    underway.delete(mark);
  }
}

/** The event that a mark stands for. */
export function forwardedBy(mark: string | undefined): Event | undefined {
  return mark === undefined ? undefined : underway.get(mark);
}
