/**
 * Event holds of Object Lock: while one is on, the end of a version's retention moves on with the time; once it is off, it stays where it was.
 *
 * Source: S3 API Reference, EventHoldDuration, ObjectLockRetention; rules and texts as radkawar/stackd measured them in 2026.
 */
import type { Millis } from '#kernel/base';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { LOCK_DAYS_MAX, LOCK_YEARS_MAX } from '../limits.ts';
import type { LockRow, Period } from '../state.ts';

/** When a period that begins then is over: years are those of the calendar. */
export function periodEnd(from: Millis, { days = 0, years = 0 }: Period): Millis {
  const end = new Date(from);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  end.setUTCDate(end.getUTCDate() + days);
  return end.getTime();
}

/** Until when a version is retained, as things are; undefined where it never was. */
export function retainedUntil(lock: LockRow | undefined, now: Millis): Millis | undefined {
  const { until, event } = lock ?? {};
  return event?.on === true ? Math.max(until ?? 0, periodEnd(now, event)) : until;
}

/**
 * A period of days or of years.
 *
 * @param what as refusals call it
 * @throws {ServiceError} MalformedXML, InvalidArgument
 */
export function holdPeriod({ days, years }: Period, what: string): Period {
  if ((days === undefined) === (years === undefined)) throw malformedXml();
  const [name, count = 0, max] = days === undefined ? ['Years', years, LOCK_YEARS_MAX] : ['Days', days, LOCK_DAYS_MAX];
  if (count <= 0) throw invalidArgument(`${what} must be a positive integer value.`, name, String(count));
  if (count > max) throw invalidArgument(`${what} must be at most ${max} ${name.toLowerCase()}.`, name, String(count));
  return { ...(days !== undefined && { days }), ...(years !== undefined && { years }) };
}

/** What a request says of retention; `event` is whether the hold is to be on. */
export type Asked = { mode?: LockRow['mode']; until?: Millis; event?: 'ON' | 'OFF'; period?: Period };
export type Retention = Pick<LockRow, 'mode' | 'until' | 'event'>;

/**
 * The retention that is asked for in place of what a version has.
 *
 * @param bypass the caller wants to go past governance
 * @throws {ServiceError} MalformedXML, InvalidRequest, InvalidArgument
 */
export function retentionOf(asked: Asked, before: LockRow | undefined, now: Millis, bypass: boolean): Retention {
  const { mode, until, event, period } = asked;
  if ([mode, until, event, period].every((one) => one === undefined)) return {};
  if (mode === undefined) throw malformedXml();
  if (event === 'ON') return { mode, ...held(asked, before, now) };
  if (event === 'OFF') return { mode, ...released(asked, before, now) };
  if (period !== undefined || until === undefined) throw malformedXml();
  const kept = before?.event;
  if (kept?.on === true && bypass && until < (retainedUntil(before, now) ?? 0))
    throw invalidRequest(
      'Using the governance mode bypass to shorten the retain-until-date of a retention period in governance mode with an ON event hold requires the providing of a new ON event hold or a new OFF event hold.',
    );
  return { mode, until, ...(kept !== undefined && { event: kept }) };
}

function held({ until, period: asked }: Asked, before: LockRow | undefined, now: Millis): Retention {
  if (asked === undefined) throw invalidRequest('EventHold:ON must be supplied with an EventHoldDuration.');
  const period = holdPeriod(asked, 'Event hold duration');
  if (until !== undefined && until < periodEnd(now, period))
    throw invalidArgument(
      'The retain until date must be equal to or later than the current time plus the event hold duration.',
      'RetainUntilDate',
      new Date(until).toISOString(),
    );
  const least = until ?? retainedUntil(before, now);
  return { ...(least !== undefined && { until: least }), event: { on: true, ...period } };
}

function released({ until, period }: Asked, before: LockRow | undefined, now: Millis): Retention {
  if (period !== undefined) throw invalidRequest('EventHoldDuration must not be supplied with EventHold:OFF.');
  const end = until ?? retainedUntil(before, now) ?? 0;
  if (end <= now)
    throw invalidRequest(
      'To turn off an event hold, either provide a retain-until-date in the future in the request or the object version must already have a retain-until-date in the future.',
    );
  return { until: end, event: { on: false } };
}
