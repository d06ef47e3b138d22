import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const DAY = 86_400_000;
const TOKEN = '11111111-1111-1111-1111-111111111111';

const manager = (cloud: TestCloud) => cloud.client(SecretsManagerClient);
const create = (cloud: TestCloud, Name: string, SecretString = 'hush', more: object = {}) =>
  manager(cloud).send(new CreateSecretCommand({ Name, SecretString, ...more }));
const get = (cloud: TestCloud, SecretId: string, more: object = {}) =>
  manager(cloud).send(new GetSecretValueCommand({ SecretId, ...more }));

test('a secret has versions with labels; the last one but one can be had back', async () => {
  await using cloud = await startTestCloud();
  const made = await create(cloud, 'db/password', 'one', { ClientRequestToken: TOKEN, Description: 'of the shop' });
  assert.match(made.ARN ?? '', /^arn:aws:secretsmanager:us-east-1:123456789012:secret:db\/password-[A-Za-z0-9]{6}$/);
  assert.equal(made.VersionId, TOKEN);
  const same = await create(cloud, 'db/password', 'one', { ClientRequestToken: TOKEN });
  assert.equal(same.ARN, made.ARN);
  const other = await failure(create(cloud, 'db/password', 'two'));
  assert.deepEqual(
    [other.name, other.message],
    ['ResourceExistsException', 'The operation failed because the secret db/password already exists.'],
  );
  const put = await manager(cloud).send(new PutSecretValueCommand({ SecretId: made.ARN, SecretString: 'two' }));
  assert.deepEqual(put.VersionStages, ['AWSCURRENT']);
  const shortArn = (made.ARN ?? '').slice(0, -7);
  for (const id of ['db/password', made.ARN ?? '', shortArn]) assert.equal((await get(cloud, id)).SecretString, 'two');
  assert.equal((await get(cloud, 'db/password', { VersionStage: 'AWSPREVIOUS' })).SecretString, 'one');
  assert.equal((await get(cloud, 'db/password', { VersionId: TOKEN })).SecretString, 'one');
  const { VersionIdsToStages } = await manager(cloud).send(new DescribeSecretCommand({ SecretId: 'db/password' }));
  assert.deepEqual(VersionIdsToStages, { [TOKEN]: ['AWSPREVIOUS'], [put.VersionId ?? '']: ['AWSCURRENT'] });
  await manager(cloud).send(
    new UpdateSecretVersionStageCommand({
      SecretId: 'db/password',
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: TOKEN,
      RemoveFromVersionId: put.VersionId,
    }),
  );
  assert.equal((await get(cloud, 'db/password')).SecretString, 'one');
  assert.equal((await get(cloud, 'db/password', { VersionStage: 'AWSPREVIOUS' })).SecretString, 'two');
  await manager(cloud).send(new UpdateSecretCommand({ SecretId: 'db/password', SecretBinary: Buffer.from([1, 2]) }));
  const binary = await get(cloud, 'db/password');
  assert.deepEqual([binary.SecretString, [...(binary.SecretBinary ?? [])]], [undefined, [1, 2]]);
  const aimless = new UpdateSecretVersionStageCommand({ SecretId: 'db/password', VersionStage: 'AWSCURRENT' });
  assert.equal((await failure(manager(cloud).send(aimless))).name, 'InvalidParameterException');
  const { Versions } = await manager(cloud).send(
    new ListSecretVersionIdsCommand({ SecretId: 'db/password', IncludeDeprecated: true }),
  );
  assert.equal(Versions?.length, 3);
  const nowhere = await failure(get(cloud, 'db/password', { VersionStage: 'MINE' }));
  assert.equal(nowhere.message, "Secrets Manager can't find the specified secret value for staging label: MINE");
  assert.equal((await failure(get(cloud, 'none'))).message, "Secrets Manager can't find the specified secret.");
});

