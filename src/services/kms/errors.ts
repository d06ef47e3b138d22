/**
 * What KMS refuses. Source: KMS API Reference, each operation's "Errors"; texts as recorded from AWS, as far as recordings are public.
 *
 * Deviation: the codes are AWS's, but the texts of refused limits, markers, services in grants, wrappings and changes of multi-Region keys are
 * Cloudyard's own.
 */
import { commonError, errorsOf } from '#kernel/contract';

const error = errorsOf('kms');

export const invalid = (message: string) => commonError('ValidationException', message);
export const invalidKeyId = (id: string) => error('NotFoundException', `Invalid keyId '${id}'`);
/** What of an ARN is no key id stands without quotes. Source: floci-io/floci, pull request 3968. */
export const invalidKeyIdOfArn = (id: string) => error('NotFoundException', `Invalid keyId ${id}`);
/** @param what the Region of an ARN that is another's, or a text that is no ARN of KMS */
export const invalidArn = (what: string) => error('NotFoundException', `Invalid arn ${what}`);
/** Source: answers to GetKeyPolicy and CreateGrant that users quote; radkawar/stackd, measured in 2026. */
export const notByAlias = () => error('InvalidArnException', 'Key Aliases are not supported for this operation.');
export const keyNotFound = (arn: string) => error('NotFoundException', `Key '${arn}' does not exist`);
export const aliasNotFound = (arn: string) => error('NotFoundException', `Alias ${arn} is not found.`);
export const noSuchStore = () => error('CustomKeyStoreNotFoundException', '');
/** AWS says no more of keys that can't rotate. */
export const notRotatable = () => unsupported('');
export const rotatedTooOften = (arn: string) =>
  limitExceeded(
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
  );
/** Source: API Reference, RotateKeyOnDemand, "ConflictException". */
export const rotatesSoon = (arn: string) =>
  error(
    'ConflictException',
    `An automatic rotation of ${arn} is in progress or scheduled to begin within the next 20 minutes.`,
  );
export const nothingToRotate = (arn: string) =>
  error('KMSInvalidStateException', `No available key material pending rotation for the key: ${arn}.`);
export const alreadyPending = (id: string, material: string, pending: string) =>
  error(
    'KMSInvalidStateException',
    `New key material (id: ${material}) cannot be imported into KMS key ${id}, because another key material (id: ${pending}) is pending rotation.`,
  );
export const notPrimary = (arn: string) => unsupported(`${arn} is not a multi-region primary key.`);
/** Source: badmintoncryer/cdk-preflight, which does not tell the code. */
export const primaryThere = (region: string) =>
  invalid(`${region} cannot have a replica because it contains the primary.`);
