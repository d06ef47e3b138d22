/** A Region that is dark on purpose: nothing in it answers or works until it is over. */
import { commonError } from '#kernel/contract';
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';

type Step = (x: Exchange, kernel: Kernel) => void | Promise<void>;

/** Who calls over the wire gets no answer; a service is told that nobody gives one. */
export function goDark(x: Exchange, kernel: Kernel): void {
  if (!isDark(x, kernel)) return;
  const message = `Nothing answers in ${x.region}: it is dark`;
  if (x.isInside) throw commonError('ServiceUnavailable', message);
  x.error = { code: 'RegionDark', message };
  x.reply = 'close';
}

/** A step that only a Region takes that is not dark. */
export function unlessDark(step: Step): Step {
  return (x, kernel) => (isDark(x, kernel) ? undefined : step(x, kernel));
}

function isDark({ loaded, region, now }: Exchange, kernel: Kernel): boolean {
  return loaded !== undefined && isPlaceDark(kernel, loaded, region, now);
}

/**
 * Whether a service stands in the dark. Services that are the same in every Region don't, nor does the one that makes it dark and is asked to end it.
 * Deviation: of global services AWS would lose what changes them, with the Region where that stands.
 */
export function isPlaceDark(
  { faults }: Kernel,
  { head, service }: { head: { name: string }; service: { global?: boolean } | undefined },
  region: string,
  now: number,
): boolean {
  return faults.isRegionDark(region, now) && service?.global !== true && head.name !== 'fis';
}
