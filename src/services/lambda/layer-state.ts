/** What Lambda keeps of layers, and of the configurations that say whose signed code functions take. */
import type { Millis } from '#kernel/base';
import { type BlobRef, table } from '#kernel/store';
import type { Statement } from './state.ts';

/** A layer, and the version that was published last. */
export type LayerRow = {
  name: string;
  published: number;
  /** What the next version is called, where it is brought from a layer of elsewhere. */
  next?: number;
};

export type LayerVersionRow = {
  name: string;
  number: number;
  /** The number while it is there: what lists go by. */
  live?: number;
  description: string;
  license?: string;
  runtimes: string[];
  architectures: string[];
  code: BlobRef;
  codeSha256: string;
  codeSize: number;
  /** Bytes of its files. */
  unpacked: number;
  createdAt: Millis;
  /** Functions that use it go on doing so. */
  deleted?: true;
  /** How many versions of functions use it; of those published before that was counted it is not known. */
  users?: number;
  statements: Statement[];
  revisionId?: string;
};

export type SigningConfigRow = {
  id: string;
  arn: string;
  description?: string;
  publishers: string[];
  policy: 'Warn' | 'Enforce';
  tags: { [key: string]: string };
  modifiedAt: Millis;
};

/** The address at which code of this account and Region can be downloaded for a while, and what its links are signed with. */
export type DownloadRow = { id: 'all'; address: string; secret: string };

export const layers = table<LayerRow>()('lambda.layers', { scope: 'region', key: ['name'] });
export const layerVersions = table<LayerVersionRow>()('lambda.layer-versions', {
  scope: 'region',
  key: ['name', 'number'],
  indexes: { byLive: ['name', 'live'] },
  migrations: [(row) => ({ ...row, ...(row.deleted !== true && { live: row.number }) })],
});
export const signingConfigs = table<SigningConfigRow>()('lambda.signing-configs', { scope: 'region', key: ['id'] });
export const downloads = table<DownloadRow>()('lambda.downloads', { scope: 'region', key: ['id'] });
