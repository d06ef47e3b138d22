/** How many certificates an account may have and ask for, and what of a request is looked at besides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  GetAccountConfigurationCommand,
  ImportCertificateCommand,
  PutAccountConfigurationCommand,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm';
import { selfSignedCertificate } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';

const DAY = 86_400_000;
const PLACE = { account: '123456789012', region: 'us-east-1' };
const quota = (code: string, name: string) => ({
  service: 'acm',
  code,
  name,
  value: 0,
  adjustable: true,
  global: false,
});

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

async function start() {
  const cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const { quotas } = cloud.server.cloud.kernel;
  return {
    acm,
    advance: (by: number) => cloud.advance(by),
    grant: (code: string, name: string, value: number) => quotas.grant(PLACE, quota(code, name), value),
    request: async (DomainName: string) =>
      (await acm.send(new RequestCertificateCommand({ DomainName, ValidationMethod: 'DNS' }))).CertificateArn ?? '',
    remove: (CertificateArn: string) => acm.send(new DeleteCertificateCommand({ CertificateArn })),
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
}

test('certificates that were asked for and those that were imported are counted apart', async () => {
  await using cloud = await start();
  const { acm, grant, request } = cloud;
  grant('L-F141DD1D', 'ACM certificates', 2);
  grant('L-D2CB7DE9', 'Imported certificates', 1);
  const { key, body } = await selfSignedCertificate('example.com');
  const bring = () =>
    acm.send(new ImportCertificateCommand({ Certificate: Buffer.from(body), PrivateKey: Buffer.from(key) }));
  await bring();
  assert.equal(await refusal(bring()), 'LimitExceededException: Error: you have reached your limit of 1 certificates.');
  await request('a.us-east-1.amazonaws.com'); // Failed, and takes no place.
  await request('a.example.com');
  const second = await request('b.example.com');
  const full = 'LimitExceededException: Error: you have reached your limit of 2 certificates.';
  assert.equal(await refusal(request('c.example.com')), full);
  await cloud.remove(second);
  await request('c.example.com');
});

test('within a year no more certificates are asked for than may be, deleted ones with them', async () => {
  await using cloud = await start();
  cloud.grant('L-DA1D8B98', 'ACM certificates created in last 365 days', 2);
  await cloud.remove(await cloud.request('a.example.com'));
  await cloud.advance(100 * DAY);
  await cloud.remove(await cloud.request('b.example.com'));
  const full = 'LimitExceededException: Error: you have reached your limit of 2 certificates in the last year.';
  assert.equal(await refusal(cloud.request('c.example.com')), full);
  await cloud.advance(265 * DAY);
  await cloud.request('c.example.com');
  assert.equal(await refusal(cloud.request('d.example.com')), full);
});

test('settings of an account that come again with their token within an hour are left as they are', async () => {
  await using cloud = await start();
  const put = async (IdempotencyToken: string, DaysBeforeExpiry: number) => {
    await cloud.acm.send(new PutAccountConfigurationCommand({ IdempotencyToken, ExpiryEvents: { DaysBeforeExpiry } }));
    return (await cloud.acm.send(new GetAccountConfigurationCommand({}))).ExpiryEvents?.DaysBeforeExpiry;
  };
  assert.equal(await put('one', 10), 10);
  assert.equal(await put('one', 20), 10);
  assert.equal(await put('two', 20), 20);
  assert.equal(await put('one', 30), 20);
  await cloud.advance(DAY / 24);
  assert.equal(await put('one', 30), 30);
});

test('neither key nor value of a tag begins with aws:', async () => {
  await using cloud = await start();
  const CertificateArn = await cloud.request('a.example.com');
  for (const tag of [{ Key: 'aws:a' }, { Key: 'a', Value: 'aws:b' }]) {
    const { name } = await failure(cloud.acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: [tag] })));
    assert.equal(name, 'InvalidTagException');
  }
});
