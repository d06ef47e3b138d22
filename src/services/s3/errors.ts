/** What S3 refuses. Source: S3 API Reference, "List of error codes"; texts and further elements as recorded from AWS. */
import type { Millis } from '#kernel/base';
import { errorsOf, type ServiceError } from '#kernel/contract';
import {
  COPY_BYTES_MAX,
  FORM_BYTES_MAX,
  KEY_BYTES_MAX,
  PART_BYTES_MIN,
  PARTS_MAX,
  PUT_BYTES_MAX,
  USER_METADATA_BYTES_MAX,
} from './limits.ts';

const error = errorsOf('s3');

export const noSuchBucket = (BucketName: string) =>
  error('NoSuchBucket', 'The specified bucket does not exist', { BucketName });
export const noSuchKey = (Key: string) => error('NoSuchKey', 'The specified key does not exist.', { Key });
export const keyIsDeleted = (Key: string, VersionIdHeader: string) =>
  error('NoSuchKey', 'The specified key does not exist.', { Key, DeleteMarker: true, VersionIdHeader });
export const noSuchVersion = (Key: string, VersionId: string) =>
  error('NoSuchVersion', 'The specified version does not exist.', { Key, VersionId });
export const noSuchUpload = (UploadId: string) =>
  error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId },
  );
export const methodNotAllowed = (Method: string, ResourceType: string, Allow?: string) =>
  error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    Method,
    ResourceType,
    Allow,
  });
export const noLoggingOfKey = () =>
  error('NoLoggingStatusForKey', 'There is no such thing as the ?logging sub-resource for a key');
export const userKeyMissing = () => error('UserKeyMustBeSpecified', 'User key must be specified.');
export const conflictingParts = (names: readonly string[]) =>
  invalidArgument(`Conflicting query string parameters: ${names.join(', ')}`, 'ResourceType', names[0]);
export const isDeleteMarker = (Method: string, VersionIdHeader: string, LastModified: Millis) =>
  error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    Method,
    ResourceType: 'DeleteMarker',
    DeleteMarker: true,
    VersionIdHeader,
    LastModified,
    Allow: 'DELETE',
  });
export const invalidBucketName = (BucketName: string) =>
  error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName });
export const bucketExists = (BucketName: string) =>
  error(
    'BucketAlreadyExists',
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    { BucketName },
  );
export const bucketIsYours = (BucketName: string) =>
  error(
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    { BucketName },
  );
export const bucketNotEmpty = (BucketName: string, versioned: boolean) =>
  error(
    'BucketNotEmpty',
    versioned
      ? 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.'
      : 'The bucket you tried to delete is not empty',
    { BucketName },
  );
export const notAnAccount = (what: string, given: string) =>
  error('InvalidBucketOwnerAWSAccountID', `The value of the ${what} parameter must be an AWS Account ID... [${given}]`);
export const hasAccessPoints = () =>
  error('BucketHasAccessPointsAttached', 'Bucket has access points attached and cannot be deleted.');
export const aclBlocked = () =>
  error(
    'InvalidBucketAclWithBlockPublicAccessError',
    'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
  );
export const noAttributes = () =>
  invalidRequest(
    'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
  );
export const tooManyBuckets = () => error('TooManyBuckets', 'You have attempted to create more buckets than allowed');
export const illegalLocation = (asked: string) =>
  error(
    'IllegalLocationConstraintException',
    asked === 'unspecified'
      ? 'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.'
      : `The ${asked} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
/** Source: S3 User Guide, "Account regional namespaces for general purpose buckets"; texts as recorded from AWS. */
export const namespaceMissing = () =>
  error(
    'MissingNamespaceHeader',
    'The requested bucket is an account-regional namespace bucket, but your request is missing the required x-amz-bucket-namespace header.',
    { Header: 'x-amz-bucket-namespace' },
  );
export const namespaceSuffixMissing = (suffix: string) =>
  error(
    'InvalidNamespaceHeader',
    `The requested bucket name did not include the account-regional namespace suffix, but the provided x-amz-bucket-namespace header value is account-regional. Specify ${suffix} as the bucket name suffix to create a bucket in your account-regional namespace, or remove the header.`,
  );
export const invalidLocation = (LocationConstraint: string) =>
  error('InvalidLocationConstraint', 'The specified location-constraint is not valid', { LocationConstraint });
export const permanentRedirect = (Bucket: string, Endpoint: string, BucketRegion: string) =>
  error(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    { Bucket, Endpoint, BucketRegion },
  );
export const wrongRegion = (signed: string, Region: string) =>
  error(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed; the region '${signed}' is wrong; expecting '${Region}'`,
    { Region, BucketRegion: Region },
  );
