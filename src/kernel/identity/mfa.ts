/**
 * One-time codes of MFA devices: six digits from the shared seed and the half minute it is.
 *
 * @see RFC 6238 (TOTP) with its defaults; IAM User Guide, "Assign a virtual MFA device": each code counts once. What is
 *      taken when: radkawar/stackd, measured in 2026
 */
import { createHmac } from 'node:crypto';
import { type Millis, SECOND } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { type MfaDeviceRow, mfaDevices } from './state.ts';

const STEP: Millis = 30 * SECOND;
const DIGITS = 6;
/** Steps by which a code may be early or late, after the device's drift. */
const TOLERANCE = 2;
/** Steps from now to the second of two codes that a device is set by. */
const SECOND_MIN = -998;
const SECOND_MAX = 1_000;

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

/**
 * The step that a code stands for now; undefined when it is wrong or was used. Codes count in any order.
 *
 * Deviation: a device may be tried as often as one likes; AWS lets nine tries pass in three minutes.
 */
export function acceptedStep(
  { seed, drift = 0, usedSteps }: MfaDeviceRow,
  code: string,
  now: Millis,
): number | undefined {
  const present = stepOf(now) + drift;
  for (let step = present - TOLERANCE; step <= present + TOLERANCE; step += 1)
    if (codeAt(seed, step) === code) return usedSteps?.includes(step) === true ? undefined : step;
  return undefined;
}

/**
 * Sets a device by two codes that follow each other and are newer than those it was last set by; neither is used up.
 *
 * @returns what changes of the device; undefined when the codes are not right
 */
export function setByCodes(
  { seed, drift = 0, lastStep = -1 }: MfaDeviceRow,
  first: string,
  second: string,
  now: Millis,
): { lastStep: number; drift: number } | undefined {
  const present = stepOf(now);
  for (let step = Math.max(present + drift + SECOND_MIN, lastStep + 2); step <= present + drift + SECOND_MAX; step += 1)
    if (codeAt(seed, step) === second && codeAt(seed, step - 1) === first)
      return { lastStep: step, drift: step - present };
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
  const oldest = stepOf(now) + (device.drift ?? 0) - TOLERANCE;
  const usedSteps = [...(device.usedSteps ?? []).filter((one) => one >= oldest), step];
  store.put(mfaDevices, { ...device, usedSteps });
  return true;
}