test('a secret that is deleted can be had back until its window is over', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's');
  const { DeletionDate } = await manager(cloud).send(
    new DeleteSecretCommand({ SecretId: 's', RecoveryWindowInDays: 7 }),
  );
  assert.equal(DeletionDate?.getTime(), START + 7 * DAY);
  const marked = await failure(get(cloud, 's'));
  assert.equal(marked.message, "You can't perform this operation on the secret because it was marked for deletion.");
  const scheduled = await failure(create(cloud, 's'));
  assert.equal(scheduled.name, 'InvalidRequestException');
  await manager(cloud).send(new RestoreSecretCommand({ SecretId: 's' }));
  assert.equal((await get(cloud, 's')).SecretString, 'hush');
  await manager(cloud).send(new DeleteSecretCommand({ SecretId: 's' }));
  await cloud.advance(30 * DAY);
  assert.equal((await failure(get(cloud, 's'))).name, 'ResourceNotFoundException');
  await create(cloud, 's');
  await manager(cloud).send(new DeleteSecretCommand({ SecretId: 's', ForceDeleteWithoutRecovery: true }));
  await create(cloud, 's', 'again');
  const few = await failure(manager(cloud).send(new DeleteSecretCommand({ SecretId: 's', RecoveryWindowInDays: 3 })));
  assert.equal(few.name, 'InvalidParameterException');
  // What was never there is gone by force all the same, under an ARN as it would have had.
  const none = await manager(cloud).send(
    new DeleteSecretCommand({ SecretId: 'none', ForceDeleteWithoutRecovery: true }),
  );
  assert.equal(none.Name, 'none');
  assert.match(none.ARN ?? '', /^arn:aws:secretsmanager:us-east-1:123456789012:secret:none-[A-Za-z0-9]{6}$/);
});

test('a function rotates the secret, step by step', async () => {
  await using cloud = await startTestCloud();
  const source = `
    import { SecretsManagerClient, DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
    const manager = new SecretsManagerClient({});
    export const handler = async ({ Step, SecretId, ClientRequestToken }) => {
      if (Step === 'createSecret') {
        const { SecretString } = await manager.send(new GetSecretValueCommand({ SecretId }));
        await manager.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: SecretString + '+', VersionStages: ['AWSPENDING'] }));
      }
      if (Step !== 'finishSecret') return;
      const { VersionIdsToStages } = await manager.send(new DescribeSecretCommand({ SecretId }));
      const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id].includes('AWSCURRENT'));
      await manager.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current }));
    };`;
  await createFunction(cloud, await functionRole(cloud, ['secretsmanager:*', 'kms:*']), 'rotates', source);
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'rotates',
      StatementId: 'manager',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    }),
  );
  await create(cloud, 's', 'v');
  const none = await failure(manager(cloud).send(new RotateSecretCommand({ SecretId: 's' })));
  assert.equal(none.message, 'No Lambda rotation function ARN is associated with this secret.');
  await manager(cloud).send(
    new RotateSecretCommand({
      SecretId: 's',
      RotationLambdaARN: 'arn:aws:lambda:us-east-1:123456789012:function:rotates',
      RotationRules: { AutomaticallyAfterDays: 10 },
    }),
  );
  await cloud.server.cloud.settle();
  assert.equal((await get(cloud, 's')).SecretString, 'v+');
  assert.equal((await get(cloud, 's', { VersionStage: 'AWSPREVIOUS' })).SecretString, 'v');
  await cloud.advance(10 * DAY);
  assert.equal((await get(cloud, 's')).SecretString, 'v++');
  const { RotationEnabled, LastRotatedDate } = await manager(cloud).send(new DescribeSecretCommand({ SecretId: 's' }));
  assert.deepEqual([RotationEnabled, LastRotatedDate?.getTime()], [true, START + 10 * DAY]);
});

test('another account reads by the secret’s policy and the key’s', async () => {
  await using cloud = await startTestCloud();
  const { ARN = '' } = await create(cloud, 'shared');
  const theirs = cloud.client(SecretsManagerClient, {
    credentials: { accessKeyId: '999999999999', secretAccessKey: 'test' },
  });
  const read = () => theirs.send(new GetSecretValueCommand({ SecretId: ARN }));
  const who = 'User: arn:aws:iam::999999999999:root is not authorized to perform: secretsmanager:GetSecretValue';
  const why = 'because no resource-based policy allows the secretsmanager:GetSecretValue action';
  for (const SecretId of [ARN, ARN.slice(0, -7), 'arn:aws:secretsmanager:us-west-2:123456789012:secret:none']) {
    const refused = await failure(theirs.send(new GetSecretValueCommand({ SecretId })));
    assert.deepEqual(
      [refused.name, refused.message],
      ['AccessDeniedException', `${who} on resource: ${SecretId} ${why}`],
    );
  }
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: '999999999999' },
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
  };
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await manager(cloud).send(new PutResourcePolicyCommand({ SecretId: 'shared', ResourcePolicy }));
  assert.equal(
    (await manager(cloud).send(new GetResourcePolicyCommand({ SecretId: 'shared' }))).ResourcePolicy,
    ResourcePolicy,
  );
  // AWS's own key opens for its account alone.
  assert.notEqual((await failure(read())).name, 'ResourceNotFoundException');
  const open = await failure(
    manager(cloud).send(
      new PutResourcePolicyCommand({
        SecretId: 'shared',
        ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Principal: '*' }] }),
        BlockPublicPolicy: true,
      }),
    ),
  );
  assert.equal(open.name, 'PublicPolicyException');
});

