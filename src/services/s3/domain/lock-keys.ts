/** What policies may ask of a lock that a request asks for. */
import { DAY } from '#kernel/base';
import type { ConditionKeys, Ctx } from '#kernel/contract';

export type AskedLock = {
  ObjectLockMode?: string | undefined;
  ObjectLockRetainUntilDate?: number | undefined;
  ObjectLockLegalHoldStatus?: string | undefined;
  ObjectLockEventHold?: string | undefined;
  ObjectLockEventHoldDurationDays?: number | undefined;
  ObjectLockEventHoldDurationYears?: number | undefined;
};

/** A year's, as conditions count them. Source: radkawar/stackd, measured in 2026. */
const YEAR_DAYS = 365;

/** The condition keys of Object Lock. */
export function lockKeys(input: AskedLock, ctx: Ctx): ConditionKeys {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = input;
  const { ObjectLockEventHold: event, ObjectLockEventHoldDurationYears: years } = input;
  const days = input.ObjectLockEventHoldDurationDays ?? (years === undefined ? undefined : years * YEAR_DAYS);
  return {
    ...(mode !== undefined && { 's3:object-lock-mode': mode }),
    ...(until !== undefined && {
      's3:object-lock-retain-until-date': new Date(until).toISOString(),
      's3:object-lock-remaining-retention-days': String(Math.ceil((until - ctx.now) / DAY)),
    }),
    ...(hold !== undefined && { 's3:object-lock-legal-hold': hold }),
    ...(event !== undefined && { 's3:object-lock-event-hold': event }),
    ...(days !== undefined && { 's3:object-lock-event-hold-duration-days': String(days) }),
  };
}
