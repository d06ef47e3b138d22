/** Pairs of key value stores: put, read, listed and taken away, and what functions at the edge make of that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateFunctionCommand,
  CreateKeyValueStoreCommand,
  type DefaultCacheBehavior,
  DeleteKeyValueStoreCommand,
  DescribeKeyValueStoreCommand,
  PublishFunctionCommand,
} from '@aws-sdk/client-cloudfront';
import {
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand as DescribeContentsCommand,
  GetKeyCommand,
  ListKeysCommand,
  PutKeyCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { startOrigin } from '../cloudfront/origin.ts';
import { configOf, customOrigin, distribute } from '../cloudfront/support.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';
import { clientOf } from './setup.ts';

async function makeStore(cloud: TestCloud) {
  const { KeyValueStore } = await cloud
    .client(CloudFrontClient)
    .send(new CreateKeyValueStoreCommand({ Name: 'routes' }));
  const kvs = clientOf(cloud);
  const KvsARN = KeyValueStore?.ARN ?? '';
  const { ETag: IfMatch } = await kvs.send(new DescribeContentsCommand({ KvsARN }));
  return { kvs, KvsARN, IfMatch };
}

test('pairs are put, read, listed in pages and taken away; each change has its version', async () => {
  await using cloud = await startTestCloud();
  const { kvs, KvsARN, IfMatch } = await makeStore(cloud);
  await cloud.advance(1_000);
  const first = await kvs.send(new PutKeyCommand({ KvsARN, IfMatch, Key: '/a b', Value: 'é' }));
  assert.deepEqual([first.ItemCount, first.TotalSizeInBytes], [1, 6]);
  assert.notEqual(first.ETag, IfMatch);
  const read = await kvs.send(new GetKeyCommand({ KvsARN, Key: '/a b' }));
  assert.deepEqual([read.Key, read.Value, read.ItemCount, read.TotalSizeInBytes], ['/a b', 'é', 1, 6]);
  const many = await kvs.send(
    new UpdateKeysCommand({
      KvsARN,
      IfMatch: first.ETag,
      Puts: Array.from({ length: 12 }, (_, at) => ({ Key: `k${10 + at}`, Value: String(at) })),
      Deletes: [{ Key: '/a b' }],
    }),
  );
  assert.deepEqual([many.ItemCount, many.TotalSizeInBytes], [12, 12 * 3 + 10 + 4]);
  const page = await kvs.send(new ListKeysCommand({ KvsARN }));
  const rest = await kvs.send(new ListKeysCommand({ KvsARN, NextToken: page.NextToken }));
  assert.deepEqual(
    [page.Items?.length, rest.Items, rest.NextToken],
    [
      10,
      [
        { Key: 'k20', Value: '10' },
        { Key: 'k21', Value: '11' },
      ],
      undefined,
    ],
  );
  const last = await kvs.send(new DeleteKeyCommand({ KvsARN, IfMatch: many.ETag, Key: 'k21' }));
  const shown = await kvs.send(new DescribeContentsCommand({ KvsARN }));
  assert.deepEqual(
    [shown.ItemCount, shown.ETag, shown.Status, shown.Created?.getTime(), shown.LastModified?.getTime()],
    [11, last.ETag, 'READY', START, START + 1_000],
  );
});

test('what comes too late, is too large or is not there changes nothing', async () => {
  await using cloud = await startTestCloud();
  const { kvs, KvsARN, IfMatch } = await makeStore(cloud);
  const refused = async (call: Promise<unknown>) => {
    const { name, $metadata } = await failure(call);
    return [name, $metadata?.httpStatusCode];
  };
  const put = { KvsARN, IfMatch, Key: 'k', Value: 'v' };
  assert.deepEqual(await refused(kvs.send(new PutKeyCommand({ ...put, IfMatch: 'E0' }))), ['ConflictException', 409]);
  assert.deepEqual(await refused(kvs.send(new PutKeyCommand({ ...put, Key: 'k'.repeat(513) }))), [
    'ValidationException',
    400,
  ]);
  assert.deepEqual(await refused(kvs.send(new PutKeyCommand({ ...put, Value: 'v'.repeat(1_025) }))), [
    'ValidationException',
    400,
  ]);
  assert.deepEqual(await refused(kvs.send(new GetKeyCommand({ KvsARN, Key: 'k' }))), [
    'ResourceNotFoundException',
    404,
  ]);
  const none = KvsARN.replace(/.{12}$/, '000000000000');
  assert.deepEqual(await refused(kvs.send(new GetKeyCommand({ KvsARN: none, Key: 'k' }))), [
    'ResourceNotFoundException',
    404,
  ]);
  const Puts = [{ Key: 'k', Value: 'v' }];
  const update = { KvsARN, IfMatch };
  assert.deepEqual(await refused(kvs.send(new UpdateKeysCommand(update))), ['ValidationException', 400]);
  assert.deepEqual(await refused(kvs.send(new UpdateKeysCommand({ ...update, Puts, Deletes: [{ Key: 'k' }] }))), [
    'ValidationException',
    400,
  ]);
  assert.deepEqual(await refused(kvs.send(new UpdateKeysCommand({ ...update, Puts, Deletes: [{ Key: 'none' }] }))), [
    'ResourceNotFoundException',
    404,
  ]);
  const { ItemCount, ETag } = await kvs.send(new DescribeContentsCommand({ KvsARN }));
  assert.deepEqual([ItemCount, ETag], [0, IfMatch]);
});

test('a policy says who may read and who may change a store', async () => {
  await using cloud = await startTestCloud();
  const { KvsARN, IfMatch } = await makeStore(cloud);
  const credentials = await userWithKey(cloud, 'reader', policy(allow('cloudfront-keyvaluestore:GetKey', KvsARN)));
  const kvs = clientOf(cloud, { credentials });
  const denied = await failure(kvs.send(new PutKeyCommand({ KvsARN, IfMatch, Key: 'k', Value: 'v' })));
  assert.equal(denied.name, 'AccessDeniedException');
  const read = await failure(kvs.send(new GetKeyCommand({ KvsARN, Key: 'k' })));
  assert.equal(read.name, 'ResourceNotFoundException');
});

test('a function that is published reads what was put since, and caches stay', async () => {
  let asked = 0;
  await using origin = await startOrigin((request, response) => {
    asked += 1;
    response.setHeader('cache-control', 'max-age=60');
    response.end(request.url);
  });
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { kvs, KvsARN, IfMatch } = await makeStore(cloud);
  const { ETag, FunctionSummary } = await cloudfront.send(
    new CreateFunctionCommand({
      Name: 'router',
      FunctionConfig: {
        Comment: '',
        Runtime: 'cloudfront-js-2.0',
        KeyValueStoreAssociations: { Quantity: 1, Items: [{ KeyValueStoreARN: KvsARN }] },
      },
      FunctionCode: Buffer.from(`import cf from 'cloudfront';
        async function handler(event) {
          try { event.request.uri = await cf.kvs().get(event.request.uri); } catch (_) {}
          return event.request;
        }`),
    }),
  );
  await cloudfront.send(new PublishFunctionCommand({ Name: 'router', IfMatch: ETag }));
  const FunctionARN = FunctionSummary?.FunctionMetadata?.FunctionARN ?? '';
  const config = configOf(customOrigin(origin.port));
  const { ask } = await distribute(cloud, {
    ...config,
    DefaultCacheBehavior: {
      ...(config.DefaultCacheBehavior as DefaultCacheBehavior),
      FunctionAssociations: { Quantity: 1, Items: [{ EventType: 'viewer-request', FunctionARN }] },
    },
  });
  const get = async (path: string) => (await ask(path)).body.toString();
  assert.equal(await get('/old'), '/old');
  const put = await kvs.send(new PutKeyCommand({ KvsARN, IfMatch, Key: '/old', Value: '/new' }));
  assert.equal(await get('/old'), '/new');
  await kvs.send(new PutKeyCommand({ KvsARN, IfMatch: put.ETag, Key: '/older', Value: '/old' }));
  assert.equal(await get('/older'), '/old');
  assert.equal(asked, 2);
  const { ETag: version } = await cloudfront.send(new DescribeKeyValueStoreCommand({ Name: 'routes' }));
  const used = await failure(cloudfront.send(new DeleteKeyValueStoreCommand({ Name: 'routes', IfMatch: version })));
  assert.equal(used.name, 'CannotDeleteEntityWhileInUse');
});
