/**
 * The first minute with CDK's command (`npm i -g aws-cdk`), where it is installed: an app that was synthesized, deployed, compared, changed, destroyed.
 * `cdk bootstrap` needs AWS::ECR::Repository, and what it makes lets nobody in without TLS: `cloudyard start --tls`.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sandbox } from '../support/binary.ts';
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

test('CDK', { skip: !isThere && 'needs the command cdk' }, async () => {
  await using box = sandbox();
  const { url } = await box.start();
  const app = join(box.folder, 'app.out');
  mkdirSync(app);
  writeFileSync(join(app, 'manifest.json'), JSON.stringify(MANIFEST));
  const write = (delay: number) => writeFileSync(join(app, 'App.template.json'), template(delay));
  const cdk = async (line: string) => {
    const { stdout, stderr } = await promisify(execFile)('cdk', [...line.split(' '), '--app', app, '--no-notices'], {
      cwd: box.folder,
      env: { ...clientEnvironment(url), AWS_ACCESS_KEY_ID: '123456789012', CI: 'true' } as NodeJS.ProcessEnv,
    });
    return `${stdout}${stderr}`;
  };
  write(3);
  assert.match(await cdk('deploy --require-approval never'), /App\.Url = /);
  assert.match(await cdk('deploy --require-approval never'), /no changes/);
  write(4);
  assert.match(await cdk('diff'), /DelaySeconds/);
  assert.match(await cdk('deploy --require-approval never'), /App\.Url = /);
  assert.match(await cdk('destroy --force'), /destroyed/);
});
