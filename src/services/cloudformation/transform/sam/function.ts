/** AWS::Serverless::Function: a function, its role, its version and alias, its address, and what its events need. */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../domain/parse.ts';
import { invalidSam, locationOf, type Resources } from './common.ts';
import { eventResources } from './events.ts';
import { policyTemplate } from './policies.ts';

/** What is the same in AWS::Lambda::Function. */
const SAME = [
  'Architectures',
  'CodeSigningConfigArn',
  'Description',
  'EphemeralStorage',
  'FileSystemConfigs',
  'FunctionName',
  'Handler',
  'ImageConfig',
  'KmsKeyArn',
  'Layers',
  'LoggingConfig',
  'MemorySize',
  'PackageType',
  'RecursiveLoop',
  'ReservedConcurrentExecutions',
  'Runtime',
  'RuntimeManagementConfig',
  'SnapStart',
  'Timeout',
  'VpcConfig',
];
const OWN = [
  'AssumeRolePolicyDocument',
  'AutoPublishAlias',
  'AutoPublishAliasAllProperties',
  'AutoPublishCodeSha256',
  'CodeUri',
  'DeadLetterQueue',
  'Environment',
  'EventInvokeConfig',
  'Events',
  'FunctionUrlConfig',
  'ImageUri',
  'InlineCode',
  'PermissionsBoundary',
  'Policies',
  'ProvisionedConcurrencyConfig',
  'Role',
  'RolePath',
  'Tags',
  'Tracing',
  'VersionDescription',
];
const CREATED_BY = { Key: 'lambda:createdBy', Value: 'SAM' };

/** The resources that a function stands for; `all` are those of the template so far, which events may change. */
export function functionResources(id: string, declared: JsonObject, all: Resources): Resources {
  const { Type: _, Properties, ...attributes } = declared;
  const given = (Properties ?? {}) as JsonObject;
  const unbuilt = Object.keys(given).filter((name) => !SAME.includes(name) && !OWN.includes(name));
  if (unbuilt.length > 0) throw invalidSam(id, `property ${unbuilt[0]} is not built in Cloudyard yet or not defined`);
  const made: Resources = {};
  const { AutoPublishAlias: alias, Role: role, DeadLetterQueue: dead, Tracing } = given;
  const code = codeOf(id, given);
  const tags = Object.entries((given.Tags ?? {}) as JsonObject).map(([Key, Value]) => ({ Key, Value }));
  const { TargetArn } = (dead ?? {}) as JsonObject;
  made[id] = {
    ...attributes,
    Type: 'AWS::Lambda::Function',
    Properties: {
      ...Object.fromEntries(
        SAME.filter((name) => given[name] !== undefined).map((name) => [name, given[name] ?? null]),
      ),
      Code: code,
      Role: role ?? { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
      ...(given.Environment !== undefined && { Environment: given.Environment }),
      ...(Tracing !== undefined && { TracingConfig: { Mode: Tracing } }),
      ...(TargetArn !== undefined && { DeadLetterConfig: { TargetArn } }),
      Tags: [CREATED_BY, ...tags],
    },
  };
  const events = eventResources(id, given, all, aliasRef(id, alias));
  Object.assign(made, events.resources);
  if (role === undefined) made[`${id}Role`] = roleOf(id, given, attributes, events.policies);
  if (typeof alias === 'string') Object.assign(made, published(id, alias, code, given, attributes));
  if (given.FunctionUrlConfig !== undefined)
    Object.assign(made, address(id, given.FunctionUrlConfig as JsonObject, alias));
  if (given.EventInvokeConfig !== undefined)
    made[`${id}EventInvokeConfig`] = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      ...(typeof alias === 'string' && { DependsOn: `${id}Alias${alias}` }),
      Properties: {
        ...(given.EventInvokeConfig as JsonObject),
        FunctionName: { Ref: id },
        Qualifier: typeof alias === 'string' ? alias : '$LATEST',
      },
    };
  return made;
}

/** What calls go to: the function, or its alias. */
function aliasRef(id: string, alias: Json | undefined): Json {
  return typeof alias === 'string' ? { Ref: `${id}Alias${alias}` } : { 'Fn::GetAtt': [id, 'Arn'] };
}

function codeOf(id: string, given: JsonObject): JsonObject {
  if (given.InlineCode !== undefined) return { ZipFile: given.InlineCode };
  if (given.ImageUri !== undefined) return { ImageUri: given.ImageUri };
  if (given.CodeUri === undefined) throw invalidSam(id, "Missing required property 'CodeUri'.");
  return locationOf(id, given.CodeUri);
}

