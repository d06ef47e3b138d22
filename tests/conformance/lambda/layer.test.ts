import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AddLayerVersionPermissionCommand,
  CreateCodeSigningConfigCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  DeleteResourcePolicyCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionRecursionConfigCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  GetRuntimeManagementConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsByCodeSigningConfigCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  PutFunctionCodeSigningConfigCommand,
  PutFunctionRecursionConfigCommand,
  PutResourcePolicyCommand,
  PutRuntimeManagementConfigCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, zip } from '../../support/functions.ts';
import { visit } from '../../support/traffic.ts';

const LAYER = 'arn:aws:lambda:us-east-1:123456789012:layer:words';
const OTHER = { credentials: { accessKeyId: '999999999999', secretAccessKey: 'test' } };

function publish(cloud: TestCloud, word: string, LayerName = 'words') {
  return cloud.client(LambdaClient).send(
    new PublishLayerVersionCommand({
      LayerName,
      Description: word,
      Content: { ZipFile: zip({ 'nodejs/node_modules/word/index.js': `module.exports = '${word}';` }) },
      CompatibleRuntimes: ['nodejs24.x'],
      LicenseInfo: 'MIT',
    }),
  );
}

async function call(cloud: TestCloud, FunctionName: string) {
  const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Payload?.transformToString() ?? 'null');
}

test('what a deleted layer holds goes with the last version of a function that uses it', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const { Content: { Location: used = '' } = {} } = await publish(cloud, 'used');
  const { Content: { Location: unused = '' } = {} } = await publish(cloud, 'unused');
  const role = await functionRole(cloud);
  const Layers = [`${LAYER}:1`];
  await createFunction(cloud, role, 'f', 'export const handler = async () => 1;', { Layers, Publish: true });
  const drop = (VersionNumber: number) =>
    lambda.send(new DeleteLayerVersionCommand({ LayerName: 'words', VersionNumber }));
  const statuses = async () => [(await visit(used)).status, (await visit(unused)).status];
  const [there, gone] = [200, 404];
  assert.deepEqual(await statuses(), [there, there]);
  await drop(1);
  await drop(2);
  assert.deepEqual(await statuses(), [there, gone]);
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Layers: [] }));
  assert.deepEqual(await statuses(), [there, gone], 'version 1 uses it still');
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f' }));
  assert.deepEqual(await statuses(), [gone, gone]);
});

test('layers are published, found, used by functions, and stay with these when they are deleted', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const made = await publish(cloud, 'hello');
  const { $metadata: _, Content, ...rest } = made;
  assert.deepEqual(rest, {
    LayerArn: LAYER,
    LayerVersionArn: `${LAYER}:1`,
    Description: 'hello',
    CreatedDate: '2026-01-01T00:00:00.000+0000',
    Version: 1,
    CompatibleRuntimes: ['nodejs24.x'],
    LicenseInfo: 'MIT',
  });
  const archive = await visit(Content?.Location ?? '');
  assert.equal(archive.status, 200);
  assert.equal(createHash('sha256').update(archive.body).digest('base64'), Content?.CodeSha256);
  await publish(cloud, 'bye');
  const source = `import { createRequire } from 'node:module';
    export const handler = async () => createRequire('/opt/nodejs/node_modules/x.js')('word');`;
  await createFunction(cloud, await functionRole(cloud), 'f', source, { Layers: [`${LAYER}:1`] });
  assert.equal(await call(cloud, 'f'), 'hello');
  const { Layers } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  assert.deepEqual(Layers, [{ Arn: `${LAYER}:1`, CodeSize: Content?.CodeSize }]);
  const listed = await lambda.send(new ListLayersCommand({ CompatibleRuntime: 'nodejs24.x' }));
  assert.deepEqual(
    listed.Layers?.map(({ LayerName, LatestMatchingVersion }) => [LayerName, LatestMatchingVersion?.Version]),
    [['words', 2]],
  );
  const { LayerVersions } = await lambda.send(new ListLayerVersionsCommand({ LayerName: LAYER }));
  assert.deepEqual(
    LayerVersions?.map(({ Version }) => Version),
    [2, 1],
  );
  assert.equal((await lambda.send(new GetLayerVersionByArnCommand({ Arn: `${LAYER}:2` }))).Description, 'bye');
  await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'words', VersionNumber: 1 }));
  const gone = await failure(lambda.send(new GetLayerVersionCommand({ LayerName: 'words', VersionNumber: 1 })));
  assert.equal(gone.message, 'The resource you requested does not exist.');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Timeout: 9 }));
  assert.equal(await call(cloud, 'f'), 'hello');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Layers: [`${LAYER}:2`] }));
  assert.equal(await call(cloud, 'f'), 'bye');
  const refused = async (layers: string[]) =>
    (await failure(lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Layers: layers })))).message;
  assert.equal(await refused([`${LAYER}:1`]), `Layer version ${LAYER}:1 does not exist.`);
  const insights = 'arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:38';
  assert.equal(
    await refused([insights]),
    `User: arn:aws:iam::123456789012:root is not authorized to perform: lambda:GetLayerVersion on resource: ${insights} because no resource-based policy allows the lambda:GetLayerVersion action. (Cloudyard has no layers but those that were published in it, or brought: cloudyard layer ${insights} <its zip file>)`,
  );
  await publish(cloud, 'more');
  assert.equal(
    await refused([`${LAYER}:2`, `${LAYER}:3`]),
    `Two different versions of the same layer are not allowed to be referenced in the same function. ${LAYER}:2 and ${LAYER}:3 versions are referenced.`,
  );
  assert.equal(
    await refused(Array.from({ length: 6 }, (_, at) => `${LAYER}${at}:1`)),
    'Cannot reference more than 5 layers.',
  );
});

