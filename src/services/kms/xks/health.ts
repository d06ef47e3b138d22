/** Whether a proxy and the key managers behind it can work. */
import type { Ctx } from '#kernel/contract';
import { ProxyFault } from './faults.ts';
import { countManagers, isManagerState, type ManagerState } from './metrics.ts';
import { type Answer, ask, type XksProxy } from './proxy.ts';

const MANAGERS_MAX = 10;

/** The states of the key managers. Source: aws/aws-kms-xksproxy-api-spec, "GetHealthStatus". */
function readHealth(answer: Answer): ManagerState[] | undefined {
  const { xksProxyFleetSize: size, xksProxyVendor, xksProxyModel, ekmVendor, ekmFleetDetails: managers } = answer;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || !Array.isArray(managers)) return undefined;
  if (managers.length === 0 || managers.length > MANAGERS_MAX) return undefined;
  const texts = [xksProxyVendor, xksProxyModel, ekmVendor, ...managers.flatMap((one) => [one?.id, one?.model])];
  const states = managers.map((one) => one?.healthStatus);
  return texts.every((text) => typeof text === 'string') && states.every(isManagerState) ? states : undefined;
}

/**
 * Asks for health; it is enough that one key manager can serve.
 *
 * @param kms the call of KMS for which it is asked
 * @throws {ProxyFault}
 */
export async function checkHealth(proxy: XksProxy, kms: string, ctx: Ctx): Promise<void> {
  const body = { requestMetadata: { kmsRequestId: ctx.requestId, kmsOperation: kms } };
  const states = await ask(proxy, { xks: 'GetHealthStatus', kms, path: '/health', body }, readHealth, ctx);
  countManagers(proxy, states, ctx);
  if (states.every((state) => state === 'UNAVAILABLE')) throw new ProxyFault('Unhealthy');
}
