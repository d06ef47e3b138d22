/** What Lambda refuses. Source: Lambda API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf, type RestoreFailed, ServiceError } from '#kernel/contract';
import { ENVIRONMENT_BYTES_MAX, UNPACKED_BYTES_MAX, ZIP_BYTES_MAX } from './limits.ts';

const error = errorsOf('lambda');
const user = { Type: 'User' };

export const functionNotFound = (arn: string) => error('ResourceNotFoundException', `Function not found: ${arn}`, user);
export const notReachable = (there: string, here: string) =>
  error('ResourceNotFoundException', `Functions from '${there}' are not reachable in this region ('${here}')`, user);
export const functionExists = (name: string) =>
  error('ResourceConflictException', `Function already exist: ${name}`, user);
export const invalid = (message: string) => error('InvalidParameterValueException', message, user);
/** Source: AWS's answers to PutFunctionConcurrency and the like of a version, as recorded from AWS. */
export const ofFunctionsOnly = () =>
  invalid(
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
  );
export const qualifiersDiffer = () =>
  invalid('The derived qualifier from the function name does not match the specified qualifier.');
export const roleNotAssumable = () => invalid('The role defined for the function cannot be assumed by Lambda.');
export const notAnArchive = () =>
  invalid('Could not unzip uploaded file. Please check your file, then try to upload again.');
export const unpackedTooLarge = () => invalid(`Unzipped size must be smaller than ${UNPACKED_BYTES_MAX} bytes`);
/** Since 2023, in place of the size of the request. Source: localstack/docs, pull request 933. */
export const zipTooLarge = () =>
  error('RequestEntityTooLargeException', `Zipped size must be smaller than ${ZIP_BYTES_MAX} bytes`);
export const emptyArchive = () => invalid('Uploaded file must be a non-empty zip');
export const noCode = () => invalid('Please provide a source for function code.');
/** Source: refusals of AWS as badmintoncryer/cdk-preflight measured them in September 2026, as those below that name it. */
export const tooManySources = () =>
  invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.');
/** Source: badmintoncryer/cdk-preflight. */
export const halfAnObject = () => invalid('S3 Bucket and Key are required for uploading with S3 parameters.');
export const codeUnreadable = (code: string, message: string) =>
  invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
/** Source: Lambda's answer in aws-samples/aws-codepipeline-bitbucket-integration#7. */
export const codeElsewhere = (region: string) =>
  codeUnreadable(
    'PermanentRedirect',
    `The bucket is in this region: ${region}. Please use this region to retry the request`,
  );
export const missingForZip = (what: string) =>
  invalid(`${what} and handler are mandatory parameters for functions created with deployment packages.`);
export const levelsNeedJson = () =>
  invalid(
    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
  );
/** Source: badmintoncryer/cdk-preflight. */
export const reservedLogGroup = () =>
  invalid('Log groups starting with AWS/ are reserved for AWS. Update the LogGroup value and try again.');
/** Source: badmintoncryer/cdk-preflight. */
export const halfANetwork = () => invalid('SubnetIds and SecurityIds must coexist or be both empty list.');
/** Source: badmintoncryer/cdk-preflight. */
export const badCapacityProvider = (arn: string) => invalid(`Capacity provider arn invalid: capacity-provider:${arn}`);
export const reservedVariables = (names: readonly string[]) =>
  invalid(
    `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${names.join(', ')}`,
  );
export const environmentTooLarge = (measured: string) =>
  invalid(
    `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the ${ENVIRONMENT_BYTES_MAX / 1_024}KB limit. String measured: ${measured}`,
  );
export const memoryTooLarge = (max: number) =>
  error(
    'ValidationException',
    `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${max}`,
  );
/** Source: badmintoncryer/cdk-preflight; covidatlas/li, pull request 575. */
export const timeoutTooLong = (timeout: number, max: number) =>
  error(
    'ValidationException',
    `1 validation error detected: Value '${timeout}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
  );
export const revisionChanged = (api = 'GetFunction/GetAlias') =>
  error(
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
    user,
  );
export const codeChanged = (given: string, actual: string) =>
  error(
    'InvalidParameterValueException',
    `CodeSHA256 (${given}) is different from current CodeSHA256 in $LATEST (${actual}). Please try again with the CodeSHA256 in $LATEST.`,
    user,
  );
export const codeStorageExceeded = () => error('CodeStorageExceededException', 'Code storage limit exceeded.', user);
/** Source: JupiterOne/sdk, issue 565. */
export const payloadTooLarge = (max: number) =>
  error('RequestEntityTooLargeException', `Request must be smaller than ${max} bytes for the InvokeFunction operation`);
/** Source: ASFHyP3/hyp3, issue 2241; aws/aws-pdk, issue 771. */
export const eventTooLarge = (bytes: number, max: number) =>
  error(
    'RequestEntityTooLargeException',
    `${bytes} byte payload is too large for the Event invocation type (limit ${max} bytes)`,
  );
export const payloadNotJson = (reason: string) =>
  error(
    'InvalidRequestContentException',
    `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    user,
  );
