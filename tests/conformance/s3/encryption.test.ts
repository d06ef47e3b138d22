/** Encryption: what lies on the disk, who can open it, and what a request may ask for. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  type ServerSideEncryptionRule,
  UpdateObjectEncryptionCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { bytesOf, clientOf, type S3Cloud, startS3 } from './setup.ts';

const Key = 'secret';
const MIB = 1_048_576;

/** The headers of SSE-C for one key. */
function customer(key: Buffer, prefix: '' | 'CopySource' = '') {
  return {
    [`${prefix}SSECustomerAlgorithm`]: 'AES256',
    [`${prefix}SSECustomerKey`]: key.toString('base64'),
    [`${prefix}SSECustomerKeyMD5`]: createHash('md5').update(key).digest('base64'),
  };
}

const put = ({ s3, Bucket }: S3Cloud, fields: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...fields }));

async function read(s3: S3Client, input: GetObjectCommandInput): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand(input));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const setDefault = ({ s3, Bucket }: S3Cloud, rule: ServerSideEncryptionRule) =>
  s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }));
const unblock = (cloud: S3Cloud) => setDefault(cloud, { BlockedEncryptionTypes: { EncryptionType: ['NONE'] } });

async function newKey(cloud: S3Cloud): Promise<string> {
  const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test('nothing of a body lies on the disk as it was sent, and any range of it comes back', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-sse-'));
  t.after(() => rmSync(data, { recursive: true }));
  const marker = 'plainly visible ';
  const bodies = { small: Buffer.from(marker.repeat(50)), large: Buffer.from(marker.repeat(20_000)) };
  const cloud = await startTestCloud({ data });
  const s3 = clientOf(cloud);
  const Bucket = 'at-rest-2026';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const dsse = { ServerSideEncryption: 'aws:kms:dsse' } as const;
  for (const [name, Body] of Object.entries(bodies)) {
    for (const [kind, fields] of Object.entries({ s3: {}, kms: { ServerSideEncryption: 'aws:kms' as const }, dsse })) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `${name}-${kind}`, Body, ...fields }));
      for (const [from, to] of [
        [0, 0],
        [1, 17],
        [15, 16],
        [16, 31],
        [333, 700],
        [Body.length - 1, Body.length - 1],
      ]) {
        const found = await read(s3, { Bucket, Key: `${name}-${kind}`, Range: `bytes=${from}-${to}` });
        assert.deepEqual(found, Body.subarray(from, (to ?? 0) + 1), `${name} ${kind} ${from}-${to}`);
      }
      assert.deepEqual(await read(s3, { Bucket, Key: `${name}-${kind}` }), Body);
    }
  }
  await cloud.close();
  const [plain, coded] = [Buffer.from(marker), Buffer.from(marker.repeat(3)).toString('base64').slice(0, 40)];
  const files = filesIn(data);
  assert.ok(files.length > 3);
  for (const file of files) {
    const bytes = readFileSync(file);
    assert.ok(!bytes.includes(plain) && !bytes.includes(coded), file);
  }
});

test('KMS keys are used in the name of the caller', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  const own = await put(cloud, { ServerSideEncryption: 'aws:kms' });
  assert.match(own.SSEKMSKeyId ?? '', /^arn:aws:kms:us-east-1:123456789012:key\//);
  assert.notEqual(own.ETag, `"${createHash('md5').update('x').digest('hex')}"`);
  const SSEKMSKeyId = await newKey(cloud);
  const made = await put(cloud, { ServerSideEncryption: 'aws:kms', SSEKMSKeyId, BucketKeyEnabled: true });
  assert.deepEqual([made.SSEKMSKeyId, made.BucketKeyEnabled], [SSEKMSKeyId, true]);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', SSEKMSKeyId]);

  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const permit = (...Statement: object[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: Statement.map((one) => ({ Effect: 'Allow', Resource: '*', ...one })),
        }),
      }),
    );
  const ann = clientOf(cloud, '', {
    credentials: { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey },
  });
  await permit({ Action: 's3:*' });
  const denied = await failure(read(ann, { Bucket, Key }));
  assert.equal(denied.name, 'AccessDenied');
  assert.match(denied.message, /user\/ann is not authorized to perform: kms:Decrypt/);
  const through = { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } };
  await permit({ Action: 's3:*' }, { Action: 'kms:Decrypt', Condition: through });
  assert.equal(String(await read(ann, { Bucket, Key })), 'x');

  const kms = cloud.client(KMSClient);
  await kms.send(new DisableKeyCommand({ KeyId: SSEKMSKeyId }));
  assert.equal((await failure(read(s3, { Bucket, Key }))).name, 'KMS.DisabledException');
  assert.equal(
    (await failure(put(cloud, { ServerSideEncryption: 'aws:kms', SSEKMSKeyId }))).name,
    'KMS.DisabledException',
  );
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: SSEKMSKeyId, PendingWindowInDays: 7 }));
  await cloud.advance(8 * 86_400_000);
  assert.equal(
    (await failure(put(cloud, { ServerSideEncryption: 'aws:kms', SSEKMSKeyId }))).name,
    'KMS.NotFoundException',
  );
});

