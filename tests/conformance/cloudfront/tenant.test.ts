/** Multi-tenant distributions: templates, what tenants make of them, and how the edge answers for each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACMClient, ListCertificatesCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import {
  CloudFrontClient,
  CreateConnectionGroupCommand,
  CreateDistributionCommand,
  CreateDistributionTenantCommand,
  type CreateDistributionTenantCommandInput,
  CreateInvalidationCommand,
  CreateInvalidationForDistributionTenantCommand,
  DeleteConnectionGroupCommand,
  DeleteDistributionCommand,
  DeleteDistributionTenantCommand,
  type DistributionConfig,
  GetConnectionGroupByRoutingEndpointCommand,
  GetConnectionGroupCommand,
  GetDistributionConfigCommand,
  GetDistributionTenantByDomainCommand,
  GetDistributionTenantCommand,
  GetInvalidationForDistributionTenantCommand,
  GetManagedCertificateDetailsCommand,
  ListConnectionGroupsCommand,
  ListDistributionsByConnectionModeCommand,
  ListDistributionTenantsByCustomizationCommand,
  ListDistributionTenantsCommand,
  ListInvalidationsForDistributionTenantCommand,
  ListTagsForResourceCommand,
  UpdateConnectionGroupCommand,
  UpdateDistributionCommand,
  UpdateDistributionTenantCommand,
} from '@aws-sdk/client-cloudfront';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { type Origin, startOrigin } from './origin.ts';
import { ACCOUNT, configOf, customOrigin } from './support.ts';

const definition = (Name: string, Required: boolean, DefaultValue?: string) => ({
  Name,
  Definition: { StringSchema: { Required, ...(DefaultValue !== undefined && { DefaultValue }) } },
});

/** A template whose tenants have a folder each; its certificate is for what is below example.com. */
async function template(cloud: TestCloud, origin: { port: number }, more: Partial<DistributionConfig> = {}) {
  const arn = await certificateFor(cloud, '*.example.com');
  return configOf(customOrigin(origin.port, { OriginPath: '/{{folder}}/{{edition}}' }), {
    ConnectionMode: 'tenant-only',
    TenantConfig: { ParameterDefinitions: [definition('folder', true), definition('edition', false, 'free')] },
    ViewerCertificate: {
      ACMCertificateArn: arn,
      SSLSupportMethod: 'sni-only',
      MinimumProtocolVersion: 'TLSv1.2_2021',
    },
    ...more,
  });
}

async function start(origin: { port: number }, more: Partial<DistributionConfig> = {}) {
  const cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const DistributionConfig = await template(cloud, origin, more);
  const { Distribution, ETag = '' } = await cloudfront.send(new CreateDistributionCommand({ DistributionConfig }));
  const id = Distribution?.Id ?? '';
  const tenant = (Name: string, more: Partial<CreateDistributionTenantCommandInput> = {}) =>
    cloudfront.send(
      new CreateDistributionTenantCommand({
        DistributionId: id,
        Name,
        Domains: [{ Domain: `${Name}.example.com` }],
        Parameters: [{ Name: 'folder', Value: Name }],
        ...more,
      }),
    );
  const ask = (host: string, path = '/', headers = {}) => visit(cloud.url + path, { headers: { host, ...headers } });
  return { cloud, cloudfront, id, etag: ETag, distribution: Distribution, tenant, ask };
}

const echo = (): Promise<Origin> =>
  startOrigin((request, response) => {
    response.setHeader('cache-control', 'max-age=600');
    response.end(request.url);
  });