function roleOf(id: string, given: JsonObject, { Condition }: JsonObject, fromEvents: readonly string[]): JsonObject {
  const managed = (name: string): Json => ({ 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${name}` });
  const listed = given.Policies === undefined ? [] : Array.isArray(given.Policies) ? given.Policies : [given.Policies];
  const arns: Json[] = [managed('service-role/AWSLambdaBasicExecutionRole')];
  if (given.Tracing === 'Active') arns.push(managed('AWSXRayDaemonWriteAccess'));
  if (given.VpcConfig !== undefined) arns.push(managed('service-role/AWSLambdaVPCAccessExecutionRole'));
  for (const name of fromEvents) arns.push(managed(name));
  const inline: JsonObject[] = [];
  listed.forEach((policy, index) => {
    const document = documentOf(id, policy);
    if (document === undefined) arns.push(managedArn(policy));
    else inline.push({ PolicyName: `${id}RolePolicy${index}`, PolicyDocument: document });
  });
  const { DeadLetterQueue: dead } = given;
  if (dead !== undefined) {
    const { Type: kind, TargetArn = '' } = dead as JsonObject;
    const Action = kind === 'SNS' ? 'sns:Publish' : 'sqs:SendMessage';
    inline.push({
      PolicyName: 'DeadLetterQueuePolicy',
      PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: TargetArn }] },
    });
  }
  return {
    Type: 'AWS::IAM::Role',
    ...(Condition !== undefined && { Condition }),
    Properties: {
      AssumeRolePolicyDocument: given.AssumeRolePolicyDocument ?? {
        Version: '2012-10-17',
        Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] } }],
      },
      ManagedPolicyArns: arns,
      ...(inline.length > 0 && { Policies: inline }),
      ...(given.PermissionsBoundary !== undefined && { PermissionsBoundary: given.PermissionsBoundary }),
      ...(given.RolePath !== undefined && { Path: given.RolePath }),
      Tags: [CREATED_BY],
    },
  };
}

/** A policy's document; undefined for the name or ARN of a managed one. */
function documentOf(id: string, policy: Json): JsonObject | undefined {
  if (policy === null || typeof policy !== 'object' || Array.isArray(policy)) return undefined;
  if (policy.Statement !== undefined) return policy;
  const [[name = '', parameters] = []] = Object.entries(policy);
  if (name === 'Ref' || name.startsWith('Fn::')) return undefined;
  const document = policyTemplate(name, (parameters ?? {}) as JsonObject);
  if (document === undefined) throw invalidSam(id, `policy template ${name} is not built in Cloudyard yet`);
  return document;
}

function managedArn(policy: Json): Json {
  if (typeof policy !== 'string' || policy.startsWith('arn:')) return policy;
  return { 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${policy}` };
}

function published(id: string, alias: string, code: JsonObject, given: JsonObject, attributes: JsonObject): Resources {
  const hash = createHash('sha256')
    .update(JSON.stringify(given.AutoPublishCodeSha256 ?? code))
    .digest('hex')
    .slice(0, 10);
  const { Condition } = attributes;
  const held: JsonObject = Condition === undefined ? {} : { Condition };
  const { ProvisionedConcurrencyConfig: provisioned, VersionDescription: description } = given;
  return {
    [`${id}Version${hash}`]: {
      Type: 'AWS::Lambda::Version',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      ...held,
      Properties: { FunctionName: { Ref: id }, ...(description !== undefined && { Description: description }) },
    },
    [`${id}Alias${alias}`]: {
      Type: 'AWS::Lambda::Alias',
      ...held,
      Properties: {
        Name: alias,
        FunctionName: { Ref: id },
        FunctionVersion: { 'Fn::GetAtt': [`${id}Version${hash}`, 'Version'] },
        ...(provisioned !== undefined && { ProvisionedConcurrencyConfig: provisioned }),
      },
    },
  };
}

function address(id: string, config: JsonObject, alias: Json | undefined): Resources {
  const { AuthType = 'AWS_IAM', Cors, InvokeMode } = config;
  const urlPermission = (Action: string, more: JsonObject): JsonObject => ({
    Type: 'AWS::Lambda::Permission',
    Properties: { Action, FunctionName: aliasRef(id, alias), Principal: '*', ...more },
  });
  const isPublic = AuthType === 'NONE';
  const made: Resources = {
    [`${id}Url`]: {
      Type: 'AWS::Lambda::Url',
      Properties: {
        TargetFunctionArn: typeof alias === 'string' ? aliasRef(id, alias) : { Ref: id },
        AuthType,
        ...(Cors !== undefined && { Cors }),
        ...(InvokeMode !== undefined && { InvokeMode }),
      },
    },
  };
  if (isPublic) {
    made[`${id}UrlPublicPermissions`] = urlPermission('lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'NONE' });
    made[`${id}URLInvokeAllowPublicAccess`] = urlPermission('lambda:InvokeFunction', { InvokedViaFunctionUrl: true });
  }
  return made;
}
