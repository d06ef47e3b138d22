/** What CloudFormation refuses. Source: CloudFormation API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { commonError, errorsOf } from '#kernel/contract';

const error = errorsOf('cloudformation');

export const invalid = (message: string) => error('ValidationError', message);
export const noSuchStack = (name: string) => invalid(`Stack with id ${name} does not exist`);
/** Of operations that name the stack in brackets. */
export const noSuchStackNamed = (name: string) => invalid(`Stack [${name}] does not exist`);
export const stackExists = (name: string) => error('AlreadyExistsException', `Stack [${name}] already exists`);
export const wrongState = (id: string, status: string, action: string) =>
  invalid(`Stack:${id} is in ${status} state and can not be ${action}.`);
/** Source: what SAM showed of ExecuteChangeSet for such a stack. */
export const pausedStack = (status: string) =>
  invalid(
    `This stack is currently in a non-terminal [${status}] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API`,
  );
/** Source: code-dot-org/code-dot-org, pull request 68524. */
export const abandonedStack = () =>
  invalid(
    'This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.',
  );
/** Source: AWS's answers to DeleteStack, as users show them. */
export const undeletableNow = (id: string, status: string) =>
  invalid(`Stack [${id}] cannot be deleted while in status ${status}`);
export const notForced = (id: string) =>
  invalid(
    `Invalid operation on stack [${id}]. You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only when the stack is in the DELETE_FAILED state.`,
  );
/** Source: AWS's answers to DeleteStack of a stack whose role is gone, as users show them. */
export const badRole = (arn: string) => invalid(`Role ${arn} is invalid or cannot be assumed`);
/** Without the full stop that it has elsewhere. Source: adcreare/cloudformation, issue 3. */
export const roleElsewhere = () => commonError('AccessDenied', 'Cross-account pass role is not allowed');
/** Deviation: in our words. */
export const tooManyImported = (most: number) =>
  error('LimitExceededException', `An operation can import at most ${most} stacks`);
/** Deviation: in our words. */
export const parameterTooLong = (name: string, max: number) =>
  invalid(`The value of the parameter '${name}' is longer than ${max} bytes`);
/** Source: aws-amplify/amplify-cli, issues 2467 and 5221. */
export const tooManyStacks = () => error('LimitExceededException', 'Limit for stack has been exceeded');
/** Source: boto3, issue 2203. */
export const notAToken = (token: string) => invalid(`${token} is not a valid NextToken`);
/** Source: CloudFormation API Reference, CreateStack, "TokenAlreadyExists". */
export const tokenExists = () => error('TokenAlreadyExistsException', 'A client request token already exists.');
export const nothingToUpdate = () => invalid('No updates are to be performed.');
export const capabilitiesMissing = (names: readonly string[]) =>
  error('InsufficientCapabilitiesException', `Requires capabilities : [${names.join(', ')}]`);
export const protectedStack = (name: string) =>
  invalid(`Stack [${name}] cannot be deleted while TerminationProtection is enabled`);
/** Deviation: in our words. */
export const nestedProtection = (id: string) =>
  invalid(
    `Termination protection of the nested stack [${id}] is that of its root stack and cannot be changed directly`,
  );
const usersOf = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
/** Source: events of stacks as users quote them; aws/aws-cdk, issue 604, has two that use it. @param users at least one */
export const exportInUse = (name: string, users: readonly string[]) =>
  invalid(`Delete canceled. Cannot delete export ${name} as it is in use by ${usersOf(users)}.`);
/** Of one that would have another value. */
export const exportFixed = (name: string, users: readonly string[]) =>
  invalid(`Cannot update export ${name} as it is in use by ${usersOf(users)}.`);
export const templateFormat = (what: string) => invalid(`Template format error: ${what}`);
export const tooMany = (what: string, count: number, max: number) =>
  templateFormat(`Number of ${what}, ${count}, is greater than maximum allowed, ${max}`);
/** Source: aws/aws-cdk, issue 8736; dougmoscrop/serverless-plugin-split-stacks, issue 43. */
export const tooManyOf = (what: string, count: number, max: number) =>
  templateFormat(`${what} count ${count} is greater than max allowed ${max}`);
/** Source: CloudFormation User Guide, "Troubleshoot the processed template". */
export const dataLimit = () => invalid('Transformation data limit exceeded');
export const templateError = (what: string) => invalid(`Template error: ${what}`);
/** Source: what `aws cloudformation package` of 2017 was answered. */
export const unsupportedFunction = (name: string, known: readonly string[]) =>
  invalid(`Template Error: Encountered unsupported function: ${name} Supported functions are: [${known.join(', ')}]`);
/** Source: badmintoncryer/cdk-preflight. */
export const exportTooLong = (output: string, bytes: number, max: number) =>
  invalid(`Cannot export output ${output} with length ${bytes}. Max length of ${max} exceeded.`);
export const exportMissing = (name: string) => invalid(`No export named ${name} found`);
/** Deviation: in our words. */
export const outputMissing = (stack: string, output: string, isThere: boolean) =>
  invalid(isThere ? `Output [${output}] does not exist in stack [${stack}]` : `Stack [${stack}] does not exist`);
/** Source: aws-samples/aws-vpc-cidr-mgmt, issue 10. */
export const templateTooLarge = (bytes: number) => invalid(`Template may not exceed ${bytes} bytes in size.`);
/** Source: sparkleformation/sparkle_formation, issue 166: the template is told as a whole. */
export const bodyTooLarge = (body: string, bytes: number) =>
  invalid(
    `1 validation error detected: Value '${body}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${bytes}`,
  );
