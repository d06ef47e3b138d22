/**
 * Terraform (or OpenTofu) with its AWS provider, where both are to be had: what a serverless application is made of is made, planned again without a
 * difference, changed, planned again, and removed. Some minutes, as the provider itself waits half a minute for each queue.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { sandbox } from '../support/binary.ts';
import { selfSignedCertificate } from '../support/certificates.ts';
import { zip } from '../support/functions.ts';
import { clientEnvironment, outputOf } from './minute.ts';

const command = ['terraform', 'tofu'].find((name) => outputOf(name, '-version') !== undefined);
/** What `plan -detailed-exitcode` says where nothing differs. */
const NO_CHANGES = 0;

test('Terraform', { skip: command === undefined && 'needs the command terraform or tofu' }, async (t: TestContext) => {
  await using box = sandbox();
  cpSync(join(import.meta.dirname, 'terraform'), box.folder, { recursive: true });
  const { body, key } = await selfSignedCertificate('own.example.com', Date.now() - 60_000);
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const files = { 'own.pem': body, 'own.key': key, 'public.pem': publicKey.export({ type: 'spki', format: 'pem' }) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(box.folder, name), text);
  writeFileSync(join(box.folder, 'worker.zip'), zip({ 'index.mjs': 'export const handler = async () => "hello";' }));
  const { url } = await box.start();
  const env = { ...clientEnvironment(url), TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
  const terraform = async (...args: string[]) => {
    const options = { cwd: box.folder, env: env as NodeJS.ProcessEnv, maxBuffer: 64 * 1_048_576 };
    return promisify(execFile)(command ?? '', [...args, '-no-color'], options).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, text: stdout + stderr }),
    );
  };
  const done = async (...args: string[]) => {
    const { code, text } = await terraform(...args);
    assert.equal(code, NO_CHANGES, text);
    return text;
  };
  const init = await terraform('init', '-input=false');
  if (init.code !== 0) {
    t.skip('needs the AWS provider of terraform, which could not be had');
    return;
  }
  assert.match(await done('apply', '-auto-approve', '-input=false'), /Apply complete! Resources: \d+ added, 0 changed/);
  await done('plan', '-detailed-exitcode', '-input=false');
  const changed = ['-var', 'delay=7', '-input=false'];
  assert.match(await done('apply', '-auto-approve', ...changed), /0 added, 1 changed, 0 destroyed/);
  await done('plan', '-detailed-exitcode', ...changed);
  assert.match(await done('destroy', '-auto-approve', ...changed), /Destroy complete! Resources: \d+ destroyed/);
});
