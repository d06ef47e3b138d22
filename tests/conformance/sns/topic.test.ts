/** Topics: names, attributes, tags, permissions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishCommand,
  RemovePermissionCommand,
  SetTopicAttributesCommand,
  SNSClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { ACCOUNT, openBed, topicArn } from './bed.ts';

const said = async (promise: Promise<unknown>) => {
  const { name, message } = await failure(promise);
  return `${name} ${message}`;
};

test('a topic is made once; other attributes or tags are refused', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const create = (input: object) => sns.send(new CreateTopicCommand({ Name: 'news', ...input }));
  assert.equal((await create({})).TopicArn, topicArn('news'));
  assert.equal((await create({ Attributes: { DisplayName: '' } })).TopicArn, topicArn('news'));
  assert.equal(
    await said(create({ Attributes: { DisplayName: 'x' } })),
    'InvalidParameterException Invalid parameter: Attributes Reason: Topic already exists with different attributes',
  );
  assert.equal(
    await said(create({ Tags: [{ Key: 'a', Value: 'b' }] })),
    'InvalidParameterException Invalid parameter: Tags Reason: Topic already exists with different tags',
  );
  const Tags = [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '2' },
  ];
  await create({ Name: 'tagged', Tags });
  for (const again of [{ Tags }, { Tags: Tags.slice(1) }, { Tags: [] }, {}])
    assert.equal((await create({ Name: 'tagged', ...again })).TopicArn, topicArn('tagged'));
  for (const [input, text] of [
    [{ Name: '' }, 'Invalid parameter: Topic Name'],
    [{ Name: 'a b' }, 'Invalid parameter: Topic Name'],
    [{ Name: 'x'.repeat(257) }, 'Invalid parameter: Topic Name'],
    [{ Name: 'a.fifo' }, 'Invalid parameter: Topic Name'],
    [{ Name: 'a', Attributes: { FifoTopic: 'true' } }, 'Invalid parameter: Topic Name'],
    [{ Name: 'a', Attributes: { Colour: 'red' } }, 'Invalid parameter: Attributes Reason: Unknown attribute Colour'],
    [
      {
        Name: 'a',
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
      'Invalid parameter: Duplicated keys are not allowed.',
    ],
  ] as const)
    assert.equal(await said(create(input)), `InvalidParameterException ${text}`, JSON.stringify(input));
});

test('attributes of a new topic, and those that are set', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('orders.fifo', { DisplayName: 'Orders' });
  const get = async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
  const { Policy, EffectiveDeliveryPolicy, ...rest } = await get();
  assert.deepEqual(rest, {
    ContentBasedDeduplication: 'false',
    DisplayName: 'Orders',
    FifoTopic: 'true',
    Owner: ACCOUNT,
    SubscriptionsConfirmed: '0',
    SubscriptionsDeleted: '0',
    SubscriptionsPending: '0',
    TopicArn,
  });
  assert.deepEqual(JSON.parse(EffectiveDeliveryPolicy ?? '').http.defaultRequestPolicy, {
    headerContentType: 'text/plain; charset=UTF-8',
  });
  assert.deepEqual(JSON.parse(Policy ?? '').Statement[0].Condition, { StringEquals: { 'AWS:SourceOwner': ACCOUNT } });
  const set = (AttributeName: string, AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
  await set('ContentBasedDeduplication', 'true');
  await set('SignatureVersion', '2');
  assert.equal((await get()).ContentBasedDeduplication, 'true');
  assert.equal(await said(set('Nothing', '1')), 'InvalidParameterException Invalid parameter: AttributeName');
  assert.match(
    await said(set('SignatureVersion', '3')),
    /Invalid parameter: SignatureVersion: Invalid value. Must be 1 or 2.$/,
  );
  assert.match(await said(set('DeliveryPolicy', '{x')), /DeliveryPolicy: failed to parse JSON/);
  assert.match(
    await said(set('DeliveryPolicy', '{"http":{"defaultHealthyRetryPolicy":{"numRetries":1}}}')),
    /defaultHealthyRetryPolicy.minDelayTarget must be specified/,
  );
  assert.match(await said(set('Policy', '{"Version":"2012-10-17"}')), /Invalid parameter: Policy Error: /);
  const may = (Action: string) =>
    set('Policy', JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action, Resource: '*' }] }));
  for (const action of ['sns:CreateTopic', 'SNS:SetSubscriptionAttributes', 'sqs:SendMessage'])
    assert.match(await said(may(action)), /Invalid parameter: Policy statement action out of service scope!$/);
  for (const action of ['sns:publish', 'SNS:Receive', 'sns:Get*']) await may(action);
});

test('what is no topic', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const get = (TopicArn: string) => said(sns.send(new GetTopicAttributesCommand({ TopicArn })));
  assert.equal(await get(topicArn('none')), 'NotFoundException Topic does not exist');
  assert.match(
    await said(sns.send(new DeleteTopicCommand({ TopicArn: 'none' }))),
    /TopicArn Reason: An ARN must have at least 6 elements, not 1$/,
  );
  assert.equal(
    await get('topic'),
    'InvalidParameterException Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1',
  );
  assert.equal(
    await get(`arn:aws:sns:eu-west-1:${ACCOUNT}:none`),
    'InvalidParameterException Invalid parameter: TopicArn',
  );
  await sns.send(new DeleteTopicCommand({ TopicArn: topicArn('none') }));
});

test('topics are listed in pages, and gone with everything when they are deleted', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  for (let index = 0; index < 101; index += 1) await bed.topic(`t${String(index).padStart(3, '0')}`);
  const first = await sns.send(new ListTopicsCommand({}));
  assert.equal(first.Topics?.length, 100);
  const second = await sns.send(new ListTopicsCommand({ NextToken: first.NextToken }));
  assert.deepEqual(second.Topics, [{ TopicArn: topicArn('t100') }]);
  assert.match(await said(sns.send(new ListTopicsCommand({ NextToken: 'x' }))), /Invalid parameter: NextToken/);
  await bed.subscribe(topicArn('t000'), 'sms', '+15550100');
  await sns.send(new DeleteTopicCommand({ TopicArn: topicArn('t000') }));
  await bed.cloud.advance(10);
  await bed.topic('t000');
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn('t000') }));
  assert.equal(Attributes?.SubscriptionsConfirmed, '0');
});

test('tags', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const ResourceArn = await bed.topic('news');
  const tags = async () => (await sns.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
  await sns.send(
    new TagResourceCommand({
      ResourceArn,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await sns.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'c'] }));
  assert.deepEqual(await tags(), [{ Key: 'b', Value: '2' }]);
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  assert.equal(
    await said(sns.send(new TagResourceCommand({ ResourceArn, Tags: many }))),
    'TagLimitExceededException Could not complete request: tag quota of per resource exceeded',
  );
  const none = new ListTagsForResourceCommand({ ResourceArn: topicArn('none') });
  assert.equal(await said(sns.send(none)), 'ResourceNotFoundException Resource does not exist');
});

test('another account may what the topic’s policy says', async () => {
  await using bed = await openBed();
  const { sns, cloud } = bed;
  const TopicArn = await bed.topic('news');
  const other = cloud.client(SNSClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'test' } });
  const publish = () => other.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  const denied = await failure(publish());
  assert.equal(denied.$metadata?.httpStatusCode, 403);
  assert.equal(denied.name, 'AuthorizationErrorException');
  assert.match(
    denied.message,
    /^User: arn:aws:iam::210987654321:root is not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:123456789012:news because no resource-based policy allows the SNS:Publish action$/,
  );
  const permission = { TopicArn, Label: 'them', AWSAccountId: ['210987654321'], ActionName: ['Publish'] };
  await sns.send(new AddPermissionCommand(permission));
  await publish();
  assert.equal(
    await said(sns.send(new AddPermissionCommand(permission))),
    'InvalidParameterException Invalid parameter: Statement already exists',
  );
  assert.equal(
    await said(sns.send(new AddPermissionCommand({ ...permission, Label: 'b', ActionName: ['Dance'] }))),
    'InvalidParameterException Invalid parameter: Policy statement action out of service scope!',
  );
  assert.equal(
    await said(sns.send(new AddPermissionCommand({ ...permission, Label: 'c', AWSAccountId: ['999'] }))),
    'InvalidParameterException Invalid parameter: Policy Error: PrincipalNotFound',
  );
  await sns.send(new RemovePermissionCommand({ TopicArn, Label: 'them' }));
  assert.equal((await failure(publish())).name, 'AuthorizationErrorException');
  // Without any statement the topic is still its owner's.
  await sns.send(new RemovePermissionCommand({ TopicArn, Label: '__default_statement_ID' }));
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  assert.deepEqual(JSON.parse(Attributes?.Policy ?? '').Statement, []);
  assert.equal((await failure(publish())).name, 'AuthorizationErrorException');
  await sns.send(new AddPermissionCommand({ TopicArn, Label: 'us', AWSAccountId: [ACCOUNT], ActionName: ['Publish'] }));
});
