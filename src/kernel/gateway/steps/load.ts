/** Loads the service's model and code at its first call. */
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';
import { newRequestId } from '../request-id.ts';

export function loadService(x: Exchange, kernel: Kernel): void | Promise<void> {
  const { head, protocolName } = x;
  if (head === undefined || protocolName === undefined) return;
  const use = (loaded: NonNullable<Exchange['loaded']>) => {
    x.loaded = loaded;
    x.protocol = loaded.protocol(protocolName);
    if (loaded.service?.global === true) x.region = 'us-east-1';
    if (loaded.service?.requestId !== undefined) x.requestId = newRequestId(loaded, kernel.random.stream('gateway'));
  };
  const known = kernel.catalog.get(head.name);
  if (known !== undefined) return use(known);
  return kernel.catalog.load(head.name).then(use);
}
