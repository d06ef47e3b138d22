/** What S3 Control refuses. Source: S3 API Reference, "List of access point related error codes"; S3 Control operations. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('s3-control');

export const accessDenied = () => error('AccessDenied', 'Access Denied');
export const noSuchAccessPoint = (AccessPointName: string) =>
  error('NoSuchAccessPoint', 'The specified accesspoint does not exist', { AccessPointName });
export const noSuchAccessPointPolicy = (AccessPointName: string) =>
  error('NoSuchAccessPointPolicy', 'The specified accesspoint policy does not exist', { AccessPointName });
export const accessPointIsYours = () =>
  error(
    'AccessPointAlreadyOwnedByYou',
    'Your previous request to create the named accesspoint succeeded and you already own it.',
  );
export const noSuchBucket = () => error('NoSuchBucket', 'The specified bucket does not exist');
export const noSuchResource = () => error('NoSuchResource', "The specified resource doesn't exist.");
export const invalidRequest = (message: string) => error('InvalidRequest', message);
export const malformedToken = () => error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
export const malformedPolicy = (message: string) => error('MalformedPolicy', message);
/** Source: S3 API Reference, "List of error codes", "List of Amazon S3 asynchronous error codes". */
export const noSuchMultiRegionPoint = () =>
  error('NoSuchMultiRegionAccessPoint', 'The specified Multi-Region Access Point does not exist');
export const noSuchRequest = () => error('NoSuchAsyncRequest', 'The specified request does not exist');
export const tooManyMultiRegionPoints = () =>
  error(
    'TooManyMultiRegionAccessPoints',
    'You have attempted to create more Multi-Region Access Points than are allowed for an account.',
  );
export const tooManyRegions = () =>
  error(
    'TooManyMultiRegionAccessPointregionsError',
    'You have attempted to create a Multi-Region Access Point with more Regions than are allowed for an account.',
  );
export const methodNotAllowed = () =>
  error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
/** Source: S3's answer in github.com/gruntwork-io/cloud-nuke/issues/667. */
export const onlyInRegions = (regions: readonly string[]) =>
  error(
    'PermanentRedirect',
    `This API operation is only available in the following Regions: ${regions.join(', ')}. Make sure to send all future requests to a supported Region.`,
  );
export const noPublicAccessBlock = () =>
  error('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found');
export const tooManyTags = () =>
  error('TooManyTagsException', 'The number of tags exceeds the limit of 50 tags for a resource.');
export const invalidTag = (message: string) => error('InvalidTag', message);
export const publicPolicyBlocked = () =>
  error(
    'AccessDenied',
    'Access Denied because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.',
  );
/** Source: S3 User Guide, "Troubleshoot Batch Operations". */
export const manifestForbidden = () => error('AccessDenied', 'Reading the manifest is forbidden: AccessDenied');
/** Source: S3 User Guide, "Granting permissions for Batch Operations", "Troubleshooting replication". Deviation: the codes are not told. */
export const manifestUnwritten = () =>
  error('BadRequestException', 'Error occurred when preparing manifest: Failed to write manifest');
export const noKeysMatch = () =>
  error('BadRequestException', 'Manifest generation found no keys matching the filter criteria.');
/** Deviation: the texts about jobs were never compared with an answer of AWS. */
export const badRequest = (message: string) => error('BadRequestException', message);
export const otherRequest = () =>
  error('IdempotencyException', 'The client request token belongs to a job that was asked for with other parameters');
export const jobNotFound = () => error('NotFoundException', 'The specified job does not exist');
export const invalidToken = () => error('InvalidNextTokenException', 'The next token is not valid');
export const wrongJobStatus = (status: string) =>
  error('JobStatusException', `The status of a job that is ${status} can't be changed so`);

/** Source: S3 API Reference, "List of Amazon S3 Access Grants error codes". */
export const instanceExists = () => error('AccessGrantsInstanceAlreadyExists', 'Access Grants Instance already exists');
export const noInstance = () => error('AccessGrantsInstanceNotExistsError', 'Access Grants Instance does not exist');
export const instanceNotEmpty = () =>
  error('AccessGrantsInstanceNotEmptyError', 'Please clean up locations before deleting the access grants instance');
export const noInstancePolicy = () =>
  error('AccessGrantsInstanceResourcePolicyNotExists', 'Access Grants Instance Resource Policy does not exist');
export const invalidInstancePolicy = () => error('InvalidResourcePolicy', 'The specified Resource Policy is invalid');
export const locationExists = () =>
  error('AccessGrantsLocationAlreadyExistsError', 'The specified access grants location already exists');
export const locationNotEmpty = () =>
  error('AccessGrantsLocationNotEmptyError', 'Please clean up access grants before deleting access grants location');
export const noLocation = () =>
  error('NoSuchAccessGrantsLocationError', 'The specified access grants location does not exist');
export const invalidLocation = () =>
  error('InvalidAccessGrantsLocation', 'The specified Access Grants Location is invalid');
export const tooManyLocations = (quota: number) =>
  error(
    'AccessGrantsLocationsQuotaExceededError',
    `The access grants location quota has been exceeded. Access Grants Locations Quota: ${quota}. Please reach out to S3 if an increase is required.`,
  );
export const invalidRole = () => error('InvalidIamRole', 'The specified IAM Role is invalid');
export const grantExists = () => error('AccessGrantAlreadyExists', 'The specified access grant already exists');
export const noGrant = () => error('NoSuchAccessGrantError', 'The specified access grant does not exist');
export const invalidGrant = () => error('InvalidAccessGrant', 'The specified Access Grant is invalid');
export const tooManyGrants = (quota: number) =>
  error(
    'AccessGrantsQuotaExceededError',
    `The access grants quota has been exceeded. Access Grants Quota: ${quota}. Please reach out to S3 if an increase is required.`,
  );
export const notGranted = (permission: string, target: string) =>
  error('AccessDenied', `You do not have ${permission} permissions to the requested S3 Prefix: ${target}`);
export const roleRefuses = (message: string) => error('StsNotAuthorizedError', message);
export const policyTooLarge = () => error('StsPackedPolicyTooLargeError', 'Serialized token too large for session');
export const sessionRefused = (message: string) => error('StsValidationError', message);
