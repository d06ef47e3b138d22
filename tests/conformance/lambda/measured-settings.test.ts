/** Refusals of functions, aliases, layers, permissions and URLs in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddLayerVersionPermissionCommand,
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  type CreateAliasCommandInput,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  LambdaClient,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  PutRuntimeManagementConfigCommand,
  type PutRuntimeManagementConfigCommandInput,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

/** What is asked, the code, and the text. */
type Case = [Promise<unknown>, string, string];
const INVALID = 'InvalidParameterValueException';
const CODE = { ZipFile: zip({ 'index.mjs': '' }) };
const AT = 'failed to satisfy constraint:';

async function refused(cases: readonly Case[]) {
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, code, text]) => [code, text]),
  );
}

async function start() {
  const cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'f', '');
  await createFunction(cloud, role, 'tenants', '', { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } });
  return { cloud, lambda, role };
}

test('functions that can’t be', async () => {
  const { cloud, lambda, role } = await start();
  await using _ = cloud;
  const create = (more: Partial<CreateFunctionCommandInput>) =>
    failing(
      new CreateFunctionCommand({
        FunctionName: 'g',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: role,
        Code: CODE,
        ...more,
      }),
    );
  const failing = (command: CreateFunctionCommand) => lambda.send(command);
  const image = (more: Partial<CreateFunctionCommandInput>) =>
    lambda.send(new CreateFunctionCommand({ FunctionName: 'g', Role: role, Code: {}, PackageType: 'Image', ...more }));
  const IMAGE = { ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/repo:latest' };
  const PUBLIC = { ImageUri: 'public.ecr.aws/lambda/python:3.12' };
  const signing = 'arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0123456789abcdef0';
  await refused([
    [create({ Code: IMAGE }), INVALID, 'Please provide a source for function code.'],
    [
      create({ ImageConfig: { Command: ['a'] } }),
      INVALID,
      'The ImageConfig parameter is not supported for functions created with deployment packages.',
    ],
    [image({}), INVALID, 'ImageUri is required.'],
    [
      image({ Code: PUBLIC }),
      INVALID,
      'Source image public.ecr.aws/lambda/python:3.12 is not valid. Provide a valid source image.',
    ],
    [
      image({ Code: IMAGE, CodeSigningConfigArn: signing }),
      INVALID,
      'Code signing is not supported for functions created with container images.',
    ],
    [
      image({ Code: { ...IMAGE, S3ObjectStorageMode: 'COPY' } }),
      INVALID,
      'Do not include S3ObjectStorageMode when the function PackageType is Image.',
    ],
    [
      create({ CodeSigningConfigArn: signing }),
      INVALID,
      `The code signing configuration must be in the same account as the Lambda function. Check the provided ARN: ${signing}.`,
    ],
    [
      create({ LoggingConfig: { LogGroup: 'aws/mine' } }),
      INVALID,
      'Log groups starting with AWS/ are reserved for AWS. Update the LogGroup value and try again.',
    ],
    [
      create({ LoggingConfig: { LogGroup: 'my group!' } }),
      'ValidationException',
      `1 validation error detected: Value 'my group!' at 'loggingConfig.logGroup' ${AT} Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
    ],
    [
      create({ Environment: { Variables: { '1a': 'x' } } }),
      'ValidationException',
      `1 validation error detected: Value at 'environment.variables' ${AT} Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]`,
    ],
    [
      create({ Timeout: 901 }),
      'ValidationException',
      `1 validation error detected: Value '901' at 'timeout' ${AT} Member must have value less than or equal to 900`,
    ],
    [
      create({ MemorySize: 20_000 }),
      'ValidationException',
      `'MemorySize' value ${AT} Member must have value less than or equal to 10240`,
    ],
    [
      create({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [] } }),
      INVALID,
      'SubnetIds and SecurityIds must coexist or be both empty list.',
    ],
    [
      create({
        Runtime: 'python3.13',
        SnapStart: { ApplyOn: 'PublishedVersions' },
        TenancyConfig: { TenantIsolationMode: 'PER_TENANT' },
      }),
      INVALID,
      'SnapStart is not supported for functions enabled with tenancy configuration.',
    ],
    [
      create({
        CapacityProviderConfig: {
          LambdaManagedInstancesCapacityProviderConfig: {
            CapacityProviderArn: 'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:cp',
          },
        },
      }),
      INVALID,
      'Capacity provider arn invalid: capacity-provider:arn:aws:lambda:eu-west-1:123456789012:capacity-provider:cp',
    ],
  ]);
});

test('versions, aliases and what is kept started that can’t be', async () => {
  const { cloud, lambda } = await start();
  await using _ = cloud;
  await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  await lambda.send(new PublishVersionCommand({ FunctionName: 'tenants' }));
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 1 }));
  const alias = (more: Partial<CreateAliasCommandInput>) =>
    lambda.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'a', FunctionVersion: '1', ...more }));
  const weights = (AdditionalVersionWeights: { [version: string]: number }) =>
    alias({ RoutingConfig: { AdditionalVersionWeights } });
  const provision = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions = 1) =>
    lambda.send(
      new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
    );
  const runtime = (more: Partial<PutRuntimeManagementConfigCommandInput>) =>
    lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName: 'f', UpdateRuntimeOn: 'Auto', ...more }));
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:f:blue';
  const elsewhere = `arn:aws:lambda:eu-west-1::runtime:${'0a'.repeat(32)}`;
  const routed = "at 'routingConfig.additionalVersionWeights'";
  await refused([
    [
      alias({ FunctionVersion: arn }),
      'ValidationException',
      `1 validation error detected: Value '${arn}' at 'functionVersion' ${AT} Member must satisfy regular expression pattern: (\\$LATEST(\\.PUBLISHED)?|[0-9]+)`,
    ],
    [
      weights({ $LATEST: 0.2 }),
      'ValidationException',
      `1 validation error detected: Value '{$LATEST=0.2}' ${routed} ${AT} Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`,
    ],
    [
      weights({ 2: 1.5 }),
      'ValidationException',
      `1 validation error detected: Value '{2=1.5}' ${routed} ${AT} Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
    ],
    [
      weights({ 1: 0.5 }),
      INVALID,
      'Invalid function version 1. Function version 1 is already included in routing configuration.',
    ],
    [weights({ 1: 0.5, 2: 0.2 }), INVALID, 'Number of items in AdditionalVersionWeights cannot be greater than 1'],
    [
      alias({ FunctionVersion: '$LATEST', RoutingConfig: { AdditionalVersionWeights: { 1: 0.2 } } }),
      INVALID,
      '$LATEST is not supported for an alias pointing to more than 1 version',
    ],
    [
      provision('f', '$LATEST'),
      INVALID,
      'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    ],
    [
      provision('f', '1', 2),
      INVALID,
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    ],
    [
      provision('tenants', '1'),
      INVALID,
      'Provisioned concurrency is not supported for functions enabled with tenancy configuration.',
    ],
    [
      runtime({ RuntimeVersionArn: elsewhere.replace('eu-west-1', 'us-east-1') }),
      INVALID,
      'Unexpected runtime version ARN when UpdateRuntimeVersionOn=Auto. Remove the runtime version ARN and retry the request.',
    ],
    [
      runtime({ UpdateRuntimeOn: 'Manual' }),
      INVALID,
      'Missing runtime version ARN. A runtime version ARN is required when UpdateRuntimeVersionOn=Manual. Provide a valid runtime version ARN and retry the request.',
    ],
    [
      runtime({ UpdateRuntimeOn: 'Manual', RuntimeVersionArn: elsewhere }),
      INVALID,
      `Invalid runtime version ARN (${elsewhere}). Check the runtime version ARN and retry the request.`,
    ],
  ]);
});

test('layers, permissions and URLs that can’t be', async () => {
  const { cloud, lambda } = await start();
  await using _ = cloud;
  const publish = (more: Partial<PublishLayerVersionCommandInput>) =>
    lambda.send(new PublishLayerVersionCommand({ LayerName: 'l', Content: CODE, ...more }));
  await publish({});
  const permit = (more: Partial<AddPermissionCommandInput>) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName: 'f',
        StatementId: 's',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        ...more,
      }),
    );
  const url = (more: Partial<CreateFunctionUrlConfigCommandInput>) =>
    lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'f', AuthType: 'NONE', ...more }));
  const wildcard = (member: string) =>
    `You can't specify additional fields for ${member} because you already specified the wildcard character (*).`;
  await refused([
    [
      publish({ LayerName: 'my.layer' }),
      'ValidationException',
      `1 validation error detected: Value 'my.layer' at 'layerName' ${AT} Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+`,
    ],
    [
      lambda.send(
        new AddLayerVersionPermissionCommand({
          LayerName: 'l',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '111122223333',
          OrganizationId: 'o-abcdefghij',
        }),
      ),
      INVALID,
      'If organization id is specified then principal should be *',
    ],
    [
      permit({ FunctionName: 'arn:aws:lambda:us-west-2:123456789012:function:f' }),
      'ResourceNotFoundException',
      "Functions from 'us-west-2' are not reachable in this region ('us-east-1')",
    ],
    [permit({ Qualifier: '$LATEST' }), INVALID, 'We currently do not support adding policies for $LATEST.'],
    [
      permit({ Principal: 's3' }),
      INVALID,
      'The provided principal was invalid. Please check the principal and try again.',
    ],
    [
      permit({ Principal: 's3 .amazonaws.com' }),
      'ValidationException',
      `1 validation error detected: Value 's3 .amazonaws.com' at 'principal' ${AT} Member must satisfy regular expression pattern: [^\\s]+`,
    ],
    [
      permit({ FunctionUrlAuthType: 'NONE' }),
      INVALID,
      'FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action',
    ],
    [url({ Cors: { AllowMethods: ['*', 'GET'] } }), INVALID, wildcard('AllowMethods')],
    [url({ Cors: { AllowOrigins: ['*', 'https://a.example'] } }), INVALID, wildcard('AllowOrigins')],
    [
      url({ FunctionName: 'tenants' }),
      INVALID,
      'Function URL is not supported for functions enabled with tenancy configuration.',
    ],
    [url({ Qualifier: 'blue' }), 'ResourceNotFoundException', 'Function does not exist'],
  ]);
});

test('functions of a template that are on no instances have none to scale', async () => {
  await using cloud = await startTestCloud();
  const base = {
    Role: await functionRole(cloud),
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: '' },
  };
  await expectRefusals(cloud, 'AWS::Lambda::Function', base, [
    [
      { FunctionScalingConfig: { MinExecutionEnvironments: 1, MaxExecutionEnvironments: 2 } },
      'PublishToLatestPublished or FunctionScalingConfig cannot be specified unless creating a Lambda Managed Instance function',
    ],
  ]);
});
