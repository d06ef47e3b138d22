/** Source: CloudFormation User Guide, "Understand CloudFormation quotas". */
import type { Quota } from '#kernel/contract';

const quota = (code: string, name: string, value: number): Quota => ({
  service: 'cloudformation',
  code,
  name,
  value,
  adjustable: true,
  global: false,
});

/** Of a template in the request; from S3 it may be larger: 1 MB, which is no MiB. Source: aws-samples/aws-vpc-cidr-mgmt, issue 10. */
export const BODY_BYTES_MAX = 51_200;
export const TEMPLATE_BYTES_MAX = 1_000_000;
/** Of a template's description, in characters. */
export const DESCRIPTION_MAX = 1_024;
export const RESOURCES_MAX = 500;
export const PARAMETERS_MAX = 200;
export const OUTPUTS_MAX = 200;
export const MAPPINGS_MAX = 200;
/** Stacks that one operation brings into a stack set: named in the request, and in a file. */
export const IMPORTED_INLINE_MAX = 10;
export const IMPORTED_LISTED_MAX = 200;
/** Of each mapping. */
export const MAPPING_ATTRIBUTES_MAX = 200;
export const PARAMETER_BYTES_MAX = 4_096;
/** Those that are there, of an account in a Region. Source of the codes: AWS General Reference, "AWS CloudFormation endpoints and quotas". */
export const STACKS: Quota = quota('L-0485CB21', 'Stack count', 2_000);
export const STACK_SETS: Quota = quota('L-EC62D81A', 'Stack sets per administrator account', 1_000);
export const TAGS_MAX = 50;
export const STACKS_LISTED_MAX = 100;
export const CHANGE_SETS_LISTED_MAX = 100;
/** A template nested deeper is refused; no real one is. */
export const DEPTH_MAX = 100;
/** Resources of one stack that are worked on at a time. */
export const AT_A_TIME_MAX = 16;
/** How often the removal of what an update has left over is tried. Source: CloudFormation User Guide, "Monitor the progress of a stack update". */
export const CLEANUP_TRIES_MAX = 3;
/** How often a step is tried again that a service refused for now, and when first, in milliseconds. */
export const STEP_TRIES_MAX = 6;
export const STEP_WAIT = 1_000;
/** The same where a type's own handler tries again: for half a minute. Source: aws-cloudformation/aws-cloudformation-resource-providers-logs, BaseHandlerStd of subscription filters. */
export const HANDLER_TRIES_MAX = 5;
/** Characters of a physical name that CloudFormation makes up. */
export const NAME_SUFFIX_LENGTH = 12;
/** How long a custom resource may take to answer, and how long its template may say. Source of the latter: badmintoncryer/cdk-preflight. */
export const CUSTOM_TIMEOUT_SECONDS = 3_600;
export const CUSTOM_TIMEOUT_SECONDS_MAX = 14_400;
/** Of an export's name, in characters, and of its value, in bytes. Source: badmintoncryer/cdk-preflight. */
export const EXPORT_NAME_MAX = 256;
export const EXPORT_BYTES_MAX = 1_024;
/** Of a custom resource's answer. */
export const RESPONSE_BYTES_MAX = 4_096;
/** Values that loops of a template may make. */
export const EXPANDED_MAX = 200_000;
/** Characters that the functions of a template may make in one evaluation. */
export const MADE_MAX = 8_388_608;
/**
 * How long a client that asks for what is under way is kept waiting, of the machine's time: `aws cloudformation deploy` asks every half minute.
 * Deviation: AWS answers at once.
 */
export const LINGER = 10_000;
/** Stacks that one refactor may have. Source: CloudFormation User Guide, "Stack refactoring". */
export const REFACTORED_STACKS_MAX = 5;
/** Operations that a stack tells of; how many AWS tells of is not said anywhere. */
export const LAST_OPERATIONS_MAX = 5;
/** How often a hook's function is asked that says it is not done yet. Source: CloudFormation Hooks User Guide, "Create Lambda functions". */
export const HOOK_CALLS_MAX = 3;
/** Characters of what a hook says. Source: CloudFormation API Reference, HookResultSummary, "HookStatusReason". */
export const HOOK_MESSAGE_MAX = 1_024;
/** How long a stack that was deleted can be asked for. Source: CloudFormation API Reference, ListStacks: 90 days. */
export const DELETED_LIFE = 90 * 86_400_000;
/** How long what a hook has said is told. Source: CloudFormation Hooks User Guide, "View invocation results": 90 days. */
export const HOOK_RESULT_LIFE = 90 * 86_400_000;
/**
 * How long a refactor can be asked for.
 * Deviation: AWS tells no figure; it is that of deleted stacks.
 */
export const REFACTOR_LIFE = 90 * 86_400_000;
/** Detections of drift that can be asked for, of one stack. Source: DescribeStackDriftDetectionStatus: how many AWS retains, and for how long, "may vary". */
export const DETECTIONS_MAX = 100;
/** Templates that an account may have generated. Source: CloudFormation User Guide, "Generate templates from existing resources": quotas. */
export const GENERATED_MAX = 1_000;
/** Of these, generated at a time. */
export const GENERATED_AT_WORK_MAX = 5;
/** Of so few resources, within 24 hours. Source: as above. */
export const SCANS_PER_DAY_MAX = 10;
/**
 * Operations of one stack set that can be asked for.
 * Deviation: AWS tells no figure.
 */
export const SET_OPERATIONS_MAX = 1_000;
/**
 * Signals that one wait condition's handle, or one resource, takes.
 * Deviation: AWS tells no figure.
 */
export const SIGNALS_MAX = 1_000;
/** How long a scan is kept, in milliseconds. Source: CloudFormation User Guide, "Generate templates from existing resources": 30 days. */
export const SCAN_LIFE = 30 * 86_400_000;
