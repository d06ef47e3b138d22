/** What Secrets Manager keeps: secrets, and each version of their values, sealed. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';

/** A replica that a primary has, and how far it is. `overwrite`: a secret of its name there gives way, once. */
export type ReplicaEntry = {
  region: string;
  kmsKeyId?: string;
  status: 'InProgress' | 'InSync' | 'Failed';
  message?: string;
  overwrite?: boolean;
};

export type SecretRow = {
  name: string;
  arn: string;
  description?: string;
  /** Undefined is AWS's own key. */
  kmsKeyId?: string;
  tags: { Key: string; Value: string }[];
  replicas?: readonly ReplicaEntry[];
  /** Of a replica: the Region of its primary. */
  primary?: string;
  /** The service that has made it for itself: `events`. */
  owner?: string;
  policy?: string;
  createdAt: Millis;
  changedAt: Millis;
  accessedAt?: Millis;
  deletedAt?: Millis;
  rotatedAt?: Millis;
  nextRotationAt?: Millis;
  rotation?: {
    enabled: boolean;
    lambdaArn?: string;
    rules: { AutomaticallyAfterDays?: number; Duration?: string; ScheduleExpression?: string };
    /** Of a schedule, once it has been kept: how many days lie between two rotations. */
    everyDays?: number;
  };
};

export type VersionRow = {
  name: string;
  id: string;
  stages: string[];
  /** Sealed under `dataKey`, in base64. Absent in a version that a rotation has begun and not filled. */
  sealed?: string;
  /** As KMS sealed it, in base64. */
  dataKey?: string;
  binary: boolean;
  /** Of the value, to tell the same request from another. */
  hash: string;
  kmsKeyId?: string;
  createdAt: Millis;
  accessedAt?: Millis;
};

export const secrets = table<SecretRow>()('secrets-manager.secrets', {
  scope: 'region',
  key: ['name'],
  indexes: { byArn: ['arn'], byCreated: ['createdAt', 'name'] },
});
export const versions = table<VersionRow>()('secrets-manager.versions', { scope: 'region', key: ['name', 'id'] });
