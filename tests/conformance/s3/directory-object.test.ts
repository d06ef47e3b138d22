import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  RenameObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { startDirectory } from './directory-setup.ts';
import { bytesOf } from './setup.ts';

const PART = 5 * 1_024 * 1_024;

const textOf = async (s3: S3Client, Bucket: string, Key: string) =>
  (await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '';
const nameOf = async (promise: Promise<unknown>) => (await failure(promise)).name;

test('Data is appended at the end of an object, and nowhere else', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const Key = 'log.txt';
  const append = (Body: string, WriteOffsetBytes: number, more: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, WriteOffsetBytes, ...more }));
  assert.equal(await nameOf(append('x', 3)), 'NoSuchKey');
  const first = await append('one,', 0);
  const second = await append('two,', 4);
  assert.equal(second.Size, 8);
  assert.notEqual(second.ETag, first.ETag);
  assert.equal(await nameOf(append('x', 4)), 'InvalidWriteOffset');
  assert.equal(await nameOf(append('x', 8, { IfMatch: first.ETag })), 'PreconditionFailed');
  const third = await append('three', 8, { IfMatch: second.ETag });
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  assert.equal(head.ContentLength, 13);
  assert.equal(head.ETag, third.ETag);
  assert.equal(head.ChecksumType, 'FULL_OBJECT');
  assert.equal(head.ChecksumCRC32, third.ChecksumCRC32);
  assert.equal(await textOf(s3, Bucket, Key), 'one,two,three');
  const range = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=2-9' }));
  assert.equal(await range.Body?.transformToString(), 'e,two,th');
  const whole = await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'one,two,three' }));
  assert.equal(head.ChecksumCRC32, whole.ChecksumCRC32);
  const CopySource = `${Bucket}/${Key}`;
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  assert.equal(await textOf(s3, Bucket, 'copy'), 'one,two,three');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: 'full', WriteOffsetBytes: 0 }));
  assert.equal(await textOf(s3, Bucket, 'empty'), 'full');
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(await nameOf(s3.send(new HeadObjectCommand({ Bucket, Key }))), 'NotFound');
});

test('An object is renamed with all that it has, once for each token', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const put = await s3.send(
    new PutObjectCommand({ Bucket, Key: 'from', Body: 'text', Metadata: { colour: 'red' }, ContentType: 'text/x' }),
  );
  const before = await s3.send(new HeadObjectCommand({ Bucket, Key: 'from' }));
  await cloud.advance(60_000);
  const rename = (Key: string, RenameSource: string, more: object = {}) =>
    s3.send(new RenameObjectCommand({ Bucket, Key, RenameSource, ...more }));
  assert.equal(await nameOf(rename('to', 'none')), 'NoSuchKey');
  assert.equal(await nameOf(rename('to', 'from', { SourceIfMatch: '"other"' })), 'PreconditionFailed');
  await rename('to', '/from', { SourceIfMatch: put.ETag, ClientToken: 'token' });
  await rename('to', '/from', { SourceIfMatch: put.ETag, ClientToken: 'token' });
  assert.equal(await nameOf(rename('elsewhere', '/from', { ClientToken: 'token' })), 'IdempotencyParameterMismatch');
  assert.equal(await nameOf(s3.send(new HeadObjectCommand({ Bucket, Key: 'from' }))), 'NotFound');
  const after = await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
  const facts = ({ ETag, LastModified, Metadata, ContentType }: typeof after) => [
    ETag,
    LastModified,
    Metadata,
    ContentType,
  ];
  assert.deepEqual(facts(after), facts(before));
  assert.equal(await textOf(s3, Bucket, 'to'), 'text');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'old' }));
  assert.equal(await nameOf(rename('there', 'to', { DestinationIfNoneMatch: '*' })), 'PreconditionFailed');
  assert.equal(await nameOf(rename('to', 'to')), 'PreconditionFailed');
  assert.equal(await nameOf(rename('to/', 'there')), 'InvalidRequest');
  await rename('there', `${Bucket}/to`);
  assert.equal(await textOf(s3, Bucket, 'there'), 'text');
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['there'],
  );
});