test('a bucket encrypts by default as it is told', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  const rule = async () =>
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;
  const initial = [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
      BucketKeyEnabled: false,
      BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
    },
  ];
  assert.deepEqual(await rule(), initial);
  const KMSMasterKeyID = await newKey(cloud);
  const byDefault = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID };
  await setDefault(cloud, { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: true });
  const { SSEKMSKeyId, BucketKeyEnabled } = await put(cloud);
  assert.deepEqual([SSEKMSKeyId, BucketKeyEnabled], [KMSMasterKeyID, true]);
  const own = await put(cloud, { ServerSideEncryption: 'aws:kms' });
  assert.notEqual(own.SSEKMSKeyId, KMSMasterKeyID);
  assert.equal(own.BucketKeyEnabled, true);
  assert.equal((await put(cloud, { ServerSideEncryption: 'AES256' })).ServerSideEncryption, 'AES256');
  await assert.rejects(
    setDefault(cloud, { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256', KMSMasterKeyID } }),
    { name: 'InvalidArgument' },
  );
  await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
  assert.deepEqual(await rule(), initial);
  assert.equal((await put(cloud)).ServerSideEncryption, 'AES256');
});

test("a customer's key opens what it closed, and nothing else does", async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  const [key, other] = [randomBytes(32), randomBytes(32)];
  await assert.rejects(put(cloud, customer(key)), { name: 'AccessDenied' }, 'SSE-C is blocked in new buckets');
  await unblock(cloud);
  const made = await put(cloud, customer(key));
  assert.deepEqual([made.SSECustomerAlgorithm, made.ServerSideEncryption], ['AES256', undefined]);
  assert.equal(String(await read(s3, { Bucket, Key, ...customer(key) })), 'x');
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key, ...customer(key) }))).ContentLength, 1);
  await assert.rejects(read(s3, { Bucket, Key }), { name: 'InvalidRequest' });
  await assert.rejects(read(s3, { Bucket, Key, ...customer(other) }), { name: 'AccessDenied' });
  // The SDK works the MD5 out by itself.
  const wrong = new PutObjectCommand({ Bucket, Key, Body: 'x', ...customer(key) });
  wrong.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: { [name: string]: string } };
      headers['x-amz-server-side-encryption-customer-key-md5'] = createHash('md5').update(other).digest('base64');
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  await assert.rejects(s3.send(wrong), {
    name: 'InvalidArgument',
    message: 'The calculated MD5 hash of the key did not match the hash that was provided.',
  });
  await assert.rejects(put(cloud, customer(randomBytes(16))), {
    message: 'The secret key was invalid for the specified algorithm.',
  });
  await assert.rejects(put(cloud, { ...customer(key), ServerSideEncryption: 'AES256' }), { name: 'InvalidArgument' });
  await put(cloud);
  await assert.rejects(read(s3, { Bucket, Key, ...customer(key) }), {
    name: 'InvalidRequest',
    message: 'The encryption parameters are not applicable to this object.',
  });
});

test('copies change hands: any encryption to any other', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  await unblock(cloud);
  const key = randomBytes(32);
  const kinds: { [kind: string]: Partial<PutObjectCommandInput> } = {
    s3: { ServerSideEncryption: 'AES256' },
    kms: { ServerSideEncryption: 'aws:kms' },
    dsse: { ServerSideEncryption: 'aws:kms:dsse' },
    customer: customer(key),
  };
  const opening = (kind: string) => (kind === 'customer' ? customer(key) : {});
  const Body = bytesOf(100_000);
  for (const [from, fields] of Object.entries(kinds)) {
    await s3.send(new PutObjectCommand({ Bucket, Key: from, Body, ...fields }));
    for (const [to, wanted] of Object.entries(kinds)) {
      const source = { CopySource: `${Bucket}/${from}`, ...(from === 'customer' && customer(key, 'CopySource')) };
      await s3.send(new CopyObjectCommand({ Bucket, Key: `${from}-${to}`, ...source, ...(wanted as object) }));
      assert.deepEqual(
        await read(s3, { Bucket, Key: `${from}-${to}`, ...opening(to) }),
        Buffer.from(Body),
        `${from} to ${to}`,
      );
    }
  }
  const lost = s3.send(new CopyObjectCommand({ Bucket, Key: 'no', CopySource: `${Bucket}/customer` }));
  await assert.rejects(lost, { name: 'InvalidRequest' });
});