test('tenants of a template are answered with their own parameters, each with its own copies', async () => {
  await using origin = await echo();
  const { cloud, cloudfront, id, distribution, tenant, ask } = await start(origin);
  await using _ = cloud;
  assert.equal(distribution?.DomainName, '-');
  const one = await tenant('one', { Tags: { Items: [{ Key: 'plan', Value: 'small' }] } });
  const { DistributionTenant: made } = one;
  assert.match(made?.Id ?? '', /^dt_2\w{26}$/);
  assert.match(made?.ConnectionGroupId ?? '', /^cg_2\w{26}$/);
  assert.equal(made?.Arn, `arn:aws:cloudfront::${ACCOUNT}:distribution-tenant/${made?.Id}`);
  assert.deepEqual(made?.Domains, [{ Domain: 'one.example.com', Status: 'active' }]);
  assert.deepEqual([made?.Status, made?.Enabled, made?.DistributionId], ['InProgress', true, id]);
  await tenant('two', {
    Parameters: [
      { Name: 'folder', Value: 'second' },
      { Name: 'edition', Value: 'paid' },
    ],
  });
  const first = await ask('one.example.com', '/a');
  assert.deepEqual([first.text, first.headers['x-cache']], ['/one/free/a', 'Miss from cloudfront']);
  assert.equal((await ask('two.example.com', '/a')).text, '/second/paid/a');
  const again = await ask('ONE.example.com', '/a');
  assert.deepEqual([again.text, again.headers['x-cache']], ['/one/free/a', 'Hit from cloudfront']);
  // The template itself, and where the tenants' names lead, answer nobody.
  assert.equal((await ask(`${id.toLowerCase()}.cloudfront.localhost`)).status, 404);
  const { ConnectionGroup } = await cloudfront.send(
    new GetConnectionGroupCommand({ Identifier: made?.ConnectionGroupId }),
  );
  assert.equal(ConnectionGroup?.Name, `CreatedByCloudFront-${made?.ConnectionGroupId}`);
  assert.equal(ConnectionGroup?.IsDefault, true);
  assert.equal((await ask(ConnectionGroup?.RoutingEndpoint ?? '')).status, 403);
  for (const Identifier of [made?.Id, made?.Arn, 'one']) {
    const { DistributionTenant, ETag } = await cloudfront.send(new GetDistributionTenantCommand({ Identifier }));
    assert.equal(ETag, one.ETag);
    assert.deepEqual(DistributionTenant?.Tags, { Items: [{ Key: 'plan', Value: 'small' }] });
  }
  const found = await cloudfront.send(new GetDistributionTenantByDomainCommand({ Domain: 'one.example.com' }));
  assert.equal(found.DistributionTenant?.Id, made?.Id);
  const { Tags } = await cloudfront.send(new ListTagsForResourceCommand({ Resource: made?.Arn }));
  assert.deepEqual(Tags?.Items, [{ Key: 'plan', Value: 'small' }]);
});

test('an invalidation of a tenant leaves the copies of others', async () => {
  await using origin = await echo();
  const { cloud, cloudfront, id, tenant, ask } = await start(origin);
  await using _ = cloud;
  const { DistributionTenant } = await tenant('one');
  await tenant('two');
  for (const host of ['one.example.com', 'two.example.com']) await ask(host, '/a');
  const InvalidationBatch = { CallerReference: '1', Paths: { Quantity: 1, Items: ['/*'] } };
  const { Invalidation, Location } = await cloudfront.send(
    new CreateInvalidationForDistributionTenantCommand({ Id: DistributionTenant?.Id, InvalidationBatch }),
  );
  const DistributionTenantId = DistributionTenant?.Id;
  assert.equal(
    Location,
    `https://cloudfront.amazonaws.com/2020-05-31/distribution-tenant/${DistributionTenantId}/invalidation/${Invalidation?.Id}`,
  );
  assert.equal((await ask('one.example.com', '/a')).headers['x-cache'], 'Miss from cloudfront');
  assert.equal((await ask('two.example.com', '/a')).headers['x-cache'], 'Hit from cloudfront');
  const got = await cloudfront.send(
    new GetInvalidationForDistributionTenantCommand({ DistributionTenantId, Id: Invalidation?.Id }),
  );
  assert.deepEqual(got.Invalidation?.InvalidationBatch, InvalidationBatch);
  const { InvalidationList } = await cloudfront.send(
    new ListInvalidationsForDistributionTenantCommand({ Id: DistributionTenantId }),
  );
  assert.deepEqual(
    InvalidationList?.Items?.map((one) => one.Id),
    [Invalidation?.Id],
  );
  const ofTemplate = new CreateInvalidationCommand({ DistributionId: id, InvalidationBatch });
  assert.equal((await failure(cloudfront.send(ofTemplate))).name, 'NoSuchDistribution');
});

