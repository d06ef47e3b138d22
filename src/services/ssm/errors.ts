/** What Systems Manager refuses. Source: SSM API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';
import { ADVANCED_VALUE_MAX, LEVELS_MAX, POLICIES_MAX, STANDARD_VALUE_MAX } from './limits.ts';

const error = errorsOf('ssm');

export const invalid = (message: string) => error('ValidationException', message);
/** AWS gives no text. */
export const parameterNotFound = () => error('ParameterNotFound', '');
/** Source: radkawar/stackd, measured in 2026, as of the two that follow; "null" stands for no version. */
export const secretNotFound = (name: string, version: string | undefined) =>
  error(
    'ParameterNotFound',
    `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name}${version === undefined ? 'null' : `:${version}`} not found.`,
  );
export const secretRefused = () => invalid('An error occurred while calling one AWS dependency service.');
export const badSelector = () =>
  invalid('Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>');
export const versionNotFound = (name: string, version: string) =>
  error(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
export const labelNotFound = (name: string, label: string) =>
  error(
    'ParameterVersionNotFound',
    `Systems Manager could not find a version of ${name} with label ${label}. Verify the label and try again.`,
  );
export const parameterExists = () =>
  error(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  );
export const typeMissing = () => invalid('A parameter type is required when you create a parameter.');
export const badName = () =>
  invalid(
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  );
/** Deviation: the words are Cloudyard's own. Source of the code: badmintoncryer/cdk-preflight. */
export const nameTooLong = (caller: string, arn: string) =>
  error('AccessDeniedException', `User: ${caller} is not authorized to perform: ssm:PutParameter on resource: ${arn}`);
/** Source: awslabs/aws-deployment-framework, issue 119; aws-solutions/quota-monitor-for-aws, issue 30. */
export const reservedName = (name: string) =>
  error('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
export const notQualified = () => invalid('Parameter name must be a fully qualified name.');
export const tooDeep = () =>
  error(
    'HierarchyLevelLimitExceededException',
    `A hierarchy can have a maximum of ${LEVELS_MAX} levels. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html`,
  );
export const valueEmpty = () =>
  invalid(
    "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
export const standardTooLong = () =>
  invalid(
    `Standard tier parameters support a maximum parameter value of ${STANDARD_VALUE_MAX} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
  );
/** Source: badmintoncryer/cdk-preflight, measured in September 2026, as of the others that name it. */
export const advancedTooLong = () =>
  invalid(`Advanced-tier parameters support a maximum parameter value of ${ADVANCED_VALUE_MAX} characters.`);
/** Source: SSM API Reference, PutParameter, "Errors". */
export const tooManyParameters = () =>
  error(
    'ParameterLimitExceeded',
    'You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.',
  );
export const tierDowngraded = () =>
  invalid(
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
  );
export const tagsWithOverwrite = () =>
  invalid(
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
  );
/** Source: Systems Manager User Guide, "Using parameter … allowedPattern". */
export const patternMismatch = (pattern: string) =>
  error('ParameterPatternMismatchException', `Parameter value, cannot be validated against allowedPattern: ${pattern}`);
export const badPattern = () =>
  error('InvalidAllowedPatternException', 'The request does not meet the regular expression requirement.');
export const badDataType = (type: string) =>
  invalid(`The following data type is not supported: ${type} (Data type names are all lowercase.)`);
/** Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
export const imageList = () =>
  invalid('The aws:ec2:image data type is not supported for the following input type: StringList');
export const oldestLabelled = (name: string, version: number) =>
  error(
    'ParameterMaxVersionLimitExceeded',
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  );
export const tooManyLabels = () =>
  error(
    'ParameterVersionLabelLimitExceeded',
    'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
  );
export const tooManyTags = () => error('TooManyTagsError', '');
export const badResource = () => error('InvalidResourceId', '');
export const badFilterKey = (message: string) => error('InvalidFilterKey', message);
export const badFilterOption = (message: string) => error('InvalidFilterOption', message);
export const badFilterValue = (message: string) => error('InvalidFilterValue', message);
export const badToken = () => error('InvalidNextToken', 'The specified token is not valid.');
export const badKeyId = (message: string) => error('InvalidKeyId', message);
export const badPolicy = (message: string) => error('InvalidPolicyAttributeException', message);
/** Source of the words: badmintoncryer/cdk-preflight. */
export const noExpiration = () => badPolicy('Expiration notification policies are missing expiration policy');
export const twoExpirations = () =>
  error(
    'IncompatiblePolicyException',
    "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
  );
/** Source: badmintoncryer/cdk-preflight. */
export const tooManyPolicies = () =>
  error('PoliciesLimitExceededException', `Number of policies attached to a parameter cannot exceed ${POLICIES_MAX}`);
/** Source: badmintoncryer/cdk-preflight. */
export const valueNested = (value: string) =>
  invalid(
    `Parameter value: '${value}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use "{{}}" in the value.`,
  );
export const badPath = () =>
  invalid(
    `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`,
  );
export const twoFilters = () => invalid('You can use either Filters or ParameterFilters in a single request.');
export const shareNotAdvanced = () =>
  error('ResourcePolicyInvalidParameterException', 'Only parameters of the advanced tier can be shared.', {
    ParameterNames: ['ResourceArn'],
  });
export const shareMalformed = () =>
  error('MalformedResourcePolicyDocumentException', 'The policy document is malformed.');
export const shareNotFound = () =>
  error('ResourcePolicyNotFoundException', 'No policies with the given PolicyId exist.');
export const shareChanged = () =>
  error('ResourcePolicyConflictException', 'The hash provided in the call does not match the stored hash.');
export const resourceNotFound = () =>
  error('ResourceNotFoundException', 'The specified parameter to be shared could not be found.');
export const settingNotFound = () =>
  error(
    'ServiceSettingNotFound',
    "The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned by the AWS service team.",
  );
export const badPolicyType = (message: string) => error('InvalidPolicyTypeException', message);
export const policiesNeedAdvanced = () =>
  invalid('Policies are not supported for standard-tier parameters: use the advanced tier.');