test('multipart uploads keep to the encryption they were begun with', async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  await unblock(cloud);
  const key = randomBytes(32);
  const [first, last] = [bytesOf(5 * MIB), bytesOf(100_001)];
  for (const [name, begin, each] of [
    ['kms', { ServerSideEncryption: 'aws:kms' }, {}],
    ['customer', customer(key), customer(key)],
  ] as const) {
    const target = { Bucket, Key: name };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...(begin as object) }));
    const part = (PartNumber: number, Body: Uint8Array, fields: object) =>
      s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body, ...fields }));
    if (name === 'customer') await assert.rejects(part(1, first, {}), { name: 'InvalidRequest' });
    else await assert.rejects(part(1, first, customer(key)), { name: 'InvalidRequest' });
    const parts = [await part(1, first, each), await part(2, last, each)];
    await s3.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: parts.map(({ ETag }, index) => ({ ETag, PartNumber: index + 1 })) },
      }),
    );
    assert.deepEqual(await read(s3, { ...target, ...each }), Buffer.concat([first, last]));
    const Range = `bytes=${5 * MIB - 3}-${5 * MIB + 20}`;
    const across = Buffer.concat([first.subarray(-3), last.subarray(0, 21)]);
    assert.deepEqual(await read(s3, { ...target, ...each, Range }), across);
    const copy = { Bucket, Key: `copy of ${name}` };
    const { UploadId: again } = await s3.send(new CreateMultipartUploadCommand(copy));
    const { CopyPartResult } = await s3.send(
      new UploadPartCopyCommand({
        ...copy,
        UploadId: again,
        PartNumber: 1,
        CopySource: `${Bucket}/${name}`,
        CopySourceRange: Range,
        ...(name === 'customer' && customer(key, 'CopySource')),
      }),
    );
    assert.equal(CopyPartResult?.ETag, `"${createHash('md5').update(across).digest('hex')}"`);
  }
});

test("an object's key can be changed in its place", async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  const KMSKeyArn = await newKey(cloud);
  const { ETag } = await put(cloud);
  await s3.send(new UpdateObjectEncryptionCommand({ Bucket, Key, ObjectEncryption: { SSEKMS: { KMSKeyArn } } }));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual([head.SSEKMSKeyId, head.ETag], [KMSKeyArn, ETag]);
  assert.equal(String(await read(s3, { Bucket, Key })), 'x');
  await cloud.client(KMSClient).send(new DisableKeyCommand({ KeyId: KMSKeyArn }));
  assert.equal((await failure(read(s3, { Bucket, Key }))).name, 'KMS.DisabledException');
});

test('headers that contradict each other are refused', async () => {
  await using cloud = await startS3();
  await assert.rejects(put(cloud, { SSEKMSKeyId: 'alias/mine' }), { name: 'InvalidArgument' });
  await assert.rejects(put(cloud, { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: 'e30x' }), {
    name: 'InvalidArgument',
  });
  await assert.rejects(put(cloud, { ServerSideEncryption: 'rot13' as never }), {
    name: 'InvalidArgument',
    message: 'The encryption method specified is not supported',
    ArgumentValue: 'rot13',
  });
});

test("completing an upload with a checksum of the client's choice takes the customer's key, and never another one", async () => {
  await using cloud = await startS3();
  const { Bucket, s3 } = cloud;
  await unblock(cloud);
  const mine = customer(randomBytes(32));
  const target = { Bucket, Key };
  const ChecksumAlgorithm = 'CRC32';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...mine, ChecksumAlgorithm }));
  const part = { ...target, ...mine, UploadId, PartNumber: 1, Body: 'x', ChecksumAlgorithm } as const;
  const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part));
  const MultipartUpload = { Parts: [{ ETag, ChecksumCRC32, PartNumber: 1 }] };
  const complete = (fields: object) =>
    s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload, ...fields }));
  await assert.rejects(complete({}), { name: 'InvalidRequest' });
  await assert.rejects(complete(customer(randomBytes(32))), { name: 'InvalidRequest' });
  assert.equal((await complete(mine)).Bucket, Bucket);
});
