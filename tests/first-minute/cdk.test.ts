/**
 * The first minute with CDK's command (`npm i -g aws-cdk`), where it is installed: an app that was synthesized, deployed, compared, changed, destroyed;
 * and a Region made ready for assets. What `cdk bootstrap` makes lets nobody in without TLS: `cloudyard start --tls`.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Sandbox, sandbox } from '../support/binary.ts';
import { clientEnvironment, outputOf } from './minute.ts';

const isThere = /^\d/.test(outputOf('cdk', '--version') ?? '');

function template(delay: number): string {
  return JSON.stringify({
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay }, DeletionPolicy: 'Delete' },
      CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2:deflate64:none' } },
    },
    Outputs: { Url: { Value: { Ref: 'Queue' } } },
  });
}

const ACCOUNT = '123456789012';
const MANIFEST = {
  version: '36.0.0',
  artifacts: {
    App: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://123456789012/us-east-1',
      properties: { templateFile: 'App.template.json' },
    },
  },
};

/** Runs `cdk` on a synthesized app. */
function cdkOf(box: Sandbox, app: string, env: Record<string, string | undefined>) {
  return async (line: string) => {
    const { stdout, stderr } = await promisify(execFile)('cdk', [...line.split(' '), '--app', app, '--no-notices'], {
      cwd: box.folder,
      env: { ...env, AWS_ACCESS_KEY_ID: ACCOUNT, CI: 'true' } as NodeJS.ProcessEnv,
    });
    return `${stdout}${stderr}`;
  };
}

test('CDK', { skip: !isThere && 'needs the command cdk' }, async () => {
  await using box = sandbox();
  const { url } = await box.start();
  const app = join(box.folder, 'app.out');
  mkdirSync(app);
  writeFileSync(join(app, 'manifest.json'), JSON.stringify(MANIFEST));
  const write = (delay: number) => writeFileSync(join(app, 'App.template.json'), template(delay));
  const cdk = cdkOf(box, app, clientEnvironment(url));
  write(3);
  assert.match(await cdk('deploy --require-approval never'), /App\.Url = /);
  assert.match(await cdk('deploy --require-approval never'), /no changes/);
  write(4);
  assert.match(await cdk('diff'), /DelaySeconds/);
  assert.match(await cdk('deploy --require-approval never'), /App\.Url = /);
  assert.match(await cdk('destroy --force'), /destroyed/);
});

const HASH = 'a1'.repeat(32);
const TEMPLATE_HASH = 'b2'.repeat(32);
const NESTED_HASH = 'c3'.repeat(32);
const BUCKET = `cdk-hnb659fds-assets-${ACCOUNT}-us-east-1`;
const roleOf = (what: string) => `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-${what}-role-${ACCOUNT}-us-east-1`;
const VERSION = {
  requiresBootstrapStackVersion: 6,
  bootstrapStackVersionSsmParameter: '/cdk-bootstrap/hnb659fds/version',
};

/** An app as CDK's own synthesizer writes it: its templates and its function's code are assets, other stacks are read by their outputs. */
function writeApp(app: string): void {
  mkdirSync(join(app, `asset.${HASH}`), { recursive: true });
  writeFileSync(join(app, `asset.${HASH}`, 'index.mjs'), 'export const handler = async () => "from an asset";');
  const file = (path: string, packaging: string, objectKey: string) => ({
    source: { path, packaging },
    destinations: {
      current: { bucketName: BUCKET, objectKey, region: 'us-east-1', assumeRoleArn: roleOf('file-publishing') },
    },
  });
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const documents = {
    'manifest.json': {
      version: '36.0.0',
      artifacts: {
        'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json', ...VERSION } },
        App: {
          type: 'aws:cloudformation:stack',
          environment: `aws://${ACCOUNT}/us-east-1`,
          dependencies: ['App.assets'],
          properties: {
            templateFile: 'App.template.json',
            assumeRoleArn: roleOf('deploy'),
            cloudFormationExecutionRoleArn: roleOf('cfn-exec'),
            stackTemplateAssetObjectUrl: `s3://${BUCKET}/${TEMPLATE_HASH}.json`,
            additionalDependencies: ['App.assets'],
            ...VERSION,
          },
        },
      },
    },
    'App.assets.json': {
      version: '36.0.0',
      files: {
        [HASH]: file(`asset.${HASH}`, 'zip', `${HASH}.zip`),
        [TEMPLATE_HASH]: file('App.template.json', 'file', `${TEMPLATE_HASH}.json`),
        [NESTED_HASH]: file('Nested.template.json', 'file', `${NESTED_HASH}.json`),
      },
      dockerImages: {},
    },
    'App.template.json': {
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] } },
        },
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'hello',
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Code: { S3Bucket: BUCKET, S3Key: `${HASH}.zip` },
          },
        },
        Nested: {
          Type: 'AWS::CloudFormation::Stack',
          Properties: { TemplateURL: `https://s3.us-east-1.amazonaws.com/${BUCKET}/${NESTED_HASH}.json` },
        },
        Told: {
          Type: 'AWS::SSM::Parameter',
          Properties: {
            Type: 'String',
            Value: { 'Fn::GetStackOutput': { StackName: 'CDKToolkit', OutputName: 'BucketName', Region: 'us-east-1' } },
          },
        },
      },
      Outputs: { Queue: { Value: { 'Fn::GetAtt': ['Nested', 'Outputs.Name'] } } },
    },
    'Nested.template.json': {
      Resources: { Queue: { Type: 'AWS::SQS::Queue' } },
      Outputs: { Name: { Value: { 'Fn::GetAtt': ['Queue', 'QueueName'] } } },
    },
  };
  for (const [name, document] of Object.entries(documents)) writeFileSync(join(app, name), JSON.stringify(document));
}

test('CDK, with assets', { skip: !isThere && 'needs the command cdk' }, async () => {
  await using box = sandbox();
  const { url, port } = await box.start('--tls');
  const trusted = join(box.folder, '.cloudyard/tls/ca.pem');
  const app = join(box.folder, 'app.out');
  writeApp(app);
  // By its number: S3's clients then leave the bucket in the path, whatever names this machine resolves.
  const env = {
    ...clientEnvironment(`https://127.0.0.1:${port}`),
    AWS_CA_BUNDLE: trusted,
    NODE_EXTRA_CA_CERTS: trusted,
  };
  const cdk = cdkOf(box, app, env);
  assert.match(
    await cdk(`bootstrap aws://${ACCOUNT}/us-east-1`),
    /Environment aws:\/\/123456789012\/us-east-1 bootstrapped/,
  );
  assert.match(await cdk(`bootstrap aws://${ACCOUNT}/us-east-1`), /bootstrapped \(no changes\)/);
  const deployed = await cdk('deploy --require-approval never');
  assert.match(deployed, /✅ {2}App/);
  assert.match(deployed, /App\.Queue = App-Nested-\w+-Queue-/);
  assert.match(await cdk('diff'), /Number of stacks with differences: 0/);
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };
  const lambda = new LambdaClient({ endpoint: url, region: 'us-east-1', credentials });
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'hello' }));
  assert.equal(Buffer.from(Payload ?? []).toString(), '"from an asset"');
  lambda.destroy();
  assert.match(await cdk('destroy --force'), /destroyed/);
});
