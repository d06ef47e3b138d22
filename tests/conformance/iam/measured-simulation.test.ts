// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
/** Simulations as they were measured at AWS. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  type PolicyIdentifier,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, deny, policy, QUEUE } from './support.ts';

const OTHER = QUEUE.replace(ACCOUNT, '222222222222');
const CallerArn = `arn:aws:iam::${ACCOUNT}:user/path/ann`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/path/worker`;
const GROUP = `arn:aws:iam::${ACCOUNT}:group/team`;
const SEND = 'sqs:SendMessage';

/** Of a queue. */
const grant = (Principal: unknown, Effect: 'Allow' | 'Deny' = 'Allow') =>
  policy({ Effect, Principal, Action: 'sqs:*', Resource: [QUEUE, OTHER] });

type Asked = Partial<SimulateCustomPolicyCommandInput>;

async function startSimulator() {
  const cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const simulate = async (more: Asked) => {
    const input = { PolicyInputList: [policy(allow('sqs:*'))], ActionNames: [SEND], ...more };
    return (await iam.send(new SimulateCustomPolicyCommand(input))).EvaluationResults ?? [];
  };
  return { iam, simulate, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
}

test('of several resources each has a decision, and the action the strictest', async () => {
  await using cloud = await startSimulator();
  const PolicyInputList = [policy(allow('sqs:*', QUEUE), deny('sqs:DeleteQueue'))];
  const ActionNames = [SEND, 'sqs:DeleteQueue', SEND];
  const results = await cloud.simulate({ PolicyInputList, ActionNames, ResourceArns: [QUEUE, `${QUEUE}2`] });
  assert.deepEqual(
    results.map((one) => [
      one.EvalActionName,
      one.EvalDecision,
      one.ResourceSpecificResults?.map((specific) => specific.EvalResourceDecision),
    ]),
    [
      [SEND, 'implicitDeny', ['allowed', 'implicitDeny']],
      ['sqs:DeleteQueue', 'explicitDeny', ['explicitDeny', 'explicitDeny']],
      [SEND, 'implicitDeny', ['allowed', 'implicitDeny']],
    ],
  );
  const page = { PolicyInputList, ActionNames, ResourceArns: [QUEUE, `${QUEUE}2`], MaxItems: 2 };
  const first = await cloud.iam.send(new SimulateCustomPolicyCommand(page));
  assert.deepEqual([first.EvaluationResults?.length, first.IsTruncated], [2, true]);
  const rest = await cloud.iam.send(new SimulateCustomPolicyCommand({ ...page, Marker: first.Marker }));
  assert.deepEqual([rest.EvaluationResults?.length, rest.IsTruncated], [1, false]);
});

test("decisions by the resource's policy and the boundary are the simulator's own", async () => {
  await using cloud = await startSimulator();
  const none = { PolicyInputList: [policy(allow('s3:*'))], ResourceArns: [QUEUE], CallerArn };
  const boundary = { PermissionsBoundaryPolicyInputList: [policy(allow('s3:*'))] };
  const foreign = { ResourceArns: [OTHER], CallerArn };
  const root = grant({ AWS: ACCOUNT });
  for (const [asked, decision] of [
    [{ PolicyInputList: [] }, 'implicitDeny'],
    [none, 'implicitDeny'],
    [{ ...none, ResourcePolicy: grant({ AWS: CallerArn }) }, 'allowed'],
    [{ ...none, ResourcePolicy: root }, 'allowed'],
    [{ ...none, ...boundary, ResourcePolicy: root }, 'allowed'],
    [{ ...none, ...boundary, ResourcePolicy: grant({ AWS: ROLE }), CallerArn: ROLE }, 'allowed'],
    [{ ...none, ResourcePolicy: root, CallerArn: GROUP }, 'allowed'],
    [{ ...none, ResourcePolicy: grant('*', 'Deny') }, 'explicitDeny'],
    [{ ...none, PermissionsBoundaryPolicyInputList: [policy(deny('*'))], ResourcePolicy: root }, 'explicitDeny'],
    [{ ResourceArns: [QUEUE], ...boundary }, 'implicitDeny'],
    [foreign, 'allowed'],
    [{ ...foreign, ResourcePolicy: grant({ AWS: '222222222222' }) }, 'implicitDeny'],
    [{ ...foreign, ResourcePolicy: root }, 'allowed'],
    [{ ...foreign, ...boundary, ResourcePolicy: root }, 'implicitDeny'],
    [{ ...foreign, PolicyInputList: [policy(allow('s3:*'))], ResourcePolicy: root }, 'implicitDeny'],
    [{ ...none, ResourcePolicy: root, ResourceOwner: 'arn:aws:iam::222222222222:root' }, 'implicitDeny'],
  ] as [Asked, string][]) {
    const [one] = await cloud.simulate(asked);
    assert.equal(one?.EvalDecision, decision, JSON.stringify(asked));
  }
});

test('what decided is told by its kind, and what is missing of all policies', async () => {
  await using cloud = await startSimulator();
  const told = async (asked: Asked) => {
    const [one] = await cloud.simulate(asked);
    const sources = one?.MatchedStatements?.map((match) => `${match.SourcePolicyId}: ${match.SourcePolicyType}`);
    return [sources, one?.MissingContextValues];
  };
  const limits = (document: string) => ({ PermissionsBoundaryPolicyInputList: [document] });
  assert.deepEqual(await told(limits(policy(allow('*')))), [['PolicyInputList.1: IAM Policy'], []]);
  assert.deepEqual(await told(limits(policy(deny('*')))), [
    ['PermissionsBoundaryPolicyInputList.1: Permissions Boundary Policy'],
    [],
  ]);
  const scps = (document: string) => ({
    OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [document] }],
  });
  assert.deepEqual(await told(scps(policy(allow('*')))), [['PolicyInputList.1: IAM Policy'], []]);
  assert.deepEqual(await told(scps(policy(deny('*')))), [[], []]);
  const asking = [
    policy(allow('s3:*', 'arn:aws:s3:::${aws:username}', { Bool: { 'aws:SecureTransport': 'true' } })),
    policy(allow('iam:*', '*', { StringEquals: { 'aws:userid': '${aws:PrincipalTag/a}' } })),
  ];
  assert.deepEqual(await told({ PolicyInputList: asking, CallerArn }), [
    [],
    ['aws:username', 'aws:SecureTransport', 'aws:PrincipalTag/a', 'aws:userid'],
  ]);
});

