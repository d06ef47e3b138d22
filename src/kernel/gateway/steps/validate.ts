/** Checks the input against the model's constraints and answers operations that are not built. */
import type { Exchange } from '../exchange.ts';
import { notBuilt } from '../faces.ts';
import { voiceOf } from '../voices.ts';

export function validate(x: Exchange): void {
  const { loaded, operation } = x;
  if (loaded === undefined) return;
  const handler = loaded.service?.operations[operation];
  if (handler === undefined) throw notBuilt(loaded.head.title, operation, 'the service comes with a later release');
  if (typeof handler !== 'function') throw notBuilt(loaded.head.title, operation, handler.notBuilt);
  const failures = loaded.validator(operation)?.(x.input) ?? [];
  if (failures.length > 0) throw voiceOf(loaded).invalid(failures, operation, x);
}
