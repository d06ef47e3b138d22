/** What ECR refuses. Source: ECR API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf, type ServiceError } from '#kernel/contract';

const error = errorsOf('ecr');
const at = (name: string, registry: string) =>
  `the repository with name '${name}' in the registry with id '${registry}'`;

export const noRepository = (name: string, registry: string) =>
  error(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
  );
export const repositoryExists = (name: string, registry: string) =>
  error(
    'RepositoryAlreadyExistsException',
    `The repository with name '${name}' already exists in the registry with id '${registry}'`,
  );
export const notEmpty = (name: string, registry: string) =>
  error(
    'RepositoryNotEmptyException',
    `The repository with name '${name}' in registry with id '${registry}' cannot be deleted because it still contains images`,
  );
export const invalid = (message: string) => error('InvalidParameterException', message);
export const invalidLifecycle = (why: string) =>
  invalid(`Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: '${why}'`);
export const invalidPolicy = () =>
  invalid("Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'");
/** Source: ECR's answer as a user shows it: ecr-scan-image, issue 40. */
export const badTag = () =>
  invalid(
    "Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9-_.]+''",
  );
/** Source: badmintoncryer/cdk-preflight, measured in September 2026, as of the next. */
export const keyWithout = () =>
  invalid(
    "Invalid parameter at 'encryptionConfiguration' failed to satisfy constraint: 'Invalid encryption configuration: Encryption key should not be set for AES256 encryption.'",
  );
export const exclusionsWithout = (mutability: string) =>
  invalid(
    `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set as ${mutability}'`,
  );
export const badDestination = (why: string) =>
  invalid(`Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: '${why}'`);
export const noLifecycle = (name: string, registry: string) =>
  error('LifecyclePolicyNotFoundException', `Lifecycle policy does not exist for ${at(name, registry)}`);
export const noPreview = (name: string, registry: string) =>
  error('LifecyclePolicyPreviewNotFoundException', `Lifecycle policy preview does not exist for ${at(name, registry)}`);
export const noPolicy = (name: string, registry: string) =>
  error('RepositoryPolicyNotFoundException', `Repository policy does not exist for ${at(name, registry)}`);
export const imageExists = (digest: string, tag: string | undefined, name: string, registry: string) =>
  error(
    'ImageAlreadyExistsException',
    `Image with digest '${digest}' and tag '${tag ?? null}' already exists in the repository with name '${name}' in registry with id '${registry}'`,
  );
export const tagExists = (tag: string, name: string) =>
  error(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  );
export const noImage = (id: string, name: string, registry: string) =>
  error('ImageNotFoundException', `The image with imageId ${id} does not exist within ${at(name, registry)}`);
export const otherDigest = () =>
  error('ImageDigestDoesNotMatchException', 'The digest of the image does not match the digest that was specified');
export const noLayers = (digests: readonly string[]) =>
  error('LayersNotFoundException', `Layers with digests '[${digests.join(', ')}]' do not exist`);
/** Source: ECR's answer as a user shows it: monken/aws-ecr-public, issue 11. */
export const noLayer = (digest: string, name: string, registry: string) =>
  error('LayersNotFoundException', `The layer with digest '${digest}' does not exist within ${at(name, registry)}`);
/** Source: ECR API Reference, GetDownloadUrlForLayer: for layers that an image refers to only. */
export const layerUnused = (digest: string) =>
  error(
    'LayerInaccessibleException',
    `The layer with digest '${digest}' is not available because it is not associated with an image`,
  );
export const noReferenced = (digests: readonly string[]) =>
  error(
    'ReferencedImagesNotFoundException',
    `Images with digests '[${digests.join(', ')}]' required for pushing image do not exist`,
  );
export const noUpload = (id: string, name: string, registry: string) =>
  error('UploadNotFoundException', `The upload with id '${id}' in ${at(name, registry)} does not exist`);
export const emptyUpload = () =>
  error('EmptyUploadException', 'The specified layer upload does not contain any layer parts');
export const partTooSmall = () => error('LayerPartTooSmallException', 'Layer parts must be at least 5 MiB in size');
export const layerExists = (digest: string, name: string, registry: string) =>
  error('LayerAlreadyExistsException', `Layer with digest '${digest}' already exists in ${at(name, registry)}`);
export const invalidLayer = (digest: string) =>
  error('InvalidLayerException', `The layer digest '${digest}' does not match the digest of the uploaded layer`);
export const invalidPart = (last: number, fields: { registryId: string; repositoryName: string; uploadId: string }) =>
  error(
    'InvalidLayerPartException',
    `The layer part has another size, or does not begin after the last byte, ${last}`,
    {
      ...fields,
      lastValidByteReceived: Math.max(last, 0),
    },
  );
export const tooManyTags = () => error('TooManyTagsException', 'The maximum number of tags per repository is 50');
export const invalidTag = (message: string) => error('InvalidTagParameterException', message);
export const quotaReached = (message: string) => error('LimitExceededException', message);
/** KMS's error as ECR passes it on. */
export const kmsError = ({ code, message }: ServiceError) => error('KmsException', message, { kmsError: code });
export const invalidSetting = (name: string) =>
  error('ValidationException', `The account setting '${name}' is not supported`);
