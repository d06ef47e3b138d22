/** Parameters that expire. */
import type { TimerHandler } from '#kernel/contract';
import { forget } from './operations/parameter.ts';

export const expire: TimerHandler = ({ name }, ctx) => {
  forget(String(name), ctx.store, ctx);
};
