import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, type Keys, policy, userWithKey } from '../iam/support.ts';

const arnOf = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const RoleName = 'vault';
const MAY_ASSUME = policy(allow('sts:AssumeRole'));

const trusting = (AWS: string | string[]) => policy({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' });

async function trustOf(cloud: TestCloud): Promise<unknown> {
  const { Role } = await cloud.client(IAMClient).send(new GetRoleCommand({ RoleName }));
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement[0].Principal.AWS;
}

function assume(cloud: TestCloud, credentials: Keys) {
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
  return cloud.client(STSClient, { credentials }).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' }));
}

async function removeUser(cloud: TestCloud, UserName: string, { accessKeyId: AccessKeyId }: Keys): Promise<void> {
  const iam = cloud.client(IAMClient);
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'own' }));
  await iam.send(new DeleteUserCommand({ UserName }));
}

describe('a trust policy', () => {
  it('means a user, not a name: who is made again is not trusted, and the old one shows as an id', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const keys = await userWithKey(cloud, 'ann', MAY_ASSUME);
    await userWithKey(cloud, 'bob', MAY_ASSUME);
    const AssumeRolePolicyDocument = trusting([arnOf('ann'), arnOf('bob')]);
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), AssumeRolePolicyDocument);
    await assume(cloud, keys);
    await removeUser(cloud, 'ann', keys);
    const [id = '', bob] = (await trustOf(cloud)) as string[];
    equal(/^AIDA[A-Z2-7]{17}$/.test(id), true);
    equal(bob, arnOf('bob'));
    const again = await userWithKey(cloud, 'ann', policy(allow('sqs:*')));
    equal((await failure(assume(cloud, again))).name, 'AccessDenied');
    deepEqual(await trustOf(cloud), [id, arnOf('bob')]);
    // The id of nobody can't be written again; the name of the new one can.
    const update = (PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    const refused = await failure(update(trusting([id, arnOf('bob')])));
    equal(
      `${refused.name}: ${refused.message}`,
      `MalformedPolicyDocumentException: Invalid principal in policy: "AWS":"${id}"`,
    );
    await update(trusting(arnOf('ann')));
    await assume(cloud, again);
  });

  it('follows a user to another name', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const keys = await userWithKey(cloud, 'ann', policy(allow('sqs:*')));
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(arnOf('ann')) }));
    await iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/staff/' }));
    equal(await trustOf(cloud), arnOf('staff/anna'));
    await assume(cloud, keys);
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    equal(await trustOf(cloud), arnOf('staff/anna'));
  });

  it('means a role likewise', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const make = () =>
      iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trusting(ACCOUNT) }));
    const { Role } = await make();
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(Role?.Arn ?? '') }));
    equal(await trustOf(cloud), Role?.Arn);
    await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }));
    await make();
    equal(await trustOf(cloud), Role?.RoleId);
  });
});
