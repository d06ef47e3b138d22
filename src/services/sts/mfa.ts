/** The MFA device and code that a request may name: whether they are right, and what that means to policies and sessions. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { acceptedStep, type MfaDeviceRow, mfaDeviceOf, useCode } from '#kernel/identity';
import { badMfaCode, mfaIncomplete, noSuchMfa } from './errors.ts';

type MfaInput = { SerialNumber?: string; TokenCode?: string };

/** The caller's own device that the request names. @throws {ServiceError} AccessDenied */
function deviceOf({ SerialNumber: serial, TokenCode: code }: MfaInput, ctx: Ctx): MfaDeviceRow | undefined {
  if (serial === undefined && code === undefined) return undefined;
  if (serial === undefined || code === undefined) throw mfaIncomplete();
  const { principal } = ctx.caller;
  if (principal.kind !== 'user' && principal.kind !== 'root') throw noSuchMfa();
  const store = ctx.store.in({ account: principal.account });
  const device = mfaDeviceOf(store, serial, principal.kind === 'user' ? principal.name : '');
  if (device === undefined) throw noSuchMfa();
  return device;
}

/** What policies see of the code, before it is used up: a trust policy may ask for one. @throws {ServiceError} AccessDenied */
export function mfaContext(input: MfaInput, ctx: Ctx): { [key: string]: string } {
  const device = deviceOf(input, ctx);
  if (device === undefined) return {};
  if (acceptedStep(device, input.TokenCode ?? '', ctx.now) === undefined) throw badMfaCode();
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' };
}

/** Uses the code up; for the session that it opens. @throws {ServiceError} AccessDenied */
export function mfaOf(input: MfaInput, ctx: Ctx): { mfaAt?: Millis } {
  const device = deviceOf(input, ctx);
  if (device === undefined) return {};
  const store = ctx.store.in({ account: ctx.caller.principal.account });
  if (!useCode(store, device, input.TokenCode ?? '', ctx.now)) throw badMfaCode();
  return { mfaAt: ctx.now };
}
