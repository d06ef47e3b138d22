import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  ChangePasswordCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountAuthorizationDetailsCommand,
  GetInstanceProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetSAMLProviderCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesCommand,
  ListPolicyTagsCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  SetDefaultPolicyVersionCommand,
  SimulateCustomPolicyCommand,
  TagPolicyCommand,
  TagUserCommand,
  UntagPolicyCommand,
  UntagUserCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, keysOf, policy, userWithKey } from './support.ts';

const TRUST = policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
const DOCUMENT = policy(allow('sqs:*'));
const AWS_OWN = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

test('a role shows more the more it is asked about alone', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const asked = {
    RoleName: 'worker',
    AssumeRolePolicyDocument: TRUST,
    Description: 'works',
    MaxSessionDuration: 7_200,
  };
  const made = (await iam.send(new CreateRoleCommand({ ...asked, PermissionsBoundary: AWS_OWN }))).Role;
  const plain = {
    Path: '/',
    RoleName: 'worker',
    RoleId: made?.RoleId,
    Arn: `arn:aws:iam::${ACCOUNT}:role/worker`,
    CreateDate: new Date(START),
    AssumeRolePolicyDocument: encodeURIComponent(TRUST),
  };
  const boundary = { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: AWS_OWN } };
  assert.deepEqual(made, { ...plain, ...boundary });
  const listed = { ...plain, Description: 'works', MaxSessionDuration: 7_200 };
  assert.deepEqual((await iam.send(new ListRolesCommand({}))).Roles, [listed]);
  assert.deepEqual((await iam.send(new GetRoleCommand(asked))).Role, { ...listed, ...boundary, RoleLastUsed: {} });
  const described = await iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'worker', Description: 'rests' }));
  assert.deepEqual(described.Role, { ...plain, Description: 'rests' });
  const profile = { InstanceProfileName: 'host' };
  await iam.send(new CreateInstanceProfileCommand(profile));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...profile, RoleName: 'worker' }));
  const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand(profile));
  assert.deepEqual([InstanceProfile?.Roles, InstanceProfile?.Tags], [[plain], []]);
  const { InstanceProfiles } = await iam.send(new ListInstanceProfilesCommand({}));
  assert.deepEqual([InstanceProfiles?.[0]?.Roles, InstanceProfiles?.[0]?.Tags], [[plain], undefined]);
});

test('authorization details tell tags always, and of users inline policies only where there are some', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'ann' };
  await iam.send(new CreateUserCommand(user));
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: TRUST }));
  const details = () => iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User', 'Role'] }));
  const [ann] = (await details()).UserDetailList ?? [];
  assert.deepEqual(
    [ann?.Tags, ann?.GroupList, ann?.AttachedManagedPolicies, ann?.UserPolicyList],
    [[], [], [], undefined],
  );
  const [worker] = (await details()).RoleDetailList ?? [];
  assert.deepEqual([worker?.Tags, worker?.RolePolicyList, worker?.InstanceProfileList], [[], [], []]);
  await iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'own', PolicyDocument: DOCUMENT }));
  assert.equal((await details()).UserDetailList?.[0]?.UserPolicyList?.length, 1);
});

test("AWS's policies are not for others to change", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const own = { PolicyArn: AWS_OWN };
  assert.deepEqual((await iam.send(new GetPolicyCommand(own))).Policy?.Tags, []);
  const tries = [
    [new DeletePolicyCommand(own), 'Cannot delete policies outside your own account.'],
    [
      new DeletePolicyVersionCommand({ ...own, VersionId: 'v1' }),
      'Cannot delete policy versions for policies outside your own account.',
    ],
    [
      new SetDefaultPolicyVersionCommand({ ...own, VersionId: 'v1' }),
      'Cannot update policies outside your own account.',
    ],
    [
      new CreatePolicyVersionCommand({ ...own, PolicyDocument: DOCUMENT }),
      'Cannot update policies outside your own account.',
    ],
  ] as const;
  for (const [command, text] of tries) assert.equal(await refusal(iam.send(command as never)), `AccessDenied: ${text}`);
});

