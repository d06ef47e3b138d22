/** The registry: the types that exist here, and the hooks of the account. */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { registryFault, typeMissing } from '../errors.ts';
import { findHook, LAMBDA_HOOK } from '../hooks/activation.ts';
import { hookArn, VERSION } from '../hooks/invoke.ts';
import { type HookRow, hooks } from '../hooks/state.ts';
import { STACKS_LISTED_MAX } from '../limits.ts';
import { publishedSchema } from './schema.ts';

type Summary = NonNullable<OutputOf<'cloudformation', 'ListTypes'>['TypeSummaries']>[number];

/** The version of AWS's hook by Lambda. */
const PUBLIC_VERSION = '1.0.0';
/** Source: CloudFormation Hooks User Guide, "Hook configuration schema". */
const HOOK_SCHEMA = {
  typeName: LAMBDA_HOOK,
  description:
    'Evaluates resources, stacks and change sets by a function of Lambda before they are made, changed or removed',
  typeConfiguration: {
    properties: { LambdaFunction: { type: 'string' } },
    required: ['LambdaFunction'],
    additionalProperties: false,
  },
  required: [],
  additionalProperties: false,
};

/** Types of AWS's have an ARN without an account. */
function typeArn(kind: 'resource' | 'hook', name: string, { partition, region }: Ctx): string {
  return `arn:${partition}:cloudformation:${region}::type/${kind}/${name.replaceAll('::', '-')}`;
}

export const listTypes: Handler<'cloudformation', 'ListTypes'> = async (input, ctx) => {
  const { Visibility = 'PRIVATE', Type, ProvisioningType, DeprecatedStatus, Filters } = input;
  const { Category, TypeNamePrefix = '', PublisherId } = Filters ?? {};
  const isOfAws = Category === 'AWS_TYPES' || (Category === undefined && Visibility === 'PUBLIC');
  const isOfAccount = Category === 'ACTIVATED' || (Category === undefined && Visibility === 'PRIVATE');
  const all: Summary[] = [];
  if (isOfAws && Type !== 'HOOK' && Type !== 'MODULE') all.push(...(await resourceTypes(ProvisioningType, ctx)));
  if (isOfAws && Type === 'HOOK') all.push({ Type, TypeName: LAMBDA_HOOK, TypeArn: typeArn('hook', LAMBDA_HOOK, ctx) });
  if (isOfAccount && (Type === undefined || Type === 'HOOK'))
    all.push(...ctx.store.list(hooks).map((row) => hookType(row, ctx)));
  const found = all
    .filter(({ TypeName = '' }) => TypeName.startsWith(TypeNamePrefix) && TypeName > (input.NextToken ?? ''))
    // None here is deprecated, and none of a publisher other than AWS.
    .filter(() => DeprecatedStatus !== 'DEPRECATED' && PublisherId === undefined);
  const page = found.slice(0, input.MaxResults ?? STACKS_LISTED_MAX);
  return { TypeSummaries: page, ...(found.length > page.length && { NextToken: page.at(-1)?.TypeName }) };
};

async function resourceTypes(wanted: string | undefined, ctx: Ctx): Promise<Summary[]> {
  const found: Summary[] = [];
  for (const TypeName of await ctx.findResource.names()) {
    const type = await ctx.findResource(TypeName);
    if (type === undefined || (wanted !== undefined && provisioning(type.type) !== wanted)) continue;
    found.push({
      Type: 'RESOURCE',
      TypeName,
      TypeArn: typeArn('resource', TypeName, ctx),
      Description: describing(TypeName),
    });
  }
  return found;
}

function describing(name: string): string {
  return `Resource Type definition for ${name}`;
}

function provisioning({ update }: { update?: unknown }) {
  return update === undefined ? ('IMMUTABLE' as const) : ('FULLY_MUTABLE' as const);
}

function hookType(row: HookRow, ctx: Ctx): Summary {
  return {
    Type: 'HOOK',
    TypeName: row.name,
    DefaultVersionId: VERSION,
    TypeArn: hookArn(row.name, ctx),
    LastUpdated: row.activatedAt,
    Description: HOOK_SCHEMA.description,
    OriginalTypeName: LAMBDA_HOOK,
    PublicVersionNumber: PUBLIC_VERSION,
    LatestPublicVersion: PUBLIC_VERSION,
    IsActivated: true,
  };
}

type Named = { Type?: string | undefined; TypeName?: string | undefined; Arn?: string | undefined };

