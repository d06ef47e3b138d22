/**
 * Whether a signature is fresh. Clients sign with the machine's time, while the cloud's clock may be frozen, scaled, advanced or
 * start anywhere, so two readings are made, and either may prove a request fresh:
 * - By the machine: a header's signature is as old as the machine says. A presigned URL, which is a promise in the cloud's own
 *   time, is as old as the time that has passed *on the cloud's clock* since the machine's instant at which it was signed.
 *   So a URL for one hour ends when somebody advances the clock by two, and not because a virtual clock stands elsewhere.
 * - By the cloud: for clients that were told to sign with its time (a signing date, a corrected skew).
 * Deviation: timestamps have whole seconds. A URL signed in the same second in which the clock is advanced counts as signed before.
 */
import { isoSeconds, type Millis, SECOND } from '#kernel/base';
import type { Clock } from '#kernel/clock';
import {
  CLOCK_SKEW_MAX,
  type Claim,
  type OldClaim,
  PRESIGNED_SECONDS_MAX,
  presignedUntil,
  signedAt,
} from '#kernel/identity';
import { type Face, trouble } from '../faces.ts';

/** @throws {ServiceError} the date is none, the signature is too old, or not valid yet */
export function checkAge(face: Face, claim: Claim, now: Millis, clock: Clock): void {
  const at = signedAt(claim);
  if (Number.isNaN(at))
    throw trouble(
      face,
      claim.from === 'query' ? 'bad-query' : 'incomplete',
      `Date must be in ISO-8601 'basic format'. Got '${claim.timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  const until = presignedUntil(claim);
  if (until === undefined) checkSkew(face, claim, at, now, clock);
  // Source: IAM User Guide, "Troubleshoot Signature Version 4": the scope's date is the day of the request's date.
  if (claim.scope.date !== claim.timestamp.slice(0, 8))
    throw trouble(
      face,
      face === 's3' ? 'incomplete' : 'bad-signature',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.scope.date}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`,
    );
  if (until !== undefined) checkPresigned(face, claim, at, until - at, now, clock);
}

/**
 * Of version 2, where a URL says when it ends and not when it was made: it is fresh while either clock says so.
 *
 * @throws {ServiceError} it is too old, or has no date
 */
export function checkOldAge(
  face: Face,
  claim: OldClaim,
  headers: Readonly<Record<string, string>>,
  now: Millis,
  clock: Clock,
): void {
  if (claim.expires !== undefined) {
    const until = Number(claim.expires) * SECOND;
    if (!(now <= until || clock.machineNow() <= until))
      throw trouble(face, 'expired-request', 'Request has expired', {
        Expires: isoSeconds(until || 0),
        ServerTime: isoSeconds(now),
      });
    return;
  }
  const at = Date.parse(headers['x-amz-date'] ?? headers.date ?? '');
  if (Number.isNaN(at)) throw trouble(face, 'denied', 'AWS authentication requires a valid Date or x-amz-date header');
  if (Math.abs(clock.machineNow() - at) > CLOCK_SKEW_MAX && Math.abs(now - at) > CLOCK_SKEW_MAX)
    throw trouble(face, 'skewed', 'The difference between the request time and the current time is too large.');
}

/**
 * The instant by which a form's end is judged. Like a URL it is good on the cloud's clock for as long as its signer meant; one that
 * does not say when it was signed is good while either clock says so.
 *
 * @param timestamp when it was signed, as requests say it
 */
export function formNow(timestamp: string | undefined, now: Millis, clock: Clock): Millis {
  if (timestamp === undefined) return Math.min(now, clock.machineNow());
  const at = signedAt({ timestamp });
  const bySigner = at + now - clock.shownAt(at, SECOND - 1);
  return now < at - CLOCK_SKEW_MAX ? bySigner : Math.min(now, bySigner);
}

function checkPresigned(face: Face, claim: Claim, at: Millis, life: Millis, now: Millis, clock: Clock): void {
  if ((claim.expiresSeconds ?? 0) > PRESIGNED_SECONDS_MAX)
    throw trouble(
      face,
      'bad-query',
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${PRESIGNED_SECONDS_MAX} seconds`,
    );
  const readings = [clock.shownAt(at, SECOND - 1), at].map((signed) =>
    now > signed + life ? 'late' : now < signed - CLOCK_SKEW_MAX ? 'early' : 'fresh',
  );
  if (readings.includes('fresh')) return;
  // Source: answers recorded from S3; github.com/minio/minio/issues/2638, aws/aws-sdk-php/issues/1333.
  const [isEarly, ends] = [readings[0] === 'early', { Expires: isoSeconds(at + life), ServerTime: isoSeconds(now) }];
  const given = isEarly ? { 'X-Amz-Date': String(at) } : { 'X-Amz-Expires': String(claim.expiresSeconds ?? '') };
  const text = isEarly ? 'Request is not yet valid' : 'Request has expired';
  throw trouble(face, 'expired-request', text, face === 's3' ? { ...given, ...ends } : undefined);
}

function checkSkew(face: Face, claim: Claim, at: Millis, cloudNow: Millis, clock: Clock): void {
  const now = clock.machineNow();
  if (Math.abs(now - at) <= CLOCK_SKEW_MAX || Math.abs(cloudNow - at) <= CLOCK_SKEW_MAX) return;
  const text =
    face === 's3'
      ? 'The difference between the request time and the current time is too large.'
      : at < now
        ? `Signature expired: ${claim.timestamp} is now earlier than ${timestamp(now - CLOCK_SKEW_MAX)} (${timestamp(now)} - 15 min.)`
        : `Signature not yet current: ${claim.timestamp} is still later than ${timestamp(now + CLOCK_SKEW_MAX)} (${timestamp(now)} + 15 min.)`;
  const times = { RequestTime: claim.timestamp, ServerTime: isoSeconds(now) };
  const fields = { ...times, MaxAllowedSkewMilliseconds: String(CLOCK_SKEW_MAX) };
  throw trouble(face, 'skewed', text, face === 's3' ? fields : undefined);
}

function timestamp(at: Millis): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
