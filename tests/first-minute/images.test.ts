/** The first minute with images and certificates: by the AWS CLI, with a login as Docker does it, and by crane where it is installed. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { digestOf, MANIFEST, manifestOf } from '../conformance/ecr/registry.ts';
import { noAwsCli } from '../support/clients.ts';
import { startTestCloud } from '../support/cloud.ts';
import { zip } from '../support/functions.ts';
import { visit } from '../support/traffic.ts';
import { clientEnvironment, outputOf } from './minute.ts';

const run = promisify(execFile);
const hasCrane = outputOf('crane', 'version') !== undefined;
/** Not every machine resolves names below localhost. */
const resolves = await lookup('000000000000.dkr.ecr.us-east-1.localhost').then(
  () => true,
  () => false,
);

function cli(url: string) {
  const env = clientEnvironment(url) as NodeJS.ProcessEnv;
  return async (line: string) => {
    const { stdout } = await run('aws', ['--endpoint-url', url, ...line.split(' ')], { env });
    return stdout.startsWith('{') ? JSON.parse(stdout) : stdout.trim();
  };
}

test('an image is pushed with the password that the AWS CLI gets', {
  skip: noAwsCli,
}, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const aws = cli(cloud.url);
  const { repository } = await aws('ecr create-repository --repository-name shop/web');
  const password = await aws('ecr get-login-password');
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
  const [registry] = repository.repositoryUri.split('/');
  const base = `http://${registry}/v2/shop/web`;
  const layer = 'a layer';
  for (const blob of ['{}', layer]) {
    const path = `${base}/blobs/uploads/?digest=${digestOf(blob)}`;
    assert.equal((await visit(path, { method: 'POST', headers: { authorization }, body: blob })).status, 201);
  }
  const headers = { authorization, 'content-type': MANIFEST };
  const body = manifestOf('{}', layer);
  assert.equal((await visit(`${base}/manifests/v1`, { method: 'PUT', headers, body })).status, 201);
  const { imageDetails } = await aws('ecr describe-images --repository-name shop/web');
  assert.deepEqual(imageDetails[0].imageTags, ['v1']);
  const { failures, imageIds } = await aws('ecr batch-delete-image --repository-name shop/web --image-ids imageTag=v1');
  assert.deepEqual([failures, imageIds[0].imageTag], [[], 'v1']);
});

const needsCrane =
  !(noAwsCli === false && hasCrane && resolves) && 'needs the AWS CLI, crane, and names below localhost';
test('crane pushes and pulls', { skip: needsCrane }, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const aws = cli(cloud.url);
  const { repository } = await aws('ecr create-repository --repository-name shop/web');
  const image = `${repository.repositoryUri}:v1`;
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-crane-'));
  try {
    const env = { ...process.env, DOCKER_CONFIG: folder };
    const password = await aws('ecr get-login-password');
    const crane = (...words: string[]) => run('crane', words, { env });
    await crane('auth', 'login', image.split('/')[0] ?? '', '-u', 'AWS', '-p', password);
    writeFileSync(join(folder, 'layer.tar'), zip({ a: 'any bytes will do' }));
    await crane('append', '-f', join(folder, 'layer.tar'), '-t', image);
    await crane('pull', image, join(folder, 'image.tar'));
    assert.equal((await crane('ls', repository.repositoryUri)).stdout.trim(), 'v1');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a certificate is asked for, waited for and read', { skip: noAwsCli }, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const aws = cli(cloud.url);
  const { CertificateArn } = await aws(
    'acm request-certificate --domain-name www.example.com --validation-method DNS --tags Key=team,Value=web',
  );
  await aws(`acm wait certificate-validated --certificate-arn ${CertificateArn}`);
  const { Certificate } = await aws(`acm describe-certificate --certificate-arn ${CertificateArn}`);
  assert.equal(Certificate.DomainValidationOptions[0].ResourceRecord.Type, 'CNAME');
  const shown = await aws(`acm get-certificate --certificate-arn ${CertificateArn}`);
  assert.match(shown.CertificateChain, /BEGIN CERTIFICATE/);
  const listed = await aws('acm list-certificates');
  assert.equal(listed.CertificateSummaryList[0].DomainName, 'www.example.com');
  await aws(`acm delete-certificate --certificate-arn ${CertificateArn}`);
});
