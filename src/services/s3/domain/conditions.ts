/** Conditional requests: RFC 9110 for reads, S3's own rules for writes. */
import type { Millis } from '#kernel/base';
import {
  conditionalConflict,
  conditionNotImplemented,
  conditionsNotImplemented,
  noSuchKey,
  notModified,
  preconditionFailed,
} from '../errors.ts';
import type { VersionRow } from '../state.ts';

export type ReadConditions = {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  ifModifiedSince?: Millis | undefined;
  ifUnmodifiedSince?: Millis | undefined;
};

/** An ETag as headers show it. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Whether a list of ETags, quoted or not, names this one. */
export function matches(condition: string, etag: string): boolean {
  if (condition.trim() === '*') return true;
  return condition.split(',').some((one) => one.trim().replace(/^W\//, '').replace(/^"|"$/g, '') === etag);
}

/**
 * The condition that does not hold, in order of precedence. A date to come is none.
 * Source: what was seen of S3 in github.com/apache/opendal/pull/5500, apache/ozone/pull/2509, localstack/localstack/issues/13331.
 */
function broken(conditions: ReadConditions, version: VersionRow, now: Millis): keyof ReadConditions | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const at = version.modifiedAt;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) return 'ifMatch';
  } else if (ifUnmodifiedSince !== undefined && at > ifUnmodifiedSince) return 'ifUnmodifiedSince';
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, version.etag) ? 'ifNoneMatch' : undefined;
  return ifModifiedSince !== undefined && ifModifiedSince <= now && at <= ifModifiedSince
    ? 'ifModifiedSince'
    : undefined;
}

/**
 * For a condition that held when the body began to arrive: it holds no more, so another write has come in between. With If-None-Match the
 * first to finish wins, and the others hear 412. Source: S3 User Guide, "Conditional write behavior"; S3 API Reference, PutObject, If-Match.
 */
export function isOvertaken(input: { IfMatch?: string }, current: VersionRow | undefined): boolean {
  return input.IfMatch !== undefined && current !== undefined && !matches(input.IfMatch, current.etag);
}

/**
 * Whether an If-Range holds, so that the range is sent; otherwise the whole is. Source: what was seen of S3 in
 * github.com/aws/aws-sdk-kotlin/issues/1645; RFC 9110, 13.1.5.
 */
export function isUnchanged(ifRange: string | undefined, { etag, modifiedAt }: VersionRow): boolean {
  if (ifRange === undefined) return true;
  const date = ifRange.includes('"') ? Number.NaN : Date.parse(ifRange);
  return Number.isNaN(date) ? ifRange.trim() === quoted(etag) : date === modifiedAt;
}

const READ_NAMES = {
  ifMatch: 'If-Match',
  ifUnmodifiedSince: 'If-Unmodified-Since',
  ifNoneMatch: 'If-None-Match',
  ifModifiedSince: 'If-Modified-Since',
} as const;

/** The header of the condition that does not hold; undefined where all do. */
export function brokenName(conditions: ReadConditions, version: VersionRow, now: Millis): string | undefined {
  const failed = broken(conditions, version, now);
  return failed && READ_NAMES[failed];
}

/** @throws {ServiceError} PreconditionFailed, NotModified */
export function checkRead(conditions: ReadConditions, version: VersionRow, now: Millis): void {
  const failed = broken(conditions, version, now);
  if (failed === undefined) return;
  if (failed === 'ifMatch' || failed === 'ifUnmodifiedSince') throw preconditionFailed(READ_NAMES[failed]);
  throw notModified(
    quoted(version.etag),
    version.modifiedAt,
    version.versionId === 'null' ? undefined : version.versionId,
  );
}

/** @throws {ServiceError} PreconditionFailed */
export function checkCopySource(conditions: ReadConditions, source: VersionRow, now: Millis): void {
  const failed = broken(conditions, source, now);
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${READ_NAMES[failed]}`);
}

/**
 * Whether an object may be written over what is there.
 *
 * @param look  finds the current version; not asked when there is no condition
 * @param isDisturbed whether something else was done to the key while the write was under way; asked before the condition is judged
 * @throws {ServiceError} PreconditionFailed, NoSuchKey, ConditionalRequestConflict; NotImplemented for an If-None-Match that is not `*`,
 *         an If-Match that is, and for both
 * @see S3 User Guide, "How to prevent object overwrites with conditional writes"
 */
export function checkWrite(
  input: { Key: string; IfMatch?: string; IfNoneMatch?: string },
  look: () => VersionRow | undefined,
  isDisturbed: (current: VersionRow | undefined) => boolean = () => false,
): void {
  const { IfMatch, IfNoneMatch } = input;
  if (IfMatch === undefined && IfNoneMatch === undefined) return;
  if (IfMatch !== undefined && IfNoneMatch !== undefined) throw conditionsNotImplemented();
  if (IfMatch?.trim() === '*') throw conditionNotImplemented('If-Match');
  const current = look();
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch.trim() !== '*') throw conditionNotImplemented('If-None-Match');
    if (isDisturbed(current)) throw conditionalConflict('If-None-Match');
    if (current !== undefined) throw preconditionFailed('If-None-Match');
  }
  if (IfMatch === undefined) return;
  if (current === undefined) throw noSuchKey(input.Key);
  if (isDisturbed(current)) throw conditionalConflict('If-Match');
  if (!matches(IfMatch, current.etag)) throw preconditionFailed('If-Match');
}
