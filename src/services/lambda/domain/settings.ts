/** A function's configuration as a request gives it: checked, with Lambda's defaults. */
import { parseArn, utf8Length } from '#kernel/base';
import { type InputOf, notBuilt } from '#kernel/contract';
import { notMadeDurable, runtimeNotDurable, timeoutMissing } from '../durable/errors.ts';
import { DURABLE_RUNTIMES, RETENTION_DEFAULT } from '../durable/limits.ts';
import {
  badCapacityProvider,
  environmentTooLarge,
  halfANetwork,
  imageSettingsForZip,
  levelsNeedJson,
  memoryTooLarge,
  missingForZip,
  notWithTenants,
  reservedLogGroup,
  reservedVariables,
  timeoutTooLong,
} from '../errors.ts';
import {
  ENVIRONMENT_BYTES_MAX,
  MEMORY_DEFAULT,
  MEMORY_MAX,
  STORAGE_DEFAULT,
  TIMEOUT_DEFAULT,
  TIMEOUT_SECONDS_MAX,
} from '../limits.ts';
import type { VersionRow } from '../state.ts';
import { checkSnapStart } from './snap-start.ts';

/** What only a new function can be given is missing in an update. */
type Given = InputOf<'lambda', 'UpdateFunctionConfiguration'> & {
  Architectures?: string[] | undefined;
  PublishTo?: string | undefined;
  TenancyConfig?: InputOf<'lambda', 'CreateFunction'>['TenancyConfig'];
};
export type Settings = Omit<
  VersionRow,
  | 'name'
  | 'version'
  | 'number'
  | 'code'
  | 'codeSha256'
  | 'codeSize'
  | 'unpacked'
  | 'runtimeUpdates'
  | 'folder'
  | 'sourceKmsKeyArn'
  | 'revisionId'
  | 'build'
  | 'modifiedAt'
>;

/** Source: Lambda Developer Guide, "Defined runtime environment variables". */
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/**
 * The settings after a request: what it gives, else what was, else the default.
 *
 * @throws {ServiceError} InvalidParameterValueException, ValidationException
 */
export function settingsOf(given: Given, name: string, before: Settings | undefined, region: string): Settings {
  checkPlace(given, region);
  refuseUnbuilt(given);
  const runtime = given.Runtime ?? before?.runtime;
  const handler = given.Handler ?? before?.handler;
  if (runtime === undefined || handler === undefined) throw missingForZip('Runtime');
  const memory = given.MemorySize ?? before?.memory ?? MEMORY_DEFAULT;
  const durable = durableOf(given.DurableConfig, before);
  if (durable !== undefined && !DURABLE_RUNTIMES.has(runtime)) throw runtimeNotDurable();
  const timeout = given.Timeout ?? before?.timeout ?? timeoutDefault(durable);
  if (memory > MEMORY_MAX) throw memoryTooLarge(MEMORY_MAX);
  if (timeout > TIMEOUT_SECONDS_MAX) throw timeoutTooLong(timeout, TIMEOUT_SECONDS_MAX);
  const environment =
    given.Environment === undefined ? before?.environment : checked(given.Environment.Variables ?? {});
  const kmsKeyArn = given.KMSKeyArn ?? before?.kmsKeyArn;
  const snapStart = given.SnapStart === undefined ? before?.snapStart : snapStartOf(given.SnapStart);
  const storage = given.EphemeralStorage?.Size ?? before?.storage ?? STORAGE_DEFAULT;
  if (snapStart !== undefined) checkSnapStart(runtime, storage);
  const tenancy = before === undefined ? given.TenancyConfig?.TenantIsolationMode : before.tenancy;
  if (snapStart !== undefined && tenancy !== undefined) throw notWithTenants('SnapStart');
  // An empty configuration changes nothing, an empty ARN takes away. Source: radkawar/stackd, measured in 2026.
  const deadLetterArn = given.DeadLetterConfig?.TargetArn ?? before?.deadLetterArn;
  return {
    role: given.Role ?? before?.role ?? '',
    runtime,
    handler,
    description: given.Description ?? before?.description ?? '',
    timeout,
    memory,
    storage,
    ...(environment !== undefined && { environment }),
    ...(kmsKeyArn !== undefined && kmsKeyArn !== '' && { kmsKeyArn }),
    ...(deadLetterArn !== undefined && deadLetterArn !== '' && { deadLetterArn }),
    // Deviation: functions are told the id of a trace, but none is kept anywhere: X-Ray is not here.
    tracing: given.TracingConfig?.Mode ?? before?.tracing ?? 'PassThrough',
    architectures: given.Architectures ?? before?.architectures ?? ['x86_64'],
    layers: given.Layers ?? before?.layers ?? [],
    logging:
      before !== undefined && given.LoggingConfig === undefined
        ? before.logging
        : loggingOf(given.LoggingConfig, `/aws/lambda/${name}`, durable !== undefined),
    ...(durable !== undefined && { durable }),
    ...(tenancy !== undefined && { tenancy }),
    ...(snapStart !== undefined && { snapStart }),
  };
}