test('Lists have no order, and know of uploads under way', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'dir/x', 'dir/y'];
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const all = await s3.send(new ListObjectsV2Command({ Bucket }));
  const listed = all.Contents?.map(({ Key }) => Key ?? '') ?? [];
  assert.deepEqual([...listed].sort(), [...keys].sort());
  assert.notDeepEqual(listed, [...keys].sort());
  const paged: string[] = [];
  for (let ContinuationToken: string | undefined, more = true; more; ) {
    const page: { Contents?: { Key?: string }[]; NextContinuationToken?: string; IsTruncated?: boolean } =
      await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3, ...(ContinuationToken && { ContinuationToken }) }));
    paged.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    ContinuationToken = page.NextContinuationToken;
    more = page.IsTruncated === true;
  }
  assert.deepEqual(paged.sort(), [...keys].sort());
  const begun = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'busy/z' }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'alone' }));
  const grouped = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  assert.deepEqual(grouped.CommonPrefixes?.map(({ Prefix }) => Prefix).sort(), ['busy/', 'dir/']);
  assert.equal(grouped.Contents?.length, 6);
  const inside = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'dir/', Delimiter: '/' }));
  assert.equal(inside.KeyCount, 2);
  const refused = await failure(s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'di' })));
  assert.equal(refused.name, 'InvalidRequest');
  assert.match(refused.message, /does not support a prefix that does not end in a delimiter/);
  assert.equal(await nameOf(s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '-' }))), 'NotImplemented');
  assert.equal(await nameOf(s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'a' }))), 'NotImplemented');
  const uploads = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  assert.deepEqual(uploads.Uploads?.map(({ Key }) => Key).sort(), ['alone', 'busy/z']);
  assert.equal(uploads.Uploads?.[0]?.StorageClass, 'EXPRESS_ONEZONE');
  for (const Key of keys) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(await nameOf(s3.send(new DeleteBucketCommand({ Bucket }))), 'BucketNotEmpty');
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'busy/z', UploadId: begun.UploadId }));
});

test('Parts of an upload have consecutive numbers', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const Key = 'large';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = async (PartNumber: number, size: number) => {
    const Body = bytesOf(size);
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const [first, second, fourth] = [await part(1, PART), await part(2, PART), await part(4, 3)];
  const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  assert.deepEqual(
    listed.Parts?.map(({ ETag }) => ETag),
    [first.ETag, second.ETag, fourth.ETag],
  );
  const complete = (Parts: object[]) =>
    s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const gap = await failure(complete([first, second, fourth]));
  assert.equal(gap.$metadata?.httpStatusCode, 400);
  const source = await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'tail' }));
  assert.ok(source.ETag);
  const copied = await s3.send(
    new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 3, CopySource: `${Bucket}/source` }),
  );
  const third = { PartNumber: 3, ETag: copied.CopyPartResult?.ETag };
  const done = await complete([first, second, third]);
  assert.match(done.ETag ?? '', /^"[0-9a-f]{32}"$/);
  const again = await complete([first, second, third]);
  assert.equal(again.ETag, done.ETag);
  const attributes = await s3.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectSize', 'StorageClass', 'ObjectParts'] }),
  );
  assert.equal(attributes.ObjectSize, 2 * PART + 4);
  assert.equal(attributes.StorageClass, 'EXPRESS_ONEZONE');
  assert.equal(attributes.ObjectParts?.TotalPartsCount, 3);
  const more = new PutObjectCommand({ Bucket, Key, Body: '!', WriteOffsetBytes: 2 * PART + 4 });
  assert.equal((await s3.send(more)).Size, 2 * PART + 5);
  const tail = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=-5' }));
  assert.equal(await tail.Body?.transformToString(), 'tail!');
});

test('Objects are deleted if they are the ones that are meant', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'four' }));
  await put('a');
  const remove = (more: object) => s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', ...more }));
  assert.equal(await nameOf(remove({ IfMatchSize: 5 })), 'PreconditionFailed');
  assert.equal(await nameOf(remove({ IfMatchLastModifiedTime: new Date(0) })), 'PreconditionFailed');
  assert.equal(await nameOf(remove({ IfMatch: '"other"' })), 'PreconditionFailed');
  await remove({ IfMatchSize: 4 });
  await remove({ IfMatchSize: 4 });
  await put('b');
  await put('c');
  const { Deleted, Errors } = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Objects: [{ Key: 'b', Size: 4 }, { Key: 'c', Size: 9 }, { Key: 'none' }] },
    }),
  );
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    ['b', 'none'],
  );
  assert.deepEqual(
    Errors?.map(({ Key, Code }) => [Key, Code]),
    [['c', 'PreconditionFailed']],
  );
});

test('Objects are copied between directory and general purpose buckets', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  await s3.send(new CreateBucketCommand({ Bucket: 'general' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'there and back' }));
  await s3.send(new CopyObjectCommand({ Bucket: 'general', Key: 'b', CopySource: `${Bucket}/a` }));
  const there = await s3.send(new GetObjectCommand({ Bucket: 'general', Key: 'b' }));
  assert.equal(there.StorageClass, undefined);
  assert.equal(there.ETag, '"0f6b0e702acf7dbde0f88b6570f6fe08"');
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: 'general/b' }));
  const back = await s3.send(new GetObjectCommand({ Bucket, Key: 'c' }));
  assert.equal(await back.Body?.transformToString(), 'there and back');
  assert.equal(back.StorageClass, 'EXPRESS_ONEZONE');
  assert.notEqual(back.ETag, there.ETag);
  await s3.send(new PutObjectCommand({ Bucket: 'general', Key: 'tagged', Body: 'x', Tagging: 'a=b' }));
  const tagged = { Bucket, Key: 'tagged', CopySource: 'general/tagged' };
  assert.equal(await nameOf(s3.send(new CopyObjectCommand(tagged))), 'NotImplemented');
  await s3.send(new CopyObjectCommand({ ...tagged, TaggingDirective: 'REPLACE', Tagging: '' }));
});