/** AWS says no more of a peer's key. */
export const badPeer = () => invalid('');
export const noSuchPolicy = () => error('NotFoundException', 'No such policy exists');
/** Source: KMS Developer Guide, "Troubleshooting key access"; what a caller of another account hears of any key. */
export const deniedAcross = (caller: string, action: string, arn: string) =>
  commonError(
    'AccessDeniedException',
    `User: ${caller} is not authorized to perform: ${action} on resource: ${arn} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
  );
/** Decrypt without KeyId, of a ciphertext whose key is not found. */
export const ciphertextRefersNowhere = () =>
  commonError(
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );

/** Source: KMS Developer Guide, "Key states of AWS KMS keys", its notes. */
export const disabled = (arn: string) => error('DisabledException', `${arn} is disabled.`);
export const badState = (arn: string, state: string) => error('KMSInvalidStateException', `${arn} is ${state}.`);
export const badOrigin = (arn: string, origin: string) =>
  error('UnsupportedOperationException', `${arn} origin is ${origin} which is not valid for this operation.`);
/** Source: badmintoncryer/cdk-preflight. */
export const notForOrigin = (spec: string, origin: string) =>
  unsupported(`KeySpec ${spec} is not supported for Origin ${origin}`);
export const unsupported = (message: string) => error('UnsupportedOperationException', message);

export const badUsage = (arn: string, usage: string, operation: string) =>
  error('InvalidKeyUsageException', `${arn} key usage is ${usage} which is not valid for ${operation}.`);
export const badAlgorithm = (algorithm: string, spec: string) =>
  error('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
/** Source: floci-io/floci, pull request 3968; those of pairs are made after it. */
export const notForDataKeys = () =>
  error('InvalidKeyUsageException', 'You cannot generate a data key with an asymmetric CMK');
/** Source: floci-io/floci, pull request 3968. */
export const contextOfAsymmetric = () =>
  invalid('EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.');
/** AWS says no more of keys that have no public half. Source: floci-io/floci, pull request 3968. */
export const noPublicKey = () => unsupported('');
export const badCiphertext = () => error('InvalidCiphertextException', '');
export const noCiphertext = () =>
  invalid(
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  );
export const incorrectKey = () =>
  error('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.');
export const badDigestLength = (algorithm: string) => invalid(`Digest is invalid length for algorithm ${algorithm}.`);
export const badMessageType = (type: string, what: string) =>
  invalid(`Message type ${type} is incompatible with ${what}.`);
export const badSignature = () => error('KMSInvalidSignatureException', '');
export const badMac = () => error('KMSInvalidMacException', '');
export const dryRun = () =>
  error('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.');
export const noAttestation = () =>
  unsupported('Cloudyard runs no AWS Nitro enclaves: Recipient is not supported, call without it.');

export const aliasExists = (arn: string) =>
  error('AlreadyExistsException', `An alias with the name ${arn} already exists`);
/** AWS answers so to names under alias/aws/, which are its own. Source: badmintoncryer/cdk-preflight. */
export const aliasReserved = () =>
  error('NotAuthorizedException', 'The alias name for a customer managed CMK cannot begin with alias/aws/.');
export const badAliasPrefix = () =>
  invalid(
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );
/** The model lets a colon pass. Source: API Reference, CreateAlias, AliasName. */
export const badAliasCharacters = (name: string) => invalid(`${name} contains invalid characters for an alias`);
export const badAliasName = () => error('InvalidAliasNameException', '');
export const aliasOfAlias = () => invalid('Aliases must refer to keys. Not aliases');
export const limitExceeded = (message: string) => error('LimitExceededException', message);
export const badMarker = () => error('InvalidMarkerException', 'Could not deserialize marker.');
export const badTag = (message: string) => error('TagException', message);

export const malformedPolicy = (message: string) => error('MalformedPolicyDocumentException', message);
/** Source: GoogleCloudPlatform/anthos-samples, issue 357: a role that is not there. */
export const invalidPrincipals = () =>
  malformedPolicy('Policy contains a statement with one or more invalid principals.');
/** Source: badmintoncryer/cdk-preflight. */
export const noPrincipal = () => malformedPolicy('Policy contains a statement with no principal.');
/** Source: KMS API Reference, PutKeyPolicy. */
export const policyOfRam = () =>
  error('ValidationException', 'The AWS_RAM policy can only be managed by the RAM service.');
export const lockedOut = () =>
  malformedPolicy('The new key policy will not allow you to update the key policy in the future.');

export const badGrantToken = () => error('InvalidGrantTokenException', 'Invalid grant token.');
export const badPrincipal = (arn: string) =>
  error('InvalidArnException', `ARN does not refer to a valid principal: ${arn}`);
export const grantNotFound = (id: string) => error('NotFoundException', `Grant ID ${id} not found`);

export const badImportToken = () => error('InvalidImportTokenException', '');
export const expiredImportToken = () => error('ExpiredImportTokenException', '');
export const badMaterial = () => error('IncorrectKeyMaterialException', '');
export const alreadyExists = (message: string) => error('AlreadyExistsException', message);