test('a policy that is not there is called what the question was about', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const gone = { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/gone` };
  const version = { ...gone, VersionId: 'v1' };
  const noVersion = `NoSuchEntityException: Policy ${gone.PolicyArn} version v1 does not exist or is not attachable.`;
  assert.equal(await refusal(iam.send(new GetPolicyVersionCommand(version))), noVersion);
  assert.equal(await refusal(iam.send(new SetDefaultPolicyVersionCommand(version))), noVersion);
  assert.equal(
    await refusal(iam.send(new ListEntitiesForPolicyCommand(gone))),
    `NoSuchEntityException: Policy ${gone.PolicyArn} does not exist or is not attachable.`,
  );
  assert.equal(
    await refusal(iam.send(new DeletePolicyCommand(gone))),
    `NoSuchEntityException: Policy ${gone.PolicyArn} was not found.`,
  );
  const role = { RoleName: 'worker' };
  await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: TRUST }));
  assert.equal(
    await refusal(iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: 'longpolicynamebutnoarn' }))),
    'ValidationError: ARN longpolicynamebutnoarn is not valid.',
  );
  const PermissionsBoundary = `arn:aws:iam::${ACCOUNT}:not_a_policy/invalid`;
  assert.equal(
    await refusal(iam.send(new PutRolePermissionsBoundaryCommand({ ...role, PermissionsBoundary }))),
    `InvalidInputException: ARN ${PermissionsBoundary} is not valid.`,
  );
  assert.equal(
    await refusal(iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: 'not valid json' }))),
    'MalformedPolicyDocumentException: This policy contains invalid Json',
  );
});

test("keys of a policy's tags differ by case, those of a user's do not", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const tags = (...pairs: string[]) => pairs.map((pair) => ({ Key: pair.split('=')[0], Value: pair.split('=')[1] }));
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: DOCUMENT, Tags: tags('abc=1', 'b=2', 'z=3', 'a=4') }),
  );
  const of = { PolicyArn: Policy?.Arn };
  const listed = async () => (await iam.send(new ListPolicyTagsCommand(of))).Tags;
  assert.deepEqual(Policy?.Tags, tags('abc=1', 'b=2', 'z=3', 'a=4'));
  assert.deepEqual(await listed(), tags('a=4', 'b=2', 'z=3', 'abc=1'));
  await iam.send(new TagPolicyCommand({ ...of, Tags: tags('A=5') }));
  await iam.send(new UntagPolicyCommand({ ...of, TagKeys: ['a', 'ABC'] }));
  assert.deepEqual(await listed(), tags('A=5', 'b=2', 'z=3', 'abc=1'));
  assert.equal(
    await refusal(iam.send(new TagPolicyCommand({ ...of, Tags: tags('k=1', 'k=2') }))),
    'InvalidInputException: Duplicate tag keys found.',
  );
  const many = Array.from({ length: 47 }, (_, at) => `k${at}=v`);
  assert.equal(
    await refusal(iam.send(new TagPolicyCommand({ ...of, Tags: tags(...many) }))),
    'LimitExceededException: The number of tags has reached the maximum limit.',
  );
  await iam.send(new CreateUserCommand({ UserName: 'ann', Tags: tags('team=blue', 'cost=1') }));
  await iam.send(new TagUserCommand({ UserName: 'ann', Tags: tags('Team=red') }));
  await iam.send(new UntagUserCommand({ UserName: 'ann', TagKeys: ['COST'] }));
  const { Policies } = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['LocalManagedPolicy'] }));
  assert.equal(Policies?.length, 1);
});

test('what is wrong with a request is said without repeating it', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const of = { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/p` };
  const begin = (many = 1) => `ValidationError: ${many} validation error${many === 1 ? '' : 's'} detected: `;
  assert.equal(
    await refusal(iam.send(new GetPolicyVersionCommand({ ...of, VersionId: '1' }))),
    `${begin()}Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?`,
  );
  assert.equal(
    await refusal(iam.send(new TagPolicyCommand({ ...of, Tags: [{ Key: 'k'.repeat(129), Value: '' }] }))),
    `${begin()}Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128`,
  );
  assert.equal(
    await refusal(iam.send(new UntagPolicyCommand({ ...of, TagKeys: ['k'.repeat(129), '<'] }))),
    `${begin()}Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]`,
  );
  assert.equal(
    await refusal(
      iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 5, MaxPasswordAge: 2_000 })),
    ),
    `${begin(2)}Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value greater than or equal to 6; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095`,
  );
});

test('names that every object of JavaScript has are names like others', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'constructor' };
  await iam.send(new CreateUserCommand(user));
  for (const PolicyName of ['constructor', '__proto__']) {
    const of = { ...user, PolicyName };
    assert.equal(
      await refusal(iam.send(new GetUserPolicyCommand(of))),
      `NoSuchEntityException: The user policy with name ${PolicyName} cannot be found.`,
    );
    await iam.send(new PutUserPolicyCommand({ ...of, PolicyDocument: DOCUMENT }));
    assert.equal((await iam.send(new GetUserPolicyCommand(of))).PolicyName, PolicyName);
  }
});

