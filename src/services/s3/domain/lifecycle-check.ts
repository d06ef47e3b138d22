/**
 * What lifecycle rules may not say. Source: S3 API Reference, PutBucketLifecycleConfiguration, LifecycleRule and its members.
 *
 * Answers recorded in github.com/hashicorp/terraform-provider-aws/issues/41521 (sizes), aws-cloudformation/cfn-lint/issues/3554,
 * aws/aws-cli/issues/8239 (what can't be in one rule), badmintoncryer/cdk-preflight (the order of transitions, September 2026).
 *
 * Deviation: codes are AWS's; of the texts, those about newer and older versions were never compared with an answer of AWS.
 */
import { DAY } from '#kernel/base';
import type { LifecycleRule } from '#models/s3';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import {
  LIFECYCLE_RULES_MAX,
  NEWER_VERSIONS_MAX,
  RULE_ID_CHARACTERS_MAX,
  TAG_KEY_CHARACTERS_MAX,
  TAG_VALUE_CHARACTERS_MAX,
} from '../limits.ts';
import { CLASSES, filterOf } from './lifecycle.ts';
import { checkTags } from './tags.ts';

/** Days that a version stays in a class before it goes on. Source: S3 User Guide, "Constraints and considerations for transitions"; cdk-preflight. */
const STAYS: { readonly [storageClass: string]: number | undefined } = {
  STANDARD_IA: 30,
  ONEZONE_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
};
/** Source: the recorded answer about sizes. */
const FILTER_BYTES_MAX = 1_099_511_627_776_000;

/** @throws {ServiceError} MalformedXML, InvalidArgument, InvalidRequest */
export function checkLifecycle(rules: readonly LifecycleRule[]): void {
  if (rules.length === 0) throw malformedXml();
  if (rules.length > LIFECYCLE_RULES_MAX)
    throw invalidRequest(
      `The number of lifecycle rules must not exceed the allowed limit of ${LIFECYCLE_RULES_MAX} rules.`,
    );
  const ids = rules.flatMap(({ ID }) => ID ?? []);
  if (ids.some((id) => [...id].length > RULE_ID_CHARACTERS_MAX))
    throw invalidArgument(`ID length should not exceed allowed limit of ${RULE_ID_CHARACTERS_MAX}`);
  if (new Set(ids).size < ids.length)
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule');
  // The first rule says of which version they all are.
  const second = rules[0]?.Filter !== undefined;
  for (const rule of rules) {
    checkFilter(rule, second);
    if (!second) checkOld(rule);
    checkActions(rule);
  }
  if (!second) checkOverlap(rules);
}

/** Rules with prefixes of their own, of the first version. Source: github.com/hashicorp/terraform-provider-aws/issues/23228. */
function checkOld({ NoncurrentVersionExpiration: end, NoncurrentVersionTransitions: moves = [] }: LifecycleRule): void {
  if ([end, ...moves].some((one) => one?.NewerNoncurrentVersions !== undefined))
    throw invalidRequest('NewerNoncurrentVersions element can only be used in Lifecycle V2.');
}

const ACTIONS = [
  ['Expiration', 'Expiration'],
  ['Transitions', 'Transition'],
  ['NoncurrentVersionExpiration', 'NoncurrentVersionExpiration'],
  ['NoncurrentVersionTransitions', 'NoncurrentVersionTransition'],
  ['AbortIncompleteMultipartUpload', 'AbortIncompleteMultipartUpload'],
] as const;

/** Source: S3's answer in github.com/noobaa/noobaa-core/issues/8341: those of the first version may not do the same twice. */
function checkOverlap(rules: readonly LifecycleRule[]): void {
  for (const [index, one] of rules.entries())
    for (const other of rules.slice(index + 1)) {
      const [a = '', b = ''] = [one.Prefix, other.Prefix];
      if (!a.startsWith(b) && !b.startsWith(a)) continue;
      const same = ACTIONS.find(([member]) => one[member] !== undefined && other[member] !== undefined);
      if (same !== undefined)
        throw invalidRequest(`Found overlapping prefixes '${a}' and '${b}' for same action type '${same[1]}'`);
    }
}