test('who is asked about has a name and an id, unless the request gives others', async () => {
  await using cloud = await startSimulator();
  const on = (key: string, value: string) => [policy(allow('sqs:*', '*', { StringEquals: { [key]: value } }))];
  const ContextEntries = [
    { ContextKeyName: 'aws:userid', ContextKeyValues: ['me'], ContextKeyType: 'string' as const },
  ];
  for (const [asked, decision] of [
    [{ PolicyInputList: on('aws:userid', 'STUB_PRINCIPAL_FOR_POLICY_SIMULATOR') }, 'allowed'],
    [{ PolicyInputList: on('aws:userid', CallerArn), CallerArn }, 'allowed'],
    [{ PolicyInputList: on('aws:userid', CallerArn), CallerArn, ContextEntries }, 'implicitDeny'],
    [{ PolicyInputList: on('aws:userid', 'me'), ContextEntries }, 'allowed'],
    [{ PolicyInputList: on('aws:username', 'ann'), CallerArn }, 'allowed'],
  ] as [Asked, string][]) {
    const [one] = await cloud.simulate(asked);
    assert.equal(one?.EvalDecision, decision, JSON.stringify(asked));
  }
});

test('a simulation that can not be is refused', async () => {
  await using cloud = await startSimulator();
  const entry = (ContextKeyType: string | undefined, ...ContextKeyValues: string[]) => ({
    ContextEntries: [{ ContextKeyName: 'aws:key', ContextKeyType, ContextKeyValues }] as Asked['ContextEntries'] &
      object,
  });
  const open = { CallerArn, ResourcePolicy: grant('*') };
  const NO_CALLER = 'Invalid caller - Caller must be an IAM user, role or group in this context.';
  for (const [asked, text] of [
    [{ ResourceArns: ['queue'] }, 'ResourceNames are not in a valid ARN format: queue.'],
    [{ ResourceArns: [QUEUE, '*'] }, 'ResourceNames are not in a valid ARN format: *.'],
    [{ ActionNames: ['SendMessage'] }, 'The action is invalid since it is missing names'],
    [open, 'Invalid Entity Arn: * does not clearly define entity type and name.'],
    [{ ...open, CallerArn: undefined, ResourceArns: [QUEUE] }, 'Invalid caller - Caller cannot be null or empty.'],
    [{ CallerArn: `arn:aws:iam::${ACCOUNT}:root` }, NO_CALLER],
    [{ CallerArn: QUEUE }, NO_CALLER],
    [{ ResourceOwner: ACCOUNT }, 'Invalid Resource Owner.'],
    [
      { ...open, ResourceArns: [QUEUE], ResourcePolicy: policy({ ...allow('sqs:*'), Principal: '*' }) },
      'ResourceNames are not in a valid ARN format: *.',
    ],
    [
      { PermissionsBoundaryPolicyInputList: [policy(allow('*')), policy(allow('*'))] },
      'The list of Permissions Boundary policies cannot exceed 1 items.',
    ],
    [entry(undefined, 'x'), 'Context key aws:key has invalid type null.'],
    [entry('string'), 'Context values for context key aws:key cannot be null or empty.'],
    [entry('string', 'a', 'b'), 'Context key string expected a single value, but received 2.'],
  ] as [Asked, string][]) {
    const { name, message } = await failure(cloud.simulate(asked));
    assert.deepEqual([name, message], ['InvalidInputException', text]);
  }
  for (const [type, value] of [
    ['numeric', 'ten'],
    ['date', 'tomorrow'],
    ['ip', '203.0.113.0/24'],
    ['binary', 'abc'],
  ] as const)
    assert.equal((await failure(cloud.simulate(entry(type, value)))).name, 'InvalidInputException');
});

