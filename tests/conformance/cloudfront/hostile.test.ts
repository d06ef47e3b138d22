/** What attackers try with tenants, forms and certificates. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateDistributionTenantCommand,
  type CreateDistributionTenantCommandInput,
  CreateFieldLevelEncryptionProfileCommand,
  CreatePublicKeyCommand,
  GetDistributionTenantCommand,
  UpdateDistributionTenantCommand,
  VerifyDnsConfigurationCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute } from './support.ts';

/** A template whose tenants choose a part of the origin's name and a folder. */
async function template(cloud: TestCloud, port: number) {
  const ACMCertificateArn = await certificateFor(cloud, '*.example.com');
  const string = { StringSchema: { Required: true } };
  const { id } = await distribute(
    cloud,
    configOf(customOrigin(port, { DomainName: '{{host}}', OriginPath: '/{{folder}}' }), {
      ConnectionMode: 'tenant-only',
      TenantConfig: {
        ParameterDefinitions: [
          { Name: 'host', Definition: string },
          { Name: 'folder', Definition: string },
        ],
      },
      ViewerCertificate: { ACMCertificateArn, SSLSupportMethod: 'sni-only' },
    }),
  );
  const cloudfront = cloud.client(CloudFrontClient);
  const tenant = (
    Name: string,
    values: Record<string, string>,
    more: Partial<CreateDistributionTenantCommandInput> = {},
  ) =>
    cloudfront.send(
      new CreateDistributionTenantCommand({
        DistributionId: id,
        Name,
        Domains: [{ Domain: `${Name}.example.com` }],
        Parameters: Object.entries(values).map(([name, Value]) => ({ Name: name, Value })),
        ...more,
      }),
    );
  return { cloudfront, id, tenant };
}

test("a parameter's value stays a part of a name or of a path", async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const { tenant } = await template(cloud, origin.port);
  const good = { host: 'localhost', folder: 'a' };
  for (const values of [
    { ...good, host: 'evil.example:80' },
    { ...good, host: 'localhost/x' },
    { ...good, host: 'user@localhost' },
    { ...good, host: 'local host' },
    { ...good, host: '{{folder}}' },
    { ...good, folder: 'a/' },
    { ...good, folder: 'a b' },
    { ...good, folder: 'ä' },
    { ...good, folder: 'a\r\nx: y' },
  ])
    assert.equal((await failure(tenant('bad', values))).name, 'InvalidArgument', JSON.stringify(values));
  // Text that looks like a parameter is none: values are filled in once.
  await tenant('nested', { ...good, folder: '{{host}}' });
  const nested = await visit(`${cloud.url}/x`, { headers: { host: 'nested.example.com' } });
  assert.equal(nested.text, '/{{host}}/x');
});

test('names that are no domains, or are somebody elses, are no domains of a tenant', async () => {
  await using cloud = await startTestCloud();
  const { tenant } = await template(cloud, 80);
  const values = { host: 'localhost', folder: 'a' };
  const domains = (...names: string[]) => tenant('bad', values, { Domains: names.map((Domain) => ({ Domain })) });
  for (const names of [
    ['localhost'],
    ['127.0.0.1'],
    ['a.example.com:443'],
    ['a..example.com'],
    ['*.*.example.com'],
    ['a.*.example.com'],
    ['a.example.com.'],
    ['a.example.com', 'A.EXAMPLE.com'],
    ['deep.er.example.com'],
    ['example.com'],
    [`${'a'.repeat(64)}.example.com`],
  ])
    assert.equal((await failure(domains(...names))).name, 'InvalidArgument', names.join());
  const many = Array.from({ length: 101 }, (_, index) => `n${index}.example.com`);
  assert.equal((await failure(domains(...many))).name, 'EntityLimitExceeded');
});

test('a tenant is reached under its own names alone', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const { tenant } = await template(cloud, origin.port);
  const { DistributionTenant } = await tenant('one', { host: 'localhost', folder: 'a' });
  const ask = (host: string) => visit(`${cloud.url}/x`, { headers: { host } });
  assert.equal((await ask('one.example.com')).text, '/a/x');
  const { port } = new URL(cloud.url);
  const byPath = await fetch(`http://localhost:${port}/_aws/cloudfront/${DistributionTenant?.Id}/x`);
  assert.equal(await byPath.text(), '/a/x');
  assert.notEqual((await ask('two.example.com')).status, 200);
  assert.notEqual((await ask('one.example.com.evil.example')).status, 200);
});

test('a user does with one tenant what a policy allows, whatever it is called by; nobody sees those of others', async () => {
  await using cloud = await startTestCloud();
  const { tenant } = await template(cloud, 80);
  const values = { host: 'localhost', folder: 'a' };
  const one = (await tenant('one', values)).DistributionTenant;
  const two = (await tenant('two', values)).DistributionTenant;
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'web' }));
  const statement = { Effect: 'Allow', Action: 'cloudfront:*DistributionTenant', Resource: one?.Arn };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'web',
      PolicyName: 'one',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'web' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const cloudfront = cloud.client(CloudFrontClient, { credentials });
  const get = (Identifier: string | undefined, client = cloudfront) =>
    client.send(new GetDistributionTenantCommand({ Identifier }));
  for (const identifier of [one?.Id, one?.Arn, 'one'])
    assert.equal((await get(identifier)).DistributionTenant?.Id, one?.Id);
  for (const identifier of [two?.Id, two?.Arn, 'two', 'none'])
    assert.equal((await failure(get(identifier))).name, 'AccessDenied', String(identifier));
  const { ETag } = await get('one');
  await cloudfront.send(new UpdateDistributionTenantCommand({ Id: one?.Id, IfMatch: ETag, Enabled: false }));
  const check = new VerifyDnsConfigurationCommand({ Identifier: one?.Id });
  assert.equal((await failure(cloudfront.send(check))).name, 'AccessDenied');
  const others = cloud.client(CloudFrontClient, {
    credentials: { accessKeyId: '222222222222', secretAccessKey: 'test' },
  });
  for (const identifier of [one?.Id, 'one'])
    assert.equal((await failure(get(identifier, others))).name, 'EntityNotFound');
});

test('patterns and names of a profile are no more than that', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const key = async (name: string, type: 'rsa' | 'ec') => {
    const { publicKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const EncodedKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { PublicKey } = await cloudfront.send(
      new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: name, Name: name, EncodedKey } }),
    );
    return PublicKey?.Id ?? '';
  };
  const rsa = await key('rsa', 'rsa');
  const profile = (PublicKeyId: string, pattern: string, ProviderId = 'shop', Name = 'x') =>
    cloudfront.send(
      new CreateFieldLevelEncryptionProfileCommand({
        FieldLevelEncryptionProfileConfig: {
          Name,
          CallerReference: 'x',
          EncryptionEntities: {
            Quantity: 1,
            Items: [{ PublicKeyId, ProviderId, FieldPatterns: { Quantity: 1, Items: [pattern] } }],
          },
        },
      }),
    );
  for (const pattern of ['*', '', 'a*b', '*a', 'a b', 'ä', 'a'.repeat(256)])
    assert.equal((await failure(profile(rsa, pattern))).name, 'InvalidArgument', pattern);
  assert.equal((await failure(profile(rsa, 'a', 'a b'))).name, 'InvalidArgument');
  assert.equal((await failure(profile(rsa, 'a', 'shop', 'a/b'))).name, 'InvalidArgument');
  const curve = await key('curve', 'ec');
  assert.equal((await failure(profile(curve, 'a'))).name, 'InvalidArgument');
});
