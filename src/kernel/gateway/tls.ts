/** Which certificate is shown to a client who asks for a host by its name (SNI): that of whose the name is; and whether it has to show one too. */
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

/** Whether clients have to show a certificate at a host, or may: whoever has the host says so. */
export async function isMutualAt(kernel: Kernel, host: string): Promise<boolean | 'optional'> {
  const addressed = addressOf(host, '/');
  const row =
    addressed === undefined ? findHost(kernel.store, host) : findAddress(kernel.store, addressed.kind, addressed.name);
  if (row === undefined) return false;
  const { service } = await kernel.catalog.load(row.service);
  if (service?.mutualTls === undefined) return false;
  return service.mutualTls(row.id, await jobContext(kernel, service.name, row));
}