test('secrets are listed, filtered, tagged and read together', async () => {
  await using cloud = await startTestCloud();
  for (const name of ['app/a', 'app/b', 'other'])
    await create(cloud, name, name, { Tags: [{ Key: 'team', Value: name }] });
  await manager(cloud).send(new TagResourceCommand({ SecretId: 'other', Tags: [{ Key: 'x', Value: 'y' }] }));
  await manager(cloud).send(new UntagResourceCommand({ SecretId: 'other', TagKeys: ['team'] }));
  const names = async (Key: 'name' | 'tag-key', value: string) =>
    (await manager(cloud).send(new ListSecretsCommand({ Filters: [{ Key, Values: [value] }] }))).SecretList?.map(
      ({ Name }) => Name,
    );
  assert.deepEqual(await names('name', 'app/'), ['app/a', 'app/b']);
  assert.deepEqual(await names('name', '!app/'), ['other']);
  assert.deepEqual(await names('tag-key', 'x'), ['other']);
  const page = await manager(cloud).send(new ListSecretsCommand({ MaxResults: 2 }));
  const rest = await manager(cloud).send(new ListSecretsCommand({ NextToken: page.NextToken }));
  assert.deepEqual([page.SecretList?.length, rest.SecretList?.map(({ Name }) => Name)], [2, ['other']]);
  const batch = await manager(cloud).send(new BatchGetSecretValueCommand({ SecretIdList: ['app/a', 'none'] }));
  assert.deepEqual(
    [batch.SecretValues?.map(({ SecretString }) => SecretString), batch.Errors?.map(({ ErrorCode }) => ErrorCode)],
    [['app/a'], ['ResourceNotFoundException']],
  );
});

test('passwords have what is asked for', async () => {
  await using cloud = await startTestCloud();
  const drawn = async (input: object) =>
    (await manager(cloud).send(new GetRandomPasswordCommand(input))).RandomPassword ?? '';
  const usual = await drawn({});
  assert.equal(usual.length, 32);
  for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/]) assert.match(usual, kind);
  assert.match(
    await drawn({ PasswordLength: 200, ExcludePunctuation: true, ExcludeCharacters: 'abc' }),
    /^[d-zA-Z0-9]{200}$/,
  );
  assert.notEqual(await drawn({}), await drawn({}));
  const short = await failure(drawn({ PasswordLength: 3 }));
  assert.equal(short.message, 'Password length is too short based on the required types.');
  const letters = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true };
  const none = await failure(drawn({ ...letters, ExcludeNumbers: true }));
  assert.equal(none.message, 'All characters have been excluded from selection.');
  const digits = await failure(drawn({ ExcludeCharacters: '0123456789' }));
  assert.equal(digits.message, 'All characters of the desired type have been excluded.');
  assert.match(await drawn({ ExcludeCharacters: '0123456789', RequireEachIncludedType: false }), /^\D{32}$/);
});

test('a stack draws a password, and hands it on by a reference', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = `
Resources:
  S:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: made
      GenerateSecretString:
        SecretStringTemplate: '{"user":"admin"}'
        GenerateStringKey: password
        PasswordLength: 20
        ExcludePunctuation: true
  P:
    Type: AWS::SSM::Parameter
    Properties:
      Name: user
      Type: String
      Value: !Sub '{{resolve:secretsmanager:\${S}:SecretString:user}}'
`;
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await cloud.server.cloud.settle();
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
  assert.equal(Stacks?.[0]?.StackStatus, 'CREATE_COMPLETE');
  const { user, password } = JSON.parse((await get(cloud, 'made')).SecretString ?? '');
  assert.equal(user, 'admin');
  assert.match(password, /^[A-Za-z0-9]{20}$/);
  await formation.send(new DeleteStackCommand({ StackName: 's' }));
  await cloud.server.cloud.settle();
  assert.equal((await failure(get(cloud, 'made'))).name, 'ResourceNotFoundException');
});