test('another account uses a layer once its policy says so', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await publish(cloud, 'shared');
  const theirs = cloud.client(LambdaClient, OTHER);
  const ask = () => theirs.send(new GetLayerVersionByArnCommand({ Arn: `${LAYER}:1` }));
  assert.equal((await failure(ask())).name, 'AccessDeniedException');
  const permission = { LayerName: 'words', VersionNumber: 1, StatementId: 'all' };
  const { Statement } = await lambda.send(
    new AddLayerVersionPermissionCommand({
      ...permission,
      Action: 'lambda:GetLayerVersion',
      Principal: '999999999999',
    }),
  );
  assert.deepEqual(JSON.parse(Statement ?? ''), {
    Sid: 'all',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::999999999999:root' },
    Action: 'lambda:GetLayerVersion',
    Resource: `${LAYER}:1`,
  });
  assert.equal((await ask()).Description, 'shared');
  const { Policy } = await lambda.send(new GetLayerVersionPolicyCommand({ LayerName: 'words', VersionNumber: 1 }));
  assert.equal(JSON.parse(Policy ?? '').Statement.length, 1);
  await lambda.send(new RemoveLayerVersionPermissionCommand(permission));
  assert.equal((await failure(ask())).name, 'AccessDeniedException');
});

test('the code of a function can be downloaded for ten minutes, by nobody who made the link up', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const source = `export const handler = async () => 'hello';`;
  await createFunction(cloud, await functionRole(cloud), 'f', source);
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'f' }));
  const Location = Code?.Location ?? '';
  const { status, body, headers } = await visit(Location);
  assert.deepEqual([status, headers['content-type']], [200, 'application/zip']);
  assert.deepEqual(body, Buffer.from(zip({ 'index.mjs': source })));
  assert.equal((await visit(Location.replace('/f/', '/g/'))).status, 403);
  assert.equal((await visit(Location.replace(/expires=\d/, 'expires=9'))).status, 403);
  await cloud.advance(10 * 60_000 + 1);
  assert.equal((await visit(Location)).status, 403);
});

