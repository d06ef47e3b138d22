/** What CloudTrail refuses. Source: CloudTrail API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('cloudtrail');

export const trailNotFound = (name: string, account: string) =>
  error('TrailNotFoundException', `Unknown trail: ${name} for the user: ${account}`);
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
export const keyClosed = () =>
  error('InsufficientEncryptionPolicyException', 'Insufficient permissions to access S3 bucket or KMS key.');
export const tooFast = () => error('ThrottlingException', 'Rate exceeded');
export const topicClosed = () =>
  error('InsufficientSnsTopicPolicyException', 'SNS Topic does not exist or the topic policy is incorrect!');
export const badLogGroup = (message: string) => error('InvalidCloudWatchLogsLogGroupArnException', message);
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
export const tooManyTags = () => error('TagsLimitExceededException', 'The number of tags is larger than 50.');
export const unbuilt = (what: string) =>
  error('UnsupportedOperationException', `${what} is not built in Cloudyard yet.`);
