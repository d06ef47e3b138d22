/** What CloudFormation keeps of scans of an account, and of the templates that are generated from what they find. */
import type { Millis } from '#kernel/base';
import type { OutputOf, Pass } from '#kernel/contract';
import { table } from '#kernel/store';

type DetailShape = NonNullable<OutputOf<'cloudformation', 'DescribeGeneratedTemplate'>['Resources']>[number];
type TemplateShape = OutputOf<'cloudformation', 'DescribeGeneratedTemplate'>;

/** What names a thing of a type: by the properties that the type's schema says. */
export type Identifier = { [property: string]: string };

export type ScanRow = {
  id: string;
  /** Of the scans in the Region, first to last. */
  number: number;
  startedAt: Millis;
  endedAt?: Millis;
  /** Types, or beginnings of their names; absent where all are scanned. */
  filters?: string[];
  types: string[];
  scanned: number;
  read: number;
  token?: string;
  pass: Pass;
};

export type ScannedRow = {
  scanId: string;
  type: string;
  /** The values of its identifier, joined. */
  id: string;
  identifier: Identifier;
  isManaged: boolean;
  tags: { [key: string]: string };
  /** JSON. */
  properties: string;
};

export type Detail = {
  type: string;
  logicalId: string;
  identifier: Identifier;
  status: NonNullable<DetailShape['ResourceStatus']>;
  reason?: string;
  /** Required properties that can't be read back. */
  unread: string[];
  /** JSON. */
  properties?: string;
};

export type GeneratedRow = {
  id: string;
  name: string;
  status: NonNullable<TemplateShape['Status']>;
  reason?: string;
  createdAt: Millis;
  updatedAt: Millis;
  /** Whose template it goes on from. */
  stackId?: string;
  deletion: 'DELETE' | 'RETAIN';
  replace: 'DELETE' | 'RETAIN';
  resources: Detail[];
  pass: Pass;
};

export const scans = table<ScanRow>()('cloudformation.scans', {
  scope: 'region',
  key: ['id'],
  indexes: { byNumber: ['number'] },
});
export const scanned = table<ScannedRow>()('cloudformation.scanned', {
  scope: 'region',
  key: ['scanId', 'type', 'id'],
});
export const generated = table<GeneratedRow>()('cloudformation.generated', {
  scope: 'region',
  key: ['id'],
  indexes: { byName: ['name'] },
});
