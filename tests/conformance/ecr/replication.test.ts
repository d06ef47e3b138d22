/** Images that go to other Regions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  PutImageCommand,
  PutReplicationConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { drifted } from '../api-gateway/world.ts';
import { create, remove, templateOf } from '../cloudformation/stacks.ts';
import { digestOf, INDEX, registryOf } from './registry.ts';

const REGISTRY = '123456789012';
const rulesTo = (region: string, prefix?: string, registryId = REGISTRY) => ({
  rules: [
    {
      destinations: [{ region, registryId }],
      ...(prefix !== undefined && { repositoryFilters: [{ filter: prefix, filterType: 'PREFIX_MATCH' as const }] }),
    },
  ],
});

async function statuses(cloud: TestCloud, repositoryName: string, imageTag: string) {
  const asked = new DescribeImageReplicationStatusCommand({ repositoryName, imageId: { imageTag } });
  return (await cloud.client(ECRClient).send(asked)).replicationStatuses;
}

test('images of the repositories that a rule names go to the other Region, with their layers and tags', async () => {
  await using cloud = await startTestCloud();
  const here = cloud.client(ECRClient);
  const there = cloud.client(ECRClient, { region: 'eu-west-1' });
  for (const repositoryName of ['prod/web', 'test/web'])
    await here.send(new CreateRepositoryCommand({ repositoryName }));
  const registry = await registryOf(cloud);
  await registry.push('prod/web', 'before');
  const replicationConfiguration = rulesTo('eu-west-1', 'prod');
  await here.send(new PutReplicationConfigurationCommand({ replicationConfiguration }));
  assert.deepEqual(
    (await here.send(new DescribeRegistryCommand({}))).replicationConfiguration,
    replicationConfiguration,
  );
  const imageDigest = await registry.push('prod/web', 'v1');
  await registry.push('test/web', 'v1');
  await cloud.server.cloud.settle();
  assert.deepEqual(await statuses(cloud, 'prod/web', 'v1'), [
    { region: 'eu-west-1', registryId: REGISTRY, status: 'COMPLETE' },
  ]);
  assert.deepEqual(await statuses(cloud, 'test/web', 'v1'), []);
  const { repositories } = await there.send(new DescribeRepositoriesCommand({}));
  assert.deepEqual(
    repositories?.map((one) => [one.repositoryArn, one.imageTagMutability]),
    [[`arn:aws:ecr:eu-west-1:${REGISTRY}:repository/prod/web`, 'MUTABLE']],
  );
  const { imageDetails } = await there.send(new DescribeImagesCommand({ repositoryName: 'prod/web' }));
  assert.deepEqual(
    imageDetails?.map((one) => [one.imageDigest, one.imageTags]),
    [[imageDigest, ['v1']]],
  );
  const layerDigest = digestOf('layer of v1');
  const { downloadUrl = '' } = await there.send(
    new GetDownloadUrlForLayerCommand({ repositoryName: 'prod/web', layerDigest }),
  );
  assert.equal((await visit(downloadUrl)).text, 'layer of v1');
  // What lists images brings them along, also such as were pushed before there was a rule.
  const { images: [old] = [] } = await here.send(
    new BatchGetImageCommand({ repositoryName: 'prod/web', imageIds: [{ imageTag: 'before' }] }),
  );
  const manifests = [{ digest: old?.imageId?.imageDigest, size: 1, mediaType: old?.imageManifestMediaType }];
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
  await here.send(new PutImageCommand({ repositoryName: 'prod/web', imageManifest, imageTag: 'all' }));
  await cloud.server.cloud.settle();
  const all = await there.send(new DescribeImagesCommand({ repositoryName: 'prod/web' }));
  assert.deepEqual(all.imageDetails?.map(({ imageTags = [] }) => imageTags.join()).sort(), ['', 'all', 'v1']);
});

test('a tag that is held in the other Region stays, and the status says so; what can not be is refused', async () => {
  await using cloud = await startTestCloud();
  const here = cloud.client(ECRClient);
  const there = cloud.client(ECRClient, { region: 'eu-west-1' });
  const repositoryName = 'web';
  await here.send(new CreateRepositoryCommand({ repositoryName }));
  await there.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }));
  const put = (region: string, registryId?: string) =>
    here.send(
      new PutReplicationConfigurationCommand({ replicationConfiguration: rulesTo(region, undefined, registryId) }),
    );
  await put('eu-west-1');
  const registry = await registryOf(cloud);
  const first = await registry.push('web', 'v1');
  await cloud.server.cloud.settle();
  await registry.push('web', 'v1', 'another layer');
  await cloud.server.cloud.settle();
  assert.deepEqual(await statuses(cloud, 'web', 'v1'), [
    {
      region: 'eu-west-1',
      registryId: REGISTRY,
      status: 'FAILED',
      failureCode: 'ImageTagAlreadyExistsException',
    },
  ]);
  const held = await there.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
  assert.equal(held.imageDetails?.[0]?.imageDigest, first);
  assert.equal(
    (await failure(put('us-east-1'))).message,
    "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: 'Replication destination cannot be the same as the source registry'",
  );
  assert.equal((await failure(put('xx-none-1'))).name, 'InvalidParameterException');
  assert.equal((await failure(put('eu-west-1', '999999999999'))).$metadata?.httpStatusCode, 501);
});

test('AWS::ECR::ReplicationConfiguration', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const rules = async () => (await ecr.send(new DescribeRegistryCommand({}))).replicationConfiguration?.rules;
  const Rules = [
    {
      Destinations: [{ Region: 'eu-west-1', RegistryId: { Ref: 'AWS::AccountId' } }],
      RepositoryFilters: [{ Filter: 'prod', FilterType: 'PREFIX_MATCH' }],
    },
  ];
  const Properties = { ReplicationConfiguration: { Rules } };
  await create(cloud, 's', templateOf({ R: { Type: 'AWS::ECR::ReplicationConfiguration', Properties } }));
  assert.deepEqual(await rules(), rulesTo('eu-west-1', 'prod').rules);
  assert.deepEqual(await drifted(cloud, 's'), []);
  const replicationConfiguration = rulesTo('eu-west-2', 'prod');
  await ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration }));
  assert.equal((await drifted(cloud, 's')).length, 1);
  await remove(cloud, 's');
  assert.deepEqual(await rules(), []);
});

test('a registry has ten rules of replication', async () => {
  await using cloud = await startTestCloud();
  const put = (count: number) => {
    const rules = Array.from({ length: count }, (_, nth) => rulesTo('eu-west-1', `p${nth}`).rules).flat();
    return cloud
      .client(ECRClient)
      .send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
  };
  await put(10);
  assert.equal((await failure(put(11))).name, 'InvalidParameterException');
});