test('a tenant changes in place; what it customizes goes before the template', async () => {
  await using origin = await echo();
  const blocked = { GeoRestriction: { RestrictionType: 'blacklist' as const, Quantity: 1, Items: ['FR'] } };
  const { cloud, cloudfront, id, tenant, ask } = await start(origin, { Restrictions: blocked });
  await using _ = cloud;
  const { DistributionTenant, ETag } = await tenant('one');
  const Id = DistributionTenant?.Id ?? '';
  const fromParis = { 'x-cloudyard-viewer': 'CDG' };
  assert.equal((await ask('one.example.com', '/a', fromParis)).status, 403);
  const update = (more: object, IfMatch = ETag) =>
    cloudfront.send(new UpdateDistributionTenantCommand({ Id, IfMatch, ...more }));
  const allowed = await update({
    Customizations: { GeoRestrictions: { RestrictionType: 'whitelist', Locations: ['FR'] } },
  });
  assert.equal((await ask('one.example.com', '/a', fromParis)).text, '/one/free/a');
  assert.equal((await ask('one.example.com', '/b')).status, 403);
  assert.equal((await failure(update({ Enabled: false }))).name, 'PreconditionFailed');
  const moved = await update(
    {
      Domains: [{ Domain: 'uno.example.com' }],
      Parameters: [{ Name: 'folder', Value: 'uno' }],
      Customizations: { WebAcl: { Action: 'disable' } },
    },
    allowed.ETag,
  );
  assert.equal((await ask('uno.example.com', '/c')).text, '/uno/free/c');
  assert.deepEqual(moved.DistributionTenant?.Customizations, { WebAcl: { Action: 'disable' } });
  const early = new DeleteDistributionTenantCommand({ Id, IfMatch: moved.ETag });
  assert.equal((await failure(cloudfront.send(early))).name, 'ResourceNotDisabled');
  const template = await cloudfront.send(new GetDistributionConfigCommand({ Id: id }));
  const { DistributionConfig } = template;
  assert.ok(DistributionConfig);
  const off = await cloudfront.send(
    new UpdateDistributionCommand({
      Id: id,
      IfMatch: template.ETag,
      DistributionConfig: { ...DistributionConfig, Enabled: false },
    }),
  );
  assert.equal((await ask('uno.example.com', '/c')).status, 403);
  const inUse = await failure(cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch: off.ETag })));
  assert.equal(inUse.name, 'ResourceInUse');
  const disabled = await update({ Enabled: false }, moved.ETag);
  await cloudfront.send(new DeleteDistributionTenantCommand({ Id, IfMatch: disabled.ETag }));
  await cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch: off.ETag }));
  const gone = await failure(cloudfront.send(new GetDistributionTenantCommand({ Identifier: Id })));
  assert.deepEqual([gone.name, gone.message], ['EntityNotFound', 'The entity was not found.']);
});

