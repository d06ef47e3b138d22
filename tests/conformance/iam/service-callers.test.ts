/** Services that call services: by themselves, for a resource, for their caller, as a role; each enforced as AWS enforces it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ServiceError } from '#kernel/contract';
import { factsOf, reachOf } from '#kernel/gateway';
import type { Principal } from '#kernel/identity';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:news`;
const statement = (fields: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });

/** What SNS reaches while it serves `caller`. */
const snsOf = (cloud: TestCloud, caller: Principal = ROOT) => reachFor(cloud, 'sns', caller);

function reachFor(cloud: TestCloud, endpoint: string, caller: Principal) {
  const { kernel } = cloud.server.cloud;
  const facts = { principal: caller, accessKeyId: undefined, sourceIp: '192.0.2.1', userAgent: 'test', secure: true };
  return reachOf(kernel, { endpoint, account: ACCOUNT, region: 'us-east-1' }, factsOf(facts, undefined, 'us-east-1'));
}

const ROOT: Principal = { kind: 'root', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, id: ACCOUNT };

async function denied(call: Promise<unknown>): Promise<void> {
  const error = await failure(call);
  assert.ok(error instanceof ServiceError, String(error));
  assert.match(error.code, /^AccessDenied/);
}

async function queueThat(cloud: TestCloud, policy: string | undefined): Promise<string> {
  const Attributes = policy === undefined ? {} : { Policy: policy };
  const { QueueUrl = '' } = await cloud
    .client(SQSClient)
    .send(new CreateQueueCommand({ QueueName: 'jobs', Attributes }));
  return QueueUrl;
}

test('a service by itself needs a policy that lets it in', async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await queueThat(cloud, undefined);
  await denied(snsOf(cloud).own().sqs.SendMessage({ QueueUrl, MessageBody: 'x' }));
});

test('a policy sees for which resource and account a service calls', async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await queueThat(
    cloud,
    statement({
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
      Condition: {
        ArnEquals: { 'aws:SourceArn': TOPIC },
        StringEquals: { 'aws:SourceAccount': ACCOUNT, 'aws:PrincipalServiceName': 'sns.amazonaws.com' },
        'ForAnyValue:StringEquals': { 'aws:PrincipalServiceNamesList': 'sns.us-east-1.amazonaws.com' },
      },
    }),
  );
  const message = { QueueUrl, MessageBody: 'x' };
  const sent = await snsOf(cloud).forResource(TOPIC).sqs.SendMessage(message);
  assert.match(sent.MessageId ?? '', /^[0-9a-f-]{36}$/);
  for (const sns of [snsOf(cloud).own(), snsOf(cloud).forResource(`${TOPIC}2`)])
    await denied(sns.sqs.SendMessage(message));
});

test("a call in the caller's name has the permissions of the caller, and says through whom it came", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const ann: Principal = { kind: 'user', account: ACCOUNT, arn: User?.Arn ?? '', id: User?.UserId ?? '', name: 'ann' };
  const message = { QueueUrl: await queueThat(cloud, undefined), MessageBody: 'x' };
  const stacks = reachFor(cloud, 'cloudformation', ann).forCaller();
  assert.match(
    (await failure(stacks.sqs.SendMessage(message))).message,
    /user\/ann is not authorized to perform: sqs:sendmessage/,
  );

  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'through-stacks',
      PolicyDocument: statement({
        Action: 'sqs:SendMessage',
        Resource: '*',
        Condition: {
          'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' },
          StringEquals: {
            'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
            'aws:CalledViaLast': 'cloudformation.amazonaws.com',
          },
          // A service passes on temporary credentials, without MFA.
          Bool: { 'aws:ViaAWSService': 'true', 'aws:MultiFactorAuthPresent': 'false' },
        },
      }),
    }),
  );
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: Policy?.Arn }));
  assert.match((await stacks.sqs.SendMessage(message)).MessageId ?? '', /^[0-9a-f-]{36}$/);
  // Of most services it is not told which it was.
  await denied(snsOf(cloud, ann).forCaller().sqs.SendMessage(message));
  const { kernel } = cloud.server.cloud;
  const direct = kernel.aws(() => ({ account: ACCOUNT, region: 'us-east-1', principal: ann }));
  await denied(direct.sqs.SendMessage(message));
});

test('a role is assumed by a service that it trusts, and only by one', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const QueueUrl = await queueThat(cloud, undefined);
  for (const service of ['sns', 'lambda']) {
    const trust = statement({ Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' });
    await iam.send(new CreateRoleCommand({ RoleName: `of-${service}`, AssumeRolePolicyDocument: trust }));
    const sends = statement({ Action: 'sqs:SendMessage', Resource: '*' });
    await iam.send(new PutRolePolicyCommand({ RoleName: `of-${service}`, PolicyName: 'sends', PolicyDocument: sends }));
  }
  const acting = await snsOf(cloud).asRole(`arn:aws:iam::${ACCOUNT}:role/of-sns`, 'news');
  const role = acting.aws();
  assert.match((await role.sqs.SendMessage({ QueueUrl, MessageBody: 'x' })).MessageId ?? '', /^[0-9a-f-]{36}$/);
  assert.match(
    (await failure(role.sqs.DeleteQueue({ QueueUrl }))).message,
    /assumed-role\/of-sns\/news is not authorized/,
  );
  acting.authorize({ action: 'sqs:SendMessage', resource: '*' });
  assert.throws(() => acting.authorize({ action: 'sqs:DeleteQueue', resource: '*' }), { name: 'ServiceError' });
  await denied(snsOf(cloud).asRole(`arn:aws:iam::${ACCOUNT}:role/of-lambda`, 'news'));
});
