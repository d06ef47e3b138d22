import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';

const SOURCE = `export const handler = async () => 'hello';`;
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:greet';

test('a function is made, shown, changed and deleted', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud);
  const made = await createFunction(cloud, role, 'greet', SOURCE, { Description: 'greets', Tags: { team: 'a' } });
  assert.deepEqual([made.State, made.StateReasonCode, made.LastUpdateStatus], ['Pending', 'Creating', undefined]);
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 10 }, { FunctionName: 'greet' });
  const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: ARN }));
  const { RevisionId, ...shown } = Configuration ?? {};
  const bytes = zip({ 'index.mjs': SOURCE });
  assert.ok(RevisionId);
  assert.deepEqual(shown, {
    FunctionName: 'greet',
    FunctionArn: ARN,
    Runtime: 'nodejs24.x',
    Role: role,
    Handler: 'index.handler',
    CodeSize: bytes.length,
    Description: 'greets',
    Timeout: 20,
    MemorySize: 512,
    LastModified: '2026-01-01T00:00:00.000+0000',
    CodeSha256: createHash('sha256').update(bytes).digest('base64'),
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    RuntimeVersionConfig: {
      RuntimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${createHash('sha256').update('nodejs24.x').digest('hex')}`,
    },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/greet' },
  });
  assert.deepEqual(Tags, { team: 'a' });
  await cloud.advance(1_250);
  const update = await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'greet',
      MemorySize: 1_024,
      Environment: { Variables: { COLOUR: 'blue' } },
    }),
  );
  assert.deepEqual(
    [update.LastModified, update.LastUpdateStatus, update.LastUpdateStatusReasonCode],
    ['2026-01-01T00:00:01.000+0000', 'InProgress', 'Creating'],
  );
  const changed = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'greet' }));
  assert.deepEqual(
    [changed.MemorySize, changed.Timeout, changed.Environment],
    [1_024, 20, { Variables: { COLOUR: 'blue' } }],
  );
  assert.notEqual(changed.RevisionId, RevisionId);
  const emptied = { FunctionName: 'greet', Environment: { Variables: {} } };
  assert.equal((await lambda.send(new UpdateFunctionConfigurationCommand(emptied))).Environment, undefined);
  const other = zip({ 'index.mjs': `export const handler = async () => 'bye';` });
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'greet', ZipFile: other }));
  assert.equal(updated.CodeSha256, createHash('sha256').update(other).digest('base64'));
  const stale = await failure(
    lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'greet', ZipFile: other, RevisionId })),
  );
  assert.equal(stale.name, 'PreconditionFailedException');
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'greet' }));
  const gone = await failure(lambda.send(new GetFunctionCommand({ FunctionName: 'greet' })));
  assert.deepEqual([gone.name, gone.message], ['ResourceNotFoundException', `Function not found: ${ARN}`]);
});

const MISSING = 'The runtime cannot run on this machine. Install it.';

/** A machine without what the function would need. */
class MissingRuntime extends SimulatedFunctions {
  override async runtimeFault(): Promise<string> {
    return MISSING;
  }
}

test('what Lambda could never run is refused when it is made', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  const refused = async (options: Parameters<typeof createFunction>[4], name = 'f') => {
    const error = await failure(createFunction(cloud, role, name, SOURCE, options));
    return [error.name, error.message];
  };
  assert.deepEqual(await refused({ Role: 'arn:aws:iam::123456789012:role/nobody' }), [
    'InvalidParameterValueException',
    'The role defined for the function cannot be assumed by Lambda.',
  ]);
  assert.deepEqual(await refused({ Code: { ZipFile: Buffer.from('noise') } }), [
    'InvalidParameterValueException',
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  ]);
  assert.deepEqual(await refused({ Code: { S3Bucket: 'nowhere-at-all', S3Key: 'code.zip' } }), [
    'InvalidParameterValueException',
    'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
  ]);
  assert.deepEqual(await refused({ Environment: { Variables: { AWS_REGION: 'x', MINE: 'y' } } }), [
    'InvalidParameterValueException',
    'Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION',
  ]);
  await using lacking = await startTestCloud({ engines: { function: new MissingRuntime({}) } });
  const lacked = await failure(createFunction(lacking, await functionRole(lacking), 'f', SOURCE, {}));
  assert.deepEqual([lacked.name, lacked.message], ['InvalidRuntimeException', MISSING]);
  assert.deepEqual(await refused({ Runtime: undefined, Handler: undefined }), [
    'InvalidParameterValueException',
    'Runtime and handler are mandatory parameters for functions created with deployment packages.',
  ]);
  assert.equal(
    (await refused({ Environment: { Variables: { LONG: 'x'.repeat(4_096) } } }))[0],
    'InvalidParameterValueException',
  );
  await createFunction(cloud, role, 'f', SOURCE);
  assert.deepEqual(await refused({}), ['ResourceConflictException', 'Function already exist: f']);
});

test('code comes from S3, with the permissions of who asks', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const role = await functionRole(cloud);
  const code = zip({ 'index.mjs': SOURCE });
  await s3.send(new CreateBucketCommand({ Bucket: 'code-of-functions' }));
  await s3.send(new PutObjectCommand({ Bucket: 'code-of-functions', Key: 'a.zip', Body: code }));
  const made = await createFunction(cloud, role, 'f', '', { Code: { S3Bucket: 'code-of-functions', S3Key: 'a.zip' } });
  assert.equal(made.CodeSize, code.length);
  const elsewhere = { Code: { S3Bucket: 'code-elsewhere', S3Key: 'a.zip' } };
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'code-elsewhere', CreateBucketConfiguration }));
  assert.match(
    (await failure(createFunction(cloud, role, 'g', '', elsewhere))).message,
    /PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1. Please use this region to retry the request$/,
  );
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'maker' }));
  const allowed = { Effect: 'Allow', Action: ['lambda:*', 'iam:PassRole'], Resource: '*' };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'maker',
      PolicyName: 'makes',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'maker' }));
  const maker = cloud.client(LambdaClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const error = await failure(
    maker.send(
      new CreateFunctionCommand({
        FunctionName: 'g',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: role,
        Code: { S3Bucket: 'code-of-functions', S3Key: 'a.zip' },
      }),
    ),
  );
  assert.match(
    error.message,
    /^Error occurred while GetObject\. S3 Error Code: AccessDenied\. S3 Error Message: User: .*maker is not authorized/,
  );
});

test('versions stay as they were published; nothing new makes no new one', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'greet', SOURCE);
  const first = await lambda.send(new PublishVersionCommand({ FunctionName: 'greet', Description: 'first' }));
  assert.deepEqual([first.Version, first.FunctionArn, first.Description], ['1', `${ARN}:1`, 'first']);
  const same = await lambda.send(new PublishVersionCommand({ FunctionName: 'greet', Description: 'first' }));
  assert.equal(same.Version, '1');
  // Another description, or the function's own, is no change.
  for (const Description of ['other', undefined]) {
    const told = await lambda.send(new PublishVersionCommand({ FunctionName: 'greet', Description }));
    assert.deepEqual([told.Version, told.Description], ['1', 'first']);
  }
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'greet', Timeout: 7 }));
  const second = await lambda.send(new PublishVersionCommand({ FunctionName: 'greet' }));
  assert.deepEqual([second.Version, second.Timeout], ['2', 7]);
  const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'greet' }));
  assert.deepEqual(
    Versions?.map(({ Version, Timeout }) => [Version, Timeout]),
    [
      ['$LATEST', 7],
      ['1', 20],
      ['2', 7],
    ],
  );
  const different = await failure(
    lambda.send(new PublishVersionCommand({ FunctionName: 'greet', CodeSha256: 'other' })),
  );
  assert.equal(different.name, 'InvalidParameterValueException');
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'greet', Qualifier: '1' }));
  const gone = await failure(lambda.send(new GetFunctionCommand({ FunctionName: 'greet:1' })));
  assert.equal(gone.message, `Function not found: ${ARN}:1`);
  const latest = await failure(lambda.send(new DeleteFunctionCommand({ FunctionName: 'greet', Qualifier: '$LATEST' })));
  assert.equal(latest.message, '$LATEST version cannot be deleted without deleting the function.');
});

test('functions are listed page by page, by every kind of name, and have tags', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud);
  for (const name of ['c', 'a', 'b']) await createFunction(cloud, role, name, SOURCE);
  const page = await lambda.send(new ListFunctionsCommand({ MaxItems: 2 }));
  const rest = await lambda.send(new ListFunctionsCommand({ Marker: page.NextMarker }));
  assert.deepEqual(
    [page, rest].map(({ Functions }) => Functions?.map(({ FunctionName }) => FunctionName)),
    [['a', 'b'], ['c']],
  );
  for (const FunctionName of ['a', '123456789012:function:a', 'arn:aws:lambda:us-east-1:123456789012:function:a'])
    assert.equal((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).FunctionName, 'a');
  const elsewhere = await failure(
    lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'arn:aws:lambda:eu-west-1:123456789012:function:a' }),
    ),
  );
  assert.equal(elsewhere.message, "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
  const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:a';
  await lambda.send(new TagResourceCommand({ Resource, Tags: { x: '1', y: '2' } }));
  await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['x'] }));
  assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource }))).Tags, { y: '2' });
});

test('a version that is published along with the function is told, but not in its ARN; by new code it is', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const made = await createFunction(cloud, await functionRole(cloud), 'greet', SOURCE, { Publish: true });
  assert.deepEqual([made.FunctionArn, made.Version], [ARN, '1']);
  await lambda.send(new TagResourceCommand({ Resource: made.FunctionArn, Tags: { team: 'a' } }));
  const ZipFile = zip({ 'index.mjs': `${SOURCE} //` });
  const changed = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'greet', ZipFile, Publish: true }));
  assert.deepEqual([changed.FunctionArn, changed.Version], [`${ARN}:2`, '2']);
});

test('names of variables that cannot be are told as the map that they are in', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  const Environment = { Variables: { A: '1', B: '2' } };
  await assert.rejects(createFunction(cloud, role, 'greet', SOURCE, { Environment }), {
    name: 'ValidationException',
    message:
      "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
  });
});
