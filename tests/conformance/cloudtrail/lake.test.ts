/** Event data stores: what they take in, for how long, and how they end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddTagsCommand,
  DeleteEventDataStoreCommand,
  GetEventDataStoreCommand,
  ListEventDataStoresCommand,
  ListTagsCommand,
  RemoveTagsCommand,
  RestoreEventDataStoreCommand,
  StartEventDataStoreIngestionCommand,
  StopEventDataStoreIngestionCommand,
  UpdateEventDataStoreCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { DAY, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { world } from './lake.ts';

test('selectors say what is taken in, data events too; what happens while nothing is taken in is not there', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const data = {
    Name: 'objects',
    FieldSelectors: [
      { Field: 'eventCategory', Equals: ['Data'] },
      { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      { Field: 'readOnly', Equals: ['false'] },
    ],
  };
  const { trail, arn, ask, status } = await world(cloud, { AdvancedEventSelectors: [data] });
  await s3.send(new CreateBucketCommand({ Bucket: 'shelf' }));
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'shelf', Key, Body: 'x' }));
  await put('a');
  await s3.send(new GetObjectCommand({ Bucket: 'shelf', Key: 'a' }));
  await cloud.advance(5 * MINUTE);
  const keys = () => ask(`SELECT eventName, requestParameters['key'] AS k FROM LAKE ORDER BY k`);
  assert.deepEqual(await keys(), [{ eventName: 'PutObject', k: 'a' }]);
  await trail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn }));
  assert.equal(await status(), 'STOPPED_INGESTION');
  const again = await failure(trail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn })));
  assert.deepEqual(
    [again.name, again.message],
    ['InvalidEventDataStoreStatusException', 'The event data store is not in a status that supports the operation.'],
  );
  await put('b');
  await cloud.advance(5 * MINUTE);
  await trail.send(new StartEventDataStoreIngestionCommand({ EventDataStore: arn }));
  await put('c');
  await cloud.advance(5 * MINUTE);
  assert.deepEqual(
    (await keys()).map(({ k }) => k),
    ['a', 'c'],
  );
});

test('events are kept for as long as the store says', async () => {
  await using cloud = await startTestCloud();
  const { trail, sqs, arn, ask } = await world(cloud, { RetentionPeriod: 7 });
  await sqs.send(new CreateQueueCommand({ QueueName: 'old' }));
  await cloud.advance(5 * MINUTE);
  await trail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn }));
  const count = async () => (await ask(`SELECT count(*) AS n FROM LAKE WHERE eventName = 'CreateQueue'`))[0]?.n;
  await cloud.advance(7 * DAY - 10 * MINUTE);
  assert.equal(await count(), '1');
  await cloud.advance(10 * MINUTE);
  assert.equal(await count(), '0');
  const long = await failure(
    trail.send(
      new UpdateEventDataStoreCommand({
        EventDataStore: arn,
        RetentionPeriod: 3_653,
        BillingMode: 'FIXED_RETENTION_PRICING',
      }),
    ),
  );
  assert.equal(
    long.message,
    'You cannot change the billing mode from EXTENDABLE_RETENTION_PRICING to FIXED_RETENTION_PRICING.',
  );
});

test('a store is protected, deleted, restored for a week, then gone', async () => {
  await using cloud = await startTestCloud();
  const { trail, made, arn, ask, start, status } = await world(cloud, { TerminationProtectionEnabled: true });
  assert.deepEqual(
    [made.Status, made.RetentionPeriod, made.MultiRegionEnabled, made.BillingMode, made.CreatedTimestamp?.getTime()],
    ['CREATED', 366, true, 'EXTENDABLE_RETENTION_PRICING', START],
  );
  assert.deepEqual(made.AdvancedEventSelectors, [
    { Name: 'Default management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
  ]);
  const drop = () => trail.send(new DeleteEventDataStoreCommand({ EventDataStore: arn }));
  const shut = await failure(drop());
  assert.deepEqual(
    [shut.name, shut.message],
    [
      'EventDataStoreTerminationProtectedException',
      'The event data store cannot be deleted because termination protection is enabled for it.',
    ],
  );
  const open = await trail.send(
    new UpdateEventDataStoreCommand({ EventDataStore: arn, Name: 'named', TerminationProtectionEnabled: false }),
  );
  assert.deepEqual([open.Name, open.TerminationProtectionEnabled], ['named', false]);
  await cloud.advance(5 * MINUTE);
  await drop();
  assert.equal(await status(), 'PENDING_DELETION');
  assert.equal((await failure(drop())).name, 'InactiveEventDataStoreException');
  assert.equal((await failure(start('SELECT 1 FROM LAKE'))).name, 'InactiveEventDataStoreException');
  await cloud.advance(6 * DAY);
  await trail.send(new RestoreEventDataStoreCommand({ EventDataStore: arn }));
  assert.equal(await status(), 'ENABLED');
  assert.equal(
    (await failure(trail.send(new RestoreEventDataStoreCommand({ EventDataStore: arn })))).name,
    'InvalidEventDataStoreStatusException',
  );
  assert.deepEqual(await ask(`SELECT count(*) AS n FROM LAKE WHERE eventName = 'UpdateEventDataStore'`), [{ n: '1' }]);
  await drop();
  await cloud.advance(7 * DAY);
  const gone = await failure(status());
  assert.deepEqual(
    [gone.name, gone.message],
    ['EventDataStoreNotFoundException', 'The specified event data store was not found.'],
  );
  assert.deepEqual((await trail.send(new ListEventDataStoresCommand({}))).EventDataStores, []);
});

test('a store has tags; a stack makes, changes and removes one', async () => {
  await using cloud = await startTestCloud();
  const { trail, arn } = await world(cloud);
  const tags = async (id: string) => {
    const { ResourceTagList } = await trail.send(new ListTagsCommand({ ResourceIdList: [id] }));
    return ResourceTagList?.[0]?.TagsList;
  };
  await trail.send(new AddTagsCommand({ ResourceId: arn, TagsList: [{ Key: 'k', Value: 'v' }] }));
  assert.deepEqual(await tags(arn), [{ Key: 'k', Value: 'v' }]);
  const add = (...keys: string[]) =>
    trail.send(new AddTagsCommand({ ResourceId: arn, TagsList: keys.map((Key) => ({ Key, Value: 'w' })) }));
  assert.equal((await failure(add('k', 'k'))).name, 'InvalidTagParameterException');
  const many = Array.from({ length: 50 }, (_, at) => `k${at}`);
  assert.equal((await failure(add(...many))).name, 'TagsLimitExceededException');
  await trail.send(new RemoveTagsCommand({ ResourceId: arn, TagsList: [{ Key: 'k' }] }));
  assert.deepEqual(await tags(arn), []);
  const template = (RetentionPeriod: number, more: object = {}) =>
    templateOf({
      Lake: {
        Type: 'AWS::CloudTrail::EventDataStore',
        Properties: { RetentionPeriod, TerminationProtectionEnabled: false, Tags: [{ Key: 'a', Value: 'b' }], ...more },
      },
    });
  const seen = async () => {
    const { EventDataStores = [] } = await trail.send(new ListEventDataStoresCommand({}));
    const made = EventDataStores.find(({ EventDataStoreArn }) => EventDataStoreArn !== arn);
    const EventDataStore = made?.EventDataStoreArn ?? '';
    const { RetentionPeriod, Status } = await trail.send(new GetEventDataStoreCommand({ EventDataStore }));
    return [RetentionPeriod, Status, (await tags(EventDataStore))?.some(({ Key }) => Key === 'a')];
  };
  await create(cloud, 'lakes', template(30));
  assert.deepEqual(await seen(), [30, 'ENABLED', true]);
  await update(cloud, 'lakes', template(60, { IngestionEnabled: false }));
  assert.deepEqual(await seen(), [60, 'STOPPED_INGESTION', true]);
  await remove(cloud, 'lakes');
  assert.equal((await failure(seen())).name, 'InactiveEventDataStoreException');
});

test('an error’s message is told by the name that Go’s client reads', async () => {
  await using cloud = await startTestCloud();
  const { host } = new URL(cloud.url);
  const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetEventDataStore';
  const body = JSON.stringify({ EventDataStore: '00000000-0000-0000-0000-000000000000' });
  const asked = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const keys = { accessKeyId: '123456789012', secret: 'any' };
  const { headers } = signHeaders({ method: 'POST', path: '/', headers: asked, body }, keys, { service: 'cloudtrail' });
  const answer = (await (await fetch(cloud.url, { method: 'POST', headers, body })).json()) as object;
  assert.deepEqual(Object.keys(answer), ['__type', 'Message']);
});
