import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTopicCommand, GetSubscriptionAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, remove, templateOf, update } from './stacks.ts';

test('a subscription in the Region of its topic', async () => {
  await using cloud = await startTestCloud();
  const sns = cloud.client(SNSClient, { region: 'eu-west-1' });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'far' }));
  const template = (RawMessageDelivery: boolean) =>
    templateOf({
      Queue: { Type: 'AWS::SQS::Queue' },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn,
          Region: 'eu-west-1',
          Protocol: 'sqs',
          Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          RawMessageDelivery,
        },
      },
    });
  await create(cloud, 'far', template(true));
  const SubscriptionArn = (await physicalIds(cloud, 'far')).Subscription ?? '';
  const raw = async () =>
    (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes?.RawMessageDelivery;
  assert.equal(await raw(), 'true');
  await update(cloud, 'far', template(false));
  assert.equal(await raw(), 'false');
  await remove(cloud, 'far');
  assert.equal((await failure(raw())).name, 'NotFoundException');
});