function checkFilter(rule: LifecycleRule, second: boolean): void {
  const { Filter: filter, Prefix } = rule;
  if (filter === undefined && Prefix === undefined) throw malformedXml();
  if (second && Prefix !== undefined)
    throw invalidRequest(
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    );
  if (!second && filter !== undefined) throw invalidRequest('Filter element can only be used in Lifecycle V2.');
  const and = filter?.And;
  const given = Object.values(filter ?? {}).filter((one) => one !== undefined);
  if (given.length > 1) throw malformedXml();
  if (and !== undefined) {
    const asks = [and.Prefix, and.ObjectSizeGreaterThan, and.ObjectSizeLessThan, ...(and.Tags ?? [])];
    if (asks.filter((one) => one !== undefined).length < 2) throw malformedXml();
  }
  const { tags, above, below } = filterOf(rule);
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw invalidRequest('Duplicate Tag Keys are not allowed.');
  for (const { Key, Value } of tags) {
    if (!fits(Key, 1, TAG_KEY_CHARACTERS_MAX)) throw badTag('Key', 1, TAG_KEY_CHARACTERS_MAX);
    if (!fits(Value, 0, TAG_VALUE_CHARACTERS_MAX)) throw badTag('Value', 0, TAG_VALUE_CHARACTERS_MAX);
  }
  checkTags(tags, 'object');
  checkSize('ObjectSizeGreaterThan', above, 0);
  checkSize('ObjectSizeLessThan', below, 1);
  if (above !== undefined && below !== undefined && Number(below) <= Number(above))
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
}

const fits = ({ length }: string, min: number, max: number) => length >= min && length <= max;
/** Source: S3's answers as radkawar/stackd measured them. */
const badTag = (part: string, min: number, max: number) =>
  invalidRequest(`A Tag's ${part} must be a length between ${min} and ${max}.`);

function checkSize(name: string, size: number | bigint | undefined, min: number): void {
  if (size !== undefined && (Number(size) < min || Number(size) > FILTER_BYTES_MAX))
    throw invalidRequest(`'${name}' should be between ${min} and ${FILTER_BYTES_MAX}.`);
}

