/** What CloudWatch Logs refuses. Source: CloudWatch Logs API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { type Ctx, commonError, errorsOf } from '#kernel/contract';
import { BATCH_BYTES_MAX, EVENT_BYTES_MAX } from './limits.ts';

const error = errorsOf('cloudwatch-logs');

export const invalidParameter = (message: string) => error('InvalidParameterException', message);
export const conflict = (message: string) => error('ConflictException', message);
export const invalidRequest = (message: string) => error('ValidationException', message);
export const groupExists = () => error('ResourceAlreadyExistsException', 'The specified log group already exists');
export const streamExists = () => error('ResourceAlreadyExistsException', 'The specified log stream already exists');
export const tableExists = () => error('ResourceAlreadyExistsException', 'The specified lookup table already exists');
export const noSuchGroup = () => error('ResourceNotFoundException', 'The specified log group does not exist.');
export const noSuchStream = () => error('ResourceNotFoundException', 'The specified log stream does not exist.');
export const notFound = (message: string) => error('ResourceNotFoundException', message);
export const limitExceeded = (message = 'Resource limit exceeded.') => error('LimitExceededException', message);
export const reservedName = () => invalidParameter('Log groups starting with AWS/ are reserved for AWS.');
export const badToken = () => invalidParameter('The specified nextToken is invalid.');
export const nameTooLong = () =>
  invalidParameter('Invalid LogGroup or LogStream, both must have length less than or equal to 512.');
export const notInOrder = () =>
  invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
export const spanTooLong = () =>
  invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
export const uploadTooLarge = (bytes: number) =>
  invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES_MAX}`);
export const eventTooLarge = (bytes: number) =>
  invalidParameter(`Log event too large: ${bytes} bytes exceeds limit of ${EVENT_BYTES_MAX}`);
/** Source: badmintoncryer/cdk-preflight, measured in September 2026, as of the next. */
export const notAParser = () =>
  invalidParameter(
    'Transformer config should begin with parser. Allowed parsers are parsePostgres, parseWAF, parseCloudfront, parseCloudfrontOCSF, parseRoute53, parseLambda, parseVPC, parseSyslog, parseRDS, parseCiscoFTD, parseF5BigIP, parseCiscoISE, parseForescoutNac, parseInfobloxDDI, parseToOCSF, parseJSON, grok, csv, parseKeyValue',
  );
export const foreignRole = () => invalidParameter('Cross-account role passing is not allowed.');
export const badPolicy = () =>
  invalidParameter(
    'Error occurred while parsing accessPolicy. Please check if the accessPolicy has been constructed correctly using IAM grammar.',
  );
/** Source: aws/aws-cdk, issue 14578. */
export const arnAsPrincipal = (arn: string) =>
  invalidParameter(`Principal section of policy contains ARN instead of account ID: ${arn}`);
/** Source of these of destinations' policies: radkawar/stackd, measured in 2026. */
export const everybodyAsPrincipal = () =>
  invalidParameter('Principal section of policy contains `*` instead of account ID: *');
export const foreignCondition = () =>
  invalidParameter(
    "Only 'aws:PrincipalOrgID' and 'aws:PrincipalOrgPaths' condition keys are allowed in Condition block of the policy.",
  );
export const noDestinationToShare = (name: string) => invalidParameter(`Destination with name ${name} does not exist`);
export const needsForce = () =>
  invalidParameter(
    'Cannot update existing policy on Subscription Destination. The existing policy specifies AWS Principals by Account Id while the provided policy specifies AWS Principals by Org Id. This can cause subscription delivery failures for Subscriptions using this destination that are not configured with a Role. Use the Force flag to accept this risk.',
  );
/** Source of these of resource policies: as above. */
export const nameAndArn = () =>
  invalidParameter('Both policy name and resource arn cannot be specified at the same time.');
export const badRevision = () => invalidParameter('Invalid ExpectedRevisionId');
export const policyChanged = () =>
  error(
    'OperationAbortedException',
    'A conflicting operation is currently in progress against this resource. Please try again.',
  );
export const noPolicyOfResource = () => notFound('No policy found for ResourceArn');
export const arnOfAccount = () => invalidParameter('Cannot provide ResourceArn for PolicyScope ACCOUNT');
export const noSuchFilter = (kind: 'metric' | 'subscription') =>
  notFound(`The specified ${kind} filter does not exist.`);
export const foreignFunction = () =>
  commonError(
    'AccessDeniedException',
    'Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.',
  );
export const noSuchDestination = () => notFound('The specified destination does not exist.');
export const groupProtected = () =>
  invalidRequest('The specified log group cannot be deleted because deletion protection is enabled.');
/** Source: API Reference, TooManyTagsException. */
export const tooManyTags = () =>
  error('TooManyTagsException', 'A resource can have no more than 50 tags.', undefined, 400);
/** Source: API Reference, PutMetricFilter, PutSubscriptionFilter: only groups of the class STANDARD have filters. */
export const invalidOperation = () =>
  error('InvalidOperationException', 'This operation is only supported on the Standard log class.');
/** The same of what only reads, and of detectors. Source: go-to-k/cdk-real-drift, issue 1726 (DescribeMetricFilters); badmintoncryer/cdk-preflight (CreateLogAnomalyDetector); users' reports (FilterLogEvents, GetLogEvents). */
export const standardOnly = () => invalidRequest('This operation is only supported on the Standard log class.');
/** Source: go-to-k/cdk-real-drift, issue 1727. */
export const notForDelivery = () => invalidRequest('This operation is not supported for Delivery log class');
export const malformedQuery = (message: string, start?: number, end?: number) =>
  error('MalformedQueryException', message, {
    queryCompileError: {
      message,
      ...(start !== undefined && { location: { startCharOffset: start, endCharOffset: end } }),
    },
  });
/** Source: recorded answers of StartQuery. */
export const queryTooEarly = () =>
  malformedQuery(
    "Query's end date and time is either before the log groups creation time or exceeds the log groups log retention settings",
  );
/** Told by the service behind this one. */
export const noSuchGroupAsked = (name: string, ctx: Pick<Ctx, 'account' | 'uuid'>) =>
  notFound(
    `Log group '${name}' does not exist for account ID '${ctx.account}' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: ${ctx.uuid()}; Proxy: null)`,
  );
export const noSuchQuery = () => notFound('The specified query does not exist.');
export const exportDone = () => error('InvalidOperationException', 'The specified export task has already finished');
