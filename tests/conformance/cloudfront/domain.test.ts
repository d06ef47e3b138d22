/** Whose domain names are, and how they move between distributions and tenants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AssociateAliasCommand,
  CloudFrontClient,
  CreateDistributionTenantCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  ListConflictingAliasesCommand,
  ListDomainConflictsCommand,
  UpdateDistributionCommand,
  UpdateDomainAssociationCommand,
  VerifyDnsConfigurationCommand,
} from '@aws-sdk/client-cloudfront';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { startOrigin } from './origin.ts';
import { ACCOUNT, configOf, customOrigin, distribute } from './support.ts';

const names = (...Items: string[]) => ({ Quantity: Items.length, ...(Items.length > 0 && { Items }) });

/** A distribution for whose aliases there is a certificate. */
async function site(cloud: TestCloud, arn: string, path: string, port: number, ...aliases: string[]) {
  return distribute(
    cloud,
    configOf(customOrigin(port, { OriginPath: path }), {
      Aliases: names(...aliases),
      ViewerCertificate: { ACMCertificateArn: arn, SSLSupportMethod: 'sni-only' },
    }),
  );
}

async function disable(cloudfront: CloudFrontClient, Id: string): Promise<void> {
  const { DistributionConfig, ETag } = await cloudfront.send(new GetDistributionConfigCommand({ Id }));
  assert.ok(DistributionConfig);
  await cloudfront.send(
    new UpdateDistributionCommand({
      Id,
      IfMatch: ETag,
      DistributionConfig: { ...DistributionConfig, Enabled: false },
    }),
  );
}

test('an alias moves to another distribution without a moment in which nobody has it', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const arn = await certificateFor(cloud, '*.example.com');
  const one = await site(cloud, arn, '/one', origin.port, 'www.example.com', 'a.example.com');
  const two = await site(cloud, arn, '/two', origin.port, '*.example.com');
  const ask = async (host: string) => (await visit(`${cloud.url}/`, { headers: { host } })).text;
  assert.deepEqual([await ask('www.example.com'), await ask('b.example.com')], ['/one/', '/two/']);
  const conflicts = (Alias: string, page = {}) =>
    cloudfront.send(new ListConflictingAliasesCommand({ DistributionId: two.id, Alias, ...page }));
  const hidden = (id: string) => '*'.repeat(7) + id.slice(7);
  const { ConflictingAliasesList } = await conflicts('www.example.com');
  assert.deepEqual(ConflictingAliasesList?.Items, [
    { Alias: '*.example.com', DistributionId: hidden(two.id), AccountId: '******789012' },
    { Alias: 'www.example.com', DistributionId: hidden(one.id), AccountId: '******789012' },
  ]);
  const { ConflictingAliasesList: first } = await conflicts('*.example.com', { MaxItems: 2 });
  assert.deepEqual(
    [first?.Items?.map(({ Alias }) => Alias), first?.NextMarker],
    [['*.example.com', 'a.example.com'], 'a.example.com'],
  );
  const { ConflictingAliasesList: last } = await conflicts('*.example.com', { MaxItems: 2, Marker: first?.NextMarker });
  assert.deepEqual([last?.Items?.map(({ Alias }) => Alias), last?.NextMarker], [['www.example.com'], undefined]);
  assert.equal((await failure(conflicts('www.example.org'))).name, 'InvalidArgument');
  await cloudfront.send(new AssociateAliasCommand({ TargetDistributionId: two.id, Alias: 'www.example.com' }));
  assert.equal(await ask('www.example.com'), '/two/');
  const { Distribution } = await cloudfront.send(new GetDistributionCommand({ Id: one.id }));
  assert.deepEqual(Distribution?.DistributionConfig?.Aliases?.Items, ['a.example.com']);
  const move = new UpdateDomainAssociationCommand({
    Domain: 'www.example.com',
    TargetResource: { DistributionId: one.id },
  });
  const refused = await failure(cloudfront.send(move));
  assert.deepEqual(
    [refused.name, refused.message],
    ['IllegalUpdate', 'The source resource of the domain must be disabled.'],
  );
  await disable(cloudfront, two.id);
  const moved = await cloudfront.send(move);
  assert.deepEqual([moved.Domain, moved.ResourceId], ['www.example.com', one.id]);
  assert.equal(await ask('www.example.com'), '/one/');
});

