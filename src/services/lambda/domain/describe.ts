/** A version as clients see it. */
import { sha256Hex } from '#kernel/base';
import type { Ctx, OutputOf } from '#kernel/contract';
import { INIT_FAILED } from '../errors.ts';
import { isSnapshot, type VersionRow } from '../state.ts';
import { layerOf } from './layers.ts';
import { arnOf } from './names.ts';

type Configuration = OutputOf<'lambda', 'GetFunctionConfiguration'>;

/** Lambda's own form of instants: `2026-01-01T00:00:00.000+0000`. */
export function instantOf(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

function stateOf({ state }: VersionRow): Partial<Configuration> {
  if (state === undefined) return { State: 'Active', LastUpdateStatus: 'Successful' };
  if (state === 'Pending')
    return { State: state, StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
  return {
    State: state,
    StateReason: INIT_FAILED,
    StateReasonCode: 'FunctionError',
    LastUpdateStatus: state,
    LastUpdateStatusReason: INIT_FAILED,
    LastUpdateStatusReasonCode: 'FunctionError',
  };
}

/** A runtime is whatever this machine has: its version is as good as its name. */
function runtimeVersion(runtime: string, { partition, region }: Ctx): string {
  return `arn:${partition}:lambda:${region}::runtime:${sha256Hex(runtime)}`;
}

/** @param qualifier that the ARN ends with: an alias, or what `true` stands for, the version, as in lists of versions */
export function describe(
  version: VersionRow,
  account: string,
  qualifier: string | boolean | undefined,
  ctx: Ctx,
): Configuration {
  return {
    ...summarize(version, account, qualifier, ctx),
    ...stateOf(version),
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersion(version.runtime, ctx) },
  };
}

/** A version as lists show it, without its state. Source: Lambda API Reference, ListFunctions: "returns a subset of the FunctionConfiguration fields". */
export function summarize(
  version: VersionRow,
  account: string,
  qualifier: string | boolean | undefined,
  ctx: Ctx,
): Configuration {
  const { name } = version;
  return {
    FunctionName: name,
    FunctionArn: arnOf(ctx, account, name, qualifier === true ? version.version : qualifier || undefined),
    Runtime: version.runtime as NonNullable<Configuration['Runtime']>,
    Role: version.role,
    Handler: version.handler,
    CodeSize: version.codeSize,
    Description: version.description,
    Timeout: version.timeout,
    MemorySize: version.memory,
    LastModified: instantOf(version.modifiedAt),
    CodeSha256: version.codeSha256,
    Version: version.version,
    ...(version.deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: version.deadLetterArn } }),
    // Without variables there is no environment. Source: users of Terraform, hashicorp/terraform-provider-aws #29255.
    ...(Object.keys(version.environment ?? {}).length > 0 && {
      Environment: { Variables: { ...version.environment } },
    }),
    ...(version.layers.length > 0 && {
      Layers: version.layers.map((Arn) => ({ Arn, CodeSize: layerOf(Arn, ctx)?.codeSize ?? 0 })),
    }),
    ...(version.kmsKeyArn !== undefined && { KMSKeyArn: version.kmsKeyArn }),
    ...(version.durable !== undefined && {
      DurableConfig: {
        ExecutionTimeout: version.durable.timeout,
        RetentionPeriodInDays: version.durable.retention,
        ...(version.durable.kmsKeyArn !== undefined && { KMSKeyArn: version.durable.kmsKeyArn }),
      },
    }),
    ...(version.tenancy !== undefined && { TenancyConfig: { TenantIsolationMode: version.tenancy } }),
    TracingConfig: { Mode: version.tracing },
    RevisionId: version.revisionId,
    PackageType: 'Zip',
    Architectures: version.architectures as NonNullable<Configuration['Architectures']>,
    EphemeralStorage: { Size: version.storage },
    SnapStart: {
      ApplyOn: version.snapStart === true ? 'PublishedVersions' : 'None',
      OptimizationStatus: isSnapshot(version) && version.state === undefined ? 'On' : 'Off',
    },
    LoggingConfig: version.logging as NonNullable<Configuration['LoggingConfig']>,
  };
}
