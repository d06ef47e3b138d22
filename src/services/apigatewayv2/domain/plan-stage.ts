/** What usage plans can be for, besides stages of REST APIs. */
import type { Reads } from '#kernel/store';
import { apis, stages } from '../state.ts';

/** Whether there is such a WebSocket API. HTTP APIs know no keys. */
export function isSocketApi({ store }: { store: Reads }, id: string): boolean {
  return store.get(apis, { owner: '', id })?.value.ProtocolType === 'WEBSOCKET';
}

/** Whether there is such a stage of a WebSocket API. */
export function hasSocketStage(ctx: { store: Reads }, api: string, id: string): boolean {
  return isSocketApi(ctx, api) && ctx.store.get(stages, { owner: api, id }) !== undefined;
}