/** What a request means. @throws {ServiceError} CFNRegistryException */
function named({ Type, TypeName, Arn }: Named): { kind: string; name: string | undefined; arn: string | undefined } {
  if (Arn === undefined && (Type === undefined || TypeName === undefined))
    throw registryFault('Either Arn, or Type and TypeName must be specified');
  const [, kind = Type?.toLowerCase() ?? '', text] = /:type\/(resource|hook|module)\/([^/]+)/.exec(Arn ?? '') ?? [];
  return { kind, name: TypeName ?? text?.replaceAll('-', '::'), arn: Arn };
}

export const describeType: Handler<'cloudformation', 'DescribeType'> = async (input, ctx) => {
  const { kind, name = '', arn } = named(input);
  if (kind === 'hook') return describedHook(name, arn, ctx);
  const found = kind === 'resource' ? await ctx.findResource(name) : undefined;
  if (found === undefined) throw typeMissing(name);
  return {
    Arn: typeArn('resource', name, ctx),
    Type: 'RESOURCE',
    TypeName: name,
    Description: describing(name),
    Schema: JSON.stringify(publishedSchema(name, found.schema)),
    ProvisioningType: provisioning(found.type),
    DeprecatedStatus: 'LIVE',
    Visibility: 'PUBLIC',
    IsDefaultVersion: true,
    DocumentationUrl: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-${documented(name)}.html`,
  };
};

/** `AWS::SQS::QueuePolicy` is `sqs-queuepolicy` there. */
function documented(name: string): string {
  return name.toLowerCase().split('::').slice(1).join('-');
}

function describedHook(name: string, arn: string | undefined, ctx: Ctx): OutputOf<'cloudformation', 'DescribeType'> {
  const Schema = JSON.stringify(HOOK_SCHEMA);
  const common = {
    Type: 'HOOK' as const,
    Description: HOOK_SCHEMA.description,
    Schema,
    DeprecatedStatus: 'LIVE' as const,
  };
  if (name === LAMBDA_HOOK)
    return { ...common, Arn: typeArn('hook', name, ctx), TypeName: name, Visibility: 'PUBLIC', IsActivated: false };
  const row = findHook(arn === undefined ? { TypeName: name } : { TypeArn: arn }, ctx);
  return {
    ...common,
    Arn: hookArn(row.name, ctx),
    TypeName: row.name,
    DefaultVersionId: VERSION,
    ...(row.logging !== undefined && { LoggingConfig: row.logging }),
    ...(row.roleArn !== undefined && { ExecutionRoleArn: row.roleArn }),
    Visibility: 'PRIVATE',
    LastUpdated: row.activatedAt,
    TimeCreated: row.activatedAt,
    ConfigurationSchema: JSON.stringify(HOOK_SCHEMA.typeConfiguration),
    OriginalTypeName: LAMBDA_HOOK,
    OriginalTypeArn: typeArn('hook', LAMBDA_HOOK, ctx),
    PublicVersionNumber: PUBLIC_VERSION,
    LatestPublicVersion: PUBLIC_VERSION,
    IsActivated: true,
    AutoUpdate: row.autoUpdate,
  };
}

/** Each type has one version here. */
export const listTypeVersions: Handler<'cloudformation', 'ListTypeVersions'> = async (input, ctx) => {
  const { kind, name = '', arn } = named(input);
  if (input.DeprecatedStatus === 'DEPRECATED') return { TypeVersionSummaries: [] };
  if (kind === 'hook' && name !== LAMBDA_HOOK) {
    const row = findHook(arn === undefined ? { TypeName: name } : { TypeArn: arn }, ctx);
    const Arn = `${hookArn(row.name, ctx)}/${VERSION}`;
    const told = { Type: 'HOOK' as const, TypeName: row.name, VersionId: VERSION, IsDefaultVersion: true, Arn };
    return { TypeVersionSummaries: [{ ...told, TimeCreated: row.activatedAt, PublicVersionNumber: PUBLIC_VERSION }] };
  }
  const isThere = kind === 'hook' || (kind === 'resource' && (await ctx.findResource(name)) !== undefined);
  if (!isThere) throw typeMissing(name);
  const Type = kind === 'hook' ? ('HOOK' as const) : ('RESOURCE' as const);
  const Arn = typeArn(kind === 'hook' ? 'hook' : 'resource', name, ctx);
  return { TypeVersionSummaries: [{ Type, TypeName: name, IsDefaultVersion: true, Arn }] };
};