export const wrongQueryRegion = (signed: string, Region: string) =>
  error(
    'AuthorizationQueryParametersError',
    `Error parsing the X-Amz-Credential parameter; the region '${signed}' is wrong; expecting '${Region}'`,
    { Region, BucketRegion: Region },
  );
export const accessDenied = (message = 'Access Denied', BucketRegion?: string) =>
  error('AccessDenied', message, { BucketRegion });
export const invalidArgument = (message: string, ArgumentName?: string, ArgumentValue?: string) =>
  error('InvalidArgument', message, { ArgumentName, ArgumentValue });
/** Of a default encryption. Source: S3's answers in badmintoncryer/cdk-preflight, September 2026. */
export const keyNotApplicable = (kinds: string) =>
  invalidArgument(
    `a KMSMasterKeyID is not applicable if the default sse algorithm is not ${kinds}`,
    'ApplyServerSideEncryptionByDefault',
  );
export const badToken = () => invalidArgument('The continuation token provided is incorrect', 'continuation-token');
export const malformedToken = () => error('MalformedContinuationToken', 'The continuation-token you provided invalid.');
export const invalidRequest = (message: string) => error('InvalidRequest', message);
export const malformedXml = () =>
  error('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
export const invalidUri = (URI: string) => error('InvalidURI', "Couldn't parse the specified URI.", { URI });
export const lengthMissing = () => error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
export const keyTooLong = (Size: number) =>
  error('KeyTooLongError', 'Your key is too long', { Size, MaxSizeAllowed: KEY_BYTES_MAX });
/** Without a text, and so without a body. Source: S3's answers in github.com/floci-io/floci/issues/1231, floci-io/floci/pull/1325. */
export const leadsOutOfBucket = () => error('BadRequest', '');
export const metadataTooLarge = (Size: number) =>
  error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
    Size,
    MaxSizeAllowed: USER_METADATA_BYTES_MAX,
  });
const headerNotImplemented = (Header: string, additionalMessage?: string) =>
  error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
    Header,
    additionalMessage,
  });
export const chunkedNotImplemented = () => headerNotImplemented('Transfer-Encoding');
export const conditionNotImplemented = (header: string) =>
  headerNotImplemented(header, `We don't accept the provided value of ${header} header for this API`);
export const headerUnknown = (header: string) => headerNotImplemented(header);
export const conditionsNotImplemented = () =>
  headerNotImplemented('If-Match,If-None-Match', 'Multiple conditional request headers present in the request');
export const entityTooLarge = (ProposedSize: number, MaxSizeAllowed = PUT_BYTES_MAX) =>
  error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', { ProposedSize, MaxSizeAllowed });
/** Source: S3 User Guide, "Checking object integrity": with checksums, parts whose numbers do not follow each other are a 500. */
export const partsWithGaps = () => error('InternalError', 'We encountered an internal error. Please try again.');
export const entityTooSmall = (ProposedSize: number, PartNumber: number, ETag: string) =>
  error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize,
    MinSizeAllowed: PART_BYTES_MIN,
    PartNumber,
    ETag,
  });
export const formFileTooSmall = (ProposedSize: number, MinSizeAllowed: number) =>
  error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize,
    MinSizeAllowed,
  });
export const formNotWellFormed = () =>
  error('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.');
export const formTooLarge = () =>
  error('MaxPostPreDataLengthExceeded', 'Your POST request fields preceeding the upload file was too large.', {
    MaxPostPreDataLengthBytes: FORM_BYTES_MAX,
  });
export const formNotMultipart = () =>
  preconditionFailed('Bucket POST must be of the enclosure-type multipart/form-data');
export const invalidPolicyDocument = (message: string) => error('InvalidPolicyDocument', message);
export const invalidDigest = (ContentMD5: string) =>
  error('InvalidDigest', 'The Content-MD5 you specified was invalid.', { ContentMD5 });
export const badMd5 = (ExpectedDigest: string, CalculatedDigest: string) =>
  error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
    ExpectedDigest,
    CalculatedDigest,
  });
export const badChecksum = (algorithm: string) =>
  error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
export const badChecksumHeader = (header: string) => invalidRequest(`Value for ${header} header is invalid.`);
export const badContentHash = () => invalidRequest('The value of x-amz-content-sha256 header is invalid.');
/** Source: S3's answer in github.com/versity/versitygw/pull/1173. */
export const badTrailingChecksum = (header: string) =>
  invalidRequest(`Value for ${header} trailing header is invalid.`);
