import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccountAliasCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteUserCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  ListAccountAliasesCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, deny, policy, QUEUE } from './support.ts';

const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const TRUST = policy({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' });

test('the summary counts what there is', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await failure(iam.send(new CreateUserCommand({ UserName: 'bob' })));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await iam.send(new CreatePolicyCommand({ PolicyName: 'send', PolicyDocument: policy(allow('sqs:*')) }));
  await iam.send(new DeleteUserCommand({ UserName: 'ann' }));
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
  assert.deepEqual(
    [
      SummaryMap?.Users,
      SummaryMap?.Groups,
      SummaryMap?.Roles,
      SummaryMap?.Policies,
      SummaryMap?.PolicyVersionsInUse,
      SummaryMap?.UsersQuota,
    ],
    [1, 1, 0, 1, 1, 5_000],
  );
});

test('an account has one alias, which no other account has', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const digits = await failure(iam.send(new CreateAccountAliasCommand({ AccountAlias: '210987654321' })));
  assert.equal(digits.name, 'ValidationError');
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'yard' }));
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'cloudyard' }));
  assert.deepEqual((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases, ['cloudyard']);
  assert.equal(
    (await failure(iam.send(new CreateAccountAliasCommand({ AccountAlias: 'cloudyard' })))).message,
    'The account alias cloudyard already exists.',
  );
  const other = cloud.client(IAMClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'test' } });
  assert.equal(
    (await failure(other.send(new CreateAccountAliasCommand({ AccountAlias: 'cloudyard' })))).name,
    'EntityAlreadyExistsException',
  );
  await other.send(new CreateAccountAliasCommand({ AccountAlias: 'yard' }));
  await iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'cloudyard' }));
  assert.deepEqual((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases, []);
  assert.equal(
    (await failure(iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'cloudyard' })))).name,
    'NoSuchEntityException',
  );
});

test('the password policy', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const none = await failure(iam.send(new GetAccountPasswordPolicyCommand({})));
  assert.deepEqual(
    [none.name, none.message],
    ['NoSuchEntityException', `The Password Policy with domain name ${ACCOUNT} cannot be found.`],
  );
  await iam.send(
    new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, RequireNumbers: true, MaxPasswordAge: 90 }),
  );
  const { PasswordPolicy } = await iam.send(new GetAccountPasswordPolicyCommand({}));
  assert.deepEqual(PasswordPolicy, {
    MinimumPasswordLength: 12,
    RequireSymbols: false,
    RequireNumbers: true,
    RequireUppercaseCharacters: false,
    RequireLowercaseCharacters: false,
    AllowUsersToChangePassword: false,
    ExpirePasswords: true,
    MaxPasswordAge: 90,
  });
  await iam.send(new DeleteAccountPasswordPolicyCommand({}));
  assert.equal(
    (await failure(iam.send(new DeleteAccountPasswordPolicyCommand({})))).message,
    'The account policy with name PasswordPolicy cannot be found.',
  );
  assert.equal((await failure(iam.send(new GetAccountPasswordPolicyCommand({})))).name, 'NoSuchEntityException');
});

test('authorization details run through every kind, page by page', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await iam.send(new AddUserToGroupCommand({ UserName: 'bob', GroupName: 'team' }));
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'own', PolicyDocument: policy(allow('s3:*')) }),
  );
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: TRUST }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: SQS }));
  await iam.send(new CreatePolicyCommand({ PolicyName: 'send', PolicyDocument: policy(allow('sqs:*')) }));
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(
      new GetAccountAuthorizationDetailsCommand({ MaxItems: 2, ...(Marker !== undefined && { Marker }) }),
    );
    for (const user of page.UserDetailList ?? [])
      seen.push(`user ${user.UserName} ${user.GroupList} ${user.UserPolicyList?.map((one) => one.PolicyName)}`);
    for (const group of page.GroupDetailList ?? []) seen.push(`group ${group.GroupName}`);
    for (const role of page.RoleDetailList ?? [])
      seen.push(`role ${role.RoleName} ${role.AttachedManagedPolicies?.map((one) => one.PolicyName)}`);
    for (const one of page.Policies ?? []) seen.push(`policy ${one.PolicyName} ${one.PolicyVersionList?.length}`);
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.deepEqual(seen, [
    'user bob team own',
    'group team',
    'role worker AmazonSQSFullAccess',
    'policy send 1',
    'policy AmazonSQSFullAccess 1',
  ]);
  const filtered = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
  assert.deepEqual([filtered.RoleDetailList?.length, filtered.UserDetailList, filtered.Policies], [1, [], []]);
});