test('policies of a principal can be left out of a simulation', async () => {
  await using cloud = await startSimulator();
  const { iam } = cloud;
  const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
  await iam.send(new CreateUserCommand({ UserName: 'bob', Path: '/path/' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await iam.send(new AddUserToGroupCommand({ UserName: 'bob', GroupName: 'team' }));
  const document = (action: string) => ({ PolicyName: 'p', PolicyDocument: policy(allow(action)) });
  await iam.send(new PutUserPolicyCommand({ UserName: 'bob', ...document('s3:*') }));
  await iam.send(new PutGroupPolicyCommand({ GroupName: 'team', ...document('sns:*') }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: SQS }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'team', PolicyArn: SQS }));
  const ActionNames = ['s3:GetObject', 'sns:Publish', SEND];
  const allowed = async (...PolicyExclusionList: PolicyIdentifier[]) => {
    const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/bob`;
    const input = { PolicySourceArn, ActionNames, PolicyExclusionList };
    const { EvaluationResults = [] } = await iam.send(new SimulatePrincipalPolicyCommand(input));
    return EvaluationResults.filter((one) => one.EvalDecision === 'allowed').map((one) => one.EvalActionName);
  };
  const inline = (AttachmentType: 'user' | 'group', AttachmentName: string) => ({
    InlinePolicyIdentifier: { PolicyName: 'p', AttachmentType, AttachmentName },
  });
  assert.deepEqual(await allowed(), ActionNames);
  assert.deepEqual(await allowed({ PolicyType: 'inline' }), [SEND]);
  assert.deepEqual(await allowed({ PolicyType: 'aws-managed' }), ['s3:GetObject', 'sns:Publish']);
  assert.deepEqual(await allowed({ PolicyType: 'user-managed' }, { PolicyType: 'rcp' }), ActionNames);
  assert.deepEqual(await allowed({ PolicyArn: SQS }), ['s3:GetObject', 'sns:Publish']);
  assert.deepEqual(await allowed(inline('user', 'b*')), ['sns:Publish', SEND]);
  assert.deepEqual(await allowed(inline('group', 'tea?')), ['s3:GetObject', SEND]);
  await iam.send(
    new PutUserPermissionsBoundaryCommand({
      UserName: 'bob',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMFullAccess',
    }),
  );
  assert.deepEqual(await allowed(), []);
  assert.deepEqual(await allowed({ PolicyArn: 'arn:aws:iam::aws:policy/IAM*' }), []);
  assert.deepEqual(await allowed({ PolicyType: 'permission-boundary' }), ActionNames);
  assert.equal(
    (await failure(allowed({ PolicyType: 'inline', PolicyArn: SQS } as unknown as PolicyIdentifier))).name,
    'InvalidInputException',
  );
});

test('keys are told once for each policy, as they are written, also of policies that are not whole', async () => {
  await using cloud = await startSimulator();
  const { iam } = cloud;
  const keysOf = async (...PolicyInputList: string[]) =>
    (await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList }))).ContextKeyNames;
  const when = { StringEquals: { 'aws:Key': ['${aws:b, "x"}', "${aws:c, 'x'}"] }, Bool: { 'aws:Key': 'perhaps' } };
  const one = policy(allow('s3:*', 'arn:aws:s3:::${aws:A}${*}', when));
  assert.deepEqual(
    await keysOf(one, one),
    [...Array(2)].flatMap(() => ['aws:A', '*', 'aws:c', 'aws:Key']),
  );
  assert.deepEqual(await keysOf(one.replace('2012-10-17', '2008-10-17')), ['aws:Key']);
  const odd = (Statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement });
  assert.deepEqual(await keysOf(odd({ Condition: { DateEquals: { 'aws:x': 'never' } } })), ['aws:x']);
  assert.deepEqual(await keysOf(odd([])), []);
  assert.deepEqual(await keysOf(odd({ Principal: { AWS: '${aws:x}' }, Action: 's3:${aws:y}', Resource: '${aws:z}' })), [
    'aws:z',
  ]);
  for (const wrong of [odd({ Whatever: 'x' }), odd({ Condition: { Equals: { 'aws:x': 'a' } } })])
    assert.equal((await failure(keysOf(wrong))).name, 'InvalidInputException');
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/IAMUserChangePassword';
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'bob', PermissionsBoundary }));
  const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/bob`;
  const { ContextKeyNames } = await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn }));
  assert.deepEqual(ContextKeyNames, ['aws:username']);
});
