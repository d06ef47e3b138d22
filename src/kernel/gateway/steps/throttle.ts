/** Holds calls to the rates that AWS limits by default. A clock that stands still has no rate: then nothing is throttled. */
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';

export function throttle(x: Exchange, kernel: Kernel): void {
  const { ctx, loaded, operation } = x;
  const rule = loaded?.service?.throttles?.[operation];
  if (rule === undefined || ctx === undefined || !kernel.clock.running) return;
  const found = ctx.run(() => ({ throttle: rule(x.input, ctx) })) as { throttle: ReturnType<typeof rule> };
  if (found.throttle === undefined) return;
  const { key, limits, refuse } = found.throttle;
  const id = `${x.account}/${x.region}/${loaded?.head.name}/${operation}/${key}`;
  if (!kernel.throttles.take(id, limits, x.now)) throw refuse();
}
