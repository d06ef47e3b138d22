import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddTagsCommand,
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { failure, startTestCloud } from '../../support/cloud.ts';

test('names, ARNs, keys and times that can’t be', async () => {
  await using cloud = await startTestCloud();
  const trail = cloud.client(CloudTrailClient);
  for (const Name of ['ab', 'a..b'])
    for (const send of [
      () => trail.send(new GetTrailStatusCommand({ Name })),
      () => trail.send(new DeleteTrailCommand({ Name })),
      () => trail.send(new GetEventSelectorsCommand({ TrailName: Name })),
      () => trail.send(new DescribeTrailsCommand({ trailNameList: [Name] })),
    ])
      assert.equal((await failure(send())).name, 'InvalidTrailNameException');
  for (const Name of ['arn:aws:s3:::bucket', 'arn:aws:cloudtrail:us-east-1:123456789012:channel/c'])
    assert.equal((await failure(trail.send(new StopLoggingCommand({ Name })))).name, 'CloudTrailARNInvalidException');
  const tags = async (resource: string) => {
    const ResourceId = `arn:aws:cloudtrail:us-east-1:123456789012:${resource}`;
    return (await failure(trail.send(new AddTagsCommand({ ResourceId, TagsList: [{ Key: 'k' }] })))).name;
  };
  assert.equal(await tags('trail/none'), 'ResourceNotFoundException');
  assert.equal(await tags('eventdatastore/none'), 'EventDataStoreNotFoundException');
  assert.equal(await tags('channel/none'), 'ChannelNotFoundException');
  assert.equal(await tags('thing/none'), 'ResourceTypeNotSupportedException');
  assert.equal(await tags('none'), 'CloudTrailARNInvalidException');
  const sealed = trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: 'trails', KmsKeyId: 'no key' }));
  assert.equal((await failure(sealed)).name, 'InvalidKmsKeyIdException');
  const keys = trail.send(new ListPublicKeysCommand({ StartTime: new Date(2_000), EndTime: new Date(1_000) }));
  assert.equal((await failure(keys)).name, 'InvalidTimeRangeException');
});
