/** What CloudFront refuses. Source: CloudFront API Reference, each operation's "Errors"; texts as recorded from AWS, badmintoncryer/cdk-preflight among others. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('cloudfront');

export const invalidArgument = (message: string) => error('InvalidArgument', message);
export const badOriginPath = () =>
  invalidArgument('The parameter originPath contains one or more parameters that are not valid.');
export const duplicateHeader = (name: string) =>
  invalidArgument(`The parameter HeaderName : ${name} is invalid as it is a duplicate.`);
/** Of policies; response headers policies say the name itself. */
export const badName = (what = 'Name') =>
  invalidArgument(`The parameter ${what} contains characters other than alphanumericals, dashes, and underscores.`);
export const inconsistentQuantities = () =>
  error('InconsistentQuantities', "The value of Quantity and the size of Items don't match.");
export const noSuchDistribution = () => error('NoSuchDistribution', 'The specified distribution does not exist.');
export const distributionExists = (id: string) =>
  error(
    'DistributionAlreadyExists',
    `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${id}`,
  );
export const distributionNotDisabled = () =>
  error('DistributionNotDisabled', 'The distribution you are trying to delete has not been disabled.');
export const invalidIfMatch = () =>
  error('InvalidIfMatchVersion', 'The If-Match version is missing or not valid for the resource.');
export const preconditionFailed = () =>
  error(
    'PreconditionFailed',
    "The request failed because it didn't meet the preconditions in one or more request-header fields.",
  );
export const noSuchOrigin = () =>
  error('NoSuchOrigin', 'One or more of your cache behavior target origins or origin groups do not exist.');
export const invalidOrigin = (message: string) => error('InvalidOrigin', message);
export const illegalUpdate = (message: string) => error('IllegalUpdate', message);
export const illegalDelete = (message: string) => error('IllegalDelete', message);
export const aliasTaken = () =>
  error(
    'CNAMEAlreadyExists',
    'One or more of the CNAMEs you provided are already associated with a different resource.',
  );
export const needsCertificate = () =>
  error(
    'InvalidViewerCertificate',
    'To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name. For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements',
  );
export const badCertificate = () =>
  error(
    'InvalidViewerCertificate',
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
  );
export const otherCertificate = () =>
  error(
    'InvalidViewerCertificate',
    "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add. For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements",
  );
export const certificatesAtOnce = () =>
  error(
    'InvalidViewerCertificate',
    'You cannot specify more than one of ACMCertificateArn, IAMCertificateId, or CloudFrontDefaultCertificate.',
  );
/** Source: hashicorp/terraform-provider-aws, issue 17878; badmintoncryer/cdk-preflight. */
const TTL_ORDER =
  'MinTTL, MaxTTL and DefaultTTL should follow order MinTTL less than or equal to DefaultTTL less than or equal to MaxTTL';
export const badTtlOrder = () => error('InvalidTTLOrder', TTL_ORDER);
/** Of cache policies, whose operations know no InvalidTTLOrder. */
export const badPolicyTtlOrder = () => invalidArgument(TTL_ORDER);
export const badRootObject = () =>
  error('InvalidDefaultRootObject', 'The default root object file name is too big or contains an invalid character.');
/** Source: code-dot-org/code-dot-org, pull request 60886. */
export const badProtocolVersion = () =>
  error(
    'InvalidMinimumProtocolVersion',
    'The specified MinimumProtocolVersion cannot be used with the specified SSLSupportMethod',
  );
export const badErrorCode = () => error('InvalidErrorCode', 'The parameter ErrorCode is invalid.');
export const badResponseCode = () => error('InvalidResponseCode', 'A response code is not valid.');
export const badRelativePath = () => error('InvalidRelativePath', 'The parameter ResponsePagePath is invalid.');
export const badLocation = () =>
  error('InvalidLocationCode', 'Your request contains one or more invalid location codes.');
export const badGeoRestriction = () =>
  error('InvalidGeoRestrictionParameter', 'Your request contains invalid Restriction parameters.');
export const badOac = () => error('InvalidOriginAccessControl', 'The origin access control is not valid.');
export const badOacDomain = () =>
  error(
    'InvalidDomainNameForOriginAccessControl',
    'An origin access control is associated with an origin whose domain name is not supported.',
  );
export const oacAndOai = () =>
  error(
    'IllegalOriginAccessConfiguration',
    'An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).',
  );
export const badOai = () =>
  error('InvalidOriginAccessIdentity', 'The specified origin access identity does not exist or is not valid.');
export const badFunctionAssociation = (message: string) => error('InvalidFunctionAssociation', message);
export const badLambdaAssociation = (message: string) => error('InvalidLambdaFunctionAssociation', message);
/** Source: aws/aws-cdk, issue 1474. */
export const unseenFunction = (arn: string) =>
  badLambdaAssociation(
    `Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to add permission: lambda:GetFunction for resource: ${arn} and try again.`,
  );
/** Source: aws/aws-cdk, issue 5180. */
export const untrustingRole = (role: string) =>
  badLambdaAssociation(
    `The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals. Update the IAM role and try again. Role: ${role}`,
  );
