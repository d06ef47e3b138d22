/** Objects through Multi-Region access points: where requests go, and who may send them. */
import assert from 'node:assert/strict';
import { createECDH, createHash, createHmac, createPrivateKey, sign } from 'node:crypto';
import { get } from 'node:http';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { SubmitMultiRegionAccessPointRoutesCommand } from '@aws-sdk/client-s3-control';
import { failure, type TestCloud } from '../../support/cloud.ts';
import { allow, type Keys, policy as policyOf, userWithKey } from '../iam/support.ts';
import { configure, keepVersions, makeRole, rule } from '../s3/replications.ts';
import { clientOf } from '../s3/setup.ts';
import {
  AccountId,
  bucketIn,
  globalClient,
  made,
  makeBucket,
  putPolicy,
  REGIONS,
  startRegions,
} from './multi-region.ts';

const Name = 'photos';

/** An object `where` in each bucket, which says in which Region it is. */
async function fill(cloud: TestCloud): Promise<void> {
  for (const region of REGIONS)
    await clientOf(cloud, AccountId, { region }).send(
      new PutObjectCommand({ Bucket: bucketIn(region), Key: 'where', Body: region }),
    );
}

async function read(client: S3Client, Bucket: string, Key = 'where'): Promise<string | undefined> {
  return (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}

/** What a host of AWS's answers, which this machine stands for. */
function ask(cloud: TestCloud, host: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(cloud.url);
    const sent = get({ hostname, port, path, headers: { host } }, async (answer) => {
      const body = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, body });
    });
    sent.on('error', reject);
  });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A URL that reads, good for a minute, as AWS's C runtime signs it, which the client has not along. */
