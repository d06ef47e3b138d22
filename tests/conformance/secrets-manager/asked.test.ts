import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud } from '../../support/cloud.ts';

const HOUR = 3_600_000;

test('a Region knows its own secrets only, by their ARNs too', async () => {
  await using cloud = await startTestCloud();
  const here = cloud.client(SecretsManagerClient);
  const there = cloud.client(SecretsManagerClient, { region: 'eu-west-1' });
  const { ARN: SecretId } = await here.send(new CreateSecretCommand({ Name: 's', SecretString: 'v' }));
  const read = await failure(there.send(new GetSecretValueCommand({ SecretId })));
  assert.deepEqual(
    [read.name, read.message],
    ['ResourceNotFoundException', "Secrets Manager can't find the specified secret."],
  );
  await there.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  assert.equal((await here.send(new GetSecretValueCommand({ SecretId }))).SecretString, 'v');
});

test('the first version is the current one, whatever labels it is given', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  const tags = [
    { Key: 'k', Value: '1' },
    { Key: 'k', Value: '2' },
  ];
  await manager.send(new CreateSecretCommand({ Name: 's', Tags: tags }));
  const put = async (SecretString: string) =>
    (await manager.send(new PutSecretValueCommand({ SecretId: 's', SecretString, VersionStages: ['MINE'] })))
      .VersionStages;
  assert.deepEqual(await put('1'), ['MINE', 'AWSCURRENT']);
  assert.deepEqual(await put('2'), ['MINE']);
  assert.equal((await manager.send(new GetSecretValueCommand({ SecretId: 's' }))).SecretString, '1');
  const { Tags } = await manager.send(new DescribeSecretCommand({ SecretId: 's' }));
  assert.deepEqual(Tags, [{ Key: 'k', Value: '2' }]);
});

test('the same value with the same token once more changes nothing', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  await manager.send(new CreateSecretCommand({ Name: 's', SecretString: 'v0' }));
  const put = (SecretString: string, ClientRequestToken?: string) =>
    manager.send(new PutSecretValueCommand({ SecretId: 's', SecretString, ClientRequestToken }));
  const token = '11111111-1111-1111-1111-111111111111';
  await put('v1', token);
  await put('v2');
  assert.deepEqual((await put('v1', token)).VersionStages, ['AWSPREVIOUS']);
  assert.equal((await manager.send(new GetSecretValueCommand({ SecretId: 's' }))).SecretString, 'v2');
});

test('lists go by what they are asked to', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  for (const Name of ['b', 'c', 'a']) {
    await manager.send(new CreateSecretCommand({ Name, SecretString: 'v' }));
    await cloud.advance(HOUR);
  }
  await manager.send(new UpdateSecretCommand({ SecretId: 'c', Description: 'd' }));
  await manager.send(new GetSecretValueCommand({ SecretId: 'b' }));
  const names = async (SortBy?: 'name' | 'last-changed-date' | 'last-accessed-date', SortOrder?: 'asc' | 'desc') =>
    (await manager.send(new ListSecretsCommand({ SortBy, SortOrder }))).SecretList?.map(({ Name }) => Name).join('');
  assert.deepEqual(
    [await names(), await names('name'), await names('name', 'desc'), await names('last-changed-date')],
    ['bca', 'abc', 'cba', 'bac'],
  );
  assert.equal(await names('last-accessed-date', 'desc'), 'bca');
  // The same, a page at a time.
  for (const [by, order, expected] of [
    ['created-date', 'asc', 'bca'],
    ['created-date', 'desc', 'acb'],
    ['name', 'asc', 'abc'],
    ['name', 'desc', 'cba'],
    ['last-changed-date', 'desc', 'cab'],
  ] as const) {
    let [found, NextToken]: [string, string | undefined] = ['', undefined];
    do {
      const input = { SortBy: by, SortOrder: order, MaxResults: 1, NextToken };
      const answer: ListSecretsCommandOutput = await manager.send(new ListSecretsCommand(input));
      found += answer.SecretList?.map(({ Name }) => Name).join('');
      ({ NextToken } = answer);
    } while (NextToken !== undefined);
    assert.equal(found, expected, `${by} ${order}`);
  }
});

test('what is sought everywhere is sought by its parts', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  await manager.send(new CreateSecretCommand({ Name: 'prod/MyDatabase892', SecretString: 'v' }));
  await manager.send(new CreateSecretCommand({ Name: 'other', SecretString: 'v' }));
  for (const [value, count] of Object.entries({ 'Database-892': 1, myData892: 1, mydatabase: 1, 'Database-7': 0 })) {
    const asked = new ListSecretsCommand({ Filters: [{ Key: 'all', Values: [value] }] });
    assert.equal((await manager.send(asked)).SecretList?.length, count, value);
  }
});

test('what is read together is read by each secret’s own conditions; pages are for filters', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  for (const Name of ['open', 'shut'])
    await manager.send(new CreateSecretCommand({ Name, SecretString: 'v', Tags: [{ Key: 'is', Value: Name }] }));
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'reader' }));
  const Statement = [
    { Effect: 'Allow', Action: ['secretsmanager:BatchGetSecretValue', 'kms:Decrypt'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: '*',
      Condition: { StringEquals: { 'secretsmanager:ResourceTag/is': 'open' } },
    },
  ];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'reads', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }));
  const reader = cloud.client(SecretsManagerClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const batch = await reader.send(new BatchGetSecretValueCommand({ SecretIdList: ['open', 'shut', 'none'] }));
  assert.deepEqual(
    [batch.SecretValues?.map(({ Name }) => Name), batch.Errors?.map((one) => [one.SecretId, one.ErrorCode])],
    [
      ['open'],
      [
        ['shut', 'AccessDeniedException'],
        ['none', 'ResourceNotFoundException'],
      ],
    ],
  );
  const filters = { Filters: [{ Key: 'name' as const, Values: ['open'] }] };
  assert.equal((await failure(reader.send(new BatchGetSecretValueCommand(filters)))).name, 'AccessDeniedException');
  const paged = await failure(manager.send(new BatchGetSecretValueCommand({ SecretIdList: ['open'], MaxResults: 1 })));
  assert.equal(paged.name, 'InvalidParameterException');
});

test('secrets of other makers’ services are refused by name', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  const foreign = await failure(manager.send(new CreateSecretCommand({ Name: 's', Type: 'SalesforceClientSecret' })));
  assert.deepEqual([foreign.name, foreign.$metadata?.httpStatusCode], ['NotImplemented', 501]);
});

test('the versions of a secret have 20 labels together', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  const first = await manager.send(new CreateSecretCommand({ Name: 's', SecretString: '0' }));
  const put = (SecretString: string, VersionStages: string[]) =>
    manager.send(new PutSecretValueCommand({ SecretId: 's', SecretString, VersionStages }));
  const labels = Array.from({ length: 19 }, (_, at) => `L${at}`);
  await put('1', labels.slice(0, 10));
  await put('2', labels.slice(10));
  assert.equal((await failure(put('3', ['ONE-MORE']))).name, 'LimitExceededException');
  const label = { SecretId: 's', VersionStage: 'ONE-MORE', MoveToVersionId: first.VersionId };
  const labelled = manager.send(new UpdateSecretVersionStageCommand(label));
  assert.equal((await failure(labelled)).name, 'LimitExceededException');
  await put('3', ['L0', 'L1']);
  const { VersionIdsToStages = {} } = await manager.send(new DescribeSecretCommand({ SecretId: 's' }));
  assert.deepEqual(Object.values(VersionIdsToStages).flat().toSorted(), ['AWSCURRENT', ...labels].toSorted());
});
