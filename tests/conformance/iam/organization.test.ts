/** Service and resource control policies. No service writes them yet (Organizations will), so they are put where it will put them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateQueueCommand, DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type GuardRow, guards } from '../../../src/kernel/identity/state.ts';
import { viewOf } from '../../../src/kernel/store/index.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const FULL = document({ Effect: 'Allow', Action: '*', Resource: '*' });

function document(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function guard(cloud: TestCloud, row: GuardRow): void {
  const { store } = cloud.server.cloud.kernel;
  store.transact((tx) => viewOf(() => tx, { account: ACCOUNT, region: '' }).put(guards, row));
}

test('an SCP limits every principal of the account, its root too', async () => {
  await using cloud = await startTestCloud();
  const root = cloud.client(SQSClient);
  await root.send(new ListQueuesCommand({}));
  const noCreate = document({ Sid: 'NoQueues', Effect: 'Deny', Action: 'sqs:CreateQueue', Resource: '*' });
  guard(cloud, {
    kind: 'scp',
    levels: [
      [{ name: 'FullAWSAccess', document: FULL }],
      [
        { name: 'p-1', document: noCreate },
        { name: 'FullAWSAccess', document: FULL },
      ],
    ],
  });
  await root.send(new ListQueuesCommand({}));
  const denied = await failure(root.send(new CreateQueueCommand({ QueueName: 'jobs' })));
  assert.match(
    denied.message,
    /is not authorized to perform: sqs:createqueue on resource: .* with an explicit deny in a service control policy/i,
  );

  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'all', PolicyDocument: FULL }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const bob = cloud.client(SQSClient, { credentials });
  await bob.send(new ListQueuesCommand({}));
  assert.match(
    (await failure(bob.send(new CreateQueueCommand({ QueueName: 'jobs' })))).message,
    /service control policy/,
  );

  const other = cloud.client(SQSClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  await other.send(new CreateQueueCommand({ QueueName: 'jobs' }));
});

test('every level of SCPs must allow', async () => {
  await using cloud = await startTestCloud();
  const onlyLists = document({ Effect: 'Allow', Action: 'sqs:List*', Resource: '*' });
  guard(cloud, {
    kind: 'scp',
    levels: [[{ name: 'FullAWSAccess', document: FULL }], [{ name: 'p-2', document: onlyLists }]],
  });
  const root = cloud.client(SQSClient);
  await root.send(new ListQueuesCommand({}));
  const denied = await failure(root.send(new CreateQueueCommand({ QueueName: 'jobs' })));
  assert.match(denied.message, /because no service control policy allows the sqs:createqueue action/i);
});

test('an RCP limits what is done to resources of the account', async () => {
  await using cloud = await startTestCloud();
  const root = cloud.client(SQSClient);
  const { QueueUrl } = await root.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const keep = document({ Effect: 'Deny', Principal: '*', Action: 'sqs:DeleteQueue', Resource: '*' });
  const full = document({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' });
  guard(cloud, {
    kind: 'rcp',
    levels: [
      [
        { name: 'RCPFullAWSAccess', document: full },
        { name: 'p-3', document: keep },
      ],
    ],
  });
  const denied = await failure(root.send(new DeleteQueueCommand({ QueueUrl })));
  assert.match(denied.message, /with an explicit deny in a resource control policy/);
});
