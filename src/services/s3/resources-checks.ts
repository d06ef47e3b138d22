/**
 * What CloudFormation's handlers of buckets refuse by themselves, before S3 is asked.
 *
 * Source: answers of AWS in badmintoncryer/cdk-preflight, September 2026.
 */
import { type Properties, ServiceError, textOf } from '#kernel/contract';

const refused = (message: string) => new ServiceError('InvalidRequest', message);
const invalid = (message: string) => refused(`Invalid request provided: ${message}`);

type Members = { readonly [name: string]: unknown };

const hasAny = (members: Members, names: readonly string[]) => names.some((name) => members[name] !== undefined);

/** @throws {ServiceError} InvalidRequest where none of the members is there */
function needOne(members: Members, names: readonly string[]): void {
  if (!hasAny(members, names)) throw invalid(`At least one of [${names.join(',')}] needs to be specified`);
}

/** @throws {ServiceError} InvalidRequest where both members are there */
function refuseBoth(members: Members, one: string, other: string): void {
  if (members[one] !== undefined && members[other] !== undefined)
    throw invalid(`Both ${one} and ${other} cannot be specified`);
}

const ACTIONS = [
  'ExpirationDate',
  'ExpirationInDays',
  'AbortIncompleteMultipartUpload',
  'Transition',
  'Transitions',
  'NoncurrentVersionExpirationInDays',
  'NoncurrentVersionTransition',
  'NoncurrentVersionTransitions',
  'NoncurrentVersionExpiration',
  'ExpiredObjectDeleteMarker',
];
const DIRECTORY_ACTIONS = ['ExpirationInDays', 'AbortIncompleteMultipartUpload'];

type Lifecycle = { LifecycleConfiguration?: { Rules?: Members[] } };

/** @throws {ServiceError} InvalidRequest */
export function checkBucket(properties: Properties): void {
  const { LifecycleConfiguration: lifecycle } = properties as Lifecycle;
  for (const rule of lifecycle?.Rules ?? []) {
    needOne(rule, ACTIONS);
    refuseBoth(rule, 'Transition', 'Transitions');
  }
  const { WebsiteConfiguration: website, VersioningConfiguration: versioning } = properties as Parts;
  if (website !== undefined) checkWebsite(website);
  if (properties.ReplicationConfiguration !== undefined && versioning?.Status !== 'Enabled')
    throw invalid("VersioningConfiguration Status must be 'Enabled' to specify ReplicationConfiguration");
}

type Parts = { WebsiteConfiguration?: Members; VersioningConfiguration?: { Status?: string } };
type RoutingRules = { RoutingRules?: { RedirectRule: Members; RoutingRuleCondition?: Members }[] };

const PAGES = ['IndexDocument', 'ErrorDocument', 'RoutingRules'];
const REDIRECTIONS = ['HostName', 'HttpRedirectCode', 'Protocol', 'ReplaceKeyPrefixWith', 'ReplaceKeyWith'];

function checkWebsite(website: Members): void {
  if (website.RedirectAllRequestsTo !== undefined) {
    if (!hasAny(website, PAGES)) return;
    throw invalid(`[${PAGES.join(', ')}] should not be specified if RedirectAllRequestsTo is specified`);
  }
  if ((website.IndexDocument ?? '') === '') throw invalid('Property IndexDocument cannot be empty.');
  for (const { RedirectRule: redirect, RoutingRuleCondition: condition } of (website as RoutingRules).RoutingRules ??
    []) {
    needOne(redirect, REDIRECTIONS);
    refuseBoth(redirect, 'ReplaceKeyWith', 'ReplaceKeyPrefixWith');
    if (condition !== undefined) needOne(condition, ['HttpErrorCodeReturnedEquals', 'KeyPrefixEquals']);
  }
}

/** Of a bucket that is to be made. @throws {ServiceError} InvalidRequest */
export function checkName({ BucketName }: Properties): void {
  const name = textOf(BucketName) ?? '';
  if (name.includes('..')) throw refused('Bucket name should not contain two adjacent periods');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) throw refused('Bucket name must not be formatted as an IP Address');
  if (name.endsWith('--x-s3')) throw refused('Unrecognized S3Express bucket name format.');
}

/** @throws {ServiceError} InvalidRequest */
export function checkDirectoryBucket(properties: Properties): void {
  for (const rule of (properties as Lifecycle).LifecycleConfiguration?.Rules ?? []) needOne(rule, DIRECTORY_ACTIONS);
}