test('what a template or a tenant can not be is refused', async () => {
  await using origin = await echo();
  const { cloud, cloudfront, id, tenant } = await start(origin);
  await using _ = cloud;
  const config = await template(cloud, origin);
  const create = (more: Partial<DistributionConfig>) =>
    failure(
      cloudfront.send(
        new CreateDistributionCommand({ DistributionConfig: { ...config, CallerReference: 'other', ...more } }),
      ),
    );
  const cases: [Partial<DistributionConfig>, string][] = [
    [{ PriceClass: 'PriceClass_100' }, 'PriceClass is not supported for multi-tenant distributions'],
    [{ TenantConfig: { ParameterDefinitions: [] } }, 'The parameter folder is not defined in TenantConfig'],
    [{ ConnectionMode: 'direct' }, 'TenantConfig is supported only for multi-tenant distributions'],
  ];
  for (const [more, message] of cases) {
    const refused = await create(more);
    assert.equal(refused.name, 'InvalidArgument');
    assert.ok(refused.message.includes(message), refused.message);
  }
  const refused = async (name: string, more: Partial<CreateDistributionTenantCommandInput>) =>
    (await failure(tenant(name, more))).name;
  assert.equal(await refused('one', { Parameters: [] }), 'InvalidArgument');
  assert.equal(await refused('one', { Parameters: [{ Name: 'folder', Value: 'a b' }] }), 'InvalidArgument');
  assert.equal(
    await refused('one', {
      Parameters: [
        { Name: 'folder', Value: 'a' },
        { Name: 'x', Value: 'y' },
      ],
    }),
    'InvalidArgument',
  );
  assert.equal(await refused('one', { DistributionId: 'ENONE' }), 'EntityNotFound');
  assert.equal(await refused('one', { ConnectionGroupId: 'cg_none' }), 'EntityNotFound');
  const uncovered = await failure(tenant('one', { Domains: [{ Domain: 'www.example.org' }] }));
  assert.equal(
    uncovered.message,
    'The provided Domain Name is not valid. Could not verify Domain Name ownership. It may not be pointing to a valid CloudFront resource.',
  );
  const firewall = {
    WebAcl: { Action: 'override' as const, Arn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b' },
  };
  const noWaf = await failure(tenant('one', { Customizations: firewall }));
  assert.equal(noWaf.$metadata?.httpStatusCode, 501);
  await tenant('one');
  assert.equal(await refused('one', { Domains: [{ Domain: 'two.example.com' }] }), 'EntityAlreadyExists');
  assert.equal(await refused('two', { Domains: [{ Domain: 'one.example.com' }] }), 'CNAMEAlreadyExists');
  const { Distribution } = await cloudfront.send(
    new CreateDistributionCommand({ DistributionConfig: configOf(customOrigin(80)) }),
  );
  assert.equal(await refused('two', { DistributionId: Distribution?.Id }), 'InvalidAssociation');
  const { DistributionTenantList = [] } = await cloudfront.send(
    new ListDistributionTenantsCommand({ AssociationFilter: { DistributionId: id } }),
  );
  assert.deepEqual(
    DistributionTenantList.map(({ Name }) => Name),
    ['one'],
  );
});

test('tenants are listed by template, by connection group and by certificate, a page at a time', async () => {
  await using origin = await echo();
  const { cloud, cloudfront, id, tenant } = await start(origin);
  await using _ = cloud;
  const Arn = await certificateFor(cloud, 'three.example.org');
  const { ConnectionGroup } = await cloudfront.send(
    new CreateConnectionGroupCommand({ Name: 'own', Ipv6Enabled: false }),
  );
  const made = [
    await tenant('one'),
    await tenant('two', { ConnectionGroupId: ConnectionGroup?.Id }),
    await tenant('three', {
      ConnectionGroupId: ConnectionGroup?.Id,
      Domains: [{ Domain: 'three.example.org' }],
      Customizations: { Certificate: { Arn } },
    }),
  ].map(({ DistributionTenant }) => DistributionTenant?.Id ?? '');
  const list = async (input: object) => {
    const answer = await cloudfront.send(new ListDistributionTenantsCommand(input));
    return { ids: answer.DistributionTenantList?.map(({ Id }) => Id), next: answer.NextMarker };
  };
  const all = made.toSorted();
  const first = await list({ AssociationFilter: { DistributionId: id }, MaxItems: 2 });
  assert.deepEqual(first, { ids: all.slice(0, 2), next: all[1] });
  const rest = await list({ AssociationFilter: { DistributionId: id }, Marker: first.next });
  assert.deepEqual(rest, { ids: all.slice(2), next: undefined });
  const ofGroup = await list({ AssociationFilter: { ConnectionGroupId: ConnectionGroup?.Id } });
  assert.deepEqual(ofGroup.ids, made.slice(1).toSorted());
  const byCertificate = await cloudfront.send(
    new ListDistributionTenantsByCustomizationCommand({ CertificateArn: Arn }),
  );
  assert.deepEqual(
    byCertificate.DistributionTenantList?.map(({ Id }) => Id),
    [made[2]],
  );
  const { DistributionList } = await cloudfront.send(
    new ListDistributionsByConnectionModeCommand({ ConnectionMode: 'tenant-only' }),
  );
  assert.deepEqual(
    DistributionList?.Items?.map(({ Id, ConnectionMode }) => [Id, ConnectionMode]),
    [[id, 'tenant-only']],
  );
});

test('a connection group is where tenants are reached, for as long as it is enabled', async () => {
  await using origin = await echo();
  const { cloud, cloudfront, tenant, ask } = await start(origin);
  await using _ = cloud;
  const { ConnectionGroup: group, ETag } = await cloudfront.send(
    new CreateConnectionGroupCommand({ Name: 'own', Tags: { Items: [{ Key: 'a', Value: 'b' }] } }),
  );
  assert.deepEqual([group?.Ipv6Enabled, group?.Enabled, group?.IsDefault], [true, true, false]);
  const RoutingEndpoint = group?.RoutingEndpoint;
  const byName = await cloudfront.send(new GetConnectionGroupByRoutingEndpointCommand({ RoutingEndpoint }));
  assert.equal(byName.ConnectionGroup?.Id, group?.Id);
  const again = await failure(cloudfront.send(new CreateConnectionGroupCommand({ Name: 'own' })));
  assert.equal(again.name, 'EntityAlreadyExists');
  const made = await tenant('one', { ConnectionGroupId: group?.Id });
  assert.equal((await ask('one.example.com')).status, 200);
  const enabled = new DeleteConnectionGroupCommand({ Id: group?.Id, IfMatch: ETag });
  assert.equal((await failure(cloudfront.send(enabled))).name, 'ResourceNotDisabled');
  const off = await cloudfront.send(
    new UpdateConnectionGroupCommand({ Id: group?.Id, IfMatch: ETag, Enabled: false, Ipv6Enabled: false }),
  );
  assert.deepEqual([off.ConnectionGroup?.Enabled, off.ConnectionGroup?.Ipv6Enabled], [false, false]);
  assert.equal((await ask('one.example.com')).status, 403);
  const used = new DeleteConnectionGroupCommand({ Id: group?.Id, IfMatch: off.ETag });
  assert.equal((await failure(cloudfront.send(used))).name, 'CannotDeleteEntityWhileInUse');
  const { ETag: IfMatch } = await cloudfront.send(
    new UpdateDistributionTenantCommand({ Id: made.DistributionTenant?.Id, IfMatch: made.ETag, Enabled: false }),
  );
  await cloudfront.send(new DeleteDistributionTenantCommand({ Id: made.DistributionTenant?.Id, IfMatch }));
  await cloudfront.send(used);
  const { ConnectionGroups } = await cloudfront.send(new ListConnectionGroupsCommand({}));
  assert.deepEqual(ConnectionGroups, []);
});

test('a certificate that CloudFront asks for makes its domains active when it is issued', async () => {
  await using origin = await echo();
  const { cloud, cloudfront, tenant, ask } = await start(origin);
  await using _ = cloud;
  const { DistributionTenant: made, ETag } = await tenant('one', {
    Domains: [{ Domain: 'shop.example.org' }],
    ManagedCertificateRequest: { ValidationTokenHost: 'self-hosted' },
  });
  assert.deepEqual(made?.Domains, [{ Domain: 'shop.example.org', Status: 'inactive' }]);
  assert.equal((await ask('shop.example.org')).status, 403);
  await cloud.advance(2_000);
  const { ManagedCertificateDetails: details } = await cloudfront.send(
    new GetManagedCertificateDetailsCommand({ Identifier: made?.Id }),
  );
  assert.deepEqual([details?.CertificateStatus, details?.ValidationTokenHost], ['issued', 'self-hosted']);
  const [token] = details?.ValidationTokenDetails ?? [];
  assert.equal(token?.Domain, 'shop.example.org');
  assert.match(token?.RedirectFrom ?? '', /^shop\.example\.org\/\.well-known\/pki-validation\/\w{32}\.txt$/);
  assert.match(token?.RedirectTo ?? '', /^validation\.us-east-1\.acm-validations\.aws\/123456789012\/\.well-known\//);
  const after = await cloudfront.send(new GetDistributionTenantCommand({ Identifier: made?.Id }));
  assert.deepEqual(after.DistributionTenant?.Domains, [{ Domain: 'shop.example.org', Status: 'active' }]);
  assert.notEqual(after.ETag, ETag);
  assert.equal((await ask('shop.example.org', '/a')).text, '/one/free/a');
  // Where a tenant is refused, no certificate is left over.
  const again = tenant('two', {
    Domains: [{ Domain: 'shop.example.org' }],
    ManagedCertificateRequest: { ValidationTokenHost: 'self-hosted' },
  });
  assert.equal((await failure(again)).name, 'CNAMEAlreadyExists');
  const acm = cloud.client(ACMClient);
  const managed = new ListCertificatesCommand({ Includes: { managedBy: 'CLOUDFRONT' } });
  const { CertificateSummaryList } = await acm.send(managed);
  assert.deepEqual(
    CertificateSummaryList?.map(({ CertificateArn }) => CertificateArn),
    [details?.CertificateArn],
  );
  // One that never comes is looked for ever more seldom: years pass in no time.
  const more = [{ Domain: 'shop.example.org' }, { Domain: 'late.example.net' }];
  const { ETag: IfMatch } = after;
  const late = await cloudfront.send(new UpdateDistributionTenantCommand({ Id: made?.Id, IfMatch, Domains: more }));
  assert.equal(late.DistributionTenant?.Domains?.[1]?.Status, 'inactive');
  await cloud.advance(10 * 365 * 86_400_000);
  // Nobody else may ask for such a one.
  const byHand = new RequestCertificateCommand({ DomainName: 'a.example.org', ValidationMethod: 'HTTP' });
  assert.equal((await failure(acm.send(byHand))).name, 'InvalidParameterException');
});
