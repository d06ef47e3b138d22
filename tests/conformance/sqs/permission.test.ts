import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
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
  const eight = await add({ Label: 'x', Actions: Array.from({ length: 8 }, () => 'SendMessage') });
  assert.deepEqual([eight.name, eight.message], ['OverLimit', '8 Actions were found, maximum allowed is 7.']);
  assert.equal((await add({ Label: 'x', AWSAccountIds: [] })).name, 'MissingParameter');
  const missing = await failure(sqs.send(new RemovePermissionCommand({ QueueUrl, Label: 'none' })));
  assert.equal(missing.message, "Value none for parameter Label is invalid. Reason: can't find label.");
});
