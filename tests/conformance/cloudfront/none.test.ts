import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  ListAnycastIpListsCommand,
  ListStreamingDistributionsCommand,
  ListVpcOriginsCommand,
} from '@aws-sdk/client-cloudfront';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(CloudFrontClient);
  const empty = { Marker: '', MaxItems: 7, IsTruncated: false, Quantity: 0 };
  const page = { MaxItems: 7 };
  const { StreamingDistributionList } = await client.send(new ListStreamingDistributionsCommand(page));
  const { VpcOriginList } = await client.send(new ListVpcOriginsCommand(page));
  const { AnycastIpLists } = await client.send(new ListAnycastIpListsCommand(page));
  assert.deepEqual([StreamingDistributionList, VpcOriginList, AnycastIpLists], [empty, empty, empty]);
});
