/**
 * What a replication configuration may not say. Source: S3 API Reference, PutBucketReplication, ReplicationRule and its members.
 *
 * Deviation: the texts about roles, priorities, replication time, accounts and the destination's ARN were never compared with an answer of AWS.
 */
import { parseArn } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type { ReplicationConfiguration, ReplicationRule } from '#models/s3';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { REPLICATION_RULES_MAX, RULE_ID_CHARACTERS_MAX } from '../limits.ts';
import { type BucketRow, buckets } from '../state.ts';
import { filterOf } from './replication.ts';
import { checkTags } from './tags.ts';

const SCHEMA =
  'for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.';
const needed = (what: string) => invalidRequest(`${what} must be specified ${SCHEMA}`);
/** Source: S3's answer in github.com/rust-lang/simpleinfra/pull/468. */
const unknown = (what: string) => invalidRequest(`${what} cannot be used ${SCHEMA}`);
/** Source: S3 User Guide, "Using S3 Replication Time Control": 15 minutes is the only time there is. */
const MINUTES = 15;

/** @throws {ServiceError} InvalidRequest, InvalidArgument, MalformedXML */
export function checkReplication({ Role, Rules }: ReplicationConfiguration, bucket: BucketRow, store: StoreView): void {
  if (bucket.versioning !== 'Enabled')
    throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  const role = parseArn(Role);
  if (role?.service !== 'iam' || !role.resource.startsWith('role/'))
    throw invalidArgument('Invalid ARN for Role', 'Role', Role);
  if (Rules.length === 0 || Rules.length > REPLICATION_RULES_MAX) throw malformedXml();
  const ids = Rules.flatMap(({ ID }) => ID ?? []);
  if (ids.some((id) => [...id].length > RULE_ID_CHARACTERS_MAX))
    throw invalidArgument(`ID length should not exceed allowed limit of ${RULE_ID_CHARACTERS_MAX}`);
  if (new Set(ids).size < ids.length)
    throw invalidArgument('Rule Id must be unique. Found same Id for more than one rule');
  const isSecond = Rules.some(({ Filter }) => Filter !== undefined);
  for (const rule of Rules) checkRule(rule, isSecond, bucket, store);
  if (!isSecond && new Set(Rules.map(({ Destination }) => Destination.Bucket)).size > 1)
    throw invalidRequest('Number of distinct destination bucket ARNs cannot exceed 1');
  const priorities = Rules.flatMap(({ Priority }) => Priority ?? []);
  if (new Set(priorities).size < priorities.length) throw invalidRequest('Found duplicate priority in rules.');
}

function checkRule(rule: ReplicationRule, isSecond: boolean, bucket: BucketRow, store: StoreView): void {
  const { Filter: filter, Prefix, Priority, DeleteMarkerReplication: markers } = rule;
  if (isSecond) {
    if (Prefix !== undefined || filter === undefined) throw malformedXml();
    if (Priority === undefined) throw needed('Priority');
    if (markers?.Status === undefined) throw needed('DeleteMarkerReplication');
    if (Object.values(filter).filter((one) => one !== undefined).length > 1) throw malformedXml();
    const { tags } = filterOf(rule);
    checkTags(tags, 'object');
    if (tags.length > 0 && markers.Status === 'Enabled')
      throw invalidRequest(
        'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
      );
  } else {
    if (Prefix === undefined) throw malformedXml();
    if (markers !== undefined) throw unknown('DeleteMarkerReplication');
  }
  checkKeys(rule);
  checkTime(rule);
  checkDestination(rule, bucket, store);
}

function checkKeys({ SourceSelectionCriteria: criteria, Destination }: ReplicationRule): void {
  const takesKms = criteria?.SseKmsEncryptedObjects;
  const key = Destination.EncryptionConfiguration?.ReplicaKmsKeyID;
  if (key !== undefined && takesKms === undefined)
    throw invalidRequest('SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.');
  if (takesKms?.Status === 'Enabled' && key === undefined)
    throw invalidRequest('EncryptionConfiguration must be specified if SseKmsEncryptedObjects tag is present.');
}

function checkTime({ Filter, Destination: { ReplicationTime: time, Metrics: metrics } }: ReplicationRule): void {
  if (time === undefined && metrics === undefined) return;
  const wrong =
    Filter === undefined ||
    (time !== undefined && time.Time.Minutes !== MINUTES) ||
    (metrics?.EventThreshold !== undefined && metrics.EventThreshold.Minutes !== MINUTES);
  if (wrong) throw malformedXml();
  if (time?.Status === 'Enabled' && metrics?.Status !== 'Enabled')
    throw invalidRequest('Metrics must be enabled if ReplicationTime is enabled.');
}

function checkDestination({ Destination }: ReplicationRule, bucket: BucketRow, store: StoreView): void {
  const { Bucket: arn, Account: account, AccessControlTranslation: translation } = Destination;
  const parsed = parseArn(arn);
  if (parsed?.service !== 's3' || parsed.resource === '' || parsed.resource.includes('/'))
    throw invalidArgument('Invalid bucket ARN.', 'Bucket', arn);
  const destination = store.get(buckets, { name: parsed.resource });
  if (destination === undefined) throw invalidRequest('Destination bucket must exist.');
  if (destination.id === bucket.id) throw invalidRequest('Destination bucket cannot be the same as the source bucket.');
  if (destination.versioning !== 'Enabled') throw invalidRequest('Destination bucket must have versioning enabled.');
  if (account !== undefined && account !== destination.account)
    throw invalidRequest('The account specified does not own the destination bucket.');
  if (translation !== undefined && account === undefined)
    throw invalidRequest('Account must be specified if AccessControlTranslation is present.');
}
