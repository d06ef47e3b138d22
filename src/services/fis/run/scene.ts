/** A transaction in which an experiment changes. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';

/** Its instant, and where it writes. */
export type Scene = { ctx: Ctx; store: StoreView; now: Millis };
