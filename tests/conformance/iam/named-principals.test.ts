import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, PutResourcePolicyCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  PutResourcePolicyCommand as PutSecretPolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';

const AT = 'us-east-1:123456789012';
const ROLE = 'arn:aws:iam::123456789012:role/reader';

const policy = (Action: string, Resource: string, AWS: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS }, Action, Resource }] });

test('a policy of a resource names those who are there, or is refused', async () => {
  await using cloud = await startTestCloud();
  const [sqs, sns] = [cloud.client(SQSClient), cloud.client(SNSClient)];
  const [secrets, db] = [cloud.client(SecretsManagerClient), cloud.client(DynamoDBClient)];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
  await secrets.send(new CreateSecretCommand({ Name: 'key' }));
  const ResourceArn = `arn:aws:dynamodb:${AT}:table/things`;
  await db.send(
    new CreateTableCommand({
      TableName: 'things',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const attempts = (who: string) => {
    const queuePolicy = policy('sqs:SendMessage', `arn:aws:sqs:${AT}:jobs`, who);
    const topicPolicy = policy('sns:Publish', `arn:aws:sns:${AT}:news`, who);
    return [
      () => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: queuePolicy } })),
      () => sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue: topicPolicy })),
      () =>
        secrets.send(
          new PutSecretPolicyCommand({
            SecretId: 'key',
            ResourcePolicy: policy('secretsmanager:GetSecretValue', '*', who),
          }),
        ),
      () =>
        db.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy('dynamodb:GetItem', ResourceArn, who) })),
    ];
  };
  const refusals = [
    ['InvalidAttributeValue', 'Invalid value for the parameter Policy.'],
    ['InvalidParameterException', 'Invalid parameter: Policy Error: PrincipalNotFound'],
    ['MalformedPolicyDocumentException', 'This resource policy contains an unsupported principal.'],
    ['ValidationException', 'One or more parameter values were invalid: Invalid principal in policy document.'],
  ];
  for (const who of [ROLE, 'arn:aws:iam::123456789012:user/nobody'])
    for (const [index, attempt] of attempts(who).entries()) {
      const { name, message } = await failure(attempt());
      assert.deepEqual([name, message], refusals[index]);
    }
  const created = sns.send(
    new CreateTopicCommand({ Name: 'more', Attributes: { Policy: policy('sns:Publish', '*', ROLE) } }),
  );
  assert.match((await failure(created)).message, /Policy Error: PrincipalNotFound$/);
  const trust = policy('sts:AssumeRole', '*', '123456789012').replace(',"Resource":"*"', '');
  await cloud.client(IAMClient).send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: trust }));
  for (const attempt of attempts(ROLE)) await attempt();
  // Nobody is known of an account outside this cloud.
  for (const attempt of attempts('arn:aws:iam::999999999999:role/theirs')) await attempt();
});
