/** Tenants and connection groups as types of CloudFormation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  GetDistributionTenantCommand,
  ListConnectionGroupsCommand,
} from '@aws-sdk/client-cloudfront';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from './origin.ts';
import { OPTIMIZED } from './support.ts';

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });

type Version = { port: number; certificate: string; folder: string; name: string; enabled: boolean };

const template = ({ port, certificate, folder, name, enabled }: Version) =>
  templateOf(
    {
      Template: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            ConnectionMode: 'tenant-only',
            TenantConfig: {
              ParameterDefinitions: [{ Name: 'folder', Definition: { StringSchema: { Required: 'true' } } }],
            },
            Origins: [
              {
                Id: 'web',
                DomainName: 'localhost',
                OriginPath: '/{{folder}}',
                CustomOriginConfig: { HTTPPort: port, OriginProtocolPolicy: 'http-only' },
              },
            ],
            DefaultCacheBehavior: {
              TargetOriginId: 'web',
              ViewerProtocolPolicy: 'allow-all',
              CachePolicyId: OPTIMIZED,
            },
            ViewerCertificate: { AcmCertificateArn: certificate, SslSupportMethod: 'sni-only' },
          },
        },
      },
      Group: {
        Type: 'AWS::CloudFront::ConnectionGroup',
        Properties: { Name: 'group', Enabled: enabled, Tags: [{ Key: 'folder', Value: folder }] },
      },
      Tenant: {
        Type: 'AWS::CloudFront::DistributionTenant',
        Properties: {
          DistributionId: { Ref: 'Template' },
          ConnectionGroupId: { Ref: 'Group' },
          Name: name,
          Domains: [`${name}.example.com`],
          Parameters: [{ Name: 'folder', Value: folder }],
          Tags: [{ Key: 'folder', Value: folder }],
        },
      },
    },
    { Outputs: { Endpoint: { Value: att('Group', 'RoutingEndpoint') }, Arn: { Value: att('Tenant', 'Arn') } } },
  );

test('a stack makes tenants of a template, changes them in place, and takes them away', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const certificate = await certificateFor(cloud, '*.example.com');
  const version: Version = { port: origin.port, certificate, folder: 'a', name: 'one', enabled: true };
  const ask = (host: string) => visit(`${cloud.url}/x`, { headers: { host } });
  await create(cloud, 'tenants', template(version));
  const before = await physicalIds(cloud, 'tenants');
  const { Endpoint = '', Arn = '' } = await outputs(cloud, 'tenants');
  assert.match(Endpoint, /^d\w{13}\.cloudfront\.net$/);
  assert.equal(Arn, `arn:aws:cloudfront::123456789012:distribution-tenant/${before.Tenant}`);
  assert.equal((await ask('one.example.com')).text, '/a/x');
  await update(cloud, 'tenants', template({ ...version, folder: 'b' }));
  assert.deepEqual(await physicalIds(cloud, 'tenants'), before);
  const { DistributionTenant } = await cloudfront.send(new GetDistributionTenantCommand({ Identifier: before.Tenant }));
  assert.deepEqual(DistributionTenant?.Parameters, [{ Name: 'folder', Value: 'b' }]);
  assert.deepEqual(DistributionTenant?.Tags, { Items: [{ Key: 'folder', Value: 'b' }] });
  await update(cloud, 'tenants', template({ ...version, name: 'two', folder: 'c' }));
  const after = await physicalIds(cloud, 'tenants');
  assert.notEqual(after.Tenant, before.Tenant);
  assert.equal(after.Group, before.Group);
  assert.equal((await ask('two.example.com')).text, '/c/x');
  // Nobody has the name any more: it is taken for a call of an API.
  assert.equal((await ask('one.example.com')).status, 400);
  await update(cloud, 'tenants', template({ ...version, name: 'two', folder: 'c', enabled: false }));
  assert.equal((await ask('two.example.com')).status, 403);
  await remove(cloud, 'tenants');
  const { ConnectionGroups } = await cloudfront.send(new ListConnectionGroupsCommand({}));
  assert.deepEqual(ConnectionGroups, []);
});