test('with enforced signing, code that nobody signed is refused', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud);
  const make = async (policy: 'Warn' | 'Enforce') => {
    const { CodeSigningConfig } = await lambda.send(
      new CreateCodeSigningConfigCommand({
        AllowedPublishers: {
          SigningProfileVersionArns: ['arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/0123456789'],
        },
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: policy },
      }),
    );
    return CodeSigningConfig?.CodeSigningConfigArn ?? '';
  };
  const warn = await make('Warn');
  const enforce = await make('Enforce');
  assert.match(warn, /^arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-[a-z0-9]{17}$/);
  await createFunction(cloud, role, 'f', 'export const handler = 1;', { CodeSigningConfigArn: warn });
  const refused = await failure(createFunction(cloud, role, 'g', '', { CodeSigningConfigArn: enforce }));
  assert.equal(refused.name, 'CodeVerificationFailedException');
  await lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName: 'f', CodeSigningConfigArn: enforce }));
  const shown = await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'f' }));
  assert.equal(shown.CodeSigningConfigArn, enforce);
  const changed = await failure(
    lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile: zip({ 'a.mjs': '' }) })),
  );
  assert.equal(changed.name, 'CodeVerificationFailedException');
  const { FunctionArns } = await lambda.send(
    new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn: enforce }),
  );
  assert.deepEqual(FunctionArns, ['arn:aws:lambda:us-east-1:123456789012:function:f']);
  const used = await failure(lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: enforce })));
  assert.equal(used.name, 'ResourceConflictException');
  await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: warn }));
  const gone = await failure(lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: warn })));
  assert.equal(gone.name, 'ResourceNotFoundException');
});

test('runtime management, recursion and whole policies are written and read', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'f', 'export const handler = 1;');
  const FunctionName = 'f';
  const FunctionArn = 'arn:aws:lambda:us-east-1:123456789012:function:f';
  await lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'FunctionUpdate' }));
  const managed = await lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName }));
  assert.deepEqual([managed.UpdateRuntimeOn, managed.FunctionArn], ['FunctionUpdate', `${FunctionArn}:$LATEST`]);
  const manual = await failure(
    lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'Manual' })),
  );
  assert.equal(
    manual.message,
    'Missing runtime version ARN. A runtime version ARN is required when UpdateRuntimeVersionOn=Manual. Provide a valid runtime version ARN and retry the request.',
  );
  const loop = () => lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
  assert.equal((await loop()).RecursiveLoop, 'Terminate');
  await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' }));
  assert.equal((await loop()).RecursiveLoop, 'Allow');
  const statement = {
    Sid: 'theirs',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::999999999999:root' },
    Action: 'lambda:GetFunctionConfiguration',
    Resource: FunctionArn,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const { RevisionId } = await lambda.send(new PutResourcePolicyCommand({ ResourceArn: FunctionArn, Policy }));
  const theirs = cloud.client(LambdaClient, OTHER);
  assert.equal(
    (await theirs.send(new GetFunctionConfigurationCommand({ FunctionName: FunctionArn }))).FunctionName,
    'f',
  );
  const old = await lambda.send(new GetPolicyCommand({ FunctionName }));
  assert.deepEqual(JSON.parse(old.Policy ?? '').Statement, [statement]);
  const stale = await failure(
    lambda.send(
      new DeleteResourcePolicyCommand({ ResourceArn: FunctionArn, RevisionId: 'f0000000-0000-0000-0000-000000000000' }),
    ),
  );
  assert.equal(stale.name, 'PreconditionFailedException');
  await lambda.send(new DeleteResourcePolicyCommand({ ResourceArn: FunctionArn, RevisionId }));
  const gone = await failure(lambda.send(new GetResourcePolicyCommand({ ResourceArn: FunctionArn })));
  assert.equal(gone.name, 'ResourceNotFoundException');
});

test('a function of a folder runs what lies there now', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-hot-'));
  try {
    await using cloud = await startTestCloud();
    const write = (word: string) =>
      writeFileSync(join(folder, 'index.mjs'), `export const handler = async () => '${word}';`);
    write('first');
    await createFunction(cloud, await functionRole(cloud), 'f', '', {
      Code: { S3Bucket: 'hot-reload', S3Key: folder },
    });
    assert.equal(await call(cloud, 'f'), 'first');
    assert.equal(await call(cloud, 'f'), 'first');
    write('second!');
    assert.equal(await call(cloud, 'f'), 'second!');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('where others reach the cloud, no function runs from a folder of this machine', async () => {
  const engine = new SimulatedFunctions({}, { runsFolders: false });
  await using cloud = await startTestCloud({ engines: { function: engine } });
  const role = await functionRole(cloud);
  const Code = { S3Bucket: 'hot-reload', S3Key: tmpdir() };
  const refused = await failure(createFunction(cloud, role, 'f', '', { Code }));
  assert.match(refused.message, /S3 Error Code: NoSuchBucket/);
});
