/**
 * What CloudWatch hears of proxies.
 *
 * Deviation: KMS asks no proxy for its health by itself every few minutes: XksExternalKeyManagerStates is counted when a store is connected or changed. There is no
 * XksProxyCredentialAge, XksProxyCertificateDaysToExpire or ExternalKeyStoreThrottle.
 *
 * @see KMS Developer Guide, "Monitor KMS keys with Amazon CloudWatch"
 */
import type { Ctx } from '#kernel/contract';
import type { Place } from '#kernel/store';
import { type FaultKind, faultOf } from './faults.ts';

type Asked = { id: string | undefined; place: Place };

/** Notes how a proxy answered. One whose store is only to be made has no metrics yet. @param took in milliseconds of the cloud's clock */
export function measure(
  { id, place }: Asked,
  { kms, xks }: { kms: string; xks: string },
  fault: FaultKind | undefined,
  took: number,
  ctx: Ctx,
): void {
  if (id === undefined) return;
  const about = { CustomKeyStoreId: id, KmsOperation: kms, XksOperation: xks, KeySpec: 'SYMMETRIC_DEFAULT' };
  const { retryable, exception = fault } = fault === undefined ? {} : faultOf(fault);
  const ErrorType = fault === undefined ? 'N/A' : retryable === true ? 'Retryable' : 'Non-retryable';
  ctx.count('XksProxyErrors', { ...about, ErrorType, ExceptionName: exception ?? 'None' }, 1, 'Count', place);
  ctx.count('XksProxyLatency', about, took, 'Milliseconds', place);
}

const STATES = { ACTIVE: 'Active', DEGRADED: 'Degraded', UNAVAILABLE: 'Unavailable' } as const;

export type ManagerState = keyof typeof STATES;

/** Whether a key manager can be in the state, as proxies name it. */
export const isManagerState = (text: unknown): text is ManagerState => Object.hasOwn(STATES, String(text));

/** Notes how many key managers stand behind a proxy, by their state. */
export function countManagers({ id, place }: Asked, managers: readonly ManagerState[], ctx: Ctx): void {
  if (id === undefined) return;
  for (const [state, called] of Object.entries(STATES)) {
    const number = managers.filter((one) => one === state).length;
    ctx.count(
      'XksExternalKeyManagerStates',
      { CustomKeyStoreId: id, XksExternalKeyManagerState: called },
      number,
      'Count',
      place,
    );
  }
}
