/** Runs the handler: one that is `async` opens its transactions itself, any other one is a transaction. */
import { types } from 'node:util';
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';

const { isAsyncFunction } = types;

export function invoke(x: Exchange, kernel: Kernel): void | Promise<void> {
  const handler = x.loaded?.service?.operations[x.operation];
  const { ctx } = x;
  if (typeof handler !== 'function' || ctx === undefined) return;
  const result = isAsyncFunction(handler) ? handler(x.input, ctx) : ctx.run(() => handler(x.input, ctx));
  if (result instanceof Promise) {
    return result.then((output) => finish(x, kernel, output));
  }
  finish(x, kernel, result);
}

function finish(x: Exchange, kernel: Kernel, output: object): void {
  x.output = output as Record<string, unknown>;
  if (x.loaded !== undefined) kernel.inspect?.(x.loaded.model, x.operation, output);
}
