/** Lifecycle policies: read, and which images they let go. Source: ECR User Guide, "Examples of lifecycle policies", "Lifecycle policy properties". */
import { DAY, type Millis } from '#kernel/base';
import { commonError } from '#kernel/contract';
import { invalidLifecycle } from '../errors.ts';
import { RULES_MAX } from '../limits.ts';
import { wildcard } from './find.ts';

export type Rule = {
  priority: number;
  tagStatus: 'tagged' | 'untagged' | 'any';
  prefixes: string[];
  patterns: RegExp[];
  /** How many stay, newest first; or how old they may grow. */
  keeps: { count: number } | { age: Millis; since: 'pushedAt' | 'pulledAt' };
};

const SELECTION = [
  'tagStatus',
  'tagPrefixList',
  'tagPatternList',
  'countType',
  'countUnit',
  'countNumber',
  'storageClass',
];

type RawSelection = {
  tagStatus?: unknown;
  tagPrefixList?: unknown;
  tagPatternList?: unknown;
  countType?: unknown;
  countUnit?: unknown;
  countNumber?: unknown;
};

/** The rules of a policy by priority. @throws {ServiceError} InvalidParameterException */
export function rulesOf(text: string): Rule[] {
  let raw: { rules?: unknown };
  try {
    raw = JSON.parse(text) as typeof raw;
  } catch {
    throw unmapped();
  }
  if (!Array.isArray(raw?.rules) || raw.rules.length === 0)
    throw failure(`object has a wrong number of rules (required: 1 to ${RULES_MAX})`);
  if (raw.rules.length > RULES_MAX)
    throw failure(
      `array is too long: must have at most ${RULES_MAX} elements but instance has ${raw.rules.length} elements\n`,
    );
  const rules = (raw.rules as unknown[]).map(ruleOf).toSorted((a, b) => a.priority - b.priority);
  if (new Set(rules.map(({ priority }) => priority)).size < rules.length)
    throw failure('Duplicate priority in multiple rules');
  const any = rules.findIndex(({ tagStatus }) => tagStatus === 'any');
  // Source: ECR User Guide, "Lifecycle policy evaluation rules"; of prefixes the text is ours.
  if (rules.filter(({ tagStatus }) => tagStatus === 'untagged').length > 1)
    throw failure('Only one rule can select Untagged images per storage class');
  const prefixes = rules.filter((rule) => rule.prefixes.length > 0).map((rule) => rule.prefixes.toSorted().join(' '));
  if (new Set(prefixes).size < prefixes.length) throw failure('two or more rules have the same tagPrefixList');
  if (any !== -1 && any < rules.length - 1)
    throw failure('Rule for tagStatus=ANY must have the lowest priority per storage class');
  return rules;
}

function ruleOf(value: unknown): Rule {
  const { rulePriority, selection, action } = (value ?? {}) as {
    rulePriority?: unknown;
    selection?: RawSelection;
    action?: { type?: unknown };
  };
  if (!Number.isInteger(rulePriority) || Number(rulePriority) < 1)
    throw failure('rulePriority is not a positive integer');
  if (action?.type === 'transition' || selection?.countType === 'sinceImageTransitioned')
    throw commonError('NotImplemented', 'Images are not archived here: lifecycle policies only expire them.');
  if (action?.type !== 'expire') throw unmapped();
  if (Object.keys(action).length > 1) throw unmatched(2);
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selection ?? {};
  if (tagStatus !== 'tagged' && tagStatus !== 'untagged' && tagStatus !== 'any')
    throw failure('instance value not found in enum (possible values: ["any","tagged","untagged"])');
  const prefixes = textsOf(tagPrefixList);
  const patterns = textsOf(tagPatternList);
  if (Object.keys(selection ?? {}).some((name) => !SELECTION.includes(name))) throw unmatched(4);
  if (!Number.isInteger(countNumber) || Number(countNumber) < 1) throw unmatched(4);
  const since = countType === 'sinceImagePulled' ? 'pulledAt' : 'pushedAt';
  const isByAge = countType === 'sinceImagePushed' || countType === 'sinceImagePulled';
  if (isByAge ? countUnit !== 'days' : countType !== 'imageCountMoreThan' || countUnit !== undefined)
    throw unmatched(4);
  if (tagStatus === 'tagged' && prefixes.length + patterns.length === 0)
    throw failure('Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.');
  if (tagStatus === 'tagged' ? prefixes.length > 0 && patterns.length > 0 : prefixes.length + patterns.length > 0)
    throw failure('tagged needs either tagPrefixList or tagPatternList, other statuses none');
  return {
    priority: Number(rulePriority),
    tagStatus,
    prefixes,
    patterns: patterns.map(patternOf),
    keeps: isByAge ? { age: Number(countNumber) * DAY, since } : { count: Number(countNumber) },
  };
}

function textsOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string' || one === ''))
    throw failure('a list of tags holds something else than texts');
  return value as string[];
}

function patternOf(pattern: string): RegExp {
  if (pattern.split('*').length > 5) throw failure('Invalid tag pattern provided. Total number of * must not exceed 4');
  return wildcard(pattern);
}

/** What can't be read as a policy. Source: badmintoncryer/cdk-preflight, measured in September 2026, as of most other words here. */
function unmapped() {
  return invalidLifecycle('Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.');
}

/** What is none of the forms that a selection may have, or an action. Source of both: hashicorp/terraform-provider-aws, pull request 45909; cloudposse/terraform-aws-ecr, issue 158. */
function unmatched(forms: number) {
  return failure(`instance failed to match exactly one schema (matched 0 out of ${forms})\n`);
}

function failure(why: string) {
  return invalidLifecycle(`Lifecycle policy validation failure: ${why}`);
}

export type Candidate = { digest: string; tags: string[]; pushedAt: Millis; pulledAt?: Millis };

/**
 * The images that go, each by the first rule that matches it. One that a rule of higher priority has matched is no other's to let go, but counts
 * among those that stay.
 */
export function expiring<Image extends Candidate>(
  rules: readonly Rule[],
  all: readonly Image[],
  now: Millis,
): { image: Image; priority: number }[] {
  const sorted = all.toSorted((a, b) => b.pushedAt - a.pushedAt || (a.digest < b.digest ? -1 : 1));
  const seen = new Set<Image>();
  const gone: { image: Image; priority: number }[] = [];
  for (const { priority, keeps, ...rule } of rules) {
    const matched = sorted.filter((image) => matches(rule, image));
    const these =
      'count' in keeps
        ? matched.slice(keeps.count)
        : matched.filter(({ pushedAt, [keeps.since]: since = pushedAt }) => now - since > keeps.age);
    gone.push(...these.filter((image) => !seen.has(image)).map((image) => ({ image, priority })));
    for (const image of matched) seen.add(image);
  }
  return gone;
}

/** All of a rule's prefixes, or patterns, each by some tag of the image. */
function matches({ tagStatus, prefixes, patterns }: Omit<Rule, 'priority' | 'keeps'>, { tags }: Candidate): boolean {
  if (tagStatus === 'any') return true;
  if (tagStatus === 'untagged') return tags.length === 0;
  return (
    tags.length > 0 &&
    prefixes.every((prefix) => tags.some((tag) => tag.startsWith(prefix))) &&
    patterns.every((pattern) => tags.some((tag) => pattern.test(tag)))
  );
}
