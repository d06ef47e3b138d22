/** Faults on purpose: before the handler an error, a throttle or a delay; after it, an answer that never arrives. */
import { ServiceError } from '#kernel/contract';
import type { FaultEffect } from '#kernel/faults';
import type { Exchange } from '../exchange.ts';
import { faceOf, trouble } from '../faces.ts';
import type { Kernel } from '../kernel.ts';

const struck = new WeakMap<Exchange, FaultEffect[]>();

/** Effects that each family of protocols has its own name for. */
const SAID = {
  throttle: ['throttled', 'Rate exceeded'],
  internal: ['internal', 'An internal error has occurred'],
  unavailable: ['unavailable', 'The service is unavailable. Please try again shortly.'],
} as const;

export function faultBefore(x: Exchange, kernel: Kernel): void | Promise<void> {
  const service = x.loaded?.head.name ?? '';
  const principal = x.caller?.principal;
  const role = principal?.kind === 'session' ? principal.roleArn : undefined;
  const { account, region, operation } = x;
  const effects = kernel.faults.strike({ account, region, service, operation, role }, x.now);
  if (effects.length === 0) return;
  struck.set(x, effects);
  for (const effect of effects) {
    if (effect.kind === 'error') throw new ServiceError(effect.code, effect.message, { status: effect.status });
    if (effect.kind in SAID) {
      const [what, message] = SAID[effect.kind as keyof typeof SAID];
      throw trouble(faceOf(service, x.protocol?.name ?? 'json'), what, message);
    }
  }
  const delay = effects.reduce((sum, effect) => sum + (effect.kind === 'latency' ? effect.millis : 0), 0);
  if (delay <= 0) return;
  const sleep = kernel.clock.sleep(delay);
  // Whoever turns the clock waits for what goes on inside, and must not for this.
  return x.isInside ? kernel.activity.asleep(sleep) : sleep;
}

export function faultAfter(x: Exchange): void {
  if (struck.get(x)?.some((effect) => effect.kind === 'drop') === true) x.reply = 'close';
}