function checkActions(rule: LifecycleRule): void {
  const { Expiration, Transitions = [], NoncurrentVersionExpiration, AbortIncompleteMultipartUpload: abort } = rule;
  const older = rule.NoncurrentVersionTransitions ?? [];
  if ([Expiration, NoncurrentVersionExpiration, abort].every((one) => one === undefined))
    if (Transitions.length === 0 && older.length === 0)
      throw invalidRequest('At least one action needs to be specified in a rule');
  checkExpiration(rule);
  checkTransitions(rule);
  checkOlder(rule);
  if (abort === undefined) return;
  const { tags, above, below } = filterOf(rule);
  if (tags.length > 0) throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.');
  if (above !== undefined || below !== undefined)
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Object Size.');
  if (abort.DaysAfterInitiation === undefined) throw malformedXml();
  checkPositive(abort.DaysAfterInitiation, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload');
}

function checkPositive(days: number, name: string, action: string): void {
  if (days <= 0) throw invalidArgument(`'${name}' for ${action} action must be a positive integer`, name, String(days));
}

function checkMidnight(date: number | undefined): void {
  if (date !== undefined && date % DAY !== 0) throw invalidArgument("'Date' must be at midnight GMT");
}

/** Deviation: what S3 shows of tags and sizes is not known. */
function filterText(rule: LifecycleRule): string {
  const isEmpty = rule.Filter !== undefined && Object.values(rule.Filter).every((one) => one === undefined);
  return isEmpty ? "filter '()'" : `filter '(prefix=${filterOf(rule).prefix})'`;
}

function checkExpiration(rule: LifecycleRule): void {
  const { Expiration: end } = rule;
  if (end === undefined) return;
  if (Object.values(end).filter((one) => one !== undefined).length !== 1) throw malformedXml();
  if (end.Days !== undefined) checkPositive(end.Days, 'Days', 'Expiration');
  checkMidnight(end.Date);
  if (end.ExpiredObjectDeleteMarker === undefined) return;
  const { tags, above, below } = filterOf(rule);
  if (tags.length > 0) throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.');
  if (above !== undefined || below !== undefined)
    throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Object Size.');
}

type Move = { days: number | undefined; to: string };

function checkTransitions(rule: LifecycleRule): void {
  const { Transitions = [], Expiration: end } = rule;
  const moves = Transitions.map(({ Days: days, Date: date, StorageClass: to }): Move => {
    if (to === undefined || (days === undefined) === (date === undefined)) throw malformedXml();
    if (days !== undefined && days < 0) throw invalidArgument("'Days' in Transition action must be nonnegative");
    checkMidnight(date);
    return { days, to };
  });
  const dated = new Set(moves.map(({ days }) => days === undefined));
  if (dated.size > 1)
    throw invalidRequest(
      `Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for ${filterText(rule)}`,
    );
  if ((dated.has(true) && end?.Days !== undefined) || (dated.has(false) && end?.Date !== undefined))
    throw invalidRequest(
      `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for ${filterText(rule)}`,
    );
  checkMoves(rule, moves, 'Transition', 'Days');
  const last = Math.max(...moves.map(({ days }) => days ?? -1));
  if (end?.Days !== undefined && end.Days <= last)
    throw invalidArgument(
      `'Days' in the Expiration action for ${filterText(rule)} must be greater than 'Days' in the Transition action`,
    );
}

/** Source: S3 User Guide, "Constraints and considerations for transitions". */
function checkMoves(rule: LifecycleRule, moves: readonly Move[], action: string, name: string): void {
  if (new Set(moves.map(({ to }) => to)).size < moves.length)
    throw invalidRequest(
      `'StorageClass' must be different for '${action}' actions in same 'Rule' with ${filterText(rule)}`,
    );
  const ordered = moves.toSorted((a, b) => CLASSES.indexOf(a.to) - CLASSES.indexOf(b.to));
  for (const [index, { to, days }] of ordered.entries()) {
    const before = ordered[index - 1];
    if (before?.days === undefined || days === undefined) continue;
    const stays = STAYS[before.to] ?? 1;
    if (days >= before.days + stays) continue;
    const filter = filterText(rule);
    const than = days > before.days ? `${stays} days more than '${filter}'` : `greater than '${name}'`;
    throw invalidArgument(
      `'${name}' in the '${action}' action for StorageClass '${to}' for ${filter} must be ${than} in the '${action}' action for StorageClass '${before.to}'`,
      name,
      String(days),
    );
  }
}

function checkOlder(rule: LifecycleRule): void {
  const { NoncurrentVersionExpiration: end, NoncurrentVersionTransitions: transitions = [] } = rule;
  const moves = transitions.map(({ NoncurrentDays: days, StorageClass: to, NewerNoncurrentVersions: newer }) => {
    if (to === undefined || days === undefined) throw malformedXml();
    if (days < 0) throw invalidArgument("'NoncurrentDays' in NoncurrentVersionTransition action must be nonnegative");
    checkNewer(newer, 'NoncurrentVersionTransition');
    return { days, to };
  });
  checkMoves(rule, moves, 'NoncurrentVersionTransition', 'NoncurrentDays');
  if (end === undefined) return;
  if (end.NoncurrentDays === undefined) throw malformedXml();
  checkPositive(end.NoncurrentDays, 'NoncurrentDays', 'NoncurrentVersionExpiration');
  checkNewer(end.NewerNoncurrentVersions, 'NoncurrentVersionExpiration');
  if (moves.some(({ days }) => days >= (end.NoncurrentDays ?? 0)))
    throw invalidArgument(
      `'NoncurrentDays' in the NoncurrentVersionExpiration action for ${filterText(rule)} must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action`,
    );
}

function checkNewer(newer: number | undefined, action: string): void {
  if (newer === undefined) return;
  checkPositive(newer, 'NewerNoncurrentVersions', action);
  if (newer > NEWER_VERSIONS_MAX)
    throw invalidArgument(
      `'NewerNoncurrentVersions' for ${action} action must be less than or equal to ${NEWER_VERSIONS_MAX}`,
    );
}