test('a domain moves between a distribution and a tenant', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const arn = await certificateFor(cloud, '*.example.com');
  const standard = await site(cloud, arn, '/standard', origin.port, 'www.example.com');
  const config = configOf(customOrigin(origin.port, { OriginPath: '/tenant' }), {
    ConnectionMode: 'tenant-only',
    ViewerCertificate: { ACMCertificateArn: arn, SSLSupportMethod: 'sni-only' },
  });
  const template = await distribute(cloud, config);
  const { DistributionTenant } = await cloudfront.send(
    new CreateDistributionTenantCommand({
      DistributionId: template.id,
      Name: 'tenant',
      Domains: [{ Domain: 'own.example.com' }],
    }),
  );
  const target = { DistributionTenantId: DistributionTenant?.Id };
  const { DomainConflicts = [] } = await cloudfront.send(
    new ListDomainConflictsCommand({ Domain: '*.example.com', DomainControlValidationResource: target }),
  );
  assert.deepEqual(
    DomainConflicts.map(({ Domain, ResourceType, AccountId }) => [Domain, ResourceType, AccountId]),
    [
      ['own.example.com', 'distribution-tenant', ACCOUNT],
      ['www.example.com', 'distribution', ACCOUNT],
    ],
  );
  assert.equal(DomainConflicts[0]?.ResourceId, '*'.repeat(15) + DistributionTenant?.Id?.slice(15));
  // Of aliases alone, tenants are left out, and take no place on a page.
  const { ConflictingAliasesList } = await cloudfront.send(
    new ListConflictingAliasesCommand({ DistributionId: standard.id, Alias: '*.example.com', MaxItems: 1 }),
  );
  assert.deepEqual(
    [ConflictingAliasesList?.Items?.map(({ Alias }) => Alias), ConflictingAliasesList?.NextMarker],
    [['www.example.com'], undefined],
  );
  await disable(cloudfront, standard.id);
  const move = (more: object) =>
    cloudfront.send(new UpdateDomainAssociationCommand({ Domain: 'www.example.com', TargetResource: target, ...more }));
  assert.equal((await failure(move({ IfMatch: 'ENONE' }))).name, 'PreconditionFailed');
  assert.equal((await failure(move({ TargetResource: {} }))).name, 'InvalidArgument');
  await move({});
  const asked = await visit(`${cloud.url}/a`, { headers: { host: 'www.example.com' } });
  assert.equal(asked.text, '/tenant/a');
  const { DnsConfigurationList } = await cloudfront.send(
    new VerifyDnsConfigurationCommand({ Identifier: 'tenant', Domain: 'www.example.com' }),
  );
  assert.deepEqual(DnsConfigurationList, [{ Domain: 'www.example.com', Status: 'valid-configuration' }]);
});

test('what overlaps with a domain of another account is refused', async () => {
  await using cloud = await startTestCloud();
  const arn = await certificateFor(cloud, '*.example.com');
  await site(cloud, arn, '', 80, '*.example.com');
  const credentials = { accessKeyId: '222222222222', secretAccessKey: 'test' };
  const others: TestCloud = { ...cloud, client: (make, config) => cloud.client(make, { credentials, ...config }) };
  const own = await certificateFor(others, 'www.example.com');
  const refused = await failure(site(others, own, '', 80, 'www.example.com'));
  assert.equal(refused.name, 'CNAMEAlreadyExists');
  // Nor has anybody all that is below a name of which another has a part.
  const arns = [await certificateFor(cloud, '*.example.net'), await certificateFor(others, '*.example.net')] as const;
  await site(cloud, arns[0], '', 80, 'a.example.net', 'b.example.net');
  const all = await failure(site(others, arns[1], '', 80, '*.example.net'));
  assert.equal(all.name, 'CNAMEAlreadyExists');
  await site(others, arns[1], '', 80, 'c.example.net');
  assert.equal((await failure(site(cloud, arns[0], '', 80, '*.example.net'))).name, 'CNAMEAlreadyExists');
});