test('who is no user must say which one is meant', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const trust = policy({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust }));
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/worker`;
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' });
  const credentials = keysOf((await cloud.client(STSClient).send(assume)).Credentials);
  const worker = cloud.client(IAMClient, { credentials });
  const unnamed = 'ValidationError: Must specify userName when calling with non-User credentials';
  assert.equal(await refusal(worker.send(new GetUserCommand({}))), unnamed);
  assert.equal(await refusal(worker.send(new ListAccessKeysCommand({}))), unnamed);
  const change = new ChangePasswordCommand({ OldPassword: 'a', NewPassword: 'b' });
  assert.equal((await failure(worker.send(change))).name, 'InvalidUserTypeException');
  const { accessKeyId: AccessKeyId } = await userWithKey(cloud, 'ann');
  assert.equal(
    await refusal(worker.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))),
    `AccessDenied: User: arn:aws:sts::${ACCOUNT}:assumed-role/worker/session is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${AccessKeyId} because no identity-based policy allows the iam:GetAccessKeyLastUsed action`,
  );
});

test('a role is taken only from the instance profile that has it', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const profile = { InstanceProfileName: 'host' };
  await iam.send(new CreateInstanceProfileCommand(profile));
  const remove = () => iam.send(new RemoveRoleFromInstanceProfileCommand({ ...profile, RoleName: 'worker' }));
  assert.equal(await refusal(remove()), 'NoSuchEntityException: The role with name worker cannot be found.');
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: TRUST }));
  assert.equal(await refusal(remove()), 'NoSuchEntityException: Role worker in Instance Profile host cannot be found.');
});

test('few services have service-linked roles with a suffix', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const create = (AWSServiceName: string) =>
    iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix: 'mine' }));
  assert.equal(
    await refusal(create('batch.amazonaws.com')),
    'InvalidInputException: Custom suffix is not allowed for batch.amazonaws.com',
  );
  const RoleName = (await create('lexv2.amazonaws.com')).Role?.RoleName;
  assert.equal(RoleName, 'AWSServiceRoleForLexV2Bots_mine');
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(
    AttachedPolicies?.map(({ PolicyName }) => PolicyName),
    ['AmazonLexV2BotPolicy'],
  );
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement, [
    { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lexv2.amazonaws.com' } },
  ]);
});

test('a simulation says how each kind of policy decides between accounts, and nothing within one', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const ask = async (ResourceArns: string[] | undefined, ResourcePolicy?: string) => {
    const CallerArn = `arn:aws:iam::${ACCOUNT}:user/ann`;
    const asked = { PolicyInputList: [DOCUMENT], ActionNames: ['sqs:SendMessage'], ResourceArns };
    const input = { ...asked, ResourcePolicy, CallerArn };
    return (await iam.send(new SimulateCustomPolicyCommand(input))).EvaluationResults?.[0]?.EvalDecisionDetails;
  };
  const queueOf = (account: string) => `arn:aws:sqs:us-east-1:${account}:jobs`;
  assert.deepEqual(await ask([queueOf(ACCOUNT)]), {});
  assert.equal(await ask(undefined), undefined);
  const open = policy({ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: queueOf('*') });
  assert.deepEqual(await ask([queueOf('222222222222')], open), {
    'IAM Policy': 'allowed',
    'Resource Policy': 'explicitDeny',
  });
  const scenario = {
    PolicyInputList: [DOCUMENT],
    ActionNames: ['ec2:RunInstances'],
    ResourceHandlingOption: 'EC2-VPC-InstanceStore',
  };
  assert.match(await refusal(iam.send(new SimulateCustomPolicyCommand(scenario))), /ResourceHandlingOption/);
});

test('ARNs of other services, with a Region or a space behind them, are of nothing of IAM', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  for (const PolicyArn of [
    'arn:aws:s3:::bucket-of-somebody',
    `arn:aws:iam:us-east-1:${ACCOUNT}:policy/mine`,
    `arn:aws:iam::${ACCOUNT}:policy/mine `,
    `arn:aws:iam::${ACCOUNT}:role/mine`,
  ]) {
    const invalid = `InvalidInputException: ARN ${PolicyArn} is not valid.`;
    assert.equal(await refusal(iam.send(new GetPolicyCommand({ PolicyArn }))), invalid);
    assert.equal(await refusal(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))), invalid);
    assert.equal(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn }))), invalid);
    assert.equal(await refusal(iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))), invalid);
    assert.equal(await refusal(iam.send(new ListPolicyTagsCommand({ PolicyArn }))), invalid);
  }
  const arn = `arn:aws:iam:us-east-1:${ACCOUNT}:oidc-provider/example.com`;
  const invalid = `InvalidInputException: ARN ${arn} is not valid.`;
  assert.equal(
    await refusal(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))),
    invalid,
  );
  assert.equal(
    await refusal(iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))),
    invalid,
  );
  assert.equal(await refusal(iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: arn }))), invalid);
});
