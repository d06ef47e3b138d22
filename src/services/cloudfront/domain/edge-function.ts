/** Which functions of Lambda can run at the edge. Source: CloudFront Developer Guide, "Restrictions on Lambda@Edge"; "Quotas", Quotas on Lambda@Edge. */
import { type Ctx, ifThere, ServiceError } from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import type { FunctionConfiguration } from '#models/lambda';
import { badLambdaAssociation, unseenFunction, untrustingRole } from '../errors.ts';

/** Of the functions of a distribution's behaviours. */
type Associated = { arn: string; isOfViewer: boolean };

/** Megabytes and seconds. */
const VIEWER_MEMORY_MAX = 128;
const VIEWER_TIMEOUT_MAX = 5;
const ORIGIN_TIMEOUT_MAX = 30;
const STORAGE_MAX = 512;

/** Those that a configuration has, and that it had not before. */
export function newFunctions(config: DistributionConfig, before: DistributionConfig | undefined): Associated[] {
  const known = new Set(before === undefined ? [] : associatedIn(before).map(keyOf));
  return associatedIn(config).filter((one) => !known.has(keyOf(one)));
}

const keyOf = ({ arn, isOfViewer }: Associated) => `${isOfViewer} ${arn}`;

function associatedIn({ DefaultCacheBehavior, CacheBehaviors }: DistributionConfig): Associated[] {
  return [DefaultCacheBehavior, ...(CacheBehaviors?.Items ?? [])].flatMap(({ LambdaFunctionAssociations }) =>
    (LambdaFunctionAssociations?.Items ?? []).map(({ LambdaFunctionARN: arn, EventType }) => ({
      arn,
      isOfViewer: EventType.startsWith('viewer-'),
    })),
  );
}

/** Looks at them with the caller's permissions. @throws {ServiceError} InvalidLambdaFunctionAssociation */
export async function checkFunctions(associated: readonly Associated[], ctx: Ctx): Promise<void> {
  for (const one of associated) {
    const configuration = await seen(one.arn, ctx);
    const fault = faultOf(configuration, one.isOfViewer);
    if (fault !== undefined) throw badLambdaAssociation(`${fault} Function: ${one.arn}`);
    const { Role = '' } = configuration;
    if (!(await trustsEdge(Role, ctx))) throw untrustingRole(Role);
  }
}

async function seen(FunctionName: string, ctx: Ctx): Promise<FunctionConfiguration> {
  try {
    return (await ctx.awsForCaller().lambda.GetFunction({ FunctionName })).Configuration ?? {};
  } catch (error) {
    throw error instanceof ServiceError ? unseenFunction(FunctionName) : error;
  }
}

/** Whether a role's trust policy names Lambda@Edge. */
async function trustsEdge(role: string, ctx: Ctx): Promise<boolean> {
  const RoleName = role.slice(role.lastIndexOf('/') + 1);
  const found = await ifThere('NoSuchEntity', ctx.awsForIndex().iam.GetRole({ RoleName }));
  const text = decodeURIComponent(found?.Role?.AssumeRolePolicyDocument ?? '');
  const { Statement = [] } = JSON.parse(text === '' ? '{}' : text) as { Statement?: Trust | Trust[] };
  return [Statement].flat().some(({ Effect, Principal }) => {
    const services = typeof Principal === 'object' ? [Principal.Service ?? []].flat() : [];
    return Effect === 'Allow' && services.includes('edgelambda.amazonaws.com');
  });
}

type Trust = { Effect?: string; Principal?: string | { Service?: string | string[] } };

/** Source of the texts on memory, time and variables: what users show of AWS's answers; the others are in the same form. */
function faultOf(one: FunctionConfiguration, isOfViewer: boolean): string | undefined {
  const { MemorySize = 128, Timeout = 3 } = one;
  const larger = (what: string, value: number, most: number) =>
    `The function ${what} is larger than the maximum allowed for functions that are triggered by a CloudFront event: ${value} Max allowed: ${most}`;
  const seconds = isOfViewer ? VIEWER_TIMEOUT_MAX : ORIGIN_TIMEOUT_MAX;
  if (isOfViewer && MemorySize > VIEWER_MEMORY_MAX) return larger('memory size', MemorySize, VIEWER_MEMORY_MAX);
  if (Timeout > seconds) return larger('timeout', Timeout, seconds);
  const { Size = STORAGE_MAX } = one.EphemeralStorage ?? {};
  if (Size > STORAGE_MAX) return larger('ephemeral storage', Size, STORAGE_MAX);
  const has: [boolean, string][] = [
    [Object.keys(one.Environment?.Variables ?? {}).length > 0, 'environment variables'],
    [(one.Layers ?? []).length > 0, 'layers'],
    [(one.VpcConfig?.SubnetIds ?? []).length > 0, 'a VPC configuration'],
    [(one.DeadLetterConfig?.TargetArn ?? '') !== '', 'a dead letter queue'],
    [one.TracingConfig?.Mode === 'Active', 'active tracing'],
    [one.PackageType === 'Image', 'a container image'],
    [one.Architectures?.includes('arm64') === true, 'the arm64 architecture'],
  ];
  const [found] = has.filter(([is]) => is);
  if (found !== undefined) return `The function cannot have ${found[1]}.`;
  return /^(nodejs|python)/.test(one.Runtime ?? '') ? undefined : 'The function has a runtime that is not supported.';
}