/** Source of the code: CloudFront API Reference, CreateDistribution, "InvalidProtocolSettings". */
export const badProtocolSettings = () =>
  error(
    'InvalidProtocolSettings',
    'The parameter ViewerCertificate The specified distribution is configured for SNI and the minimum SSL protocol version is specified as SSLv3. You cannot specify both.',
  );
export const notYours = () => error('AccessDenied', 'Access denied.');
export const noSuchCachePolicy = () => error('NoSuchCachePolicy', 'The cache policy does not exist.');
export const noSuchOriginRequestPolicy = () =>
  error('NoSuchOriginRequestPolicy', 'The origin request policy does not exist.');
export const noSuchResponseHeadersPolicy = () =>
  error('NoSuchResponseHeadersPolicy', 'The response headers policy does not exist.');
export const noSuchDeploymentPolicy = () =>
  error('NoSuchContinuousDeploymentPolicy', "The specified continuous deployment policy doesn't exist.");
export const stagingInUse = () =>
  error('StagingDistributionInUse', 'A continuous deployment policy for this staging distribution already exists.');
export const badForwardCookies = () =>
  error(
    'InvalidForwardCookies',
    "Your request contains forward cookies option which doesn't match with the expectation for the whitelisted list of cookie names. Either list of cookie names has been specified when not allowed or list of cookie names is missing when expected.",
  );
export const badHeadersForBucket = () =>
  error('InvalidHeadersForS3Origin', 'The headers specified are not valid for an Amazon S3 origin.');
export const badReadTimeout = () =>
  error('InvalidOriginReadTimeout', 'Your request of setting originReadTimeout is not within the valid range.');
export const badKeepaliveTimeout = () =>
  error(
    'InvalidOriginKeepaliveTimeout',
    'Your request of setting originKeepaliveTimeout is not within the valid range.',
  );
export const noSuchKeyGroup = () => error('TrustedKeyGroupDoesNotExist', 'The specified key group does not exist.');
export const noSuchInvalidation = () => error('NoSuchInvalidation', 'The specified invalidation does not exist.');
export const batchTooLarge = () => error('BatchTooLarge', 'Invalidation batch specified is too large.');
export const noSuchFunction = () => error('NoSuchFunctionExists', 'The specified function does not exist.');
export const functionExists = () =>
  error(
    'FunctionAlreadyExists',
    'A function with the same name already exists in this account. To create a function, you must provide a unique name. To update an existing function, use UpdateFunction.',
  );
export const functionTooLarge = () => error('FunctionSizeLimitExceeded', 'The function code is too large.');
export const badStores = (why: string) =>
  invalidArgument(`The parameter KeyValueStoreAssociations is invalid; ${why}.`);
export const functionInUse = () =>
  error('FunctionInUse', 'Cannot delete the function because it is attached to one or more cache behaviors.');
export const noSuchEntity = () => error('EntityNotFound', 'The entity was not found.');
export const entityExists = () =>
  error('EntityAlreadyExists', 'The entity already exists. You must provide a unique entity.');
export const entityInUse = () =>
  error('CannotDeleteEntityWhileInUse', 'The entity cannot be deleted while it is in use.');
export const tooManyEntities = () => error('EntityLimitExceeded', 'The entity limit has been exceeded.');
export const cannotAssociate = () =>
  error('InvalidAssociation', "The specified CloudFront resource can't be associated.");
export const notDisabled = () =>
  error('ResourceNotDisabled', "The specified CloudFront resource hasn't been disabled yet.");
export const notCovered = () =>
  invalidArgument(
    'The provided Domain Name is not valid. Could not verify Domain Name ownership. It may not be pointing to a valid CloudFront resource.',
  );
export const storeTooLarge = () => error('EntitySizeLimitExceeded', 'The entity size limit was exceeded.');
export const noSuchResource = () => error('NoSuchResource', 'The specified resource does not exist.');
export const resourceInUse = () => error('ResourceInUse', 'Cannot delete this resource because it is in use.');
export const badTagging = (message: string) => error('InvalidTagging', message);
export const monitoringExists = () =>
  error(
    'MonitoringSubscriptionAlreadyExists',
    'A monitoring subscription already exists for the specified distribution.',
  );
export const noMonitoring = () =>
  error('NoSuchMonitoringSubscription', 'A monitoring subscription does not exist for the specified distribution.');
export const tooMany = (code: Parameters<typeof error>[0], what: string) =>
  error(code, `You have exceeded the maximum number of ${what}.`);
export const closedLogBucket = (domain: string) =>
  error(
    'AccessDenied',
    `You don't have permission to access the S3 bucket for CloudFront logs: ${domain} If you're using IAM, you need s3:GetBucketAcl and s3:PutBucketAcl permissions to create a distribution or to update log settings for an existing distribution. In addition, the S3 ACL for the bucket must grant you FULL_CONTROL.`,
  );
/** An error of a kind of configuration. */
export const thingError = (code: Parameters<typeof error>[0], message: string) => error(code, message);
