/** What users of other emulators missed: requests that AWS refuses, in its words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetLayerVersionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, openAddress, zip } from '../../support/functions.ts';
import { listen } from '../../support/headers.ts';
import { signHeaders } from '../../support/sign.ts';
import { visit } from '../../support/traffic.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const FunctionName = 'f';

async function world() {
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f: (event) => event }) } });
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'f', '');
  const lambda = cloud.client(LambdaClient);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  return { cloud, role, lambda, [Symbol.asyncDispose]: cloud.close };
}

async function refusal(promise: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(promise);
  return [name, message];
}

const INVALID = 'InvalidParameterValueException';
const MISSING = 'ResourceNotFoundException';

test('permissions of $LATEST, and of a function that has none', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const allow = { FunctionName, StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
  assert.deepEqual(await refusal(lambda.send(new AddPermissionCommand({ ...allow, Qualifier: '$LATEST' }))), [
    INVALID,
    'We currently do not support adding policies for $LATEST.',
  ]);
  assert.deepEqual(await refusal(lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 's' }))), [
    MISSING,
    'No policy is associated with the given resource.',
  ]);
});

test('aliases are not deleted as functions are, and a version that is gone is as good as deleted', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  assert.deepEqual(await refusal(lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: 'live' }))), [
    INVALID,
    'Deletion of aliases is not currently supported.',
  ]);
  const gone = await lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '77' }));
  assert.equal(gone.$metadata.httpStatusCode, 204);
  const missing = new DeleteFunctionCommand({ FunctionName: 'nobody', Qualifier: '1' });
  assert.deepEqual(await refusal(lambda.send(missing)), [
    MISSING,
    'Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody:1',
  ]);
});

test('names that are too long, and runtimes that are no more', async () => {
  await using world_ = await world();
  const { cloud, role } = world_;
  const long = 'x'.repeat(65);
  assert.deepEqual(await refusal(createFunction(cloud, role, long, '')), [
    'ValidationException',
    `1 validation error detected: Value '${long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  ]);
  assert.deepEqual(await refusal(createFunction(cloud, role, 'old', '', { Runtime: 'nodejs12.x' })), [
    INVALID,
    'The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
  ]);
});

test('images are refused by name', async () => {
  await using cloud = await world();
  const image = { PackageType: 'Image', Runtime: undefined, Handler: undefined } as const;
  const made = createFunction(cloud.cloud, cloud.role, 'g', '', { ...image, Code: { ImageUri: 'own:latest' } });
  assert.deepEqual(await refusal(made), [
    'NotImplemented',
    'Functions from container images are not built: Cloudyard runs functions as processes, without containers.',
  ]);
});

test('tags are of functions, not of their versions', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  assert.deepEqual(await refusal(lambda.send(new TagResourceCommand({ Resource: `${ARN}:1`, Tags: { a: 'b' } }))), [
    INVALID,
    'Tags on function aliases and versions are not supported. Please specify a function ARN.',
  ]);
  assert.deepEqual(await refusal(lambda.send(new TagResourceCommand({ Resource: ARN, Tags: {} }))), [
    INVALID,
    'An error occurred and the request cannot be processed.',
  ]);
});

test('a function is no destination for itself, nor is one that is not there', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const put = (DestinationConfig: object) =>
    refusal(lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig })));
  assert.deepEqual(await put({ OnSuccess: { Destination: ARN } }), [
    INVALID,
    "You can't specify the function as a destination for itself.",
  ]);
  const missing = 'arn:aws:lambda:us-east-1:123456789012:function:nobody';
  assert.deepEqual(await put({ OnFailure: { Destination: missing } }), [
    INVALID,
    `The destination ARN ${missing} is invalid.`,
  ]);
  const Destination = 'arn:aws:ec2:us-east-1:123456789012:instance/i';
  assert.deepEqual(await put({ OnFailure: { Destination } }), [
    INVALID,
    `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${Destination})) is invalid.`,
  ]);
});

test('versions of layers begin at 1', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  for (const Command of [GetLayerVersionCommand, DeleteLayerVersionCommand])
    assert.deepEqual(
      await refusal(lambda.send(new Command({ LayerName: 'l', VersionNumber: 0 }) as GetLayerVersionCommand)),
      [INVALID, 'Layer Version Cannot be less than 1'],
    );
});

test('an address is made once, of what is there; its path comes as it was sent, a form in base64', async () => {
  await using world_ = await world();
  const { cloud, lambda } = world_;
  const make = (name: string) =>
    lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: 'NONE' }));
  const { FunctionUrl = '' } = await make('f');
  assert.deepEqual(await refusal(make('f')), [
    'ResourceConflictException',
    `Failed to create function url config for [functionArn = ${ARN}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
  ]);
  assert.deepEqual(await refusal(make('nobody')), [MISSING, 'Function does not exist']);
  await openAddress(cloud, FunctionName);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { text } = await visit(`${FunctionUrl}a%20b%2Fc`, { method: 'POST', headers, body: 'a=1' });
  const { rawPath, body, isBase64Encoded } = JSON.parse(text);
  assert.deepEqual([rawPath, body, isBase64Encoded], ['/a%20b%2Fc', 'YT0x', true]);
});

test('what only a whole function has, or only $LATEST can be asked for, is not asked of a version', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const ONLY =
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.';
  for (const qualified of ['f:1', `${ARN}:live`])
    for (const asked of [
      new UpdateFunctionCodeCommand({ FunctionName: qualified, ZipFile: zip({ 'index.mjs': 'other' }) }),
      new UpdateFunctionConfigurationCommand({ FunctionName: qualified, Timeout: 9 }),
      new PublishVersionCommand({ FunctionName: qualified }),
      new PutFunctionConcurrencyCommand({ FunctionName: qualified, ReservedConcurrentExecutions: 1 }),
      new GetFunctionCodeSigningConfigCommand({ FunctionName: qualified }),
    ])
      assert.deepEqual(await refusal(lambda.send(asked as PublishVersionCommand)), [INVALID, ONLY]);
  const changed = await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f:$LATEST', Timeout: 9 }));
  assert.equal(changed.Timeout, 9);
});

test('a marker that is none of a list’s is refused', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  for (const key of [{ foo: 1 }, { number: 1 }, { name: 'f', number: 'x' }, [], null]) {
    const Marker = Buffer.from(JSON.stringify(key)).toString('base64url');
    for (const more of [{}, { FunctionVersion: 'ALL' as const }])
      assert.deepEqual(await refusal(lambda.send(new ListFunctionsCommand({ Marker, ...more }))), [
        'ValidationException',
        'Invalid Marker',
      ]);
  }
});

test('whom a policy names is an account, a principal or a service of AWS', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const allowed = { FunctionName, StatementId: 's', Action: 'lambda:InvokeFunction' };
  const role = (name: string, account = '123456789012') => `arn:aws:iam::${account}:role/${name}`;
  for (const Principal of ['somebody', 's3.example.com', '12345', role('nobody')])
    assert.deepEqual(await refusal(lambda.send(new AddPermissionCommand({ ...allowed, Principal }))), [
      INVALID,
      'The provided principal was invalid. Please check the principal and try again.',
    ]);
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  const there = [Configuration?.Role ?? '', role('of-others', '210987654321')];
  for (const Principal of ['alexa-appkit.amazon.com', 'logs.us-east-1.amazonaws.com', ...there])
    await lambda.send(new AddPermissionCommand({ ...allowed, StatementId: Principal.replace(/\W/g, ''), Principal }));
});

test('a role that was made again serves at once', async () => {
  await using world_ = await world();
  const { cloud, lambda } = world_;
  const call = async () => (await lambda.send(new InvokeCommand({ FunctionName }))).StatusCode;
  assert.equal(await call(), 200);
  const iam = cloud.client(IAMClient);
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'functions', PolicyName: 'allowed' }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'functions' }));
  assert.equal((await failure(call())).name, 'AccessDeniedException');
  await functionRole(cloud, ['sqs:*']);
  assert.equal(await call(), 200);
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const EventSourceArn = 'arn:aws:sqs:us-east-1:123456789012:jobs';
  const made = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn }));
  assert.equal(made.State, 'Creating');
});

test('where a function’s role may not send, nothing is to be sent', async () => {
  await using world_ = await world();
  const { cloud, role, lambda } = world_;
  const arn = (service: string) => `arn:aws:${service}:us-east-1:123456789012:there`;
  const dead = (service: string) => ({ FunctionName, DeadLetterConfig: { TargetArn: arn(service) } });
  for (const [service, operation] of [
    ['sqs', 'SendMessage'],
    ['sns', 'Publish'],
  ] as const) {
    const said = `The provided execution role does not have permissions to call ${operation} on ${service.toUpperCase()}`;
    const asked = lambda.send(new UpdateFunctionConfigurationCommand(dead(service)));
    assert.deepEqual(await refusal(asked), [INVALID, said]);
    const made = createFunction(cloud, role, 'g', '', { DeadLetterConfig: { TargetArn: arn(service) } });
    assert.deepEqual(await refusal(made), [INVALID, said]);
    const DestinationConfig = { OnSuccess: { Destination: arn(service) } };
    const sent = lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
    assert.deepEqual(await refusal(sent), [
      INVALID,
      `The function's execution role does not have permissions to call ${operation} on ${arn(service)}`,
    ]);
  }
  const able = await functionRole(cloud, ['sqs:SendMessage', 'sns:Publish'], 'able');
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...dead('sqs'), Role: able }));
  const DestinationConfig = { OnFailure: { Destination: arn('sns') } };
  const set = await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
  assert.deepEqual(set.DestinationConfig, { OnSuccess: {}, ...DestinationConfig });
});

test('what is not built is refused by name; the key of the code is told', async () => {
  await using world_ = await world();
  const { cloud, role, lambda } = world_;
  const unbuilt = (what: string) => ['NotImplemented', `Cloudyard has not built ${what} yet`];
  const PublishTo = 'LATEST_PUBLISHED';
  const published = lambda.send(new PublishVersionCommand({ FunctionName, PublishTo }));
  assert.deepEqual(await refusal(published), unbuilt('PublishTo'));
  assert.deepEqual(await refusal(createFunction(cloud, role, 'g', '', { PublishTo })), unbuilt('PublishTo'));
  const Code = { S3Bucket: 'bucket', S3Key: 'k', S3ObjectStorageMode: 'REFERENCE' as const };
  assert.deepEqual(
    await refusal(createFunction(cloud, role, 'g', '', { Code })),
    unbuilt('S3ObjectStorageMode REFERENCE'),
  );
  const SourceKMSKeyArn = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000';
  const ZipFile = zip({ 'index.mjs': 'other' });
  const told = async () => (await lambda.send(new GetFunctionCommand({ FunctionName }))).Code?.SourceKMSKeyArn;
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, SourceKMSKeyArn }));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 4 }));
  assert.equal(await told(), SourceKMSKeyArn);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  assert.equal(await told(), undefined);
});

test('lists are told as a whole; stars stand alone; archives have something in them', async () => {
  await using world_ = await world();
  const { cloud, role, lambda } = world_;
  const url = (Cors: object) =>
    refusal(lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', Cors })));
  assert.deepEqual(await url({ AllowMethods: ['GET', 'POST', 'OPTIONS'] }), [
    'ValidationException',
    "1 validation error detected: Value '[GET, POST, OPTIONS]' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 6, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*, Member must not be null]",
  ]);
  assert.deepEqual(await url({ AllowOrigins: ['*', 'http://a.b'] }), [
    INVALID,
    "You can't specify additional fields for AllowOrigins because you already specified the wildcard character (*).",
  ]);
  const Architectures = ['foo'] as unknown as ['arm64'];
  assert.deepEqual(await refusal(createFunction(cloud, role, 'g', '', { Architectures })), [
    'ValidationException',
    "1 validation error detected: Value '[foo]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
  ]);
  const empty = [INVALID, 'Uploaded file must be a non-empty zip'];
  assert.deepEqual(await refusal(createFunction(cloud, role, 'g', '', { Code: { ZipFile: zip({}) } })), empty);
  const layer = new PublishLayerVersionCommand({ LayerName: 'l', Content: { ZipFile: zip({}) } });
  assert.deepEqual(await refusal(lambda.send(layer)), empty);
  const large = new UpdateFunctionCodeCommand({ FunctionName, ZipFile: Buffer.alloc(53 * 1_048_576) });
  assert.deepEqual(await refusal(lambda.send(large)), [
    'RequestEntityTooLargeException',
    'Zipped size must be smaller than 52428800 bytes',
  ]);
});

test('runtimes that are none, and events that are no JSON', async () => {
  await using world_ = await world();
  const { cloud, role, lambda } = world_;
  const [name, message] = await refusal(createFunction(cloud, role, 'g', '', { Runtime: 'python9' as 'python3.9' }));
  assert.equal(name, INVALID);
  assert.match(
    message ?? '',
    /^Value python9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs16\.x, .*\] or be a valid ARN$/,
  );
  const broken = await failure(lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{a') })));
  assert.equal(
    broken.message,
    "Could not parse request body into json: Could not parse payload into json: Unexpected character ('a' (code 97)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
  );
  assert.equal((broken as { Type?: string }).Type, 'User');
  const headers = listen(lambda);
  await lambda.send(new InvokeCommand({ FunctionName }));
  assert.equal(headers()['content-type'], 'application/json');
});

test('roles of another account, sources of another Region, and kinds of authorization that an action has not', async () => {
  await using world_ = await world();
  const { lambda, cloud } = world_;
  const Role = 'arn:aws:iam::210987654321:role/theirs';
  const create = new CreateFunctionCommand({
    FunctionName: 'g',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role,
    Code: { ZipFile: zip({ 'index.mjs': '' }) },
  });
  const update = new UpdateFunctionConfigurationCommand({ FunctionName, Role });
  for (const { name, message, $metadata } of await Promise.all([
    failure(lambda.send(create)),
    failure(lambda.send(update)),
  ])) {
    assert.deepEqual(
      [name, $metadata?.httpStatusCode, message],
      ['AccessDeniedException', 403, 'Cross-account pass role is not allowed.'],
    );
  }
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }));
  const EventSourceArn = 'arn:aws:sqs:eu-west-1:123456789012:q';
  assert.deepEqual(await refusal(lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn }))), [
    INVALID,
    'Event source region must match Lambda region us-east-1.',
  ]);
  const open = { FunctionName, StatementId: 's', Principal: '*', FunctionUrlAuthType: 'NONE' } as const;
  assert.deepEqual(await refusal(lambda.send(new AddPermissionCommand({ ...open, Action: 'lambda:InvokeFunction' }))), [
    INVALID,
    'FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action',
  ]);
  await lambda.send(new AddPermissionCommand({ ...open, Action: 'lambda:InvokeFunctionUrl' }));
});

test('what is no operation can be allowed to nobody', async () => {
  await using cloud = await startTestCloud();
  for (const [method, path] of [
    ['GET', '/2015-03-31/nothing'],
    ['PATCH', '/2015-03-31/functions'],
  ] as const) {
    const keys = { accessKeyId: '123456789012', secret: 'test' };
    const at = cloud.server.cloud.kernel.clock.now();
    const host = new URL(cloud.url).host;
    const { headers } = signHeaders({ method, path, headers: { host } }, keys, { service: 'lambda', at });
    const answer = await fetch(cloud.url + path, { method, headers });
    const { message } = (await answer.json()) as { message: string };
    assert.deepEqual(
      [answer.status, answer.headers.get('x-amzn-errortype'), message],
      [403, 'AccessDeniedException', 'Unable to determine service/operation name to be authorized'],
    );
  }
});
