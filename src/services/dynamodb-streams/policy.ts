/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB". */
import type { Access, AccessRules } from '#kernel/contract';
import { streamPlace } from './find.ts';
import { readIterator } from './iterator.ts';

function onStream(action: string, arn: string): Access {
  return { action: `dynamodb:${action}`, resource: arn, account: streamPlace(arn).account };
}

export const access: AccessRules<'dynamodb-streams'> = {
  DescribeStream: (input) => onStream('DescribeStream', input.StreamArn),
  GetShardIterator: (input) => onStream('GetShardIterator', input.StreamArn),
  GetRecords: (input) => onStream('GetRecords', readIterator(input.ShardIterator).arn),
};
