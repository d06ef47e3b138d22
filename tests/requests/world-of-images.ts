/** What is there before each request to ECR: an image in a repository, and an upload that has begun. */
import { createHash } from 'node:crypto';
import type { Furnish } from './world.ts';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const LIFECYCLE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'Images without a tag are no use to anybody',
      selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
});

export const ecr: Furnish = async ({ ecr }) => {
  const repositoryName = 'shop/web';
  const { repository } = await ecr.CreateRepository({ repositoryName, tags: [{ Key: 'a', Value: 'b' }] });
  const begin = async (text: string) => {
    const { uploadId = '' } = await ecr.InitiateLayerUpload({ repositoryName });
    await ecr.UploadLayerPart({
      repositoryName,
      uploadId,
      partFirstByte: 0,
      partLastByte: text.length - 1,
      layerPartBlob: Buffer.from(text),
    });
    return uploadId;
  };
  for (const text of ['layer', 'config'])
    await ecr.CompleteLayerUpload({ repositoryName, uploadId: await begin(text), layerDigests: [digestOf(text)] });
  const descriptor = (text: string) => ({ mediaType: 'x', digest: digestOf(text), size: text.length });
  const manifest = (note: string) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: descriptor('config'),
      layers: [descriptor('layer')],
      note,
    });
  await ecr.PutImage({ repositoryName, imageManifest: manifest('one'), imageTag: 'v1' });
  await ecr.PutLifecyclePolicy({ repositoryName, lifecyclePolicyText: LIFECYCLE });
  await ecr.StartLifecyclePolicyPreview({ repositoryName });
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'ecr:BatchGetImage' }],
  });
  await ecr.SetRepositoryPolicy({ repositoryName, policyText });
  return {
    repositoryName: [repositoryName],
    'CreateRepositoryRequest.repositoryName': ['other'],
    repositoryNames: [repositoryName],
    registryId: ['123456789012'],
    uploadId: [await begin('open')],
    imageManifest: [manifest('two')],
    imageManifestMediaType: [],
    imageTag: ['v1'],
    imageDigest: [digestOf(manifest('one'))],
    'PutImageRequest.imageDigest': [],
    layerDigest: [digestOf('layer')],
    layerDigests: [digestOf('open')],
    lifecyclePolicyText: [LIFECYCLE],
    policyText: [policyText],
    resourceArn: [repository?.repositoryArn],
    encryptionConfiguration: [],
    imageTagMutability: ['MUTABLE', 'IMMUTABLE'],
    imageTagMutabilityExclusionFilters: [],
    partFirstByte: [4],
    partLastByte: [4],
    layerPartBlob: [Buffer.from('x')],
    deleteReplication: [],
    name: ['BLOB_MOUNTING'],
    value: ['ENABLED'],
    nextToken: [],
  };
};
