/** What Lambda says of what is not there, or can't be had: each operation has its own words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddLayerVersionPermissionCommand,
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteFunctionEventInvokeConfigCommand,
  DeleteFunctionUrlConfigCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetCodeSigningConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetLayerVersionPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionEventInvokeConfigsCommand,
  ListFunctionUrlConfigsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const PLACE = 'arn:aws:lambda:us-east-1:123456789012';
const ARN = `${PLACE}:function:f`;
const FunctionName = 'f';
const MISSING = 'ResourceNotFoundException';
const INVALID = 'InvalidParameterValueException';

async function world() {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f: (event) => event }) } });
  await createFunction(cloud, await functionRole(cloud), 'f', '');
  const lambda = cloud.client(LambdaClient);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const refusal = async (command: object): Promise<[string, string, string | undefined]> => {
    const { name, message, Type } = (await failure(lambda.send(command as PublishVersionCommand))) as Error & {
      Type?: string;
    };
    return [name, message, Type];
  };
  return { lambda, refusal, [Symbol.asyncDispose]: cloud.close };
}

test('a function that is not there', async () => {
  await using world_ = await world();
  const { refusal } = world_;
  const of = { FunctionName: 'nobody' };
  const nobody = `${PLACE}:function:nobody`;
  const alias = { FunctionName, Qualifier: 'nobody' };
  for (const [command, message] of [
    [new InvokeCommand(of), `Function not found: ${nobody}:$LATEST`],
    [new InvokeCommand(alias), `Function not found: ${ARN}:nobody`],
    [new RemovePermissionCommand({ ...of, StatementId: 's' }), `No policy found for: ${nobody}`],
    [new PutFunctionEventInvokeConfigCommand({ ...of, MaximumRetryAttempts: 1 }), "The function doesn't exist."],
    [new UpdateFunctionEventInvokeConfigCommand({ ...alias, MaximumRetryAttempts: 1 }), "The function doesn't exist."],
    [new ListFunctionEventInvokeConfigsCommand(of), "The function doesn't exist."],
    [new GetFunctionEventInvokeConfigCommand(of), `The function ${nobody}:$LATEST doesn't have an EventInvokeConfig`],
    [new DeleteFunctionEventInvokeConfigCommand(alias), `The function ${ARN}:nobody doesn't have an EventInvokeConfig`],
    [new GetFunctionUrlConfigCommand(of), 'The resource you requested does not exist.'],
    [new DeleteFunctionUrlConfigCommand(of), 'The resource you requested does not exist.'],
    [new UpdateFunctionUrlConfigCommand(of), 'Function does not exist'],
    [new UpdateFunctionUrlConfigCommand({ FunctionName }), 'The resource you requested does not exist.'],
    [new ListFunctionUrlConfigsCommand(of), 'Function does not exist'],
  ] as const)
    assert.deepEqual(await refusal(command), [MISSING, message, 'User'], command.constructor.name);
});

test('an alias that is not there', async () => {
  await using world_ = await world();
  const { refusal } = world_;
  const alias = { FunctionName, Qualifier: 'nobody' };
  const allow = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
  const missing = [MISSING, `Cannot find alias arn: ${ARN}:nobody`, 'User'];
  for (const command of [
    new AddPermissionCommand({ ...alias, ...allow }),
    new RemovePermissionCommand({ ...alias, StatementId: 's' }),
    new PutProvisionedConcurrencyConfigCommand({ ...alias, ProvisionedConcurrentExecutions: 1 }),
    new GetProvisionedConcurrencyConfigCommand(alias),
    new DeleteProvisionedConcurrencyConfigCommand(alias),
  ])
    assert.deepEqual(await refusal(command), missing, command.constructor.name);
  assert.deepEqual(await refusal(new UpdateAliasCommand({ FunctionName, Name: 'nobody', FunctionVersion: '1' })), [
    MISSING,
    `Alias not found: ${ARN}:nobody`,
    'User',
  ]);
  const AdditionalVersionWeights = { 2: 1.5 };
  const [name, message] = await refusal(
    new CreateAliasCommand({
      FunctionName,
      Name: 'a',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights },
    }),
  );
  assert.equal(name, 'ValidationException');
  assert.match(
    message,
    /^1 validation error detected: Value '\{2=1\.5\}' at 'routingConfig\.additionalVersionWeights' /,
  );
  assert.match(message, /\[Member must have value less than or equal to 1\.0, .*Member must not be null\]$/);
});

test('what can be provisioned, and how much', async () => {
  await using world_ = await world();
  const { lambda, refusal } = world_;
  const latest = { FunctionName, Qualifier: '$LATEST' };
  for (const Command of [GetProvisionedConcurrencyConfigCommand, DeleteProvisionedConcurrencyConfigCommand])
    assert.deepEqual(await refusal(new Command(latest)), [
      INVALID,
      'The function resource provided must be an alias or a published version.',
      'User',
    ]);
  const put = (ProvisionedConcurrentExecutions: number) =>
    new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: '1', ProvisionedConcurrentExecutions });
  assert.deepEqual(await refusal(put(1_001)), [
    INVALID,
    "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
    undefined,
  ]);
  assert.deepEqual(await refusal(put(901)), [
    INVALID,
    "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    undefined,
  ]);
  await lambda.send(put(2));
  assert.deepEqual(
    await refusal(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 })),
    [
      INVALID,
      " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
      undefined,
    ],
  );
});

test('layers, code signing, tags and levels of logs', async () => {
  await using world_ = await world();
  const { lambda, refusal } = world_;
  const layer = { LayerName: 'l', VersionNumber: 1 };
  const share = { ...layer, StatementId: 's', Action: 'lambda:GetLayerVersion', Principal: '*' };
  const noLayer = [MISSING, `Layer version ${PLACE}:layer:l:1 does not exist.`, 'User'];
  assert.deepEqual(await refusal(new AddLayerVersionPermissionCommand(share)), noLayer);
  assert.deepEqual(await refusal(new GetLayerVersionPolicyCommand(layer)), noLayer);
  await lambda.send(new PublishLayerVersionCommand({ LayerName: 'l', Content: { ZipFile: zip({ a: 'b' }) } }));
  assert.deepEqual(await refusal(new GetLayerVersionPolicyCommand(layer)), [
    MISSING,
    'No policy is associated with the given resource.',
    'User',
  ]);
  const elsewhere = `${PLACE.replace('us-east-1', 'eu-west-1')}:layer:l:1`;
  assert.deepEqual(await refusal(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [elsewhere] })), [
    INVALID,
    'Layers are not in the same region as the function. Layers are expected to be in region us-east-1.',
    'User',
  ]);
  const CodeSigningConfigArn = `${PLACE}:code-signing-config:csc-0123456789abcdef0`;
  assert.deepEqual(await refusal(new GetCodeSigningConfigCommand({ CodeSigningConfigArn })), [
    MISSING,
    `The Lambda code signing configuration ${CodeSigningConfigArn} can not be found.`,
    undefined,
  ]);
  const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`t${at}`, 'x']));
  assert.deepEqual(await refusal(new TagResourceCommand({ Resource: ARN, Tags })), [
    INVALID,
    'Number of tags exceeds resource tag limit.',
    'User',
  ]);
  assert.equal((await refusal(new TagResourceCommand({ Resource: `${ARN}:77`, Tags })))[0], INVALID);
  const Resource = `${PLACE}:event-source-mapping:01234567-89ab-cdef-0123-456789abcdef`;
  assert.deepEqual(await refusal(new TagResourceCommand({ Resource, Tags })), [
    MISSING,
    `Event source mapping not found: ${Resource}`,
    'User',
  ]);
  const LoggingConfig = { LogFormat: 'Text', SystemLogLevel: 'DEBUG' } as const;
  assert.deepEqual(await refusal(new UpdateFunctionConfigurationCommand({ FunctionName, LoggingConfig })), [
    INVALID,
    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
    'User',
  ]);
});
