/** Policies of a principal that a simulation leaves out. Source: IAM API Reference, PolicyIdentifier; radkawar/stackd, measured in 2026. */
import type { PolicyIdentifier } from '#models/iam';
import { invalidInput } from '../errors.ts';
import type { Kind } from '../state.ts';

/** Where a policy of a principal is: its holder, and the ARN of one that is managed. */
export type Attached = { kind: Kind; holder: string; name: string; arn: string | undefined };

/** Reads a list of exclusions. @returns whether it leaves a policy out @throws {ServiceError} InvalidInput. The words are ours. */
export function exclusionsOf(list: readonly PolicyIdentifier[] = []): (policy: Attached) => boolean {
  const rules = list.map(ruleOf);
  return (policy) => rules.some((rule) => rule(policy));
}

/** Whether boundaries are left out. */
export function excludesBoundary(list: readonly PolicyIdentifier[] = []): boolean {
  return list.some(({ PolicyType }) => PolicyType === 'permission-boundary');
}

function ruleOf({ PolicyType, PolicyArn, InlinePolicyIdentifier: inline, ...rest }: PolicyIdentifier) {
  if ([PolicyType, PolicyArn, inline, ...Object.values(rest)].filter((one) => one !== undefined).length !== 1)
    throw invalidInput('A policy identifier must have one of PolicyType, PolicyArn and InlinePolicyIdentifier.');
  if (PolicyArn !== undefined) {
    const pattern = patternOf(PolicyArn);
    // By the ARN that it would have without its path.
    return ({ arn, name }: Attached) =>
      arn !== undefined && pattern.test(arn.replace(/:policy\/.*$/, `:policy/${name}`));
  }
  if (inline !== undefined) {
    const holders = patternOf(inline.AttachmentName);
    return ({ kind, holder, name, arn }: Attached) =>
      arn === undefined && kind === inline.AttachmentType && name === inline.PolicyName && holders.test(holder);
  }
  return ({ arn }: Attached) => typeOf(arn) === PolicyType;
}

function typeOf(arn: string | undefined): PolicyIdentifier['PolicyType'] {
  if (arn === undefined) return 'inline';
  return arn.includes(':aws:policy/') ? 'aws-managed' : 'user-managed';
}

/** A text with at most one `*`, which is for anything, and `?`, which is for one character. @throws {ServiceError} InvalidInput */
function patternOf(text: string): RegExp {
  if (text.split('*').length > 2) throw invalidInput(`${text} has more than one wildcard.`);
  const escaped = text
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`);
}
