/** Repositories: made, changed, deleted; tags, policies, encryption. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchGetRepositoryScanningConfigurationCommand,
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAccountSettingCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  ListTagsForResourceCommand,
  PutAccountSettingCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  SetRepositoryPolicyCommand,
  StartImageScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { codeOf, registryOf } from './registry.ts';

const ARN = 'arn:aws:ecr:us-east-1:123456789012:repository/shop/web';

test('a repository is made, described and deleted', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const { port } = new URL(cloud.url);
  const made = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop/web' }));
  const shown = {
    repositoryArn: ARN,
    registryId: '123456789012',
    repositoryName: 'shop/web',
    repositoryUri: `123456789012.dkr.ecr.us-east-1.localhost:${port}/shop/web`,
    createdAt: new Date(START),
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
  assert.deepEqual(made.repository, shown);
  const twice = await failure(ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop/web' })));
  assert.equal(twice.name, 'RepositoryAlreadyExistsException');
  assert.equal(
    twice.message,
    "The repository with name 'shop/web' already exists in the registry with id '123456789012'",
  );
  for (const repositoryName of ['a1', 'b1', 'c1']) await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const first = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 3 }));
  assert.deepEqual(
    first.repositories?.map(({ repositoryName }) => repositoryName),
    ['a1', 'b1', 'c1'],
  );
  const rest = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 3, nextToken: first.nextToken }));
  assert.deepEqual(rest.repositories, [shown]);
  assert.equal(rest.nextToken, undefined);
  const none = await failure(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['none'] })));
  assert.equal(none.message, "The repository with name 'none' does not exist in the registry with id '123456789012'");
  const registry = await registryOf(cloud);
  await registry.push('shop/web', 'v1');
  const full = await failure(ecr.send(new DeleteRepositoryCommand({ repositoryName: 'shop/web' })));
  assert.equal(full.name, 'RepositoryNotEmptyException');
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'shop/web', force: true }));
  assert.equal(codeOf(await registry.ask('/v2/shop/web/manifests/v1')), 'NAME_UNKNOWN');
  // Another of the same name has nothing of it.
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop/web' }));
  assert.equal(codeOf(await registry.ask('/v2/shop/web/manifests/v1')), 'MANIFEST_UNKNOWN');
});

test('what a repository may not be is told in ECR’s words', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const told = async (input: Partial<CreateRepositoryCommandInput>) => {
    const { name, message } = await failure(ecr.send(new CreateRepositoryCommand({ repositoryName: 'one', ...input })));
    const [, at, why] = /^Invalid parameter at '(\w+)' failed to satisfy constraint: '(.*)'$/.exec(message) ?? [];
    return [name, at, why];
  };
  const invalid = 'InvalidParameterException';
  assert.deepEqual(await told({ repositoryName: 'a' }), [
    invalid,
    'repositoryName',
    'must have length greater than or equal to 2',
  ]);
  assert.match((await told({ repositoryName: 'Ab' }))[2] ?? '', /^must satisfy regular expression '\[a-z0-9\]/);
  assert.deepEqual(await told({ imageTagMutability: 'NEVER' as 'MUTABLE' }), [
    invalid,
    'imageTagMutability',
    'must satisfy enum value set: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]',
  ]);
  const filters = [{ filterType: 'WILDCARD', filter: 'a*b*c*' }] as const;
  const many = { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', imageTagMutabilityExclusionFilters: [...filters] };
  assert.deepEqual((await told(many as Partial<CreateRepositoryCommandInput>)).slice(0, 2), [
    invalid,
    'imageTagMutabilityExclusionFilters',
  ]);
  const keyed = { encryptionConfiguration: { encryptionType: 'AES256', kmsKey: 'alias/x' } } as const;
  assert.deepEqual((await told(keyed)).slice(0, 2), [invalid, 'encryptionConfiguration']);
});

test('its tags', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop/web', tags: [{ Key: 'team', Value: 'web' }] }));
  await ecr.send(new TagResourceCommand({ resourceArn: ARN, tags: [{ Key: 'cost', Value: '1' }] }));
  await ecr.send(new UntagResourceCommand({ resourceArn: ARN, tagKeys: ['team'] }));
  const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: ARN }));
  assert.deepEqual(tags, [{ Key: 'cost', Value: '1' }]);
  const odd = { Key: '__proto__', Value: '2' };
  await ecr.send(new TagResourceCommand({ resourceArn: ARN, tags: [odd] }));
  assert.deepEqual((await ecr.send(new ListTagsForResourceCommand({ resourceArn: ARN }))).tags, [...(tags ?? []), odd]);
  const many = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  const full = await failure(ecr.send(new TagResourceCommand({ resourceArn: ARN, tags: many })));
  assert.equal(full.name, 'TooManyTagsException');
  const reserved = new TagResourceCommand({ resourceArn: ARN, tags: [{ Key: 'aws:x', Value: '' }] });
  assert.equal((await failure(ecr.send(reserved))).name, 'InvalidTagParameterException');
});

test('its policy, its settings, and what is not built', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const repositoryName = 'one';
  await ecr.send(new CreateRepositoryCommand({ repositoryName, imageScanningConfiguration: { scanOnPush: true } }));
  const none = await failure(ecr.send(new GetRepositoryPolicyCommand({ repositoryName })));
  assert.equal(none.name, 'RepositoryPolicyNotFoundException');
  assert.equal(
    none.message,
    "Repository policy does not exist for the repository with name 'one' in the registry with id '123456789012'",
  );
  const statement = { Sid: 'new policy', Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' };
  const set = (one: object) =>
    ecr.send(
      new SetRepositoryPolicyCommand({
        repositoryName,
        policyText: JSON.stringify({ Version: '2008-10-17', Statement: [one] }),
      }),
    );
  for (const wrong of [{ Resource: '*' }, { Action: ['ecr:BatchGetImage', 's3:GetObject'] }])
    assert.equal(
      (await failure(set({ ...statement, ...wrong }))).message,
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    );
  await set(statement);
  const { policyText = '' } = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
  assert.deepEqual(JSON.parse(policyText).Statement, [statement]);
  assert.equal(
    policyText,
    '{\n  "Version" : "2008-10-17",\n  "Statement" : [ {\n    "Sid" : "new policy",\n    "Effect" : "Allow",\n' +
      '    "Principal" : "*",\n    "Action" : "ecr:BatchGetImage"\n  } ]\n}',
  );
  await ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
  const again = await failure(ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName })));
  assert.equal(again.name, 'RepositoryPolicyNotFoundException');
  const scanning = () =>
    ecr.send(new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: ['one', 'none'] }));
  assert.equal((await scanning()).scanningConfigurations?.[0]?.scanFrequency, 'SCAN_ON_PUSH');
  assert.equal((await scanning()).failures?.[0]?.failureCode, 'REPOSITORY_NOT_FOUND');
  await ecr.send(
    new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration: { scanOnPush: false } }),
  );
  assert.equal((await scanning()).scanningConfigurations?.[0]?.scanFrequency, 'MANUAL');
  const excluded = new PutImageTagMutabilityCommand({
    repositoryName,
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
  });
  await ecr.send(excluded);
  const registry = await registryOf(cloud);
  for (const tag of ['dev-1', 'v1']) await registry.push('one', tag);
  await registry.push('one', 'dev-1', 'another layer');
  await assert.rejects(registry.push('one', 'v1', 'another layer'), /TAG_INVALID/);
  assert.deepEqual((await ecr.send(new DescribeRegistryCommand({}))).replicationConfiguration, { rules: [] });
  const scan = await failure(ecr.send(new StartImageScanCommand({ repositoryName, imageId: { imageTag: 'v1' } })));
  assert.equal(scan.$metadata?.httpStatusCode, 501);
  const setting = async (name: string) => (await ecr.send(new GetAccountSettingCommand({ name }))).value;
  assert.equal(await setting('BLOB_MOUNTING'), 'DISABLED');
  await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  assert.equal(await setting('BLOB_MOUNTING'), 'ENABLED');
  const clair = new PutAccountSettingCommand({ name: 'BASIC_SCAN_TYPE_VERSION', value: 'CLAIR' });
  assert.equal((await failure(ecr.send(clair))).$metadata?.httpStatusCode, 501);
  for (const name of ['OTHER', 'constructor'])
    assert.equal((await failure(ecr.send(new GetAccountSettingCommand({ name })))).name, 'ValidationException');
  for (const key of ['{}', '[]', '{"digest":"x"}', '{"name":"x","other":"y"}'])
    assert.equal(
      (await failure(ecr.send(new DescribeRepositoriesCommand({ nextToken: Buffer.from(key).toString('base64url') }))))
        .name,
      'InvalidParameterException',
    );
});

test('under a key of KMS nothing is given out once that is disabled', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const { repository } = await ecr.send(
    new CreateRepositoryCommand({
      repositoryName: 'one',
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KeyId },
    }),
  );
  assert.deepEqual(repository?.encryptionConfiguration, { encryptionType: 'KMS', kmsKey: KeyMetadata?.Arn });
  const registry = await registryOf(cloud);
  await registry.push('one', 'v1');
  assert.equal((await registry.ask('/v2/one/manifests/v1')).status, 200);
  const grants = async () => (await kms.send(new ListGrantsCommand({ KeyId }))).Grants?.length;
  assert.equal(await grants(), 1);
  await kms.send(new DisableKeyCommand({ KeyId }));
  assert.match((await registry.ask('/v2/one/manifests/v1')).text, /is disabled/);
  const upload = ecr.send(new InitiateLayerUploadCommand({ repositoryName: 'one' }));
  assert.equal((await failure(upload)).name, 'KmsException');
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'one', force: true }));
  assert.equal(await grants(), 0);
  const own = await ecr.send(
    new CreateRepositoryCommand({ repositoryName: 'own', encryptionConfiguration: { encryptionType: 'KMS' } }),
  );
  const { KeyMetadata: managed } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ecr' }));
  assert.equal(own.repository?.encryptionConfiguration?.kmsKey, managed?.Arn);
  assert.equal(managed?.Description, 'Default key that protects my ECR data when no other key is defined');
  const missing = new CreateRepositoryCommand({
    repositoryName: 'two',
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/none' },
  });
  assert.equal((await failure(ecr.send(missing))).name, 'KmsException');
});
