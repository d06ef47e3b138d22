/** What CDK adds to every template: a resource that is nothing but an id. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, templateOf, update } from './stacks.ts';

test("CDK's metadata has an id of its own, which stays", async () => {
  await using cloud = await startTestCloud();
  const of = (Analytics: string) =>
    templateOf({
      CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics } },
      Queue: { Type: 'AWS::SQS::Queue' },
    });
  await create(cloud, 'made', of('v2:deflate64:a'));
  const { CDKMetadata } = await physicalIds(cloud, 'made');
  assert.match(CDKMetadata ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  await update(cloud, 'made', of('v2:deflate64:b'));
  assert.equal((await physicalIds(cloud, 'made')).CDKMetadata, CDKMetadata);
});
