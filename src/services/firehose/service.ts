/** Amazon Data Firehose: records gathered, changed, and brought to buckets and endpoints. */
import { defineService } from '#kernel/contract';
import { startDeliveryStreamEncryption, stopDeliveryStreamEncryption } from './operations/encryption.ts';
import { putRecord, putRecordBatch } from './operations/put.ts';
import {
  createDeliveryStream,
  deleteDeliveryStream,
  describeDeliveryStream,
  listDeliveryStreams,
  updateDestination,
} from './operations/stream.ts';
import { listTagsForDeliveryStream, tagDeliveryStream, untagDeliveryStream } from './operations/tag.ts';
import { access } from './policy.ts';
import { read, recorded, reread } from './source-tasks.ts';
import { again, cut, due, retire, sweep, work } from './tasks.ts';

export const service = defineService<'firehose'>({
  name: 'firehose',
  prefix: 'firehose',
  access,
  metrics: 'AWS/Firehose',
  timers: { due, again, reread, sweep, retire },
  tasks: { cut, read, work },
  events: { 'kinesis.recorded': recorded },
  dataEvents: ['PutRecord', 'PutRecordBatch'],
  operations: {
    CreateDeliveryStream: createDeliveryStream,
    DeleteDeliveryStream: deleteDeliveryStream,
    DescribeDeliveryStream: describeDeliveryStream,
    ListDeliveryStreams: listDeliveryStreams,
    ListTagsForDeliveryStream: listTagsForDeliveryStream,
    PutRecord: putRecord,
    PutRecordBatch: putRecordBatch,
    StartDeliveryStreamEncryption: startDeliveryStreamEncryption,
    StopDeliveryStreamEncryption: stopDeliveryStreamEncryption,
    TagDeliveryStream: tagDeliveryStream,
    UntagDeliveryStream: untagDeliveryStream,
    UpdateDestination: updateDestination,
  },
});
