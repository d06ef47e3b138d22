/** What S3 Access Grants keeps: of each account and Region an instance, its locations and its grants. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { Permission } from '#models/s3-control';

type Tags = { [key: string]: string };

export type InstanceRow = {
  /** There is one: `default`. */
  id: string;
  createdAt: Millis;
  policy?: { text: string; organization?: string; createdAt: Millis };
  tags?: Tags;
};

export type LocationRow = {
  /** `default` of the location `s3://`. */
  id: string;
  /** `s3://`, `s3://bucket`, `s3://bucket/prefix`. */
  scope: string;
  role: string;
  createdAt: Millis;
  tags?: Tags;
};

export type GrantRow = {
  id: string;
  /** ARN of a user or a role. */
  grantee: string;
  permission: Permission;
  location: string;
  subPrefix?: string;
  /** Where what it opens begins, without `s3://` and without a star at its end. */
  base: string;
  /** As it is shown. */
  scope: string;
  /** It opens one object alone. */
  isObject?: true;
  createdAt: Millis;
  tags?: Tags;
};

export const instances = table<InstanceRow>()('s3-control.grant-instances', { scope: 'region', key: ['id'] });
export const locations = table<LocationRow>()('s3-control.grant-locations', {
  scope: 'region',
  key: ['id'],
  indexes: { byScope: ['scope', 'id'] },
});
export const grants = table<GrantRow>()('s3-control.grants', {
  scope: 'region',
  key: ['id'],
  indexes: {
    byGrantee: ['grantee', 'base', 'id'],
    byLocation: ['location', 'id'],
  },
});
