/** Which certificate is shown to a client who asks for a host by its name (SNI): that of whose the name is; and what else it has to do. */
import type { ServiceName, TlsMaterial } from '#kernel/contract';
import { addressOf, findAddress, findHost } from './addresses.ts';
import { jobContext } from './background.ts';
import type { Kernel } from './kernel.ts';

/**
 * The certificate for a host that a user has brought; undefined for any other.
 *
 * @param name the service that keeps certificates
 */
export async function certificateFor(
  kernel: Kernel,
  name: ServiceName,
  host: string,
): Promise<TlsMaterial | undefined> {
  const row = findHost(kernel.store, host);
  const rule = row && (await kernel.catalog.load(name)).service?.tls;
  return rule?.(host, await jobContext(kernel, name, row ?? { account: '', region: '' }));
}

/** Whether clients have to show a certificate, or may; and the first version that they may speak, where that is none that all speak. */
export type Handshake = { isMutual: boolean | 'optional'; minVersion?: 'TLSv1.3' | undefined };

/** How clients come to a host: whoever has it says so. */
export async function handshakeAt(kernel: Kernel, host: string): Promise<Handshake> {
  const addressed = addressOf(host, '/');
  const row =
    addressed === undefined ? findHost(kernel.store, host) : findAddress(kernel.store, addressed.kind, addressed.name);
  const service = row && (await kernel.catalog.load(row.service)).service;
  if (row === undefined || (service?.mutualTls === undefined && service?.minTls === undefined))
    return { isMutual: false };
  const ctx = await jobContext(kernel, service.name, row);
  return { isMutual: service.mutualTls?.(row.id, ctx) ?? false, minVersion: service.minTls?.(row.id, ctx) };
}
