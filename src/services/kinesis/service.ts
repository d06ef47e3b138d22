/** Amazon Kinesis Data Streams: records in order, shard by shard, for as many readers as want them. */
import { defineService, notYet } from '#kernel/contract';
import { sweep, trim } from './domain/trim.ts';
import { invalid } from './errors.ts';
import { describeAccountSettings, describeLimits } from './operations/account.ts';
import {
  deregisterStreamConsumer,
  describeStreamConsumer,
  listStreamConsumers,
  registerStreamConsumer,
} from './operations/consumer.ts';
import { getRecords, getShardIterator } from './operations/get.ts';
import { putRecord, putRecords } from './operations/put.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './operations/resource-policy.ts';
import {
  decreaseStreamRetentionPeriod,
  disableEnhancedMonitoring,
  enableEnhancedMonitoring,
  increaseStreamRetentionPeriod,
  startStreamEncryption,
  stopStreamEncryption,
  updateMaxRecordSize,
  updateStreamMode,
  updateStreamRecordDistributionStrategy,
} from './operations/setting.ts';
import { listShards, mergeShards, splitShard, updateShardCount } from './operations/shard.ts';
import { createStream, deleteStream, describeStream, describeStreamSummary, listStreams } from './operations/stream.ts';
import { subscribeToShard } from './operations/subscribe.ts';
import {
  addTagsToStream,
  listTagsForResource,
  listTagsForStream,
  removeTagsFromStream,
  tagResource,
  untagResource,
} from './operations/tag.ts';
import { access } from './policy.ts';

const CHANNELS = notYet('channels deliver to table buckets and buckets by a format of their own, which is not built');
const QUEUES = notYet('queues over streams are not built');
const ADVANTAGE = notYet('On-demand Advantage, which warm throughput needs, is not built');

export const service = defineService<'kinesis'>({
  name: 'kinesis',
  prefix: 'kinesis',
  reservedTag: invalid,
  access,
  metrics: 'AWS/Kinesis',
  timers: { trim, sweep },
  dataEvents: ['GetRecords', 'GetShardIterator', 'PutRecord', 'PutRecords', 'SubscribeToShard'],
  operations: {
    AcknowledgeDeadLetterQueueRecords: QUEUES,
    AcknowledgeQueueRecords: QUEUES,
    AddTagsToStream: addTagsToStream,
    CreateChannel: CHANNELS,
    CreateQueue: QUEUES,
    CreateStream: createStream,
    DecreaseStreamRetentionPeriod: decreaseStreamRetentionPeriod,
    DeleteChannel: CHANNELS,
    DeleteQueue: QUEUES,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteStream: deleteStream,
    DeregisterStreamConsumer: deregisterStreamConsumer,
    DescribeAccountSettings: describeAccountSettings,
    DescribeChannel: CHANNELS,
    DescribeLimits: describeLimits,
    DescribeQueue: QUEUES,
    DescribeStream: describeStream,
    DescribeStreamConsumer: describeStreamConsumer,
    DescribeStreamSummary: describeStreamSummary,
    DisableEnhancedMonitoring: disableEnhancedMonitoring,
    EnableEnhancedMonitoring: enableEnhancedMonitoring,
    GetRecords: getRecords,
    GetResourcePolicy: getResourcePolicy,
    GetShardIterator: getShardIterator,
    IncreaseStreamRetentionPeriod: increaseStreamRetentionPeriod,
    ListChannels: CHANNELS,
    ListQueues: QUEUES,
    ListShards: listShards,
    ListStreamConsumers: listStreamConsumers,
    ListStreams: listStreams,
    ListTagsForResource: listTagsForResource,
    ListTagsForStream: listTagsForStream,
    MergeShards: mergeShards,
    PutRecord: putRecord,
    PutRecords: putRecords,
    PutResourcePolicy: putResourcePolicy,
    ReceiveDeadLetterQueueRecords: QUEUES,
    ReceiveQueueRecords: QUEUES,
    RegisterStreamConsumer: registerStreamConsumer,
    RemoveTagsFromStream: removeTagsFromStream,
    RestoreDeadLetterQueueRecords: QUEUES,
    SplitShard: splitShard,
    StartStreamEncryption: startStreamEncryption,
    StopStreamEncryption: stopStreamEncryption,
    SubscribeToShard: subscribeToShard,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateAccountSettings: ADVANTAGE,
    UpdateChannel: CHANNELS,
    UpdateDeadLetterQueueRecordsVisibility: QUEUES,
    UpdateMaxRecordSize: updateMaxRecordSize,
    UpdateQueue: QUEUES,
    UpdateQueueRecordsVisibility: QUEUES,
    UpdateShardCount: updateShardCount,
    UpdateStreamMode: updateStreamMode,
    UpdateStreamRecordDistributionStrategy: updateStreamRecordDistributionStrategy,
    UpdateStreamWarmThroughput: ADVANTAGE,
  },
});
