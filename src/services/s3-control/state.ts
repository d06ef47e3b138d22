/** What S3 Control keeps besides what is S3's: jobs of Batch Operations and their tasks. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { JobManifest, JobOperation, JobReport, JobStatus } from '#models/s3-control';

export type JobRow = {
  id: string;
  createdAt: Millis;
  token: string;
  status: JobStatus;
  priority: number;
  role: string;
  operation: JobOperation;
  report: JobReport;
  manifest: JobManifest;
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

/** How a task ended. */
export type Outcome = { status: 'succeeded' | 'failed'; code: string; http: number; message: string };

export type TaskRow = {
  job: string;
  index: number;
  bucket: string;
  key: string;
  versionId?: string;
  /** Absent while it waits. */
  outcome?: Outcome;
};

export const jobs = table<JobRow>()('s3-control.jobs', {
  scope: 'region',
  key: ['id'],
  indexes: { byTime: ['createdAt', 'id'], byToken: ['token'] },
});
export const tasks = table<TaskRow>()('s3-control.tasks', { scope: 'region', key: ['job', 'index'] });
