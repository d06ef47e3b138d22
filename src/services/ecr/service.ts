/** Amazon Elastic Container Registry. */
import { MIB } from '#kernel/base';
import { defineService, noneOf, notYet } from '#kernel/contract';
import {
  batchDeleteImage,
  batchGetImage,
  describeImages,
  listImageReferrers,
  listImages,
  putImage,
} from './operations/image.ts';
import {
  batchCheckLayerAvailability,
  completeLayerUpload,
  getDownloadUrlForLayer,
  initiateLayerUpload,
  uploadLayerPart,
} from './operations/layer.ts';
import {
  deleteLifecyclePolicy,
  expire,
  getLifecyclePolicy,
  getLifecyclePolicyPreview,
  lifecycle,
  putLifecyclePolicy,
  startLifecyclePolicyPreview,
} from './operations/lifecycle.ts';
import {
  getAccountSetting,
  getAuthorizationToken,
  getRegistryScanningConfiguration,
  putAccountSetting,
} from './operations/registry.ts';
import {
  claim,
  describeImageReplicationStatus,
  describeRegistry,
  putReplicationConfiguration,
  replicate,
} from './operations/replication.ts';
import {
  batchGetRepositoryScanningConfiguration,
  createRepository,
  deleteRepository,
  deleteRepositoryPolicy,
  describeRepositories,
  expireUpload,
  getRepositoryPolicy,
  listTagsForResource,
  putImageScanningConfiguration,
  putImageTagMutability,
  setRepositoryPolicy,
  sweep,
  tagResource,
  untagResource,
} from './operations/repository.ts';
import { access } from './policy.ts';
import { traffic } from './traffic.ts';
import { voice } from './voice.ts';

const SCANS = 'Images are not scanned: there is no database of vulnerabilities.';
const REPLICATION = 'Images are replicated from when a rule is there; those pushed before are not yet.';
const UPSTREAM = 'Images are not fetched from other registries yet.';
const TEMPLATES = 'Repositories are made by their owners only, so that templates would have no effect.';
const SIGNING = 'Images are not signed: that comes with AWS Signer.';
const REGISTRY_POLICY =
  "A registry's policy is about other accounts' images and pull through caches, which are not built yet.";
const EXCLUSIONS = 'The time of a pull is recorded whoever pulls.';

export const service = defineService<'ecr'>({
  name: 'ecr',
  prefix: 'ecr',
  access,
  voice,
  traffic,
  metrics: 'AWS/ECR',
  // A part of a layer, in base64 within JSON.
  requestBytesMax: 32 * MIB,
  timers: { sweep, lifecycle, upload: expireUpload },
  tasks: { claim, expire, replicate },
  reads: { BatchCheckLayerAvailability: 'silent' },
  operations: {
    BatchCheckLayerAvailability: batchCheckLayerAvailability,
    BatchDeleteImage: batchDeleteImage,
    BatchGetImage: batchGetImage,
    BatchGetRepositoryScanningConfiguration: batchGetRepositoryScanningConfiguration,
    CompleteLayerUpload: completeLayerUpload,
    CreatePullThroughCacheRule: notYet(UPSTREAM),
    CreateRepository: createRepository,
    CreateRepositoryCreationTemplate: notYet(TEMPLATES),
    DeleteLifecyclePolicy: deleteLifecyclePolicy,
    DeletePullThroughCacheRule: notYet(UPSTREAM),
    DeleteRegistryPolicy: notYet(REGISTRY_POLICY),
    DeleteRepository: deleteRepository,
    DeleteRepositoryCreationTemplate: notYet(TEMPLATES),
    DeleteRepositoryPolicy: deleteRepositoryPolicy,
    DeleteSigningConfiguration: notYet(SIGNING),
    DeregisterPullTimeUpdateExclusion: notYet(EXCLUSIONS),
    DescribeImageReplicationStatus: describeImageReplicationStatus,
    DescribeImageScanFindings: notYet(SCANS),
    DescribeImageSigningStatus: notYet(SIGNING),
    DescribeImages: describeImages,
    DescribePullThroughCacheRules: noneOf(notYet(UPSTREAM), () => ({ pullThroughCacheRules: [] })),
    DescribeRegistry: describeRegistry,
    DescribeReplicationBackfillResults: notYet(REPLICATION),
    DescribeRepositories: describeRepositories,
    DescribeRepositoryCreationTemplates: noneOf(notYet(TEMPLATES), (_, ctx) => ({
      registryId: ctx.account,
      repositoryCreationTemplates: [],
    })),
    GetAccountSetting: getAccountSetting,
    GetAuthorizationToken: getAuthorizationToken,
    GetDownloadUrlForLayer: getDownloadUrlForLayer,
    GetLifecyclePolicy: getLifecyclePolicy,
    GetLifecyclePolicyPreview: getLifecyclePolicyPreview,
    GetRegistryPolicy: notYet(REGISTRY_POLICY),
    GetRegistryScanningConfiguration: getRegistryScanningConfiguration,
    GetRepositoryPolicy: getRepositoryPolicy,
    GetSigningConfiguration: notYet(SIGNING),
    InitiateLayerUpload: initiateLayerUpload,
    ListImageReferrers: listImageReferrers,
    ListImages: listImages,
    ListPullTimeUpdateExclusions: noneOf(notYet(EXCLUSIONS), () => ({ pullTimeUpdateExclusions: [] })),
    ListReplicationBackfills: notYet(REPLICATION),
    ListTagsForResource: listTagsForResource,
    PutAccountSetting: putAccountSetting,
    PutImage: putImage,
    PutImageScanningConfiguration: putImageScanningConfiguration,
    PutImageTagMutability: putImageTagMutability,
    PutLifecyclePolicy: putLifecyclePolicy,
    PutRegistryPolicy: notYet(REGISTRY_POLICY),
    PutRegistryScanningConfiguration: notYet(SCANS),
    PutReplicationConfiguration: putReplicationConfiguration,
    PutSigningConfiguration: notYet(SIGNING),
    RegisterPullTimeUpdateExclusion: notYet(EXCLUSIONS),
    SetRepositoryPolicy: setRepositoryPolicy,
    StartImageScan: notYet(SCANS),
    StartLifecyclePolicyPreview: startLifecyclePolicyPreview,
    StartReplicationBackfill: notYet(REPLICATION),
    StopReplicationBackfill: notYet(REPLICATION),
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateImageStorageClass: notYet('Images are not archived here.'),
    UpdatePullThroughCacheRule: notYet(UPSTREAM),
    UpdateRepositoryCreationTemplate: notYet(TEMPLATES),
    UploadLayerPart: uploadLayerPart,
    ValidatePullThroughCacheRule: notYet(UPSTREAM),
  },
});
