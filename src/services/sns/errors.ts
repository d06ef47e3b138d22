/** What SNS refuses. Source: SNS API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf, type ServiceError } from '#kernel/contract';

const error = errorsOf('sns');

const KMS_ERRORS = {
  AccessDeniedException: 'KMSAccessDeniedException',
  DisabledException: 'KMSDisabledException',
  KMSInvalidStateException: 'KMSInvalidStateException',
  NotFoundException: 'KMSNotFoundException',
  ThrottlingException: 'KMSThrottlingException',
} as const;
/** KMS's error as SNS passes it on; undefined for one that it has no name for. */
export const kmsError = ({ code, message }: ServiceError) => {
  const own = KMS_ERRORS[code as keyof typeof KMS_ERRORS];
  return own === undefined ? undefined : error(own, message);
};
export const invalid = (what: string) => error('InvalidParameterException', `Invalid parameter: ${what}`);
export const invalidFor = (name: string, reason: string) => invalid(`${name} Reason: ${reason}`);
export const invalidText = (text: string) => error('InvalidParameterException', text);
export const badAttributeValue = (text: string) => error('InvalidParameterValueException', text);
export const topicMissing = () => error('NotFoundException', 'Topic does not exist');
export const subscriptionMissing = () => error('NotFoundException', 'Subscription does not exist');
export const applicationMissing = () => error('NotFoundException', 'PlatformApplication does not exist');
export const endpointMissing = () => error('NotFoundException', 'Endpoint does not exist');
export const resourceMissing = () => error('ResourceNotFoundException', 'Resource does not exist');
export const endpointDisabled = () => error('EndpointDisabledException', 'Endpoint is disabled');
export const applicationDisabled = () =>
  error('PlatformApplicationDisabledException', 'Platform application is disabled');
export const notPermitted = (text: string) => error('AuthorizationErrorException', text);
/** Source: radkawar/stackd, measured in 2026. */
export const notEndpointsOwner = (account: string, endpoint: string) =>
  notPermitted(`The account ${account} is not the owner of the endpoint ${endpoint}`);
/** Deviation: AWS's text is not known. */
export const protectionDenied = () =>
  notPermitted('The message contains sensitive data that the data protection policy of the topic denies');
/** The words are our own: AWS says only that it does not bring messages there. */
export const unsupportedRegion = () => invalid('messages are not delivered from the Region of the topic to this one');
export const tooManyTopics = () => error('TopicLimitExceededException', 'Topic limit exceeded');
export const tooManySubscriptions = () => error('SubscriptionLimitExceededException', 'Subscription limit exceeded');
export const tooManyFilterPolicies = () => error('FilterPolicyLimitExceededException', 'Filter policy limit exceeded');
/** Source: SNS Developer Guide, "Publishing large messages" has the code; the words of these two are our own. */
export const tooManyForLarge = () =>
  invalidFor('MaximumMessageSize', 'A topic with a MaximumMessageSize above 262144 can have at most 100 subscriptions');
export const notForLarge = (protocol: string) =>
  invalidFor(
    'MaximumMessageSize',
    `A topic with a MaximumMessageSize above 262144 does not support the protocol ${protocol}`,
  );
export const tooManyTags = () =>
  error('TagLimitExceededException', 'Could not complete request: tag quota of per resource exceeded');
export const emptyBatch = () => error('EmptyBatchRequestException', "The batch request doesn't contain any entries.");
export const tooManyEntries = () =>
  error('TooManyEntriesInBatchRequestException', 'The batch request contains more entries than permissible.');
export const idsRepeated = () =>
  error('BatchEntryIdsNotDistinctException', 'Two or more batch entries in the request have the same Id.');
export const batchTooLong = () =>
  error('BatchRequestTooLongException', 'The length of all the messages put together is more than the limit.');
export const badBatchId = (id: string) =>
  error(
    'InvalidBatchEntryIdException',
    `The Id of a batch entry in the batch request ${id.length > 80 ? 'is too long' : 'contains an impermissible character'}: ${id}`,
  );
export const archiveActive = () => error('InvalidStateException', 'Cannot delete a topic with an ArchivePolicy');
export const userError = (text: string) => error('UserErrorException', text);
export const optedOut = () => error('OptedOutException', 'Phone number is opted out');
export const wrongOneTimePassword = () =>
  error('VerificationException', 'Verification failed', { Message: 'Verification failed', Status: 'FAILED' });