export const noSuchChangeSet = (name: string) =>
  error('ChangeSetNotFoundException', `ChangeSet [${name}] does not exist`);
export const changeSetExists = (name: string, what: string) =>
  error(
    'AlreadyExistsException',
    `ChangeSet ${name} cannot be created due to a mismatch with existing attribute ${what}`,
  );
export const wrongChangeSetStatus = (id: string, kind: 'status' | 'execution status', status: string, action: string) =>
  error(
    'InvalidChangeSetStatusException',
    `ChangeSet [${id}] cannot be ${action} in its current ${kind} of [${status}]`,
  );
/** Deviation: in our words. */
export const nestedSet = (id: string, action: string, root: string) =>
  error(
    'InvalidChangeSetStatusException',
    `ChangeSet [${id}] belongs to a nested stack and cannot be ${action} by itself. Use the root ChangeSet [${root}]`,
  );
/** Source: recorded answers of DescribeChangeSet. */
export const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";
/** What has no effect here is refused by name. */
/** Why a resource was not made, where CloudFormation itself says so. */
export const notMade = (message: string) => invalid(message);
export const alreadyManaged = (type: string, id: string, stackId: string) =>
  invalid(`Resource of type '${type}' with identifier '${id}' already exists in stack ${stackId}`);

/** Deviation: in our words. */
export const unlistedType = (type: string, listed: readonly string[]) =>
  invalid(`Resource type ${type} is not allowed by parameter ResourceTypes [${listed.join(', ')}]`);
/** Source: CloudFormation API Reference, ImportStacksToStackSet, "StackNotFound". */
export const stackMissing = (id: string) => error('StackNotFoundException', `Stack ${id} does not exist`);
export const noSuchSet = (name: string) => error('StackSetNotFoundException', `StackSet ${name} not found`);
export const setExists = (name: string) => error('NameAlreadyExistsException', `StackSet ${name} already exists`);
export const setNotEmpty = () => error('StackSetNotEmptyException', 'StackSet is not empty');
export const setBusy = (arn: string, operationId: string) =>
  error('OperationInProgressException', `Another Operation on StackSet ${arn} is in progress: ${operationId}`);
export const setOperationExists = (id: string) =>
  error('OperationIdAlreadyExistsException', `Operation with id ${id} already exists`);
export const noSuchSetOperation = (id: string) => error('OperationNotFoundException', `Operation ${id} not found`);
export const setOperationOver = (id: string, status: string) =>
  error('InvalidOperationException', `Operation ${id} cannot be stopped in its current status ${status}`);
export const noSuchInstance = (setId: string, account: string, region: string) =>
  error(
    'StackInstanceNotFoundException',
    `Stack instance not found for StackSet ${setId}, account ${account}, region ${region}`,
  );
/** Of the targets and the caller of a set of its own roles. Source: badmintoncryer/cdk-preflight, as of all that exclude each other in sets' operations. */
export const accountsAlone = () =>
  invalid('StackSets with SELF_MANAGED permission model can only have accounts as target');
export const notDelegated = () =>
  invalid('You can only operate on SERVICE_MANAGED StackSets as a delegated administrator');
export const exactlyOne = (one: string, other: string) =>
  invalid(`Exactly one of ${one} or ${other} must be specified`);
/** Sets that reach the accounts of an organization. */
export const organizationMissing = () =>
  invalid(
    'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
  );
export const noSuchRefactor = (id: string) =>
  error('StackRefactorNotFoundException', `Stack refactor ${id} does not exist`);
export const refactorUnavailable = (id: string, status: string) =>
  invalid(`StackRefactor [${id}] cannot be executed in its current execution status of [${status}]`);
export const typeMissing = (name: string) => error('TypeNotFoundException', `The type '${name}' cannot be found.`);
export const registryFault = (message: string) => error('CFNRegistryException', message);
export const hookResultMissing = (id: string) =>
  error('HookResultNotFoundException', `Hook result ${id} does not exist`);
/** Source: CloudFormation API Reference, ListHookResults, "HookResultNotFound". */
export const nothingInvoked = () =>
  error('HookResultNotFoundException', "The specified target doesn't have any requested Hook invocations.");
export const noSuchScan = (id: string) => error('ResourceScanNotFoundException', `Resource scan ${id} does not exist`);
export const scanRunning = () =>
  error('ResourceScanInProgressException', 'A resource scan is currently in progress. Only one can be run at a time.');
/** Source: CloudFormation API Reference, StartResourceScan, "ResourceScanLimitExceeded". */
export const tooManyScans = () =>
  error('ResourceScanLimitExceededException', 'The daily quota for resource scans has been exceeded.');
/** Source: CloudFormation API Reference, CreateGeneratedTemplate, "ConcurrentResourcesLimitExceeded". */
export const tooManyAtWork = () =>
  error(
    'ConcurrentResourcesLimitExceededException',
    'No more than 5 generated templates can be in an InProgress or Pending status at one time.',
  );
/** Deviation: in our words. */
export const generatedAtWork = (name: string) =>
  error('ConcurrentResourcesLimitExceededException', `Generated template ${name} is being generated`);
export const noSuchGenerated = (name: string) =>
  error('GeneratedTemplateNotFoundException', `Generated template ${name} does not exist`);
export const generatedExists = (name: string) =>
  error('AlreadyExistsException', `Generated template [${name}] already exists`);
/** Source: CloudFormation API Reference, CreateGeneratedTemplate, "LimitExceeded". */
export const quotaReached = () =>
  error('LimitExceededException', 'The quota for the resource has already been reached.');
/** Deviation: in our words. */
export const tooManySignals = (max: number) => invalid(`At most ${max} signals are taken.`);