test('the simulator decides as enforcement does', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const custom = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [
        policy(
          allow('sqs:*', QUEUE, { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }),
          deny('sqs:DeleteQueue'),
        ),
      ],
      ActionNames: ['sqs:SendMessage', 'sqs:DeleteQueue', 's3:GetObject'],
      ResourceArns: [QUEUE],
      ContextEntries: [
        { ContextKeyName: 'aws:RequestedRegion', ContextKeyValues: ['us-east-1'], ContextKeyType: 'string' },
      ],
    }),
  );
  assert.deepEqual(
    custom.EvaluationResults?.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision]),
    [
      ['sqs:SendMessage', 'allowed'],
      ['sqs:DeleteQueue', 'explicitDeny'],
      ['s3:GetObject', 'implicitDeny'],
    ],
  );
  assert.deepEqual(
    custom.EvaluationResults?.[0]?.MatchedStatements?.map((one) => [
      one.SourcePolicyId,
      one.SourcePolicyType,
      one.StartPosition,
    ]),
    [['PolicyInputList.1', 'IAM Policy', { Line: 1, Column: 38 }]],
  );
  assert.deepEqual(
    custom.EvaluationResults?.map(({ ResourceSpecificResults: [one] = [] }) => [
      one?.EvalResourceName,
      one?.EvalResourceDecision,
    ]),
    [
      [QUEUE, 'allowed'],
      [QUEUE, 'explicitDeny'],
      [QUEUE, 'implicitDeny'],
    ],
  );
  const object = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [policy(allow('s3:GetObject', 'arn:aws:s3:::photos/*'))],
      ActionNames: ['s3:GetObject'],
      ResourceArns: ['arn:aws:s3:::photos/a', 'arn:aws:s3:::others/a'],
    }),
  );
  assert.deepEqual(
    object.EvaluationResults?.map(({ ResourceSpecificResults: each = [] }) =>
      each.map((one) => one.EvalResourceDecision),
    ),
    [['allowed', 'implicitDeny']],
    'whose a bucket is, its ARN does not say',
  );
  const scps = (...levels: string[]) => levels.map((document) => ({ ServiceControlPolicyInputList: [document] }));
  const inOrganization = async (...levels: string[]) => {
    const { EvaluationResults: [one] = [] } = await iam.send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [policy(allow('sqs:*'))],
        OrderedOrganizationPolicyInputList: scps(...levels),
        ActionNames: ['sqs:SendMessage'],
      }),
    );
    return [one?.EvalDecision, one?.OrganizationsDecisionDetail?.AllowedByOrganizations];
  };
  assert.deepEqual(await inOrganization(policy(allow('*')), policy(allow('sqs:*'))), ['allowed', true]);
  assert.deepEqual(await inOrganization(policy(allow('*')), policy(allow('s3:*'))), ['implicitDeny', false]);
  assert.deepEqual(await inOrganization(policy(allow('*'), deny('sqs:*'))), ['explicitDeny', false]);
  const missing = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [policy(allow('sqs:*', '*', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }))],
      ActionNames: ['sqs:SendMessage'],
    }),
  );
  assert.deepEqual(
    [missing.EvaluationResults?.[0]?.EvalDecision, missing.EvaluationResults?.[0]?.MissingContextValues],
    ['implicitDeny', ['aws:RequestedRegion']],
  );

  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await iam.send(new AddUserToGroupCommand({ UserName: 'bob', GroupName: 'team' }));
  await iam.send(
    new PutGroupPolicyCommand({
      GroupName: 'team',
      PolicyName: 'list',
      PolicyDocument: policy(allow('s3:ListBucket', '*', { StringLike: { 's3:prefix': 'home/*' } })),
    }),
  );
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: SQS }));
  const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/bob`;
  const simulate = async (ActionNames: string[]) =>
    (await iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames }))).EvaluationResults?.map(
      (one) => one.EvalDecision,
    );
  assert.deepEqual(await simulate(['sqs:SendMessage', 's3:ListBucket']), ['allowed', 'implicitDeny']);
  await iam.send(
    new PutUserPermissionsBoundaryCommand({
      UserName: 'bob',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonS3FullAccess',
    }),
  );
  assert.deepEqual(await simulate(['sqs:SendMessage']), ['implicitDeny']);
  assert.deepEqual((await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn }))).ContextKeyNames, [
    's3:prefix',
  ]);
  const keys = await iam.send(
    new GetContextKeysForCustomPolicyCommand({
      PolicyInputList: [
        policy(allow('s3:*', `arn:aws:s3:::home/\${aws:username}/*`, { Bool: { 'aws:SecureTransport': 'true' } })),
      ],
    }),
  );
  assert.deepEqual(keys.ContextKeyNames, ['aws:username', 'aws:SecureTransport']);
  const odd = policy(allow('s3:*', [`arn:aws:s3:::\${aws:PrincipalTag/team, 'none'}/*`, `arn:aws:s3:::\${aws:open`]));
  const { ContextKeyNames } = await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [odd] }));
  assert.deepEqual(ContextKeyNames, ['aws:PrincipalTag/team']);
});
