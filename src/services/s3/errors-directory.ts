/** What S3 refuses of directory buckets. Source: S3 API Reference, "List of error codes", PutObject, RenameObject; texts with a source are S3's. */
import { errorsOf } from '#kernel/contract';
import { invalidRequest, methodNotAllowed } from './errors.ts';

const error = errorsOf('s3');

/** Deviation: but for the header of MD5 the texts were never compared with an answer of AWS; they are worded alike. */
export const notInDirectories = (what: string) => error('NotImplemented', `This bucket does not support ${what}.`);
/** Source: S3's answer in github.com/awslabs/aws-s3-transfer-manager-rs/pull/112. */
export const prefixNotEnding = () =>
  invalidRequest(
    'This bucket does not support a prefix that does not end in a delimiter. Specify a prefix path ending with a delimiter and try again.',
  );
/** Source: S3's answers in github.com/hashicorp/terraform-provider-aws/pull/34612. */
export const unexpectedConfiguration = (root: string) =>
  error('InvalidArgument', `${root} is not valid, expected CreateBucketConfiguration`);
/** Source: S3's answer to CreateSession in github.com/smithy-lang/smithy-rs/pull/3474. Deviation: copies were never compared. */
export const notWithSession = (operation: string) =>
  invalidRequest(`${operation} request should not include "x-amz-s3session-token"`);
/** Source: S3's answers in badmintoncryer/cdk-preflight, September 2026, of which the code is not told. */
export const badPlace = (value: string, configuration: string) =>
  invalidRequest(`Invalid ${value} value for ${configuration} configuration.`);
/** Source: the same. */
export const noAliases = () => error('NotImplemented', 'Key aliases are not implemented for this bucket.');
/** Source: the same. */
export const bucketKeyNeeded = () =>
  invalidRequest(
    'S3 Bucket Keys are enabled by default for directory buckets and must be set to true for server-side encryption with AWS KMS (SSE-KMS)',
  );
/** Deviation: the text was never compared with an answer of AWS. */
export const encryptionOverridden = () =>
  invalidRequest('The encryption settings of the request do not match those of the directory bucket or its session.');
/** Deviation: the text was never compared with an answer of AWS. */
export const keyMissing = () =>
  invalidRequest('A customer managed key has to be specified for server-side encryption with AWS KMS.');
/** Deviation: the text was never compared with an answer of AWS. */
export const keyFixed = () => invalidRequest('The customer managed key of a directory bucket cannot be changed.');
/** Source: S3 API Reference, PutObject, "Errors", whose descriptions are taken for the texts of these three. */
export const wrongOffset = () =>
  error('InvalidWriteOffset', 'The write offset value that you specified does not match the current object size.');
/** Source: the same. */
export const encryptionMismatched = () =>
  error(
    'EncryptionTypeMismatch',
    'The existing object was created with a different encryption type. Subsequent write requests must include the appropriate encryption parameters in the request or while creating the session.',
  );
/** Source: the same. */
export const tooManyAppends = () =>
  error(
    'TooManyParts',
    'You have attempted to add more parts than the maximum of 10000 that are allowed for this object. You can use the CopyObject operation to copy this object to another and then add more data to the newly copied object.',
  );
/** Source: S3 API Reference, RenameObject, "Errors". */
export const tokenReused = () =>
  error(
    'IdempotencyParameterMismatch',
    'Parameters on this idempotent request are inconsistent with parameters used in previous request(s).',
  );
/** Deviation: of RenameObject and CreateSession for a general purpose bucket no answer is recorded. */
export const notInGeneral = (method: string) => methodNotAllowed(method, 'BUCKET');
