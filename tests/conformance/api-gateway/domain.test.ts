import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  GetDomainNameCommand,
  GetDomainNamesCommand,
  GetTagsCommand,
} from '@aws-sdk/client-api-gateway';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
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
