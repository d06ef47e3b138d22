/** Multi-Region access points: how they are made, shown, changed and removed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import {
  CreateMultiRegionAccessPointCommand,
  DeleteMultiRegionAccessPointCommand,
  DescribeMultiRegionAccessPointOperationCommand,
  GetMultiRegionAccessPointCommand,
  GetMultiRegionAccessPointPolicyCommand,
  GetMultiRegionAccessPointPolicyStatusCommand,
  GetMultiRegionAccessPointRoutesCommand,
  ListMultiRegionAccessPointsCommand,
  PutMultiRegionAccessPointPolicyCommand,
  SubmitMultiRegionAccessPointRoutesCommand,
} from '@aws-sdk/client-s3-control';
import { START, startTestCloud } from '../../support/cloud.ts';
import { allow, policy as policyOf, userWithKey } from '../iam/support.ts';
import { clientOf } from '../s3/setup.ts';
import {
  AccountId,
  bucketIn,
  made,
  make,
  makeBucket,
  outcome,
  putPolicy,
  REGIONS,
  startRegions,
} from './multi-region.ts';
import { controlOf } from './setup.ts';

const Name = 'photos';
const CLOSED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
const Regions = REGIONS.map((region) => ({ Bucket: bucketIn(region) }));

test('a Multi-Region access point is made by a request that goes on after its answer', async () => {
  await using cloud = await startRegions();
  const { control } = cloud;
  const ask = () =>
    control.send(
      new CreateMultiRegionAccessPointCommand({ AccountId, ClientToken: 'once', Details: { Name, Regions } }),
    );
  const { RequestTokenARN } = await ask();
  assert.match(RequestTokenARN ?? '', /^arn:aws:s3:us-west-2:123456789012:async-request\/mrap\/create\/[\w-]{86}$/);
  assert.equal((await ask()).RequestTokenARN, RequestTokenARN, 'the same request again');
  const describe = async () =>
    (await control.send(new DescribeMultiRegionAccessPointOperationCommand({ AccountId, RequestTokenARN })))
      .AsyncOperation;
  assert.deepEqual(await describe(), {
    CreationTime: new Date(START),
    Operation: 'CreateMultiRegionAccessPoint',
    RequestTokenARN,
    RequestParameters: { CreateMultiRegionAccessPointRequest: { Name, PublicAccessBlock: CLOSED, Regions } },
    RequestStatus: 'INPROGRESS',
  });
  const get = async () => (await control.send(new GetMultiRegionAccessPointCommand({ AccountId, Name }))).AccessPoint;
  assert.equal((await get())?.Status, 'CREATING');
  await cloud.advance(10);
  const done = await describe();
  assert.equal(done?.RequestStatus, 'SUCCEEDED');
  assert.deepEqual(
    done?.ResponseDetails?.MultiRegionAccessPointDetails?.Regions,
    REGIONS.map((region) => ({ Name: region, RequestStatus: 'SUCCEEDED' })),
  );
  const { Alias, ...shown } = (await get()) ?? {};
  assert.match(Alias ?? '', /^[a-z][a-z0-9]{12}\.mrap$/);
  assert.deepEqual(shown, {
    Name,
    CreatedAt: new Date(START),
    PublicAccessBlock: CLOSED,
    Status: 'READY',
    Regions: REGIONS.map((Region) => ({ Bucket: bucketIn(Region), Region, BucketAccountId: AccountId })),
  });
});

test('what keeps one from being made is told of its request, or at once', async () => {
  await using cloud = await startRegions();
  await makeBucket(cloud, 'us-east-1', AccountId, 'photos-again');
  await makeBucket(cloud, 'mx-central-1');
  await makeBucket(cloud, 'eu-north-1', '210987654321');
  assert.equal(await make(cloud, Name), 'SUCCEEDED');
  assert.equal(await make(cloud, Name), 'MultiRegionAccessPointAlreadyOwnedByYou');
  assert.equal(
    await make(cloud, 'twins', [bucketIn('us-east-1'), 'photos-again']),
    'MultiRegionAccessPointSameBucketRegion',
  );
  assert.equal(await make(cloud, 'mexico', [bucketIn('mx-central-1')]), 'MultiRegionAccessPointUnsupportedRegion');
  assert.equal(await make(cloud, 'nowhere', ['nowhere-2026']), 'NoSuchBucket');
  const Bucket = bucketIn('eu-north-1');
  assert.equal(await make(cloud, 'theirs', [Bucket]), 'NoSuchBucket', 'whose it is has to be said');
  assert.equal(await make(cloud, 'theirs', [{ Bucket, BucketAccountId: '210987654321' }]), 'SUCCEEDED');
  const many = Array.from({ length: 18 }, (_, at) => `photos-${at}`);
  await assert.rejects(make(cloud, 'many', many), { name: 'TooManyMultiRegionAccessPointregionsError' });
  await assert.rejects(make(cloud, 'none', []), { name: 'InvalidRequest' });
  for (const odd of ['Photos', 'a', '-a-b', 'a_b']) await assert.rejects(make(cloud, odd));
  const get = new GetMultiRegionAccessPointCommand({ AccountId, Name: 'twins' });
  await assert.rejects(cloud.control.send(get), { name: 'NoSuchMultiRegionAccessPoint' });
  const RequestTokenARN = `arn:aws:s3:us-west-2:${AccountId}:async-request/mrap/create/none`;
  const describe = new DescribeMultiRegionAccessPointOperationCommand({ AccountId, RequestTokenARN });
  await assert.rejects(cloud.control.send(describe), { name: 'NoSuchAsyncRequest' });
});

test('an account has a hundred of them, in pages, and in Oregon only', async () => {
  await using cloud = await startRegions();
  const { control } = cloud;
  const bucket = [bucketIn('us-east-1')];
  for (let at = 0; at < 100; at += 1) assert.equal(await make(cloud, `point-${at + 100}`, bucket), 'SUCCEEDED');
  await assert.rejects(make(cloud, 'point-200', bucket), { name: 'TooManyMultiRegionAccessPoints' });
  const list = async (more: object) => {
    const { AccessPoints = [], NextToken } = await control.send(
      new ListMultiRegionAccessPointsCommand({ AccountId, ...more }),
    );
    return { names: AccessPoints.map((one) => one.Name), NextToken };
  };
  const first = await list({ MaxResults: 60 });
  const second = await list({ NextToken: first.NextToken });
  assert.deepEqual([first.names.length, second.names.length, second.names.at(-1)], [60, 40, 'point-199']);
  assert.deepEqual((await list({ MaxResults: 0 })).names, []);
  await assert.rejects(controlOf(cloud).send(new ListMultiRegionAccessPointsCommand({ AccountId })), {
    name: 'PermanentRedirect',
    message:
      'This API operation is only available in the following Regions: us-west-2. Make sure to send all future requests to a supported Region.',
  });
});

test('a policy that is put is proposed at first, then established, and never taken away', async () => {
  await using cloud = await startRegions();
  const { control } = cloud;
  const { arn } = await made(cloud, Name);
  const policy = (Principal: object | string, Resource: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource }],
    });
  const Policy = policy({ AWS: `arn:aws:iam::${AccountId}:root` }, `${arn}/object/*`);
  const get = async () => (await control.send(new GetMultiRegionAccessPointPolicyCommand({ AccountId, Name }))).Policy;
  const isPublic = async () =>
    (await control.send(new GetMultiRegionAccessPointPolicyStatusCommand({ AccountId, Name }))).Established?.IsPublic;
  assert.deepEqual([await get(), await isPublic()], [{}, false]);
  const put = new PutMultiRegionAccessPointPolicyCommand({ AccountId, Details: { Name, Policy } });
  const first = await control.send(put);
  const second = await control.send(new PutMultiRegionAccessPointPolicyCommand(put.input));
  assert.deepEqual(await get(), { Proposed: { Policy } });
  assert.equal(await outcome(cloud, first.RequestTokenARN), 'SUCCEEDED');
  assert.equal(await outcome(cloud, second.RequestTokenARN), 'MultiRegionAccessPointModifiedByAnotherRequest');
  assert.deepEqual(await get(), { Established: { Policy }, Proposed: { Policy } });
  const own = { AWS: `arn:aws:iam::${AccountId}:root` };
  assert.equal(await putPolicy(cloud, Name, policy(own, `arn:aws:s3:::${bucketIn('us-east-1')}/*`)), 'MalformedPolicy');
  assert.equal(await putPolicy(cloud, Name, '{}'), 'MalformedPolicy');
  assert.equal(
    await putPolicy(cloud, Name, policy('*', `${arn}/object/*`)),
    'AccessDenied',
    'public policies are blocked',
  );
  await assert.rejects(putPolicy(cloud, 'nobody', Policy), { name: 'NoSuchMultiRegionAccessPoint' });
});

test('a bucket of the account is held by it; once it is removed its name is free, its alias never', async () => {
  await using cloud = await startRegions();
  const { control } = cloud;
  const { alias } = await made(cloud, Name);
  const drop = () => clientOf(cloud).send(new DeleteBucketCommand({ Bucket: bucketIn('us-east-1') }));
  await assert.rejects(drop(), { name: 'BucketHasAccessPointsAttached' });
  const remove = () => control.send(new DeleteMultiRegionAccessPointCommand({ AccountId, Details: { Name } }));
  const first = await remove();
  const { AccessPoint } = await control.send(new GetMultiRegionAccessPointCommand({ AccountId, Name }));
  assert.equal(AccessPoint?.Status, 'DELETING');
  const second = await remove();
  assert.equal(await outcome(cloud, first.RequestTokenARN), 'SUCCEEDED');
  assert.equal(await outcome(cloud, second.RequestTokenARN), 'MultiRegionAccessPointNotReady');
  await assert.rejects(remove(), { name: 'NoSuchMultiRegionAccessPoint' });
  assert.notEqual((await made(cloud, Name, [bucketIn('eu-west-1')])).alias, alias);
  await drop();
});

test('routes are turned on and off in five Regions, and never all of them off', async () => {
  await using cloud = await startRegions();
  const { arn: Mrap } = await made(cloud, Name);
  const sydney = controlOf(cloud, { region: 'ap-southeast-2' });
  const submit = (...RouteUpdates: { Bucket?: string; Region?: string; TrafficDialPercentage: number }[]) =>
    sydney.send(new SubmitMultiRegionAccessPointRoutesCommand({ AccountId, Mrap, RouteUpdates }));
  const dials = async () => {
    const { Routes = [] } = await sydney.send(new GetMultiRegionAccessPointRoutesCommand({ AccountId, Mrap }));
    return Routes.map(({ TrafficDialPercentage }) => TrafficDialPercentage);
  };
  assert.deepEqual(await dials(), [100, 100, 100]);
  await submit(
    { Region: 'us-east-1', TrafficDialPercentage: 0 },
    { Bucket: bucketIn('eu-west-1'), TrafficDialPercentage: 0 },
  );
  assert.deepEqual(await dials(), [0, 0, 100]);
  const wrong = { name: 'InvalidRequest' };
  await assert.rejects(submit({ Region: 'ap-southeast-2', TrafficDialPercentage: 0 }), wrong);
  await assert.rejects(submit({ Region: 'us-east-1', TrafficDialPercentage: 50 }), wrong);
  await assert.rejects(submit({ TrafficDialPercentage: 100 }), wrong);
  await assert.rejects(submit({ Region: 'us-east-2', TrafficDialPercentage: 100 }), wrong);
  const other = { Region: 'us-east-1', Bucket: bucketIn('eu-west-1'), TrafficDialPercentage: 100 };
  await assert.rejects(submit(other), wrong, 'a bucket of another Region');
  const routes = new GetMultiRegionAccessPointRoutesCommand({ AccountId, Mrap });
  await assert.rejects(controlOf(cloud, { region: 'us-east-2' }).send(routes), { name: 'PermanentRedirect' });
  const named = new GetMultiRegionAccessPointRoutesCommand({ AccountId, Mrap: Name });
  await assert.rejects(sydney.send(named), wrong);
  const { arn } = await made(cloud, 'single', [bucketIn('eu-west-1')]);
  const RouteUpdates = [{ Region: 'eu-west-1', TrafficDialPercentage: 100 }];
  const single = new SubmitMultiRegionAccessPointRoutesCommand({ AccountId, Mrap: arn, RouteUpdates });
  await assert.rejects(sydney.send(single), { name: 'MethodNotAllowed' });
});

test('what was asked for before the cloud was stopped is carried out by the next one; who asked stands in the history', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-regions-'));
  try {
    let RequestTokenARN: string | undefined;
    {
      await using cloud = await startRegions({ data });
      const asked = new CreateMultiRegionAccessPointCommand({ AccountId, Details: { Name, Regions } });
      ({ RequestTokenARN } = await cloud.control.send(asked));
    }
    await using cloud = await startTestCloud({ data });
    const control = controlOf(cloud, { region: 'us-west-2' });
    assert.equal(await outcome(Object.assign(cloud, { control }), RequestTokenARN), 'SUCCEEDED');
    await assert.rejects(clientOf(cloud).send(new DeleteBucketCommand({ Bucket: bucketIn('us-east-1') })));
    await cloud.advance(60 * 60_000);
    const { Events = [] } = await cloud
      .client(CloudTrailClient, { region: 'us-west-2' })
      .send(new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'ReadOnly', AttributeValue: 'false' }] }));
    assert.deepEqual(
      Events.map(({ EventName, EventSource }) => [EventName, EventSource]),
      [['CreateMultiRegionAccessPoint', 's3.amazonaws.com']],
    );
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('who manages one needs permission for it, by its alias, and to list buckets', async () => {
  await using cloud = await startRegions();
  const { arn } = await made(cloud, Name);
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: `${arn}/object/*` }],
  });
  const as = async (user: string, ...statements: ReturnType<typeof allow>[]) => {
    const credentials = await userWithKey(cloud, user, policyOf(...statements));
    return controlOf(cloud, { region: 'us-west-2', credentials });
  };
  const get = new GetMultiRegionAccessPointCommand({ AccountId, Name });
  const put = (client: typeof cloud.control) =>
    client.send(new PutMultiRegionAccessPointPolicyCommand({ AccountId, Details: { Name, Policy: policy } }));
  const reader = await as('reader', allow('s3:GetMultiRegionAccessPoint', arn));
  assert.equal((await reader.send(get)).AccessPoint?.Name, Name);
  await assert.rejects(put(reader), /not authorized to perform: s3:PutMultiRegionAccessPointPolicy/);
  const half = await as('half', allow('s3:PutMultiRegionAccessPointPolicy', arn));
  await assert.rejects(put(half), /not authorized to perform: s3:ListAllMyBuckets/);
  const writer = await as('writer', allow('s3:PutMultiRegionAccessPointPolicy', arn), allow('s3:ListAllMyBuckets'));
  const { RequestTokenARN = '' } = await put(writer);
  const describe = new DescribeMultiRegionAccessPointOperationCommand({ AccountId, RequestTokenARN });
  await assert.rejects(writer.send(describe), /not authorized to perform: s3:DescribeMultiRegionAccessPointOperation/);
  const waiter = await as('waiter', allow('s3:DescribeMultiRegionAccessPointOperation', RequestTokenARN));
  assert.equal(
    (await waiter.send(new DescribeMultiRegionAccessPointOperationCommand(describe.input))).AsyncOperation?.Operation,
    'PutMultiRegionAccessPointPolicy',
  );
});
