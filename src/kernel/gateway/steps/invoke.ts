/** Runs the handler: one that is `async` opens its transactions itself, any other one is a transaction. */
import { types } from 'node:util';
import type { Exchange } from '../exchange.ts';

const { isAsyncFunction } = types;

export function invoke(x: Exchange): void | Promise<void> {
  const handler = x.loaded?.service?.operations[x.operation];
  const { ctx } = x;
  if (typeof handler !== 'function' || ctx === undefined) return;
  const result = isAsyncFunction(handler) ? handler(x.input, ctx) : ctx.run(() => handler(x.input, ctx));
  if (result instanceof Promise) {
    return result.then((output) => {
      x.output = output as Record<string, unknown>;
    });
  }
  x.output = result as Record<string, unknown>;
}