export const badClientContext = () =>
  error('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.', user);
export const tooManyRequests = (reason: string) =>
  error('TooManyRequestsException', 'Rate Exceeded.', { Reason: reason, Type: 'User' });
/** Source: perfectsense/gyro, issue 415, of 2024; until then it named a newer one. */
export const runtimeRetired = (runtime: string) =>
  invalid(
    `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
  );
/** Source: awslabs/amazon-redshift-monitoring, pull request 25; aws/aws-cli, issue 3789: the same words without the count of faults. */
export const runtimeUnknown = (runtime: string, known: readonly string[]) =>
  invalid(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known.join(', ')}] or be a valid ARN`,
  );
export const nameTooLong = (name: string, max: number) =>
  error(
    'ValidationException',
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${max}`,
  );
export const runtimeMissing = (fault: string) => error('InvalidRuntimeException', fault, user);
export const versionInUse = (aliases: readonly string[]) =>
  error(
    'ResourceConflictException',
    `Version cannot be deleted because it is being referenced by the following aliases: ${aliases.join(', ')}`,
    user,
  );
/** Source: hashicorp/terraform-provider-aws, issue 1721; terraform-aws-modules/terraform-aws-cloudfront, issue 126. */
export const replicated = (arn: string) =>
  invalid(
    `Lambda was unable to delete ${arn} because it is a replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.`,
  );
export const aliasUndeletable = () => invalid('Deletion of aliases is not currently supported.');
export const latestUndeletable = () => invalid('$LATEST version cannot be deleted without deleting the function.');
export const statementExists = (id: string) =>
  error(
    'ResourceConflictException',
    `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    user,
  );
export const statementNotFound = (id: string) =>
  error('ResourceNotFoundException', `Statement ${id} is not found in resource policy.`, user);
