/** What Secrets Manager refuses. Source: Secrets Manager API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { type Ctx, errorsOf } from '#kernel/contract';
import { LABELS_MAX, VALUE_BYTES_MAX } from './limits.ts';

const error = errorsOf('secrets-manager');

export const notFound = () => error('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
export const versionNotFound = (version: string) =>
  error('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for VersionId: ${version}`);
export const stageNotFound = (stage: string) =>
  error(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
  );
export const stageOfOther = () =>
  error('InvalidRequestException', 'You provided a VersionStage that is not associated to the provided VersionId.');
export const foreignDefaultKey = () =>
  error(
    'InvalidRequestException',
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  );
export const notInvocable = () =>
  error(
    'AccessDeniedException',
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
  );
/** Source: Secrets Manager's answers to who may not use a secret's key, as users show them. */
export const keyDenied = () => error('AccessDeniedException', 'Access to KMS is not allowed');
export const exists = (name: string) =>
  error('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
export const nameScheduled = () =>
  error(
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  );
export const deleted = () =>
  error(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
/** Source: Secrets Manager User Guide, "AWS Secrets Manager quotas"; the text is Cloudyard's own. */
export const tooManyLabels = () =>
  error('LimitExceededException', `The versions of a secret can have ${LABELS_MAX} staging labels together.`);
export const notDeleted = () =>
  error(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was not marked for deletion.",
  );
export const tokenInUse = (token: string, arn: string) =>
  error(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );
export const invalidParameter = (message: string) => error('InvalidParameterException', message);
export const invalidRequest = (message: string) => error('InvalidRequestException', message);
export const bothValues = () =>
  invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
export const noValue = () => invalidRequest('You must provide either SecretString or SecretBinary.');
export const tooLong = () =>
  error(
    'ValidationException',
    `1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${VALUE_BYTES_MAX}`,
  );
export const badName = () =>
  error(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
export const badRecovery = () =>
  invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
export const forceWithRecovery = () =>
  invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
export const noRotation = () => invalidRequest('No Lambda rotation function ARN is associated with this secret.');
export const rotationRunning = () =>
  invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
/** Source: badmintoncryer/cdk-preflight, measured in September 2026. */
export const badRotationFunction = ({ partition, region, account }: Pick<Ctx, 'partition' | 'region' | 'account'>) =>
  invalidParameter(
    `Invalid rotation Lambda ARN. Ensure the ARN matches format arn:${partition}:lambda:${region}:${account}:function:<functionName>.`,
  );
export const encryptionFailed = (message: string) => error('EncryptionFailure', message);
export const decryptionFailed = (message: string) => error('DecryptionFailure', message);
export const notOnReplica = () =>
  invalidRequest("Operation not permitted on a replica secret. Call must be made in primary secret's region.");
export const badReplicaRegion = () => invalidParameter('Invalid replica region.');
export const notReplicated = (region: string) => invalidParameter(`The secret has no replica in the Region ${region}.`);
export const notAReplica = () => invalidRequest('The secret is not a replica.');
export const stillReplicated = (id: string, regions: readonly string[]) =>
  invalidParameter(`You can't delete secret ${id} that still has replica regions [${regions.join(', ')}]`);
export const nameTaken = (name: string, region: string) =>
  invalidRequest(`Secret name ${name} already exists in region ${region}.`);
export const systemTag = () => invalidParameter("Tag keys can't start with aws:, which is reserved for AWS.");
export const badPolicy = (message: string) => error('MalformedPolicyDocumentException', message);
/** Source: Secrets Manager User Guide, "Managing a Resource-based Policy for a Secret", "Lockout". */
export const lockedOut = () =>
  badPolicy('Your requested changes will not allow you to manage this secret in the future.');
/** Source: Secrets Manager API Reference, PutResourcePolicy, PolicyName; the texts of both are Cloudyard's own. */
export const onlyDefaultPolicy = () => invalidParameter('Only the policy named default can be changed.');
export const policyNotFound = (name: string) =>
  error('ResourceNotFoundException', `Secrets Manager can't find a resource policy named ${name}.`);
export const publicPolicy = () =>
  error('PublicPolicyException', 'The resource policy grants broad access to the secret.');
/** Source: Secrets Manager API Reference, BatchGetSecretValue, MaxResults; the text is Cloudyard's own. */
export const pagesNeedFilters = () =>
  invalidParameter('To use MaxResults or NextToken, you must also use the Filters parameter.');
export const badToken = () => error('InvalidNextTokenException', 'Invalid NextToken');
export const passwordTooShort = () => invalidParameter('Password length is too short based on the required types.');
/** Source of these and of those about schedules: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
export const nothingToDraw = () => invalidParameter('All characters have been excluded from selection.');
export const kindExcluded = () => invalidParameter('All characters of the desired type have been excluded.');
export const twoSchedules = () =>
  invalidParameter('You cannot specify both rotation frequency and schedule expression together.');
export const badSchedule = () => invalidParameter('Invalid schedule expression.');
export const badHourRate = () => invalidParameter('Rate in hour should be least 4 and less than 24.');
export const badDayRate = () => invalidParameter('Rate in day should be greater than 0 and less than 1000.');
export const badDuration = () => invalidParameter('Duration must be at least 1 hour, at most 24 hour.');
export const windowOverRate = () => invalidParameter('Duration cannot be greater than Rate in hour.');
export const windowOverDay = () => invalidParameter('Starting hour and duration must be within a day.');