function snapStartOf({ ApplyOn }: NonNullable<Given['SnapStart']>): true | undefined {
  return ApplyOn === 'PublishedVersions' ? true : undefined;
}

/** Of where a function runs, what could never be. @throws {ServiceError} InvalidParameterValueException */
function checkPlace({ ImageConfig: image, VpcConfig: vpc, CapacityProviderConfig: capacity }: Given, region: string) {
  if (Object.keys(image ?? {}).length > 0) throw imageSettingsForZip();
  if (vpc !== undefined && (vpc.SubnetIds?.length ?? 0) > 0 !== (vpc.SecurityGroupIds?.length ?? 0) > 0)
    throw halfANetwork();
  const { CapacityProviderArn: provider } = capacity?.LambdaManagedInstancesCapacityProviderConfig ?? {};
  if (provider !== undefined && parseArn(provider)?.region !== region) throw badCapacityProvider(provider);
}

/** What changes what runs and is not built is refused by name, never ignored. */
function refuseUnbuilt(given: Given): void {
  const named = (value: object | undefined, members: readonly string[]) =>
    value !== undefined && members.some((member) => ((value as Record<string, unknown[]>)[member]?.length ?? 0) > 0);
  const unbuilt = [
    [named(given.VpcConfig, ['SubnetIds', 'SecurityGroupIds']), 'VpcConfig'],
    [(given.FileSystemConfigs?.length ?? 0) > 0, 'FileSystemConfigs'],
    [given.CapacityProviderConfig !== undefined, 'CapacityProviderConfig'],
    [given.RuntimeConfig !== undefined, 'RuntimeConfig'],
    [given.AcceleratorConfig !== undefined, 'AcceleratorConfig'],
    [given.PublishTo !== undefined, 'PublishTo'],
  ] as const;
  const name = unbuilt.find(([isGiven]) => isGiven)?.[1];
  if (name !== undefined) throw notBuilt(name);
}

function checked(variables: Record<string, string>): { [name: string]: string } {
  const reserved = Object.keys(variables).filter((name) => RESERVED.has(name));
  if (reserved.length > 0) throw reservedVariables(reserved);
  const text = JSON.stringify(variables);
  if (utf8Length(text) > ENVIRONMENT_BYTES_MAX) throw environmentTooLarge(text);
  return variables;
}

/** A function stays what it was made as: durable, or not. */
function durableOf(given: Given['DurableConfig'], before: Settings | undefined): Settings['durable'] {
  if (given === undefined) return before?.durable;
  if (before !== undefined && before.durable === undefined) throw notMadeDurable();
  const timeout = given.ExecutionTimeout ?? before?.durable?.timeout;
  if (timeout === undefined) throw timeoutMissing();
  // Source: Lambda Developer Guide, "Encrypting AWS Lambda durable execution data": a configuration without a key takes it away.
  const { KMSKeyArn: kmsKeyArn } = given;
  return {
    timeout,
    retention: given.RetentionPeriodInDays ?? before?.durable?.retention ?? RETENTION_DEFAULT,
    ...(kmsKeyArn !== undefined && kmsKeyArn !== '' && { kmsKeyArn }),
  };
}

/** An invocation of a durable function has as much time as any can have, but no more than its execution. */
function timeoutDefault(durable: Settings['durable']): number {
  return durable === undefined ? TIMEOUT_DEFAULT : Math.min(durable.timeout, TIMEOUT_SECONDS_MAX);
}

/** What is given stands in place of all that was. Source: radkawar/stackd, measured in 2026. */
function loggingOf(given: Given['LoggingConfig'], group: string, isDurable: boolean): Settings['logging'] {
  const LogFormat = given?.LogFormat ?? (isDurable ? 'JSON' : 'Text');
  const LogGroup = given?.LogGroup ?? group;
  if (/^aws\//i.test(given?.LogGroup ?? '')) throw reservedLogGroup();
  if (LogFormat === 'Text') {
    if (given?.ApplicationLogLevel !== undefined || given?.SystemLogLevel !== undefined) throw levelsNeedJson();
    return { LogFormat, LogGroup };
  }
  return {
    LogFormat,
    LogGroup,
    ApplicationLogLevel: given?.ApplicationLogLevel ?? 'INFO',
    SystemLogLevel: given?.SystemLogLevel ?? 'INFO',
  };
}
