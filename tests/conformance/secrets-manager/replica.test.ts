/** Replicas of secrets in other Regions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateConnectionCommand, DescribeConnectionCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';

const DEFAULT_KEY = 'alias/aws/secretsmanager';
const SecretId = 'shop/key';

function clients(cloud: TestCloud) {
  const at = (region: string) => cloud.client(SecretsManagerClient, { region });
  return { here: at('us-east-1'), there: at('eu-west-1') };
}

const read = async (client: SecretsManagerClient, more: object = {}) => {
  const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId, ...more }));
  return SecretString ?? Buffer.from(SecretBinary ?? []);
};
const describe = (client: SecretsManagerClient) => client.send(new DescribeSecretCommand({ SecretId }));

test('a replica has what its primary has, also after each change', async () => {
  await using cloud = await startTestCloud();
  const { here, there } = clients(cloud);
  const kms = cloud.client(KMSClient, { region: 'eu-west-1' });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KmsKeyId = KeyMetadata?.Arn ?? '';
  const made = await here.send(
    new CreateSecretCommand({
      Name: SecretId,
      SecretString: 'one',
      Description: 'of the shop',
      Tags: [{ Key: 'team', Value: 'a' }],
      AddReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId }, { Region: 'ap-south-1' }],
    }),
  );
  assert.deepEqual(made.ReplicationStatus, [
    { Region: 'eu-west-1', KmsKeyId, Status: 'InProgress' },
    { Region: 'ap-south-1', KmsKeyId: DEFAULT_KEY, Status: 'InProgress' },
  ]);
  await cloud.server.cloud.settle();
  const primary = await describe(here);
  assert.deepEqual(
    [primary.PrimaryRegion, primary.ReplicationStatus],
    [
      'us-east-1',
      [
        { Region: 'eu-west-1', KmsKeyId, Status: 'InSync', StatusMessage: 'Replication succeeded' },
        { Region: 'ap-south-1', KmsKeyId: DEFAULT_KEY, Status: 'InSync', StatusMessage: 'Replication succeeded' },
      ],
    ],
  );
  const replica = await describe(there);
  assert.deepEqual(
    [
      replica.ARN,
      replica.PrimaryRegion,
      replica.ReplicationStatus,
      replica.KmsKeyId,
      replica.Description,
      replica.Tags,
    ],
    [
      made.ARN?.replace('us-east-1', 'eu-west-1'),
      'us-east-1',
      undefined,
      KmsKeyId,
      'of the shop',
      [{ Key: 'team', Value: 'a' }],
    ],
  );
  assert.equal(await read(there), 'one');
  await here.send(new PutSecretValueCommand({ SecretId, SecretBinary: Buffer.from('two') }));
  const { VersionId = '' } = await here.send(
    new PutSecretValueCommand({ SecretId, SecretString: 'three', VersionStages: ['NEXT'] }),
  );
  await here.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'more', Value: 'b' }] }));
  await here.send(new UntagResourceCommand({ SecretId, TagKeys: ['team'] }));
  await here.send(new UpdateSecretCommand({ SecretId, Description: 'ours' }));
  await cloud.server.cloud.settle();
  assert.deepEqual(await read(there), Buffer.from('two'));
  assert.equal(await read(there, { VersionStage: 'AWSPREVIOUS' }), 'one');
  assert.equal(await read(there, { VersionStage: 'NEXT' }), 'three');
  const later = await describe(there);
  assert.deepEqual([later.Description, later.Tags], ['ours', [{ Key: 'more', Value: 'b' }]]);
  assert.deepEqual(later.VersionIdsToStages, (await describe(here)).VersionIdsToStages);
  await here.send(
    new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'NEXT', RemoveFromVersionId: VersionId }),
  );
  await cloud.server.cloud.settle();
  assert.equal((await failure(read(there, { VersionStage: 'NEXT' }))).name, 'ResourceNotFoundException');
  const filtered = async (client: SecretsManagerClient, value: string) => {
    const Filters = [{ Key: 'primary-region' as const, Values: [value] }];
    return (await client.send(new ListSecretsCommand({ Filters }))).SecretList?.length;
  };
  assert.deepEqual([await filtered(there, 'us-east-1'), await filtered(there, 'eu-west-1')], [1, 0]);
});

test('a replica is changed only by its primary; let go, it is a secret of its own', async () => {
  await using cloud = await startTestCloud();
  const { here, there } = clients(cloud);
  await here.send(
    new CreateSecretCommand({ Name: SecretId, SecretString: 'one', AddReplicaRegions: [{ Region: 'eu-west-1' }] }),
  );
  await cloud.server.cloud.settle();
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:CancelRotateSecret', Resource: '*' }],
  });
  for (const call of [
    () => there.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' })),
    () => there.send(new UpdateSecretCommand({ SecretId, SecretString: 'x' })),
    () => there.send(new UpdateSecretCommand({ SecretId, Description: 'x' })),
    () => there.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] })),
    () => there.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy })),
    () => there.send(new RotateSecretCommand({ SecretId })),
    () => there.send(new DeleteSecretCommand({ SecretId })),
    () => there.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: 'us-west-2' }] })),
  ]) {
    const { name, message } = await failure(call());
    assert.deepEqual(
      [name, message],
      [
        'InvalidRequestException',
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
      ],
    );
  }
  const kms = cloud.client(KMSClient, { region: 'eu-west-1' });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await there.send(new UpdateSecretCommand({ SecretId, KmsKeyId: KeyMetadata?.Arn }));
  await cloud.server.cloud.settle();
  assert.deepEqual([(await describe(there)).KmsKeyId, await read(there)], [KeyMetadata?.Arn, 'one']);
  assert.equal((await describe(here)).ReplicationStatus?.[0]?.KmsKeyId, KeyMetadata?.Arn);
  const still = await failure(here.send(new DeleteSecretCommand({ SecretId })));
  assert.deepEqual(
    [still.name, still.message],
    ['InvalidParameterException', `You can't delete secret ${SecretId} that still has replica regions [eu-west-1]`],
  );
  const not = await failure(here.send(new StopReplicationToReplicaCommand({ SecretId })));
  assert.equal(not.name, 'InvalidRequestException');
  const { ARN } = await there.send(new StopReplicationToReplicaCommand({ SecretId }));
  assert.match(ARN ?? '', /^arn:aws:secretsmanager:eu-west-1:/);
  assert.equal((await describe(here)).ReplicationStatus, undefined);
  await there.send(new PutSecretValueCommand({ SecretId, SecretString: 'own' }));
  await here.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  await cloud.server.cloud.settle();
  assert.equal(await read(there), 'own');
});

test('what has the name already gives way only where that is asked; Regions are removed, and mended', async () => {
  await using cloud = await startTestCloud();
  const { here, there } = clients(cloud);
  await there.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'theirs' }));
  await here.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'ours' }));
  const replicate = async (Region: string, more: object = {}) => {
    await here.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region }], ...more }));
    await cloud.server.cloud.settle();
    const [status] = (await describe(here)).ReplicationStatus ?? [];
    return [status?.Status, status?.StatusMessage];
  };
  const twice = [{ Region: 'eu-west-1' }, { Region: 'eu-west-1' }];
  const refused = await failure(here.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: twice })));
  assert.equal(refused.name, 'InvalidParameterException');
  assert.deepEqual(await replicate('eu-west-1'), [
    'Failed',
    `Replication failed: Secret name ${SecretId} already exists in region eu-west-1.`,
  ]);
  assert.equal(await read(there), 'theirs');
  assert.deepEqual(await replicate('eu-west-1', { ForceOverwriteReplicaSecret: true }), [
    'InSync',
    'Replication succeeded',
  ]);
  assert.equal(await read(there), 'ours');
  for (const Region of ['us-east-1', 'xx-west-9']) {
    const call = new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region }] });
    assert.equal((await failure(here.send(call))).message, 'Invalid replica region.');
  }
  const drop = (...RemoveReplicaRegions: string[]) =>
    here.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions }));
  assert.equal((await failure(drop('us-west-2'))).name, 'InvalidParameterException');
  assert.deepEqual((await drop('eu-west-1')).ReplicationStatus, []);
  assert.equal((await failure(read(there))).name, 'ResourceNotFoundException');
  const kms = cloud.client(KMSClient, { region: 'eu-west-1' });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  await kms.send(new DisableKeyCommand({ KeyId }));
  const under = { AddReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: KeyId }] };
  const [failed, why] = await replicate('eu-west-1', under);
  assert.deepEqual([failed, /^Replication failed: .*disabled/.test(why ?? '')], ['Failed', true]);
  await kms.send(new EnableKeyCommand({ KeyId }));
  assert.equal((await replicate('eu-west-1', under))[0], 'InSync');
  assert.equal(await read(there), 'ours');
});

test('a stack has replicas, and takes them away', async () => {
  await using cloud = await startTestCloud();
  const { here, there } = clients(cloud);
  const template = (...ReplicaRegions: object[]) =>
    templateOf({
      Secret: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: { Name: SecretId, SecretString: 'one', ...(ReplicaRegions.length > 0 && { ReplicaRegions }) },
      },
    });
  await create(cloud, 's', template({ Region: 'eu-west-1' }));
  assert.equal(await read(there), 'one');
  await update(cloud, 's', template({ Region: 'us-west-2' }));
  assert.equal((await failure(read(there))).name, 'ResourceNotFoundException');
  assert.deepEqual(
    (await describe(here)).ReplicationStatus?.map(({ Region, Status }) => [Region, Status]),
    [['us-west-2', 'InSync']],
  );
  await remove(cloud, 's');
  assert.equal((await failure(describe(here))).name, 'ResourceNotFoundException');
});

test('secrets of services say whose they are, by a tag that nobody else gives or takes', async () => {
  await using cloud = await startTestCloud();
  const { here } = clients(cloud);
  const events = cloud.client(EventBridgeClient);
  await events.send(
    new CreateConnectionCommand({
      Name: 'shop',
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'k', ApiKeyValue: 'v' } },
    }),
  );
  const { SecretArn } = await events.send(new DescribeConnectionCommand({ Name: 'shop' }));
  const { OwningService, Tags } = await here.send(new DescribeSecretCommand({ SecretId: SecretArn }));
  assert.deepEqual([OwningService, Tags], ['events', [{ Key: 'aws:secretsmanager:owningService', Value: 'events' }]]);
  await here.send(new CreateSecretCommand({ Name: 'events!mine', SecretString: 'x' }));
  assert.equal((await here.send(new DescribeSecretCommand({ SecretId: 'events!mine' }))).OwningService, undefined);
  const Filters = [{ Key: 'owning-service' as const, Values: ['events'] }];
  assert.equal((await here.send(new ListSecretsCommand({ Filters }))).SecretList?.length, 1);
  for (const call of [
    () => here.send(new UntagResourceCommand({ SecretId: SecretArn, TagKeys: ['aws:secretsmanager:owningService'] })),
    () => here.send(new TagResourceCommand({ SecretId: SecretArn, Tags: [{ Key: 'aws:x', Value: 'y' }] })),
    () => here.send(new CreateSecretCommand({ Name: 'b', Tags: [{ Key: 'aws:x', Value: 'y' }] })),
  ])
    assert.equal((await failure(call())).name, 'InvalidParameterException');
});
