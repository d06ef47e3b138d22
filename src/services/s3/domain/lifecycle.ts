/**
 * What lifecycle rules mean for a version: what is to happen to it, and when. S3 counts days in full and then goes on to midnight UTC.
 *
 * @see S3 User Guide, "Managing the lifecycle of objects", "Lifecycle configuration elements", "Transitioning objects using Amazon S3 Lifecycle"
 */
import { DAY, KIB, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type { LifecycleRule } from '#models/s3';
import { type BucketRow, configurations, objects, type VersionRow } from '../state.ts';

export type Lifecycle = { Rules: LifecycleRule[]; TransitionDefaultMinimumObjectSize: string };

/** Smaller objects cost more to move than they save. */
const TRANSITION_BYTES_MIN = 128 * KIB;

/** Where a version stands among those of its key. `alone`: nothing but this delete marker is left of the key. */
export type Standing = { latest: true; alone: boolean } | { latest: false; since: Millis; newer: number };

export type Plan = { at: Millis; rule: string } & ({ does: 'remove' | 'mark' } | { does: 'move'; to: string });

/** The rules of a bucket that has some. */
export function lifecycleOf(store: StoreView, bucket: BucketRow): Lifecycle | undefined {
  if (bucket.lifecycle === undefined) return undefined;
  return store.get(configurations, { bucket: bucket.id, kind: 'lifecycle', id: '' })?.value as Lifecycle | undefined;
}

/** The midnight at which so many days have passed in full. */
export function dueAfter(from: Millis, days: number): Millis {
  return Math.ceil((from + days * DAY) / DAY) * DAY;
}

/** The next midnight, never this one. */
export function nextMidnight(now: Millis): Millis {
  return (Math.floor(now / DAY) + 1) * DAY;
}

/** What a rule's filter asks of a key, its tags and its size. */
export function filterOf({ Prefix, Filter: filter }: LifecycleRule) {
  const and = filter?.And;
  return {
    prefix: and?.Prefix ?? filter?.Prefix ?? Prefix ?? '',
    tags: and?.Tags ?? (filter?.Tag === undefined ? [] : [filter.Tag]),
    above: and?.ObjectSizeGreaterThan ?? filter?.ObjectSizeGreaterThan,
    below: and?.ObjectSizeLessThan ?? filter?.ObjectSizeLessThan,
  };
}

type Filter = ReturnType<typeof filterOf>;

function matches({ prefix, tags, above, below }: Filter, { key, size, tags: own, marker }: VersionRow): boolean {
  if (!key.startsWith(prefix)) return false;
  if (marker === true) return tags.length === 0 && above === undefined && below === undefined;
  if (above !== undefined && size <= Number(above)) return false;
  if (below !== undefined && size >= Number(below)) return false;
  return tags.every(({ Key, Value }) => own?.[Key] === Value);
}

/** Source: S3 User Guide, "Supported lifecycle transitions": each class with those it may become. */
const WATERFALL: { readonly [from: string]: readonly string[] } = {
  STANDARD: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
  REDUCED_REDUNDANCY: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
  STANDARD_IA: ['INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
  INTELLIGENT_TIERING: ['ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
  ONEZONE_IA: ['GLACIER', 'DEEP_ARCHIVE'],
  GLACIER_IR: ['GLACIER', 'DEEP_ARCHIVE'],
  GLACIER: ['DEEP_ARCHIVE'],
};
/** The dearest first. */
export const CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];

/** Source: S3 User Guide, "Constraints and considerations for transitions": a size in the rule's filter counts before the default minimum. */
function mayMove(version: VersionRow, to: string, filter: Filter, smallest: string): boolean {
  const from = version.attributes.storageClass ?? 'STANDARD';
  if (WATERFALL[from]?.includes(to) !== true) return false;
  if (filter.above !== undefined || filter.below !== undefined || version.size >= TRANSITION_BYTES_MIN) return true;
  return smallest === 'varies_by_storage_class' && (to === 'GLACIER' || to === 'DEEP_ARCHIVE');
}

/** All that the rules have in mind for a version. */
export function plansFor(
  { Rules, TransitionDefaultMinimumObjectSize: smallest }: Lifecycle,
  bucket: BucketRow,
  version: VersionRow,
  standing: Standing,
): Plan[] {
  const plans: Plan[] = [];
  for (const rule of Rules) {
    if (rule.Status !== 'Enabled') continue;
    const filter = filterOf(rule);
    if (!matches(filter, version)) continue;
    const move = (at: Millis, to: string | undefined) => {
      if (to !== undefined && mayMove(version, to, filter, smallest))
        plans.push({ at, rule: rule.ID ?? '', does: 'move', to });
    };
    const ends = standing.latest ? endOfLatest(rule, bucket, version, standing.alone) : endOfOlder(rule, standing);
    if (ends !== undefined) plans.push({ ...ends, rule: rule.ID ?? '' });
    if (version.marker === true) continue;
    if (standing.latest)
      for (const { Days = 0, Date: date, StorageClass } of rule.Transitions ?? [])
        move(date ?? dueAfter(version.modifiedAt, Days), StorageClass);
    else
      for (const {
        NoncurrentDays = 0,
        NewerNoncurrentVersions: kept = 0,
        StorageClass,
      } of rule.NoncurrentVersionTransitions ?? [])
        if (standing.newer >= kept) move(dueAfter(standing.since, NoncurrentDays), StorageClass);
  }
  return plans;
}

type End = { at: Millis; does: 'remove' | 'mark' };

function endOfLatest(
  { Expiration: end }: LifecycleRule,
  bucket: BucketRow,
  version: VersionRow,
  alone: boolean,
): End | undefined {
  if (end === undefined) return undefined;
  const at = end.Date ?? (end.Days === undefined ? undefined : dueAfter(version.modifiedAt, end.Days));
  if (version.marker === true) {
    if (!alone) return undefined;
    if (end.ExpiredObjectDeleteMarker === true) return { at: dueAfter(version.modifiedAt, 0), does: 'remove' };
    return at === undefined ? undefined : { at, does: 'remove' };
  }
  return at === undefined ? undefined : { at, does: bucket.versioning === undefined ? 'remove' : 'mark' };
}

function endOfOlder(
  { NoncurrentVersionExpiration: end }: LifecycleRule,
  { since, newer }: Extract<Standing, { latest: false }>,
): End | undefined {
  if (end?.NoncurrentDays === undefined || newer < (end.NewerNoncurrentVersions ?? 0)) return undefined;
  return { at: dueAfter(since, end.NoncurrentDays), does: 'remove' };
}

/**
 * Source: S3 User Guide, "Examples of S3 Lifecycle configuration", Overlapping filters: removal before transition, transition before a delete
 * marker, the cheaper class first; before Intelligent-Tiering only the archives.
 */
function weight(plan: Plan): number {
  if (plan.does === 'move') return 1 + CHOICE.indexOf(plan.to);
  return plan.does === 'remove' ? CHOICE.length + 1 : 0;
}

const CHOICE = ['STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR', 'INTELLIGENT_TIERING', 'GLACIER', 'DEEP_ARCHIVE'];

/** Of what is due now the one that wins; and when something is due again. */
export function choose(plans: readonly Plan[], now: Millis): { plan: Plan | undefined; next: Millis | undefined } {
  let plan: Plan | undefined;
  let next: Millis | undefined;
  for (const one of plans) {
    if (one.at > now) next = Math.min(next ?? one.at, one.at);
    else if (plan === undefined || weight(one) > weight(plan)) plan = one;
  }
  return { plan, next };
}

/** When an upload ends that nobody completes, and by which rule. */
export function endOfUpload(
  { Rules }: Lifecycle,
  { key, initiatedAt }: { key: string; initiatedAt: Millis },
): { at: Millis; rule: string } | undefined {
  let end: { at: Millis; rule: string } | undefined;
  for (const rule of Rules) {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    if (rule.Status !== 'Enabled' || days === undefined || !key.startsWith(filterOf(rule).prefix)) continue;
    const at = dueAfter(initiatedAt, days);
    if (end === undefined || at < end.at) end = { at, rule: rule.ID ?? '' };
  }
  return end;
}

/** The `x-amz-expiration` of a current version; nothing where no rule ends it. */
export function shownExpiration(store: StoreView, bucket: BucketRow, version: VersionRow): { Expiration?: string } {
  const lifecycle = lifecycleOf(store, bucket);
  if (lifecycle === undefined || !isCurrent(store, version)) return {};
  const [end] = plansFor(lifecycle, bucket, version, { latest: true, alone: false })
    .filter(({ does }) => does !== 'move')
    .sort((a, b) => a.at - b.at);
  if (end === undefined) return {};
  // The reference has the id URL-encoded; recorded answers have it as it is, as in github.com/aws/aws-sdk-go-v2/issues/3165.
  const rule = /^[ !#-[\]-~]*$/.test(end.rule) ? end.rule : encodeURIComponent(end.rule);
  return { Expiration: `expiry-date="${new Date(end.at).toUTCString()}", rule-id="${rule}"` };
}

function isCurrent(store: StoreView, { bucket, key, versionId }: VersionRow): boolean {
  return store.get(objects, { bucket, key })?.versionId === versionId;
}

/** The `x-amz-abort-date` and `x-amz-abort-rule-id` of an upload. */
export function shownAbort(
  store: StoreView,
  bucket: BucketRow,
  upload: { key: string; initiatedAt: Millis },
): { AbortDate?: Millis; AbortRuleId?: string } {
  const lifecycle = lifecycleOf(store, bucket);
  const end = lifecycle === undefined ? undefined : endOfUpload(lifecycle, upload);
  return end === undefined ? {} : { AbortDate: end.at, AbortRuleId: end.rule };
}