test('filters by description want every word, each from its beginning', async () => {
  await using cloud = await startTestCloud();
  for (const [name, Description] of Object.entries({ one: 'a secret', two: 'an secret', three: 'asecret', four: '' }))
    await create(cloud, name, 'x', { Description });
  const listed = async (Value: string) => {
    const { SecretList = [] } = await manager(cloud).send(
      new ListSecretsCommand({ Filters: [{ Key: 'description', Values: [Value] }] }),
    );
    return SecretList.map(({ Name }) => Name).toSorted();
  };
  assert.deepEqual(await listed('a secret'), ['one', 'two']);
  assert.deepEqual(await listed('a'), ['one', 'three', 'two']);
  assert.deepEqual(await listed('!a'), ['four']);
  assert.equal((await manager(cloud).send(new DescribeSecretCommand({ SecretId: 'four' }))).Description, undefined);
});

test('ids that are no names are refused by every operation', async () => {
  await using cloud = await startTestCloud();
  const text =
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!';
  const SecretId = 'not a name';
  const asked = [
    get(cloud, SecretId),
    manager(cloud).send(new DescribeSecretCommand({ SecretId })),
    manager(cloud).send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
    manager(cloud).send(new TagResourceCommand({ SecretId, Tags: [] })),
  ];
  for (const { name, message } of await Promise.all(asked.map(failure)))
    assert.deepEqual([name, message], ['ValidationException', text]);
});

test('a version that stops being current is pending no more; a version is not read by a label of another', async () => {
  await using cloud = await startTestCloud();
  const first = await create(cloud, 'db', 'v1');
  const put = (SecretString: string, VersionStages: string[]) =>
    manager(cloud).send(new PutSecretValueCommand({ SecretId: 'db', SecretString, VersionStages }));
  const second = await put('v2', ['AWSPENDING', 'MINE']);
  await manager(cloud).send(
    new UpdateSecretVersionStageCommand({
      SecretId: 'db',
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: second.VersionId,
      RemoveFromVersionId: first.VersionId,
    }),
  );
  await put('v3', ['AWSCURRENT']);
  const { Versions = [] } = await manager(cloud).send(new ListSecretVersionIdsCommand({ SecretId: 'db' }));
  const stages = Versions.find(({ VersionId }) => VersionId === second.VersionId)?.VersionStages;
  assert.deepEqual(stages?.toSorted(), ['AWSPREVIOUS', 'MINE']);
  const mixed = await failure(get(cloud, 'db', { VersionId: second.VersionId, VersionStage: 'AWSCURRENT' }));
  assert.deepEqual(
    [mixed.name, mixed.message],
    ['InvalidRequestException', 'You provided a VersionStage that is not associated to the provided VersionId.'],
  );
});

test('a secret under the default key is its own account’s only; a function that may not be called rotates nothing', async () => {
  await using cloud = await startTestCloud();
  const { ARN = '' } = await create(cloud, 'db');
  const other = cloud.client(SecretsManagerClient, {
    credentials: { accessKeyId: '222222222222', secretAccessKey: 'x' },
  });
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::222222222222:root' },
        Action: 'secretsmanager:*',
        Resource: '*',
      },
    ],
  });
  await manager(cloud).send(new PutResourcePolicyCommand({ SecretId: ARN, ResourcePolicy }));
  const foreign = await failure(other.send(new GetSecretValueCommand({ SecretId: ARN })));
  assert.deepEqual(
    [foreign.name, foreign.message],
    [
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ],
  );
  const RotationLambdaARN = 'arn:aws:lambda:us-east-1:123456789012:function:none';
  const refused = await failure(manager(cloud).send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN })));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    ],
  );
  const { RotationEnabled } = await manager(cloud).send(new DescribeSecretCommand({ SecretId: 'db' }));
  assert.equal(RotationEnabled, undefined);
});