async function presigned(keys: Keys, host: string, path: string, regions: string): Promise<string> {
  const scope = '20260101/s3/aws4_request';
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256',
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': '20260101T000000Z',
    'X-Amz-Expires': '60',
    'X-Amz-Region-Set': regions,
    'X-Amz-SignedHeaders': 'host',
  });
  const fields = query.toString().replaceAll('*', '%2A');
  const canonical = `GET\n${path}\n${fields}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const text = `AWS4-ECDSA-P256-SHA256\n20260101T000000Z\n${scope}\n${sha256(canonical)}`;
  const key = createPrivateKey({ key: pairOf(keys), format: 'jwk' });
  return `${path}?${fields}&X-Amz-Signature=${sign('sha256', Buffer.from(text), key).toString('hex')}`;
}

/** The key pair that a secret stands for: the first candidate, which is below the curve's order in all but one of four thousand million cases. */
function pairOf({ accessKeyId, secretAccessKey }: Keys) {
  const label = `\u0000\u0000\u0000\u0001AWS4-ECDSA-P256-SHA256\u0000${accessKeyId}\u0001\u0000\u0000\u0001\u0000`;
  const candidate = createHmac('sha256', `AWS4A${secretAccessKey}`).update(label).digest('hex');
  const secret = Buffer.from((BigInt(`0x${candidate}`) + 1n).toString(16).padStart(64, '0'), 'hex');
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  const [x, y, d] = [point.subarray(1, 33), point.subarray(33), secret].map((part) => part.toString('base64url'));
  return { kty: 'EC', crv: 'P-256', x, y, d } as const;
}

test('a request goes to the nearest Region, whichever holds the object', async () => {
  await using cloud = await startRegions();
  const { arn } = await made(cloud, Name);
  await fill(cloud);
  const near = async (place?: string) => read(globalClient(cloud, place), arn);
  assert.deepEqual(
    [await near(), await near('CDG'), await near('ap-northeast-1'), await near('-33.9,151.2;AU')],
    ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'ap-southeast-2'],
  );
  const paris = globalClient(cloud, 'CDG');
  await paris.send(new PutObjectCommand({ Bucket: arn, Key: 'a b/ä', Body: 'Paris' }));
  assert.equal(await read(paris, arn, 'a b/ä'), 'Paris');
  assert.equal(
    await read(clientOf(cloud, AccountId, { region: 'eu-west-1' }), bucketIn('eu-west-1'), 'a b/ä'),
    'Paris',
  );
  await assert.rejects(read(globalClient(cloud), arn, 'a b/ä'), { name: 'NoSuchKey' });
  const { Contents = [] } = await paris.send(new ListObjectsV2Command({ Bucket: arn }));
  assert.deepEqual(
    Contents.map(({ Key }) => Key),
    ['a b/ä', 'where'],
  );
  await using other = await startRegions();
  await assert.rejects(read(globalClient(other), arn), { name: 'NoSuchBucket' });
});

test('what is routed away gets no requests, nor a Region that is dark while another is active', async () => {
  await using cloud = await startRegions();
  const { arn: Mrap } = await made(cloud, Name);
  await fill(cloud);
  const submit = (...dials: [Region: string, TrafficDialPercentage: number][]) => {
    const RouteUpdates = dials.map(([Region, TrafficDialPercentage]) => ({ Region, TrafficDialPercentage }));
    return cloud.control.send(new SubmitMultiRegionAccessPointRoutesCommand({ AccountId, Mrap, RouteUpdates }));
  };
  const client = globalClient(cloud);
  assert.equal(await read(client, Mrap), 'us-east-1');
  await submit(['us-east-1', 0]);
  assert.equal(await read(client, Mrap), 'eu-west-1');
  await submit(['us-east-1', 100]);
  const { kernel } = cloud.server.cloud;
  kernel.faults.put({ id: 'dark', region: 'us-east-1', probability: 1, effect: { kind: 'dark' } });
  assert.equal(await read(client, Mrap), 'eu-west-1');
  await submit(['eu-west-1', 0], ['ap-southeast-2', 0]);
  await assert.rejects(read(client, Mrap), 'nobody answers where all that is active is dark');
});

test('the identity, the access point and the bucket must allow it, each by its own name', async () => {
  await using cloud = await startRegions();
  const { arn } = await made(cloud, Name, [bucketIn('us-east-1')]);
  await fill(cloud);
  const Bucket = bucketIn('us-east-1');
  const user = async (name: string, ...resources: string[]) => {
    const statements = resources.map((resource) => allow('s3:GetObject', resource));
    return globalClient(cloud, undefined, { credentials: await userWithKey(cloud, name, policyOf(...statements)) });
  };
  const denied = { name: 'AccessDenied' };
  assert.equal(await read(await user('both', `${arn}/object/*`, `arn:aws:s3:::${Bucket}/*`), arn), 'us-east-1');
  await assert.rejects(read(await user('point', `${arn}/object/*`), arn), denied);
  await assert.rejects(read(await user('bucket', `arn:aws:s3:::${Bucket}/*`), arn), denied);
  const eve = await user('eve', 'arn:aws:s3:::other/*');
  const Principal = { AWS: `arn:aws:iam::${AccountId}:user/eve` };
  const granted = policyOf({ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `${arn}/object/where` });
  assert.equal(await putPolicy(cloud, Name, granted), 'SUCCEEDED');
  await assert.rejects(read(eve, arn), denied, 'the bucket has not been asked');
  const delegates = (condition: object) =>
    policyOf({
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: '*',
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      Condition: { StringEquals: condition },
    });
  for (const condition of [{ 's3:DataAccessPointArn': arn }, { 's3:DataAccessPointAccount': AccountId }]) {
    await clientOf(cloud).send(new PutBucketPolicyCommand({ Bucket, Policy: delegates(condition) }));
    assert.equal(await read(eve, arn), 'us-east-1');
  }
  const signed = { StringEquals: { 's3:signatureversion': 'AWS4-ECDSA-P256-SHA256' } };
  const ann = await userWithKey(
    cloud,
    'ann',
    policyOf(allow('s3:*'), { ...allow('s3:*', '*', signed), Effect: 'Deny' }),
  );
  await assert.rejects(read(globalClient(cloud, undefined, { credentials: ann }), arn), denied);
});

test('a bucket of another account lets the access point in by its policy', async () => {
  await using cloud = await startRegions();
  const theirs = '210987654321';
  const Bucket = bucketIn('eu-north-1');
  await makeBucket(cloud, 'eu-north-1', theirs);
  const owner = clientOf(cloud, theirs, { region: 'eu-north-1' });
  await owner.send(new PutObjectCommand({ Bucket, Key: 'where', Body: 'theirs' }));
  const { arn } = await made(cloud, Name, [{ Bucket, BucketAccountId: theirs }]);
  const client = globalClient(cloud);
  await assert.rejects(read(client, arn), { name: 'AccessDenied' });
  const Policy = policyOf({
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition: { StringEquals: { 's3:DataAccessPointArn': arn } },
  });
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal(await read(client, arn), 'theirs');
});

test('objects are copied to it, and never from it; the bucket as a whole is not reached', async () => {
  await using cloud = await startRegions();
  const { arn, alias } = await made(cloud, Name);
  await fill(cloud);
  const client = globalClient(cloud, 'CDG');
  const CopySource = `${bucketIn('ap-southeast-2')}/where`;
  await client.send(new CopyObjectCommand({ Bucket: arn, Key: 'copy', CopySource }));
  assert.equal(
    await read(clientOf(cloud, AccountId, { region: 'eu-west-1' }), bucketIn('eu-west-1'), 'copy'),
    'ap-southeast-2',
  );
  for (const source of [`${arn}/object/where`, `${alias}/where`])
    await assert.rejects(client.send(new CopyObjectCommand({ Bucket: arn, Key: 'copy', CopySource: source })), {
      name: 'InvalidArgument',
    });
  const upload = await client.send(new CreateMultipartUploadCommand({ Bucket: arn, Key: 'parts' }));
  assert.ok(upload.UploadId);
  const Delete = { Objects: [{ Key: 'where' }] };
  await assert.rejects(client.send(new DeleteObjectsCommand({ Bucket: arn, Delete })), { name: 'MethodNotAllowed' });
  const headed = await failure(client.send(new HeadBucketCommand({ Bucket: arn })));
  assert.equal(headed.$metadata?.httpStatusCode, 405);
});

test('a signature of version 4 is good where it was made for; nobody comes without a name', async () => {
  await using cloud = await startRegions();
  const { host, alias } = await made(cloud, Name, [bucketIn('eu-west-1')]);
  await fill(cloud);
  const local = cloud.url.replace('127.0.0.1', 'localhost');
  const signed = (region: string) => {
    const credentials = { accessKeyId: AccountId, secretAccessKey: 'test' };
    return clientOf(cloud, AccountId, { region, credentials, endpoint: local, forcePathStyle: true });
  };
  assert.equal(await read(signed('eu-west-1'), alias), 'eu-west-1');
  await assert.rejects(read(signed('us-east-1'), alias), {
    name: 'AuthorizationHeaderMalformed',
    message: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
  });
  assert.equal((await ask(cloud, host, '/where')).status, 403);
});

test('presigned URLs are signed by version 4a, too, and end', async () => {
  await using cloud = await startRegions();
  const { host, arn } = await made(cloud, Name, [bucketIn('eu-west-1')]);
  await fill(cloud);
  const credentials = await userWithKey(cloud, 'ann', policyOf(allow('s3:GetObject')));
  const path = await presigned(credentials, host, '/where', '*');
  assert.deepEqual(await ask(cloud, host, path), { status: 200, body: 'eu-west-1' });
  assert.equal((await ask(cloud, host, path.replace('where', 'else'))).status, 403);
  assert.equal((await ask(cloud, host, await presigned(credentials, host, '/where', 'eu-west-*'))).status, 200);
  const elsewhere = await ask(cloud, host, await presigned(credentials, host, '/where', 'us-east-1'));
  assert.match(elsewhere.body, /<Code>AuthorizationQueryParametersError<\/Code>.*expecting 'eu-west-1'/);
  assert.equal(await read(globalClient(cloud, undefined, { credentials }), arn), 'eu-west-1');
  await cloud.advance(61_000);
  assert.equal((await ask(cloud, host, path)).status, 403);
});

test('with replication both ways, what is written in one Region is read in the other', async () => {
  await using cloud = await startRegions();
  const pair = ['us-east-1', 'eu-west-1'] as const;
  const { arn } = await made(cloud, Name, pair.map(bucketIn));
  await makeRole(cloud);
  for (const [from, to] of [pair, pair.toReversed()] as [string, string][]) {
    const client = clientOf(cloud, AccountId, { region: from });
    await keepVersions(client, bucketIn(from));
    await keepVersions(clientOf(cloud, AccountId, { region: to }), bucketIn(to));
    await configure(client, bucketIn(from), rule({ Destination: { Bucket: `arn:aws:s3:::${bucketIn(to)}` } }));
  }
  const [virginia, paris] = [globalClient(cloud), globalClient(cloud, 'CDG')];
  await virginia.send(new PutObjectCommand({ Bucket: arn, Key: 'a', Body: 'from Virginia' }));
  await paris.send(new PutObjectCommand({ Bucket: arn, Key: 'b', Body: 'from Paris' }));
  await cloud.advance(60_000);
  assert.deepEqual([await read(paris, arn, 'a'), await read(virginia, arn, 'b')], ['from Virginia', 'from Paris']);
  const { ReplicationStatus } = await paris.send(new HeadObjectCommand({ Bucket: arn, Key: 'a' }));
  assert.equal(ReplicationStatus, 'REPLICA');
});
