/** What CloudTrail refuses. Source: CloudTrail API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('cloudtrail');

/** Source: CloudTrail User Guide, "CloudTrail log file examples": by its ARN also where a name was asked for; elastic/cloudbeat, issue 1750. */
export const trailNotFound = (arn: string, account: string) =>
  error('TrailNotFoundException', `Unknown trail: ${arn} for the user: ${account}`);
export const otherHome = (name: string, region: string) =>
  error(
    'InvalidHomeRegionException',
    `The home region of the trail ${name} is ${region}; it can only be changed there.`,
  );
export const trailExists = (name: string, account: string) =>
  error('TrailAlreadyExistsException', `Trail ${name} already exists for customer: ${account}`);
export const tooManyTrails = (account: string, max: number) =>
  error('MaximumNumberOfTrailsExceededException', `User: ${account} already has ${max} trails.`);
export const badName = (message: string) => error('InvalidTrailNameException', message);
export const bucketMissing = (bucket: string) =>
  error('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`);
export const bucketClosed = (bucket: string) =>
  error('InsufficientS3BucketPolicyException', `Incorrect S3 bucket policy is detected for bucket: ${bucket}`);
/** Source: Azure/Azure-Sentinel, issue 12242. */
export const keyClosed = (bucket: string, key: string) =>
  error(
    'InsufficientEncryptionPolicyException',
    `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${key}.`,
  );
/** Source: badmintoncryer/cdk-preflight. */
export const keyElsewhere = (bucket: string, key: string) =>
  error(
    'KmsKeyNotFoundException',
    `KMS key ID ${key} does not exist, or s3 bucket ${bucket} and key are not in the same region.`,
  );
export const tooFast = () => error('ThrottlingException', 'Rate exceeded');
export const topicClosed = () =>
  error('InsufficientSnsTopicPolicyException', 'SNS Topic does not exist or the topic policy is incorrect!');
/** Source of the texts: aws/aws-cli#5098, hashicorp/terraform-provider-aws#18038. */
export const badLogGroup = (message: string) => error('InvalidCloudWatchLogsLogGroupArnException', message);
/** Source of the texts: pulumi/docs#5117, awslabs/dynamodb-continuous-backup#2. */
export const badLogRole = (message: string) => error('InvalidCloudWatchLogsRoleArnException', message);
/** Source of the codes: CloudTrail API Reference, CreateTrail; the words are ours. */
export const badKeyId = (key: string) =>
  error('InvalidKmsKeyIdException', `The AWS KMS key identifier is not valid: ${key}`);
export const keyUnusable = () => error('KmsException', 'The AWS KMS key is not enabled.');
export const badBucketName = (bucket: string) =>
  error('InvalidS3BucketNameException', `The bucket name is not valid: ${bucket}`);
export const badPrefix = () => error('InvalidS3PrefixException', 'The prefix is longer than 200 characters.');
export const badTopicName = (topic: string) =>
  error('InvalidSnsTopicNameException', `The SNS topic name is not valid: ${topic}`);
export const badTime = () => error('InvalidTimeRangeException', 'End time must be after the start time.');
export const badToken = () => error('InvalidNextTokenException', 'Invalid token.');
export const badAttributes = () =>
  error('InvalidLookupAttributesException', 'Only one LookupAttribute can be specified.');
export const badSelectors = (message: string) => error('InvalidEventSelectorsException', message);
export const badInsights = (message: string) => error('InvalidInsightSelectorsException', message);
export const noInsights = (name: string) =>
  error('InsightNotEnabledException', `Trail ${name} does not have Insights enabled.`);
export const badCombination = (message: string) => error('InvalidParameterCombinationException', message);
export const badParameter = (message: string) => error('InvalidParameterException', message);
export const badArn = (arn: string) => error('CloudTrailARNInvalidException', `${arn} is not a valid ARN.`);
export const resourceNotFound = (arn: string) => error('ResourceNotFoundException', `Unknown resource: ${arn}`);
/** Source: CloudTrail API Reference, of these two. */
export const typeNotSupported = () =>
  error('ResourceTypeNotSupportedException', 'The specified resource type is not supported by CloudTrail.');
export const channelNotFound = () => error('ChannelNotFoundException', 'CloudTrail cannot find the specified channel.');
/** Source: CloudTrail API Reference, InvalidTagParameterException. */
export const invalidTag = (message: string) => error('InvalidTagParameterException', message);
/** The words are ours. */
export const badTags = () => invalidTag('There are duplicate tags.');
export const tooManyTags = () => error('TagsLimitExceededException', 'The number of tags is larger than 50.');

/** Source: CloudTrail API Reference, of these errors. */
export const storeNotFound = () =>
  error('EventDataStoreNotFoundException', 'The specified event data store was not found.');
export const badStoreArn = (arn: string) =>
  error('EventDataStoreARNInvalidException', `The specified event data store ARN is not valid: ${arn}`);
export const storeExists = () =>
  error('EventDataStoreAlreadyExistsException', 'An event data store with that name already exists.');
export const tooManyStores = () =>
  error('EventDataStoreMaxLimitExceededException', 'Your account has used the maximum number of event data stores.');
export const storeProtected = () =>
  error(
    'EventDataStoreTerminationProtectedException',
    'The event data store cannot be deleted because termination protection is enabled for it.',
  );
export const storeInactive = () => error('InactiveEventDataStoreException', 'The event data store is inactive.');
export const badStoreStatus = () =>
  error('InvalidEventDataStoreStatusException', 'The event data store is not in a status that supports the operation.');
export const badStatement = (why: string) =>
  error(
    'InvalidQueryStatementException',
    `The query that was submitted has validation errors, or uses incorrect syntax or unsupported keywords.${why}`,
  );
export const tooManyQueries = () =>
  error('MaxConcurrentQueriesException', 'You are already running the maximum number of concurrent queries.');
export const noSuchQuery = () =>
  error('QueryIdNotFoundException', 'The query ID does not exist or does not map to a query.');
export const queryEnded = () =>
  error(
    'InactiveQueryException',
    'The specified query cannot be canceled because it is in the FINISHED, FAILED, TIMED_OUT, or CANCELLED state.',
  );
export const badDates = () =>
  error('InvalidDateRangeException', 'A date range for the query was specified that is not valid.');
