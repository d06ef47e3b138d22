/** What ECR keeps: repositories, their images and tags, and layers with the uploads that become some. */
import type { Millis } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';

type RepositoryShape = NonNullable<NonNullable<OutputOf<'ecr', 'CreateRepository'>['repository']>>;

type ConfigurationShape = OutputOf<'ecr', 'PutReplicationConfiguration'>['replicationConfiguration'];

/** A body under a nonce of its own; its key is the repository's. */
export type Body = { blob: BlobRef; nonce: string };

export type RepositoryRow = {
  name: string;
  /** Under which its contents lie: another repository of the same name has none of them. */
  id: string;
  arn: string;
  mutability: NonNullable<RepositoryShape['imageTagMutability']>;
  exclusions?: NonNullable<RepositoryShape['imageTagMutabilityExclusionFilters']>;
  scansOnPush: boolean;
  /** Where KMS has its key: the data key as KMS sealed it, in base64, and the grant by which ECR opens it. */
  key?: { arn: string; sealed: string; grant?: string; isTwofold: boolean };
  policy?: string;
  lifecycle?: { text: string; evaluatedAt?: Millis };
  /** A policy that somebody wants to see the effects of. */
  preview?: string;
  tags: { [key: string]: string };
  createdAt: Millis;
};

export type ImageRow = {
  repository: string;
  digest: string;
  manifest: Body;
  mediaType: string;
  artifactType?: string;
  annotations?: { [name: string]: string };
  /** Of what it names; of one that lists images the largest of those. */
  size: number;
  /** Its layers and its configuration, or the images that it lists. */
  parts: string[];
  subject?: string;
  tagging: 'TAGGED' | 'UNTAGGED';
  pushedAt: Millis;
  pulledAt?: Millis;
};

/** Pieces as they were uploaded, in their order; what it is, an image says. */
export type LayerRow = { repository: string; digest: string; bodies: Body[]; size: number; mediaType?: string };
export type UploadRow = { repository: string; id: string; bytes: number; parts?: number };
export type PieceRow = { upload: string; at: number; body: Body };
/** What an account has in a Region: the secret under which tokens, links and bodies are. */
export type RegistryRow = { id: 'own'; secret: string; mounts?: true };

/** Where a registry's images go besides, and those of which repositories. */
export type ReplicationRow = { id: 'own'; rules: NonNullable<ConfigurationShape>['rules'] };
/** How far an image is on its way to another Region. */
export type CopyRow = {
  repository: string;
  digest: string;
  region: string;
  status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
  failure?: string;
};

export const repositories = table<RepositoryRow>()('ecr.repositories', { scope: 'region', key: ['name'] });
export const images = table<ImageRow>()('ecr.images', {
  scope: 'region',
  key: ['repository', 'digest'],
  indexes: { byTagging: ['repository', 'tagging', 'digest'], bySubject: ['repository', 'subject', 'digest'] },
});
export const imageTags = table<{ repository: string; tag: string; digest: string }>()('ecr.tags', {
  scope: 'region',
  key: ['repository', 'tag'],
  indexes: { byImage: ['repository', 'digest', 'tag'] },
});
/** Which image names which part: a layer that none names any more goes. */
export const uses = table<{ repository: string; part: string; digest: string }>()('ecr.uses', {
  scope: 'region',
  key: ['repository', 'part', 'digest'],
});
export const layers = table<LayerRow>()('ecr.layers', { scope: 'region', key: ['repository', 'digest'] });
export const uploads = table<UploadRow>()('ecr.uploads', { scope: 'region', key: ['repository', 'id'] });
export const pieces = table<PieceRow>()('ecr.pieces', { scope: 'region', key: ['upload', 'at'] });
export const registries = table<RegistryRow>()('ecr.registries', { scope: 'region', key: ['id'] });
export const replications = table<ReplicationRow>()('ecr.replications', { scope: 'region', key: ['id'] });
export const copies = table<CopyRow>()('ecr.copies', { scope: 'region', key: ['repository', 'digest', 'region'] });
