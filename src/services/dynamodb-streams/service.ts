/** Amazon DynamoDB Streams: reads the streams that DynamoDB keeps of its tables' changes. */

import { defineService } from '#kernel/contract';
import { answered, page, requestId, stamp } from '#services/dynamodb/port';
import { getRecords, getShardIterator } from './operations/record.ts';
import { describeStream, listStreams } from './operations/stream.ts';
import { access } from './policy.ts';

export const service = defineService<'dynamodb-streams'>({
  name: 'dynamodb-streams',
  prefix: 'dynamodb',
  access,
  page,
  requestId,
  stamp,
  metrics: 'AWS/DynamoDB',
  answered,
  dataEvents: ['GetRecords', 'GetShardIterator'],
  operations: {
    DescribeStream: describeStream,
    GetRecords: getRecords,
    GetShardIterator: getShardIterator,
    ListStreams: listStreams,
  },
});
