/**
 * What IAM checks of actions and resources when a policy is stored.
 *
 * Texts and order: moto, moto/iam/policy_validation.py and tests/test_iam/test_iam_policies.py, recorded from AWS.
 */

import { PolicyError } from './document.ts';
import type { RawStatement } from './read.ts';
import { splitArnTemplate } from './variables.ts';

const PARTITIONS: ReadonlySet<string> = new Set([
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
]);

const IAM_RESOURCE_TYPES: readonly string[] = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

/** Service Authorization Reference, "Resource types defined by Amazon S3": those whose ARN has a Region. */
const S3_REGIONAL_TYPES: readonly string[] = ['accesspoint', 'job/', 'storage-lens', 'access-grants', 'async-request'];

/** A resource of these services has no Region, except where its type is listed. */
const WITHOUT_REGION: ReadonlyMap<string, { text: (resource: string) => string; except: readonly string[] }> = new Map([
  ['iam', { text: (resource) => `IAM resource ${resource} cannot contain region information.`, except: [] }],
  ['s3', { text: (resource) => `Resource ${resource} can not contain region information.`, except: S3_REGIONAL_TYPES }],
]);

const LEGACY_ERROR = 'The policy failed legacy parsing';

/**
 * The first fault IAM names among a statement's resources.
 *
 * @returns undefined when there is none
 * @throws {PolicyError} "The policy failed legacy parsing", which IAM reports before other faults
 */
export function findResourceFault(statement: RawStatement): string | undefined {
  // Of several faulty resources IAM names the one that sorts first.
  const resources = (statement.resources ?? []).toSorted();
  for (const resource of resources) {
    const fault = resourceFault(resource);
    if (fault !== undefined) return fault;
  }
  for (const resource of resources) if (failsLegacyParsing(resource)) throw new PolicyError(LEGACY_ERROR);
  return undefined;
}

/**
 * Checks that actions are `*` or `vendor:name`.
 *
 * @throws {PolicyError} for the first that isn't
 */
export function checkActions(actions: readonly string[]): void {
  for (const action of actions) {
    const [vendor = '', ...names] = action.split(':');
    if (names.length === 0 && vendor !== '*') {
      throw new PolicyError('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
    }
    if (names.length > 1) throw new PolicyError('Actions/Condition can contain only one colon.');
    // Source: badmintoncryer/cdk-preflight.
    if (vendor !== '*' && /[*?]/.test(vendor))
      throw new PolicyError('Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.');
    if (vendor !== '*' && /[^a-zA-Z0-9\-.]/.test(vendor)) throw new PolicyError(`Vendor ${vendor} is not valid`);
  }
}

function resourceFault(resource: string): string | undefined {
  if (resource === '*' || STARTS_VARIABLE.test(resource)) return undefined;
  const parts = (resource.includes('${') ? splitArnTemplate(resource) : undefined) ?? resource.split(':');
  if (parts.length < 2) return `Resource ${resource} must be in ARN format or "*".`;
  const [, partition = '', service, region, account] = parts;
  if (partition !== '*' && !PARTITIONS.has(partition)) {
    const rest = parts.length > 5 ? parts.slice(5).join(':') : '*';
    const shown = parts.length === 2 ? '*:*:*:*' : `${service ?? '*'}:${region ?? '*'}:${account ?? '*'}:${rest}`;
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${shown}".`;
  }
  if (service === undefined) return 'Resource vendor must be fully qualified and cannot contain regexes.';
  // It is told as it is filled. Source: badmintoncryer/cdk-preflight.
  const whole = resource + ':*'.repeat(Math.max(0, 6 - parts.length));
  return regionFault(whole, parts) ?? iamFault(parts);
}

function regionFault(resource: string, parts: readonly string[]): string | undefined {
  const [, , service = '', region = '', , id = ''] = parts;
  const rule = WITHOUT_REGION.get(service);
  if (rule === undefined || region === '' || region === '*' || rule.except.some((type) => id.startsWith(type)))
    return undefined;
  return rule.text(resource);
}

function iamFault(parts: readonly string[]): string | undefined {
  if (parts[2] !== 'iam') return undefined;
  const id = parts.slice(5).join(':');
  const fixed = id.split(/[*?]/, 1)[0] ?? '';
  // AWS's policies for tasks of the root (IAMAuditRootUserCredentials) name it.
  if (id === 'root') return undefined;
  const known = IAM_RESOURCE_TYPES.some((type) => id.startsWith(type) || (fixed !== id && type.startsWith(fixed)));
  return known
    ? undefined
    : `IAM resource path must either be "*", root, or start with ${IAM_RESOURCE_TYPES.join(', ')}.`;
}

/** A resource that is a variable, or whose partition is one, is what that is. Source: radkawar/stackd, measured in 2026. */
const STARTS_VARIABLE = /^(arn:)?\$\{/;

/** Too short an ARN passes when it has no empty part; an ARN without a service never does. */
function failsLegacyParsing(resource: string): boolean {
  if (resource === '*') return false;
  const parts = resource.split(':');
  return parts[2] === '' || (splitArnTemplate(resource) === undefined && resource.includes('::'));
}
