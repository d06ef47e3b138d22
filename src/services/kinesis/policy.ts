/** What each operation must be allowed. Source: Service Authorization Reference, "Amazon Kinesis Data Streams". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { readIterator } from './domain/iterator.ts';
import { arnOf, type Named, placeOf, readConsumerArn } from './domain/names.ts';
import { arnOfToken } from './operations/shard.ts';
import { consumers, streams } from './state.ts';

function keysOf(prefix: string, tags: { readonly [key: string]: string }): ConditionKeys {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:${prefix}/${key}`, value]));
}

const given = (tags: { readonly [key: string]: string }): ConditionKeys => ({
  ...keysOf('RequestTag', tags),
  'aws:TagKeys': Object.keys(tags),
});

function onStream(action: string, named: Named, ctx: Ctx, more: ConditionKeys = {}): Access {
  const { name, account } = placeOf(named, ctx);
  const row = ctx.store.in({ account }).get(streams, { name });
  return {
    action: `kinesis:${action}`,
    resource: arnOf(name, account, ctx),
    account,
    policy: row?.policy,
    grantedBy: () => linkedRole(action, ctx),
    context: () => ({ ...keysOf('ResourceTag', row?.tags ?? {}), ...more }),
  };
}

/** DynamoDB writes changes of tables by a role that is linked to it. Source: DynamoDB Developer Guide, "Using service-linked roles for DynamoDB". */
function linkedRole(action: string, { caller: { principal } }: Ctx): string | undefined {
  return principal.kind === 'service' && principal.service === 'dynamodb.amazonaws.com' && action === 'PutRecords'
    ? 'AWSServiceRoleForDynamoDBKinesisDataStreamsReplication'
    : undefined;
}

const named =
  (action: string) =>
  (input: Named, ctx: Ctx): Access =>
    onStream(action, input, ctx);

type ConsumerNamed = { ConsumerARN?: string; ConsumerName?: string; StreamARN?: string };

/** Consumers that are named by their stream have an ARN that ends with when they were made. */
function onConsumer(action: string, input: ConsumerNamed, ctx: Ctx, more: ConditionKeys = {}): Access {
  const read = input.ConsumerARN === undefined ? undefined : readConsumerArn(input.ConsumerARN);
  const { name, account } = placeOf({ ...read, StreamARN: read?.streamArn ?? input.StreamARN ?? '' } as Named, ctx);
  const store = ctx.store.in({ account });
  const life = store.get(streams, { name })?.life ?? '';
  const consumer = read?.name ?? input.ConsumerName ?? '';
  const row = store.get(consumers, { life, name: consumer });
  return {
    action: `kinesis:${action}`,
    resource: input.ConsumerARN ?? row?.arn ?? `${arnOf(name, account, ctx)}/consumer/${consumer}:0`,
    account,
    policy: row?.policy,
    context: () => ({ ...keysOf('ResourceTag', row?.tags ?? {}), ...more }),
  };
}

const onResource = (action: string, arn: string, ctx: Ctx, more: ConditionKeys = {}): Access =>
  readConsumerArn(arn) === undefined
    ? onStream(action, { StreamARN: arn }, ctx, more)
    : onConsumer(action, { ConsumerARN: arn }, ctx, more);

export const access: AccessRules<'kinesis'> = {
  AddTagsToStream: (input, ctx) => onStream('AddTagsToStream', input, ctx, given(input.Tags)),
  CreateStream: (input, ctx) => {
    const one = onStream('CreateStream', input, ctx, given(input.Tags ?? {}));
    return input.Tags === undefined ? one : [one, { ...one, action: 'kinesis:AddTagsToStream' }];
  },
  DecreaseStreamRetentionPeriod: named('DecreaseStreamRetentionPeriod'),
  DeleteResourcePolicy: (input, ctx) => onResource('DeleteResourcePolicy', input.ResourceARN, ctx),
  DeleteStream: named('DeleteStream'),
  DeregisterStreamConsumer: (input, ctx) => onConsumer('DeregisterStreamConsumer', input, ctx),
  DescribeStream: named('DescribeStream'),
  DescribeStreamConsumer: (input, ctx) => onConsumer('DescribeStreamConsumer', input, ctx),
  DescribeStreamSummary: named('DescribeStreamSummary'),
  DisableEnhancedMonitoring: named('DisableEnhancedMonitoring'),
  EnableEnhancedMonitoring: named('EnableEnhancedMonitoring'),
  GetRecords: (input, ctx) => onStream('GetRecords', { StreamARN: readIterator(input.ShardIterator).arn }, ctx),
  GetResourcePolicy: (input, ctx) => onResource('GetResourcePolicy', input.ResourceARN, ctx),
  GetShardIterator: named('GetShardIterator'),
  IncreaseStreamRetentionPeriod: named('IncreaseStreamRetentionPeriod'),
  ListShards: ({ NextToken: token, ...input }, ctx) => {
    const isNamed = input.StreamName !== undefined || input.StreamARN !== undefined;
    if (isNamed) return onStream('ListShards', input, ctx);
    return token === undefined ? [] : onStream('ListShards', { StreamARN: arnOfToken(token, ctx) }, ctx);
  },
  ListStreamConsumers: named('ListStreamConsumers'),
  ListTagsForResource: (input, ctx) => onResource('ListTagsForResource', input.ResourceARN, ctx),
  ListTagsForStream: named('ListTagsForStream'),
  MergeShards: named('MergeShards'),
  PutRecord: named('PutRecord'),
  PutRecords: named('PutRecords'),
  PutResourcePolicy: (input, ctx) => onResource('PutResourcePolicy', input.ResourceARN, ctx),
  RegisterStreamConsumer: (input, ctx) => onStream('RegisterStreamConsumer', input, ctx, given(input.Tags ?? {})),
  RemoveTagsFromStream: (input, ctx) => onStream('RemoveTagsFromStream', input, ctx, { 'aws:TagKeys': input.TagKeys }),
  SplitShard: named('SplitShard'),
  StartStreamEncryption: named('StartStreamEncryption'),
  StopStreamEncryption: named('StopStreamEncryption'),
  SubscribeToShard: (input, ctx) => onConsumer('SubscribeToShard', input, ctx),
  TagResource: (input, ctx) => onResource('TagResource', input.ResourceARN, ctx, given(input.Tags)),
  UntagResource: (input, ctx) => onResource('UntagResource', input.ResourceARN, ctx, { 'aws:TagKeys': input.TagKeys }),
  UpdateMaxRecordSize: named('UpdateMaxRecordSize'),
  UpdateShardCount: named('UpdateShardCount'),
  UpdateStreamMode: named('UpdateStreamMode'),
  UpdateStreamRecordDistributionStrategy: named('UpdateStreamRecordDistributionStrategy'),
};
