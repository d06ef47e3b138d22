// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
/** Answers as they were measured at AWS. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListOpenIDConnectProviderTagsCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, userWithKey } from './support.ts';

test('an inline policy keeps the name that it was first given, and goes by it in any case', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const put = (PolicyName: string, action: string) =>
    iam.send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName, PolicyDocument: policy(allow(action)) }));
  await put('MixedName', 's3:*');
  await put('mixedname', 'sqs:*');
  const list = async () => (await iam.send(new ListUserPoliciesCommand({ UserName: 'bob' }))).PolicyNames;
  assert.deepEqual(await list(), ['MixedName']);
  const got = await iam.send(new GetUserPolicyCommand({ UserName: 'bob', PolicyName: 'MIXEDNAME' }));
  assert.equal(got.PolicyName, 'MIXEDNAME');
  assert.match(decodeURIComponent(got.PolicyDocument ?? ''), /sqs/);
  await iam.send(new DeleteUserPolicyCommand({ UserName: 'bob', PolicyName: 'mixedName' }));
  assert.deepEqual(await list(), []);
});

test('what is not there is not taken away, and what can not be is refused', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { accessKeyId: AccessKeyId } = await userWithKey(cloud, 'bob');
  const trust = { Effect: 'Allow' as const, Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: policy(trust) }));
  const { OpenIDConnectProviderArn } = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: 'https://id.example.com', Tags: [{ Key: 'a', Value: '1' }] }),
  );
  const code = async (sent: Promise<unknown>) => (await failure(sent)).name;
  assert.deepEqual(
    [
      await code(iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: 'bob' }))),
      await code(iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'r' }))),
      await code(iam.send(new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId, Status: 'Expired' }))),
      await code(iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [] }))),
      await code(iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: [] }))),
    ],
    [
      'NoSuchEntityException',
      'NoSuchEntityException',
      'InvalidInputException',
      'InvalidInputException',
      'InvalidInputException',
    ],
  );
  await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [{ Key: 'A', Value: '2' }] }));
  const { Tags } = await iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }));
  assert.deepEqual(Tags, [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ]);
});

test('whose policies are asked for is who has the name, whatever path is given', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann', Path: '/secret/' }));
  const arn = (path: string) => `arn:aws:iam::${ACCOUNT}:user${path}ann`;
  const ask = (by: IAMClient, path: string) =>
    by.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: arn(path) }));
  const asker = async (name: string, path: string) => {
    const document = policy(allow('iam:GetContextKeysForPrincipalPolicy', arn(path)));
    return cloud.client(IAMClient, { credentials: await userWithKey(cloud, name, document) });
  };
  const [open, secret] = [await asker('bob', '/open/'), await asker('eve', '/secret/')];
  assert.equal((await failure(ask(open, '/open/'))).name, 'AccessDenied');
  assert.deepEqual((await ask(secret, '/open/')).ContextKeyNames, []);
});

test('policy variables may be anywhere in a resource', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const own = policy(allow('iam:ListUserPolicies', 'arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}'));
  const bob = cloud.client(IAMClient, { credentials: await userWithKey(cloud, 'bob', own) });
  const list = (UserName: string) => bob.send(new ListUserPoliciesCommand({ UserName }));
  assert.deepEqual((await list('bob')).PolicyNames, ['own']);
  assert.equal((await failure(list('ann'))).name, 'AccessDenied');
  const whole = policy(allow('s3:*', '${aws:PrincipalTag/bucket}'));
  await iam.send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'p', PolicyDocument: whole }));
});
