/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB". */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import { streams } from '#services/dynamodb/port';
import { streamPlace } from './find.ts';
import { readIterator } from './iterator.ts';

function onStream(action: string, arn: string, ctx: Ctx): Access {
  const { account } = streamPlace(arn);
  const policy = ctx.store.in({ account }).get(streams, { arn })?.policy?.text;
  return { action: `dynamodb:${action}`, resource: arn, account, policy };
}

export const access: AccessRules<'dynamodb-streams'> = {
  DescribeStream: (input, ctx) => onStream('DescribeStream', input.StreamArn, ctx),
  GetShardIterator: (input, ctx) => onStream('GetShardIterator', input.StreamArn, ctx),
  GetRecords: (input, ctx) => onStream('GetRecords', readIterator(input.ShardIterator).arn, ctx),
};
