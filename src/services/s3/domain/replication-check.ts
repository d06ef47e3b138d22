/**
 * What a replication configuration may not say. Source: S3 API Reference, PutBucketReplication, ReplicationRule and its members.
 *
 * Answers recorded in badmintoncryer/cdk-preflight, September 2026; of roles, priorities, replication time and keys as radkawar/stackd measured them.
 */
import { parseArn } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type { ReplicationConfiguration, ReplicationRule } from '#models/s3';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { REPLICATION_RULES_MAX, RULE_ID_CHARACTERS_MAX } from '../limits.ts';
import { type BucketRow, buckets } from '../state.ts';
import { filterOf } from './replication.ts';
import { checkTags } from './tags.ts';

const PRIORITY_MAX = 2 ** 31 - 1;
const SCHEMA =
  'for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.';
const needed = (what: string) => invalidRequest(`${what} must be specified ${SCHEMA}`);
/** Source: S3's answer in github.com/rust-lang/simpleinfra/pull/468. */
const unknown = (what: string) => invalidRequest(`${what} cannot be used ${SCHEMA}`);
/** Source: S3 User Guide, "Using S3 Replication Time Control": 15 minutes is the only time there is. */
const MINUTES = 15;

/** @throws {ServiceError} InvalidRequest, InvalidArgument, MalformedXML */
export function checkReplication({ Role, Rules }: ReplicationConfiguration, bucket: BucketRow, store: StoreView): void {
  checkRole(Role);
  if (bucket.versioning !== 'Enabled')
    throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  if (Rules.length === 0 || Rules.length > REPLICATION_RULES_MAX) throw malformedXml();
  const ids = Rules.flatMap(({ ID }) => ID ?? []);
  const long = ids.find((id) => id.length > RULE_ID_CHARACTERS_MAX);
  if (long !== undefined) throw invalidArgument(`Rule Id cannot be greater than ${RULE_ID_CHARACTERS_MAX}`, 'ID', long);
  const again = ids.find((id, index) => ids.indexOf(id) !== index);
  if (again !== undefined) throw invalidArgument('Rule Id must be unique', 'ID', again);
  const isSecond = Rules.some(({ Filter }) => Filter !== undefined);
  for (const rule of Rules) checkRule(rule, isSecond, bucket, store);
  if (!isSecond && new Set(Rules.map(({ Destination }) => Destination.Bucket)).size > 1)
    throw invalidRequest('Number of distinct destination bucket ARNs cannot exceed 1');
  const priorities = Rules.flatMap(({ Priority }) => Priority ?? []);
  const twice = priorities.find((one, index) => priorities.indexOf(one) !== index);
  if (twice !== undefined) throw invalidRequest(`Found duplicate priority ${twice}.`);
}

function checkRole(arn: string): void {
  const role = parseArn(arn);
  if (role?.service !== 'iam' || role.region !== '' || !/^\d{12}$/.test(role.account))
    throw invalidArgument('Invalid Role specified in replication configuration', 'Role', arn);
  if (!/^role\/./.test(role.resource)) throw invalidArgument('The relative id should start with role', 'Role', arn);
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
    if (Priority !== undefined) throw unknown('Priority');
    if (markers !== undefined) throw unknown('DeleteMarkerReplication');
  }
  if (Priority !== undefined && (Priority < 0 || Priority > PRIORITY_MAX))
    throw invalidRequest(`Priority must be between 0 and ${PRIORITY_MAX}.`);
  if (rule.ExistingObjectReplication !== undefined) throw malformedXml();
  checkKeys(rule);
  checkTime(rule);
  checkDestination(rule, bucket, store);
}

function checkKeys({ SourceSelectionCriteria: criteria, Destination }: ReplicationRule): void {
  const takesKms = criteria?.SseKmsEncryptedObjects;
  if (criteria !== undefined && takesKms === undefined && criteria.ReplicaModifications === undefined)
    throw invalidRequest('SourceSelectionCriteria cannot be empty.');
  const key = Destination.EncryptionConfiguration?.ReplicaKmsKeyID;
  if (key !== undefined && takesKms === undefined)
    throw invalidRequest('SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.');
  if (takesKms?.Status === 'Enabled' && key === undefined)
    throw invalidRequest('ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.');
  const { service, region, resource } = (key === undefined ? undefined : parseArn(key)) ?? {};
  if (key !== undefined && (service !== 'kms' || region === '' || !/^(key|alias)\/./.test(resource ?? '')))
    throw invalidArgument('Invalid ReplicaKmsKeyID ARN.', 'ReplicaKmsKeyID', key);
}

function checkTime({ Filter, Destination: { ReplicationTime: time, Metrics: metrics } }: ReplicationRule): void {
  if (time === undefined && metrics === undefined) return;
  if (Filter === undefined) throw malformedXml();
  if (time !== undefined && metrics === undefined)
    throw invalidRequest('Replication destination must contain both ReplicationTime and Metrics or neither.');
  if (time !== undefined && time.Time.Minutes !== MINUTES)
    throw invalidArgument('Invalid time minute value', 'ReplicationTime');
  const threshold = metrics?.EventThreshold;
  if (time?.Status !== 'Enabled') {
    if (threshold === undefined) return;
    throw invalidArgument(
      'Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled',
      'Metrics',
    );
  }
  if (threshold?.Minutes === undefined)
    throw invalidArgument('ReplicationMetrics must contain an event threshold', 'ReplicationMetrics');
  if (threshold.Minutes !== MINUTES)
    throw invalidArgument('Invalid event threshold minute value', 'ReplicationMetrics');
}

function checkDestination({ Destination }: ReplicationRule, bucket: BucketRow, store: StoreView): void {
  const { Bucket: arn, Account: account, AccessControlTranslation: translation } = Destination;
  const parsed = parseArn(arn);
  if (parsed?.service !== 's3' || parsed.resource === '' || parsed.resource.includes('/'))
    throw invalidArgument('Invalid bucket ARN', 'Bucket', arn);
  const destination = store.get(buckets, { name: parsed.resource });
  if (destination === undefined) throw invalidRequest('Destination bucket must exist.');
  if (destination.id === bucket.id) throw invalidRequest('Destination bucket cannot be the same as the source bucket.');
  if (destination.versioning !== 'Enabled') throw invalidRequest('Destination bucket must have versioning enabled.');
  if (translation !== undefined && account === undefined)
    throw invalidRequest('Account must be specified if the Owner in AccessControlTranslation has a value');
}
