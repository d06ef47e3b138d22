/** Who called, to be kept and acted for later. */
import type { Principal } from '#kernel/identity';

/** Plain JSON. */
export type Pass = { principal: Principal; accessKeyId?: string; via: readonly string[] };
