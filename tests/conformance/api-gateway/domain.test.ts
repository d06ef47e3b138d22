import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateDomainNameCommand,
  GetDomainNameCommand,
  GetDomainNamesCommand,
  GetTagsCommand,
  type PatchOperation,
  UpdateDomainNameCommand,
} from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { create, expectStatus, reasons, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { createApi, drifted } from './world.ts';

test('a stack makes a domain that leads to an API', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  for (const says of ['one', 'two']) {
    const resource = await api.resource(says);
    await api.method(resource, 'GET');
    await api.response(resource, 'GET', '200', '$context.stage');
    await api.deploy(says);
  }
  const domainName = 'a.example.com';
  const CertificateArn = await certificateFor(cloud, domainName);
  const document = (says: string) =>
    templateOf({
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: { DomainName: domainName, CertificateArn, Tags: [{ Key: says, Value: 'x' }] },
      },
      Mapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        Properties: { DomainName: { Ref: 'Domain' }, RestApiId: api.restApiId, Stage: says, BasePath: 'shop' },
      },
    });
  const ask = async () => (await visit(`http://${domainName}:${new URL(cloud.url).port}/shop/one`)).text;
  await create(cloud, 'web', document('one'));
  assert.deepEqual([await ask(), await drifted(cloud, 'web')], ['one', []]);
  await update(cloud, 'web', document('two'));
  assert.deepEqual([await ask(), await drifted(cloud, 'web')], ['two', []]);
  const client = cloud.client(APIGatewayClient);
  const { domainNameArn: resourceArn, distributionDomainName } = await client.send(
    new GetDomainNameCommand({ domainName }),
  );
  assert.match(distributionDomainName ?? '', /^d[a-z0-9]{13}\.cloudfront\.net$/);
  const owned = async (resourceOwner: 'SELF' | 'OTHER_ACCOUNTS') =>
    (await client.send(new GetDomainNamesCommand({ resourceOwner }))).items?.map((one) => one.domainName);
  assert.deepEqual([await owned('SELF'), await owned('OTHER_ACCOUNTS')], [[domainName], []]);
  const { tags } = await client.send(new GetTagsCommand({ resourceArn }));
  assert.deepEqual([tags?.one, tags?.two], [undefined, 'x']);
  await remove(cloud, 'web');
  const gone = await failure(client.send(new GetDomainNameCommand({ domainName })));
  assert.equal(gone.name, 'NotFoundException');
});

test('a domain name goes from one kind of endpoint to the other over both, never at once', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const domainName = 'a.example.com';
  const certificateArn = await certificateFor(cloud, domainName);
  await client.send(new CreateDomainNameCommand({ domainName, certificateArn }));
  const patch = async (...patchOperations: PatchOperation[]) => {
    const { endpointConfiguration, ...domain } = await client.send(
      new UpdateDomainNameCommand({ domainName, patchOperations }),
    );
    const names = (
      ['certificateArn', 'distributionDomainName', 'regionalCertificateArn', 'regionalDomainName'] as const
    )
      .filter((name) => domain[name] !== undefined)
      .join(' ');
    return { types: endpointConfiguration?.types, names };
  };
  const path = '/endpointConfiguration/types';
  const refused = async (...operations: PatchOperation[]) => {
    const { name, message } = await failure(patch(...operations));
    assert.equal(name, 'BadRequestException');
    return message;
  };
  assert.equal(
    await refused({ op: 'replace', path: `${path}/0`, value: 'REGIONAL' }),
    '/endpointConfiguration/types/0 Invalid request input',
  );
  const add = [
    { op: 'add', path, value: 'REGIONAL' },
    { op: 'add', path: '/regionalCertificateArn', value: certificateArn },
  ] as const;
  assert.equal(
    await refused(...add, { op: 'remove', path, value: 'EDGE' }),
    'Can only perform one update operation at a time. Request would delete edge endpoint, create regional endpoint',
  );
  assert.deepEqual(await patch(...add), {
    types: ['EDGE', 'REGIONAL'],
    names: 'certificateArn distributionDomainName regionalCertificateArn regionalDomainName',
  });
  const gone = await patch({ op: 'remove', path, value: 'EDGE' }, { op: 'remove', path: '/certificateArn' });
  assert.deepEqual(gone, { types: ['REGIONAL'], names: 'regionalCertificateArn regionalDomainName' });
});

test('a stack takes a domain name from one kind of endpoint to the other in two steps', async () => {
  await using cloud = await startTestCloud();
  const DomainName = 'a.example.com';
  const arn = await certificateFor(cloud, DomainName);
  const document = (...Types: string[]) => {
    const certificates = {
      ...(Types.includes('EDGE') && { CertificateArn: arn }),
      ...(Types.includes('REGIONAL') && { RegionalCertificateArn: arn }),
    };
    const Properties = { DomainName, EndpointConfiguration: { Types }, ...certificates };
    return templateOf({ Domain: { Type: 'AWS::ApiGateway::DomainName', Properties } });
  };
  await create(cloud, 'web', document('REGIONAL'));
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new UpdateStackCommand({ StackName: 'web', TemplateBody: document('EDGE') }));
  await expectStatus(cloud, 'web', 'UPDATE_ROLLBACK_COMPLETE');
  const [reason] = await reasons(cloud, 'web');
  assert.match(
    reason ?? '',
    /one update operation at a time. Request would delete regional endpoint, create edge endpo/,
  );
  await update(cloud, 'web', document('REGIONAL', 'EDGE'));
  await update(cloud, 'web', document('EDGE'));
});
