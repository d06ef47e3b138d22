/** What S3 Control keeps besides what is S3's: jobs of Batch Operations and their tasks, requests about Multi-Region access points. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  AsyncOperationName,
  AsyncRequestParameters,
  JobManifest,
  JobOperation,
  JobReport,
  JobStatus,
  S3GeneratedManifestDescriptor,
  S3JobManifestGenerator,
} from '#models/s3-control';

/** A job, and where it is. */
export type Job = { place: { account: string; region: string }; id: string };

export type JobRow = {
  id: string;
  createdAt: Millis;
  token: string;
  status: JobStatus;
  priority: number;
  role: string;
  operation: JobOperation;
  report: JobReport;
  /** The one or the other. */
  manifest?: JobManifest;
  generator?: S3JobManifestGenerator;
  /** How far the list of a generated manifest has come. */
  listing?: Listing;
  generated?: S3GeneratedManifestDescriptor;
  mustConfirm: boolean;
  description?: string;
  tags?: { [key: string]: string };
  /** Tasks in all, and of those that are done how many went well. */
  total: number;
  succeeded: number;
  failed: number;
  activeAt?: Millis;
  suspendedAt?: Millis;
  endedAt?: Millis;
  /** Why somebody changed its status. */
  reason?: string;
  failure?: { code: string; reason: string };
};

/** A file of a generated manifest. */
export type ManifestFile = { key: string; size: number; MD5checksum: string };

export type Listing = {
  /** The last version that was looked at. */
  after?: { key: string; rank: number };
  isComplete?: true;
  files: readonly ManifestFile[];
};

/** How a task ended. */
export type Outcome = { status: 'succeeded' | 'failed'; code: string; http: number; message: string };

export type TaskRow = {
  job: string;
  index: number;
  bucket: string;
  key: string;
  versionId?: string;
  /** The version whose copies are being made. */
  begun?: string;
  /** How often it was tried in vain while who had to do it was in trouble. */
  tries?: number;
  /** When it is looked at again. */
  againAt?: Millis;
  /** Absent while it waits. */
  outcome?: Outcome;
};

export const jobs = table<JobRow>()('s3-control.jobs', {
  scope: 'region',
  key: ['id'],
  indexes: { byTime: ['createdAt', 'id'], byToken: ['token'] },
});
export const tasks = table<TaskRow>()('s3-control.tasks', { scope: 'region', key: ['job', 'index'] });

/** A request about a Multi-Region access point, which is carried out a moment later. */
export type RequestRow = {
  account: string;
  /** Its ARN ends with it: `create/…`. */
  token: string;
  /** What the client calls it, so that it is made only once. */
  clientToken: string;
  operation: AsyncOperationName;
  parameters: AsyncRequestParameters;
  /** Name of the access point. */
  name: string;
  createdAt: Millis;
  status: 'INPROGRESS' | 'SUCCEEDED' | 'FAILED';
  /** Why it will fail, or has failed. */
  fault?: { code: string; message: string };
  /** Where it was carried out. */
  regions?: string[];
};

export const requests = table<RequestRow>()('s3-control.requests', {
  scope: 'global',
  key: ['account', 'token'],
  indexes: { byClientToken: ['account', 'operation', 'clientToken'] },
});
