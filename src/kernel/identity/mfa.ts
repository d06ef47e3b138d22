/**
 * One-time codes of MFA devices: six digits from the shared seed and the half minute it is.
 *
 * @see RFC 6238 (TOTP) with its defaults; IAM User Guide, "Assign a virtual MFA device": each code counts once
 */
import { createHmac } from 'node:crypto';
import { type Millis, SECOND } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { type MfaDeviceRow, mfaDevices } from './state.ts';

const STEP: Millis = 30 * SECOND;
const DIGITS = 6;
/** Steps by which a device's clock may be off. */
const DRIFT = 1;

/** The code of a seed (base64) in the `step`th half minute since 1970. */
export function codeAt(seed: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', Buffer.from(seed, 'base64')).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The half minute of an instant. */
export function stepOf(at: Millis): number {
  return Math.floor(at / STEP);
}

/** The step that a code stands for now; undefined when it is wrong or was used. */
export function acceptedStep(device: MfaDeviceRow, code: string, now: Millis): number | undefined {
  const present = stepOf(now);
  for (let step = present - DRIFT; step <= present + DRIFT; step += 1)
    if (step > (device.lastStep ?? -1) && codeAt(device.seed, step) === code) return step;
  return undefined;
}

/** The device of a serial number, if `user` (empty for the account's root) has it. */
export function mfaDeviceOf(store: StoreView, serial: string, user: string): MfaDeviceRow | undefined {
  const device = store.get(mfaDevices, { serial });
  return device?.user === user ? device : undefined;
}

/** In a transaction: uses a code up; false when it is not right. */
export function useCode(store: StoreView, device: MfaDeviceRow, code: string, now: Millis): boolean {
  const step = acceptedStep(device, code, now);
  if (step === undefined) return false;
  store.put(mfaDevices, { ...device, lastStep: step });
  return true;
}
