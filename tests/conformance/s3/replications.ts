/** What the tests of replication share: two buckets, the role that copies, and rules. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type ReplicationRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { TestCloud } from '../../support/cloud.ts';
import { clientOf, startS3 } from './setup.ts';

export const ACCOUNT = '123456789012';
export const OTHER = '210987654321';
export const COPY = 'copies-2026';
export const Role = `arn:aws:iam::${ACCOUNT}:role/replicator`;

export const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** The role of replication. */
export async function makeRole(cloud: TestCloud, actions = ['s3:*', 'kms:*']): Promise<void> {
  const iam = cloud.client(IAMClient);
  const trust = policy({ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'replicator', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = policy({ Effect: 'Allow', Action: actions, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'replicator', PolicyName: 'all', PolicyDocument }));
}

/** A bucket that keeps versions. */
export async function makeBucket(s3: S3Client, Bucket: string): Promise<void> {
  const region = await s3.config.region();
  const where = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } };
  await s3.send(new CreateBucketCommand({ Bucket, ...where }));
  await keepVersions(s3, Bucket);
}

export const keepVersions = (s3: S3Client, Bucket: string) =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));

/** A rule for everything, with these fields. */
export function rule(fields: Partial<ReplicationRule> = {}): ReplicationRule {
  return {
    ID: 'all',
    Status: 'Enabled',
    Priority: 1,
    Filter: {},
    DeleteMarkerReplication: { Status: 'Disabled' },
    Destination: { Bucket: `arn:aws:s3:::${COPY}` },
    ...fields,
  };
}

export const configure = (s3: S3Client, Bucket: string, ...Rules: ReplicationRule[]) =>
  s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules } }));

/** A cloud whose bucket replicates to one in Frankfurt. */
export async function startPair(...rules: ReplicationRule[]) {
  const cloud = await startS3();
  await makeRole(cloud);
  await keepVersions(cloud.s3, cloud.Bucket);
  const there = clientOf(cloud, ACCOUNT, { region: 'eu-central-1' });
  await makeBucket(there, COPY);
  await configure(cloud.s3, cloud.Bucket, ...(rules.length === 0 ? [rule()] : rules));
  return Object.assign(cloud, { there });
}

export const settle = (cloud: TestCloud) => cloud.server.cloud.settle();
export const put = (s3: S3Client, Bucket: string, Key: string, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}`, ...more }));
export const head = (s3: S3Client, Bucket: string, Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key }));

/** Keys of all versions; those of delete markers end in `!`. */
export async function keys(s3: S3Client, Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions.map(({ Key }) => `${Key}`), ...DeleteMarkers.map(({ Key }) => `${Key}!`)].sort();
}