export const badTrailer = () => invalidRequest('The value specified in the x-amz-trailer header is not supported');
export const noChecksumFor = (header: string) =>
  invalidRequest(`${header} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`);
export const checksumNeeded = () =>
  invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
export const missingBody = () => error('MissingRequestBodyError', 'Request Body is empty');
export const tooManyChecksums = () =>
  invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
/** In a header and in the trailer. Source: S3's answer in github.com/versity/versitygw/issues/1657. */
/** Source: S3's answers in brekkylab/backlot, September 2026. */
export const unknownChecksum = () =>
  invalidRequest('The algorithm type you specified in x-amz-checksum- header is invalid.');
export const checksumTwice = () => invalidRequest('Expecting a single x-amz-checksum- header');
export const checksumTypeMismatch = (expected: string, actual: string) =>
  invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  );
export const preconditionFailed = (Condition: string) =>
  error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', { Condition });
/** Source: S3 API Reference, "List of error codes", ConditionalRequestConflict, whose description is taken for the text. */
export const conditionalConflict = (Condition: string) =>
  error(
    'ConditionalRequestConflict',
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    { Condition },
  );
export const notModified = (ETag: string, LastModified: Millis, VersionIdHeader: string | undefined) =>
  error('NotModified', '', { ETag, LastModified, VersionIdHeader });
export const invalidRange = (RangeRequested: string, ActualObjectSize: number) =>
  error('InvalidRange', 'The requested range is not satisfiable', { RangeRequested, ActualObjectSize });
export const invalidPartNumber = (PartNumberRequested: number, ActualPartCount: number) =>
  error('InvalidPartNumber', 'The requested partnumber is not satisfiable', { PartNumberRequested, ActualPartCount });
export const badPartNumber = (value: number | string) =>
  invalidArgument(`Part number must be an integer between 1 and ${PARTS_MAX}, inclusive`, 'partNumber', String(value));
export const invalidPart = (UploadId: string, PartNumber: number, ETag: string) =>
  error(
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId, PartNumber, ETag },
  );
export const invalidPartOrder = (UploadId: string) =>
  error('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.', {
    UploadId,
  });
export const copyTooLarge = () =>
  invalidRequest(
    `The specified copy source is larger than the maximum allowable size for a copy source: ${COPY_BYTES_MAX}`,
  );
export const copyToItself = () =>
  invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
export const noBucketPolicy = (BucketName: string) =>
  error('NoSuchBucketPolicy', 'The bucket policy does not exist', { BucketName });
export const malformedPolicy = (message: string) => error('MalformedPolicy', message);
export const lacksLock = () => invalidRequest('Bucket is missing Object Lock Configuration');
export const noLockConfiguration = (BucketName: string) =>
  error('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket', {
    BucketName,
  });
export const lockNotFound = (Key: string) =>
  error('NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration', { Key });
export const mfaNeeded = () => accessDenied('Mfa Authentication must be used for this request');
/** Source: an answer of S3 in github.com/iterate-ch/cyberduck/issues/16267. */
export const badMfaHeader = (text: string) =>
  invalidArgument(
    'Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}',
    'x-amz-mfa',
    text,
  );
export const mfaByOwnerOnly = () => accessDenied('This operation may only be performed by the bucket owner');
/** Source: an answer of S3 in github.com/cloudposse/terraform-aws-codebuild/issues/76. */
export const mfaWithLifecycle = () =>
  error(
    'InvalidBucketState',
    'Mfa Authentication is not supported on a bucket with lifecycle configuration. Delete lifecycle configuration before enabling Mfa Authentication.',
  );
/** Deviation: the text was never compared with an answer of AWS. */
export const lifecycleWithMfa = () =>
  error('InvalidBucketState', 'Lifecycle configuration is not supported on a bucket with Mfa Authentication.');
