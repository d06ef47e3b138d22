/** What the tests of Batch Operations share: a bucket, a role, jobs over keys. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateJobCommand,
  type CreateJobCommandInput,
  DescribeJobCommand,
  type S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { SimulatedFunctions, type SimulatedHandler } from '#engines/function/simulated';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { clientOf } from '../s3/setup.ts';
import { controlOf } from './setup.ts';

export const AccountId = '123456789012';
export const Bucket = 'batches-2026';
export const RoleArn = `arn:aws:iam::${AccountId}:role/batch`;
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** A cloud with a bucket, and a role for jobs that may do so much. */
export async function startBatches(
  actions: string[] = ['s3:*'],
  functions: { [name: string]: SimulatedHandler } = {},
): Promise<{ cloud: TestCloud & AsyncDisposable; s3: S3Client; control: S3ControlClient }> {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions(functions) } });
  const s3 = clientOf(cloud);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const iam = cloud.client(IAMClient);
  const Principal = { Service: 'batchoperations.s3.amazonaws.com' };
  const trust = policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'batch', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = policy({ Effect: 'Allow', Action: actions, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'batch', PolicyName: 'all', PolicyDocument }));
  return { cloud, s3, control: controlOf(cloud) };
}

/** A job over these keys, some of which may not be there. */
export async function jobOver(
  { s3, control }: { s3: S3Client; control: S3ControlClient },
  keys: readonly string[],
  fields: Partial<CreateJobCommandInput> = {},
): Promise<string> {
  const Body = keys.map((key) => `${Bucket},${encodeURIComponent(key)}\n`).join('');
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'manifest.csv', Body }));
  const { JobId = '' } = await control.send(
    new CreateJobCommand({
      AccountId,
      ConfirmationRequired: false,
      Operation: { S3PutObjectTagging: { TagSet: [{ Key: 'team', Value: 'red' }] } },
      Report: {
        Enabled: true,
        Bucket: `arn:aws:s3:::${Bucket}`,
        Prefix: 'reports',
        Format: 'Report_CSV_20180820',
        ReportScope: 'AllTasks',
      },
      Manifest: {
        Spec: { Format: 'S3BatchOperations_CSV_20180820', Fields: ['Bucket', 'Key'] },
        Location: { ObjectArn: `arn:aws:s3:::${Bucket}/manifest.csv`, ETag },
      },
      Priority: 10,
      RoleArn,
      ...fields,
    }),
  );
  return JobId;
}

export const shown = async (control: S3ControlClient, JobId: string) =>
  (await control.send(new DescribeJobCommand({ AccountId, JobId }))).Job;
export const read = async (s3: S3Client, Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