/** Source: Terraform's and CDK's users' reports of AWS's answers. */
export const latestPolicy = () => invalid('We currently do not support adding policies for $LATEST.');
/** Source: terraform-aws-open-next, issue 73. */
export const onlyForUrls = () => invalid('FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
export const noStatements = () =>
  error('ResourceNotFoundException', 'No policy is associated with the given resource.', user);
/** Source: RemovePermission's answer for a function that is not there, as another emulator tells AWS's. */
export const noPolicyFor = (arn: string) => error('ResourceNotFoundException', `No policy found for: ${arn}`, user);
export const noPolicy = () => error('ResourceNotFoundException', 'The resource you requested does not exist.', user);
export const urlExists = (arn: string) =>
  error(
    'ResourceConflictException',
    `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    user,
  );
export const urlWithoutFunction = () => error('ResourceNotFoundException', 'Function does not exist', user);
export const policyTooLong = (bytes: number) =>
  error('PolicyLengthExceededException', `The final policy size (${bytes}) is bigger than the limit (20480).`, user);
export const invalidPrincipal = () =>
  invalid('The provided principal was invalid. Please check the principal and try again.');
export const imageForZip = () =>
  invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
/** Deviation: the words are Cloudyard's own. */
export const runtimeForImage = () =>
  invalid("Please don't provide Runtime when creating a function with packageType Image.");
/** Source of what images and archives exclude: badmintoncryer/cdk-preflight. */
export const imageSettingsForZip = () =>
  invalid('The ImageConfig parameter is not supported for functions created with deployment packages.');
export const imageNeeded = () => invalid('ImageUri is required.');
export const badImage = (uri: string) => invalid(`Source image ${uri} is not valid. Provide a valid source image.`);
export const imageNotSigned = () =>
  invalid('Code signing is not supported for functions created with container images.');
export const imageNotReferenced = () =>
  invalid('Do not include S3ObjectStorageMode when the function PackageType is Image.');
export const imagesNeedContainers = () =>
  error(
    'NotImplemented',
    'Functions from container images are not built: Cloudyard runs functions as processes, without containers.',
  );

export const roleMayNotSend = (operation: string, service: string) =>
  invalid(`The provided execution role does not have permissions to call ${operation} on ${service}`);
/** Source: hashicorp/terraform-provider-aws, what its resource for event invoke configurations waits out. */
export const functionMayNotSend = (operation: string, arn: string) =>
  invalid(`The function's execution role does not have permissions to call ${operation} on ${arn}`);

/** Source: AWS's answer to CreateFunctionUrlConfig, as a user shows it. */
export const wildcardAmong = (name: string) =>
  invalid(`You can't specify additional fields for ${name} because you already specified the wildcard character (*).`);

// Tags.
export const tooManyTags = () => invalid('Number of tags exceeds resource tag limit.');
export const mappingNotFound = (arn: string) =>
  error('ResourceNotFoundException', `Event source mapping not found: ${arn}`, user);
export const qualifiedTags = () =>
  invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.');
export const noTags = () => invalid('An error occurred and the request cannot be processed.');

// Concurrency.
/** Without a type. Source: milliHQ/terraform-aws-next-js, issue 251. */
export const overUnreserved = (what: 'ReservedConcurrentExecutions' | 'ConcurrentExecutions', least: number) =>
  error(
    'InvalidParameterValueException',
    `Specified ${what} for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
  );
export const overAccount = (unreserved: number) =>
  error(
    'InvalidParameterValueException',
    `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${unreserved}].`,
  );
export const underProvisioned = (reserved: number, provisioned: number) =>
  error(
    'InvalidParameterValueException',
    ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${provisioned}].`,
  );
export const unprovisionable = () => invalid('The function resource provided must be an alias or a published version.');
export const overReserved = () =>
  invalid('Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function');
/** Source: the API's answers, as recorded in the tests of another emulator against AWS. */
export const aliasOfProvisioned = () =>
  error(
    'ResourceConflictException',
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    user,
  );
export const versionOfProvisioned = () =>
  error('ResourceConflictException', 'Version is pointed by a Provisioned Concurrency alias', user);
/** Source: hashicorp/terraform, issue 24957; terraform-provider-aws, pull request 48116. */
export const weightedProvisioned = () => invalid('Alias with weights can not be used with Provisioned Concurrency');
export const noProvisioned = () =>
  error(
    'ProvisionedConcurrencyConfigNotFoundException',
    'No Provisioned Concurrency Config found for this function',
    user,
  );

// SnapStart.
export const notForSnapStart = (runtime: string) =>
  invalid(`${runtime} is not supported for SnapStart enabled functions.`);
/** Deviation: the words are Cloudyard's own. */
export const snapStartStorage = (max: number) =>
  invalid(`Ephemeral storage of more than ${max} MB is not supported for SnapStart enabled functions.`);
/** Deviation: the words are Cloudyard's own. */
export const snapStartProvisioned = () =>
  invalid('Provisioned concurrency is not supported for SnapStart enabled functions.');
export const notActive = (state: string) =>
  error(
    'ResourceConflictException',
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
    user,
  );
/** Why a version has failed. Source: stacks' events, as users of CloudFormation report them. */
export const INIT_FAILED = 'An error occurred during function initialization.';
export const restoreFailed = ({ reason, message }: RestoreFailed) =>
  reason === 'timeout' ? error('SnapStartTimeoutException', message, user) : error('SnapStartException', message, user);

// Tenants.
export const tenantNeeded = () =>
  invalid(
    'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.',
  );
/** Source: AWS's SAM CLI; that it is refused: Lambda Developer Guide, "Troubleshooting tenant isolation for Lambda functions". */
export const tenantUnexpected = () =>
  invalid(
    'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
  );
/**
 * What tenants and this exclude. Source: badmintoncryer/cdk-preflight.
 * Deviation: of event source mappings the words are Cloudyard's own.
 */
export const notWithTenants = (what: string) =>
  invalid(`${what} is not supported for functions enabled with tenancy configuration.`);

// Aliases.
export const aliasNotFound = (arn: string) => error('ResourceNotFoundException', `Cannot find alias arn: ${arn}`, user);
/** What UpdateAlias says. */
export const noSuchAlias = (arn: string) => error('ResourceNotFoundException', `Alias not found: ${arn}`, user);
export const aliasExists = (arn: string) => error('ResourceConflictException', `Alias already exists: ${arn}`, user);
export const routesLatest = () => invalid('$LATEST is not supported for an alias pointing to more than 1 version');
export const routesItself = (version: string) =>
  invalid(
    `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
  );
/** Source: as `routesItself`. */
export const weightOutOfRange = (version: string, weight: number) =>
  error(
    'ValidationException',
    `1 validation error detected: Value '{${version}=${weight}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
  );
export const routesMany = () => invalid('Number of items in AdditionalVersionWeights cannot be greater than 1');

// Asynchronous events.
export const noEventConfig = (arn: string) =>
  error('ResourceNotFoundException', `The function ${arn} doesn't have an EventInvokeConfig`, user);
export const noFunctionToConfigure = () => error('ResourceNotFoundException', "The function doesn't exist.", user);
export const emptyEventConfig = () =>
  invalid('You must specify at least one of error handling or destination setting.');
export const badDestination = (onSuccess: string | undefined, onFailure: string | undefined) => {
  const success = onSuccess === undefined ? 'null' : `OnSuccess(destination=${onSuccess})`;
  const failure = onFailure === undefined ? 'null' : `OnFailure(destination=${onFailure})`;
  return invalid(
    `The provided destination config DestinationConfig(onSuccess=${success}, onFailure=${failure}) is invalid.`,
  );
};
export const destinationMissing = (arn: string) => invalid(`The destination ARN ${arn} is invalid.`);
export const destinationOfItself = () => invalid("You can't specify the function as a destination for itself.");
export const recursive = () =>
  error(
    'RecursiveInvocationException',
    'Lambda detected your function being invoked in a recursive loop with other AWS resources and stopped your function’s invocation.',
  );

/** Source: pmuens/serverless-kinesis-streams, issue 1. */
export const sourceElsewhere = (region: string) => invalid(`Event source region must match Lambda region ${region}.`);

// Layers.
export const layerNumberTooLow = () => invalid('Layer Version Cannot be less than 1');
export const noLayer = (arn: string) => invalid(`Layer version ${arn} does not exist.`);
/** Deviation: what can be done about it is Cloudyard's own; on AWS many accounts share layers with everybody. */
export const layerElsewhere = ({ code, message, status }: ServiceError, arn: string) =>
  new ServiceError(
    code,
    `${message}. (Cloudyard has no layers but those that were published in it, or brought: cloudyard layer ${arn} <its zip file>)`,
    { status },
  );
export const tooManyLayers = (max: number) => invalid(`Cannot reference more than ${max} layers.`);
export const layerInOtherRegion = (region: string) =>
  invalid(`Layers are not in the same region as the function. Layers are expected to be in region ${region}.`);
/** Source: badmintoncryer/cdk-preflight. */
export const organizationOfEverybody = () => invalid('If organization id is specified then principal should be *');
export const noLayerVersion = (arn: string) =>
  error('ResourceNotFoundException', `Layer version ${arn} does not exist.`, user);
export const layerTwice = (one: string, other: string) =>
  invalid(
    `Two different versions of the same layer are not allowed to be referenced in the same function. ${one} and ${other} versions are referenced.`,
  );
export const layersTooLarge = (bytes: number) =>
  invalid(
    `Function code combined with layers exceeds the maximum allowed size of ${UNPACKED_BYTES_MAX} bytes. The actual size is ${bytes} bytes.`,
  );

// Code signing.
export const noSigningConfig = (arn: string) =>
  error('ResourceNotFoundException', `The Lambda code signing configuration ${arn} can not be found.`);
export const signingConfigMissing = (arn: string) =>
  error(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
    user,
  );
/** Source: badmintoncryer/cdk-preflight. */
export const signingConfigElsewhere = (arn: string) =>
  invalid(
    `The code signing configuration must be in the same account as the Lambda function. Check the provided ARN: ${arn}.`,
  );
export const signingConfigInUse = (arn: string) =>
  error(
    'ResourceConflictException',
    `Cannot delete CodeSigningConfig '${arn}' as it is currently associated with function(s). Please detach from function(s) first.`,
    user,
  );
export const notSigned = () =>
  error(
    'CodeVerificationFailedException',
    'The code signature failed one or more of the validation checks for signature mismatch or expiry, and the code signing policy is set to ENFORCE. Lambda blocks the deployment.',
    user,
  );

// Runtimes.
/** Source of these: badmintoncryer/cdk-preflight. */
export const runtimeArnNeeded = () =>
  invalid(
    'Missing runtime version ARN. A runtime version ARN is required when UpdateRuntimeVersionOn=Manual. Provide a valid runtime version ARN and retry the request.',
  );
export const runtimeArnUnexpected = (on: string) =>
  invalid(
    `Unexpected runtime version ARN when UpdateRuntimeVersionOn=${on}. Remove the runtime version ARN and retry the request.`,
  );
export const badRuntimeArn = (arn: string) =>
  invalid(`Invalid runtime version ARN (${arn}). Check the runtime version ARN and retry the request.`);

// Dead letters.
/** Source: badmintoncryer/cdk-preflight. */
export const badDeadLetters = (why: string) => invalid(`Invalid dead letter queue ARN: ${why}`);