export const protectedByLock = () => accessDenied('Access Denied because object protected by object lock.');
export const versioningNeeded = () =>
  error('InvalidBucketState', "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
export const versioningLocked = () =>
  error(
    'InvalidBucketState',
    'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
  );
export const noVersioning = () =>
  error('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
export const noTagSet = (BucketName: string) => error('NoSuchTagSet', 'The TagSet does not exist', { BucketName });
export const invalidTag = (message: string, TagKey?: string, TagValue?: string) =>
  error('InvalidTag', message, { TagKey, TagValue });
export const noLifecycle = (BucketName: string) =>
  error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', { BucketName });
export const noReplication = (BucketName: string) =>
  error('ReplicationConfigurationNotFoundError', 'The replication configuration was not found', { BucketName });
export const versioningReplicated = () =>
  error(
    'InvalidBucketState',
    'A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.',
  );
export const noWebsite = (BucketName: string) =>
  error('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration', { BucketName });
/** Source: S3 API Reference, "List of error codes"; S3 User Guide, "Configuring a custom error document". */
export const websiteElsewhere = (Endpoint: string) =>
  error(
    'IncorrectEndpoint',
    'The specified bucket exists in another region. Please direct requests to the specified endpoint.',
    { Endpoint },
  );
/** Source: of this and the next, S3's answers as radkawar/stackd measured them. */
export const accelerationMissing = () =>
  error('IllegalAccelerateConfigurationException', 'The Accelerate element must be specified');
export const notAccelerated = (isSuspended: boolean) =>
  invalidRequest(`S3 Transfer Acceleration is ${isSuspended ? 'disabled' : 'not configured'} on this bucket`);
export const badLogTarget = (message: string) => error('InvalidTargetBucketForLogging', message);
/** Source: an answer of S3 in github.com/hashicorp/terraform-provider-aws/issues/31771. */
export const targetGrants = () =>
  error('AccessControlListNotSupported', 'Target grants not allowed for bucket owner enforced buckets');
/** The code is misspelt, as S3's is. */
export const crossLocationLogging = () =>
  error('CrossLocationLoggingProhibitted', 'Cross S3 location logging not allowed. ');
export const noCors = (BucketName: string) =>
  error('NoSuchCORSConfiguration', 'The CORS configuration does not exist', { BucketName });
export const noOwnershipControls = (BucketName: string) =>
  error('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', { BucketName });
export const noPublicAccessBlock = (BucketName: string) =>
  error('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found', { BucketName });
export const aclsDisabled = () => error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
export const aclContradictsOwnership = () =>
  error(
    'InvalidBucketAclWithObjectOwnership',
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );
export const malformedAcl = () =>
  error(
    'MalformedACLError',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
export const invalidStorageClass = (StorageClassRequested: string) =>
  error('InvalidStorageClass', 'The storage class you specified is not valid', { StorageClassRequested });
export const invalidRedirect = () =>
  error(
    'InvalidRedirectLocation',
    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
  );
export const invalidEncryption = (method: string) =>
  invalidArgument('The encryption method specified is not supported', 'x-amz-server-side-encryption', method);
export const invalidCustomerAlgorithm = (ArgumentValue: string) =>
  error(
    'InvalidEncryptionAlgorithmError',
    'The Encryption request you specified is not valid. Supported value: AES256.',
    { ArgumentName: 'x-amz-server-side-encryption', ArgumentValue },
  );
export const wrongCustomerKey = () =>
  accessDenied(
    'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.',
  );
export const encryptionMismatch = (missing: boolean) =>
  invalidRequest(
    missing
      ? 'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.'
      : 'The provided encryption parameters did not match the ones used originally.',
  );
const KMS_ERRORS = {
  NotFoundException: 'KmsNotFoundException',
  DisabledException: 'KmsDisabledException',
  KMSInvalidStateException: 'KmsInvalidStateException',
} as const;
/** KMS's error as S3 passes it on; undefined for one that it has no name for. */
export const kmsError = ({ code, message }: ServiceError) => {
  const own = KMS_ERRORS[code as keyof typeof KMS_ERRORS];
  return own === undefined ? undefined : error(own, message);
};
export const archived = (StorageClass: string, AccessTier?: string) =>
  error('InvalidObjectState', "The operation is not valid for the object's storage class", {
    StorageClass,
    AccessTier,
  });
/** Source: S3's answer in github.com/s3tools/s3cmd/pull/193. */
export const sourceArchived = (StorageClass: string, AccessTier: string | undefined) =>
  AccessTier === undefined
    ? error('InvalidObjectState', "Operation is not valid for the source object's storage class", { StorageClass })
    : error('ObjectNotInActiveTierError', 'The source object of the COPY operation is not in the active tier.');
export const notArchived = (StorageClass: string) =>
  error('InvalidObjectState', "Restore is not allowed for the object's current storage class", { StorageClass });
/** Source: S3's answer as radkawar/stackd measured it. */
export const daysOfTiering = () =>
  invalidRequest('Days cannot be specified for objects in the INTELLIGENT_TIERING storage class.');
export const restoreInProgress = () => error('RestoreAlreadyInProgress', 'Object restore is already in progress');
