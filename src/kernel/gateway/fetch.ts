/** Requests that services send to addresses that somebody has in this cloud, by whatever name AWS's clients know them: they never leave it. */
import type { VisitReply, VisitRequest } from '#kernel/contract';
import { addressOf, findAddress, findHost } from './addresses.ts';
import type { Kernel } from './kernel.ts';
import { visitAddress } from './visit.ts';

type Sent = Pick<VisitRequest, 'method' | 'headers' | 'body'>;

/** Answers what is sent to an address of this cloud; undefined for any other. */
export function visitUrl(kernel: Kernel, target: URL, sent: Sent): Promise<VisitReply | 'close'> | undefined {
  if (!isAddressHere(kernel, target)) return undefined;
  const { host, pathname, search, protocol } = target;
  const secure = protocol === 'https:';
  return visitAddress(kernel, { ...sent, host, target: pathname + search, sourceIp: '127.0.0.1', secure });
}

/** An API's, a function's, a distribution's or a custom domain's. What names a port, or this machine, means a socket of it. */
function isAddressHere({ store }: Kernel, { protocol, host, port }: URL): boolean {
  if (!/^https?:$/.test(protocol) || port !== '' || /(^|\.)localhost$/.test(host)) return false;
  const addressed = addressOf(host, '/');
  const row = addressed === undefined ? findHost(store, host) : findAddress(store, addressed.kind, addressed.name);
  return row !== undefined;
}
