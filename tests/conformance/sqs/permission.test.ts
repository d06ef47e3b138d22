import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { table, viewOf } from '#kernel/store';
import { failure, startTestCloud } from '../../support/cloud.ts';

const ARN = 'arn:aws:sqs:us-east-1:123456789012:jobs';

test('permissions by label are statements of the policy, and let another account in', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const other = cloud.client(SQSClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const policy = async () => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }));
    return Attributes?.Policy === undefined ? undefined : JSON.parse(Attributes.Policy);
  };
  const send = () => other.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  assert.equal((await failure(send())).name, 'AccessDeniedException');
  const add = { QueueUrl, Label: 'one', AWSAccountIds: ['210987654321'], Actions: ['SendMessage'] };
  await sqs.send(new AddPermissionCommand(add));
  assert.deepEqual(await policy(), {
    Version: '2008-10-17',
    Id: `${ARN}/SQSDefaultPolicy`,
    Statement: [
      {
        Sid: 'one',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::210987654321:root' },
        Action: 'SQS:SendMessage',
        Resource: ARN,
      },
    ],
  });
  await send();
  const many = {
    QueueUrl,
    Label: 'two',
    AWSAccountIds: ['111111111111', '222222222222'],
    Actions: ['*', 'PurgeQueue'],
  };
  await sqs.send(new AddPermissionCommand(many));
  const [, second] = (await policy()).Statement;
  assert.deepEqual(
    [second.Principal.AWS, second.Action],
    [
      ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:root'],
      ['SQS:*', 'SQS:PurgeQueue'],
    ],
  );
  await sqs.send(new RemovePermissionCommand({ QueueUrl, Label: 'one' }));
  assert.equal((await failure(send())).name, 'AccessDeniedException');
  await sqs.send(new RemovePermissionCommand({ QueueUrl, Label: 'two' }));
  assert.equal(await policy(), undefined);
});

test('a policy gives other accounts the messages of a queue, never the queue itself', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const other = cloud.client(SQSClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const statement = (Effect: string) => ({ Effect, Principal: '*', Action: 'sqs:*', Resource: ARN });
  const setPolicy = (Effect: string) => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement(Effect)] });
    return sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  };
  const find = () => other.send(new GetQueueUrlCommand({ QueueName: 'jobs', QueueOwnerAWSAccountId: '123456789012' }));
  assert.equal((await failure(find())).name, 'AccessDeniedException');
  await setPolicy('Allow');
  assert.equal((await find()).QueueUrl, QueueUrl);
  await other.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await other.send(new PurgeQueueCommand({ QueueUrl }));
  await cloud.advance(1_000);
  const rows = table<object>()('sqs.messages', { scope: 'region', key: [] });
  const place = { account: '123456789012', region: 'us-east-1' };
  const left = cloud.server.cloud.kernel.store.transact((tx) => viewOf(() => tx, place).list(rows));
  assert.deepEqual(left, [], 'what another account purged is swept in the one where it lies');
  const refused = await failure(other.send(new DeleteQueueCommand({ QueueUrl })));
  assert.equal(refused.name, 'AccessDeniedException');
  await setPolicy('Deny');
  const closed = await failure(other.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })));
  assert.equal(closed.name, 'AccessDeniedException');
});

test('policies have limits', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const statement = { Effect: 'Allow', Principal: '*' as unknown, Action: ['sqs:SendMessage'], Resource: '*' };
  const set = (...Statement: object[]) =>
    sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
      }),
    );
  const refusal = async (...statements: object[]) => {
    const { name, message, $metadata } = await failure(set(...statements));
    return [name, $metadata?.httpStatusCode, message];
  };
  const many = (count: number) => Array.from({ length: count }, () => statement);
  await set(...many(20));
  assert.deepEqual(await refusal(...many(21)), [
    'OverLimit',
    403,
    '21 statements were found in the submitted policy, max allowed is 20',
  ]);
  const actions = ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes']
    .concat('GetQueueUrl', 'ListDeadLetterSourceQueues', 'PurgeQueue')
    .map((one) => `sqs:${one}`);
  await set({ ...statement, Action: actions.map((one, at) => (at === 0 ? one : one.replace('sqs:', 'logs:'))) });
  assert.deepEqual(await refusal({ ...statement, Action: actions }), [
    'OverLimit',
    403,
    '8 actions were found in a statement from the submitted policy, max allowed is 7',
  ]);
  const AWS = Array.from({ length: 51 }, (_, at) => String(100_000_000_000 + at));
  assert.equal((await refusal({ ...statement, Principal: { AWS } }))[0], 'OverLimit');
  assert.deepEqual(await refusal({ ...statement, Sid: 'x'.repeat(8_192) }), [
    'OverLimit',
    403,
    'Submitted policy is over max allowed size.',
  ]);
});

test('labels and actions are checked', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const add = (input: object) =>
    failure(
      sqs.send(
        new AddPermissionCommand({
          QueueUrl,
          Label: 'one',
          AWSAccountIds: ['111111111111'],
          Actions: ['SendMessage'],
          ...input,
        }),
      ),
    );
  await sqs.send(
    new AddPermissionCommand({ QueueUrl, Label: 'one', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'] }),
  );
  assert.equal((await add({})).message, 'Value one for parameter Label is invalid. Reason: Already exists.');
  assert.equal(
    (await add({ Label: 'x', Actions: ['Fly'] })).message,
    'Value SQS:Fly for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions. ',
  );
  assert.equal(
    (await add({ Label: 'x y' })).message,
    'Value x y for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  );
  const eight = await add({ Label: 'x', Actions: Array.from({ length: 8 }, () => 'SendMessage') });
  assert.deepEqual([eight.name, eight.message], ['OverLimit', '8 Actions were found, maximum allowed is 7.']);
  assert.equal((await add({ Label: 'x', Actions: [] })).message, 'The request must contain the parameter Actions.');
  for (const accounts of [[], ['*'], ['arn:aws:iam::111111111111:root']])
    assert.equal(
      (await add({ Label: 'x', AWSAccountIds: accounts })).message,
      `Value [${accounts}] for parameter PrincipalId is invalid. Reason: Unable to verify.`,
    );
  assert.equal(
    (await add({ Label: 'x', Actions: ['DeleteQueue'] })).message,
    'Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.',
  );
  const missing = await failure(sqs.send(new RemovePermissionCommand({ QueueUrl, Label: 'none' })));
  assert.equal(missing.message, "Value none for parameter Label is invalid. Reason: can't find label.");
});
