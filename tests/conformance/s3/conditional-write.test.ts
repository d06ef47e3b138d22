import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { RawSocket } from '../../support/raw-socket.ts';
import { type S3Cloud, startS3 } from './setup.ts';

const put = ({ s3, Bucket }: S3Cloud, Key: string, Body = 'a') => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const remove = ({ s3, Bucket }: S3Cloud, Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const versioned = ({ s3, Bucket }: S3Cloud) =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));

/** Begins an upload; what it gives completes it on a condition, and tells the error's name. */
async function begin({ s3, Bucket }: S3Cloud, Key: string) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'part' }));
  return async (condition: { IfMatch?: string; IfNoneMatch?: string }) => {
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const named = { Bucket, Key, UploadId, MultipartUpload, ...condition };
    const error = await s3.send(new CompleteMultipartUploadCommand(named)).then(
      () => undefined,
      (why: Error & { Condition?: string; $metadata?: { httpStatusCode?: number } }) => why,
    );
    return error === undefined ? 'done' : `${error.$metadata?.httpStatusCode} ${error.name} ${error.Condition ?? ''}`;
  };
}

/** Any signature is right for a key that does not exist. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
const ANEW = { IfNoneMatch: '*' };
const CONFLICT = '409 ConditionalRequestConflict If-None-Match';

test('an upload that is to make a new object loses to what was written or deleted since it began', async () => {
  await using cloud = await startS3();
  const meanwhile = await begin(cloud, 'a');
  await put(cloud, 'a');
  assert.equal(await meanwhile(ANEW), CONFLICT);
  // It has to be begun anew: what was written is gone, and still there was a conflict.
  await remove(cloud, 'a');
  assert.equal(await meanwhile(ANEW), CONFLICT);
  assert.equal(await (await begin(cloud, 'a'))(ANEW), 'done');
  assert.equal(await (await begin(cloud, 'a'))(ANEW), '412 PreconditionFailed If-None-Match');
  const deleted = await begin(cloud, 'a');
  await remove(cloud, 'a');
  assert.equal(await deleted(ANEW), CONFLICT);
  // What happens to another key is no matter of it, and an upload without a condition none of anything.
  const other = await begin(cloud, 'a');
  await put(cloud, 'ab');
  await remove(cloud, 'ab');
  assert.equal(await other(ANEW), 'done');
  const free = await begin(cloud, 'a');
  await put(cloud, 'a');
  assert.equal(await free({}), 'done');
});

test('an upload over a version that it names loses to every other write', async () => {
  await using cloud = await startS3();
  const { ETag: IfMatch = '' } = await put(cloud, 'a');
  const same = await begin(cloud, 'a');
  const again = await put(cloud, 'a', 'b');
  assert.equal(await same({ IfMatch }), '409 ConditionalRequestConflict If-Match');
  assert.equal(await (await begin(cloud, 'a'))({ IfMatch }), '412 PreconditionFailed If-Match');
  assert.equal(await (await begin(cloud, 'a'))({ IfMatch: again.ETag ?? '' }), 'done');
  const gone = await begin(cloud, 'a');
  await remove(cloud, 'a');
  assert.equal(await gone({ IfMatch }), '404 NoSuchKey ');
});

test('in a versioned bucket delete markers and removed versions are conflicts too', async () => {
  await using cloud = await startS3();
  await versioned(cloud);
  await put(cloud, 'a');
  const marked = await begin(cloud, 'a');
  await remove(cloud, 'a');
  assert.equal(await marked(ANEW), CONFLICT);
  // A delete marker is no object.
  assert.equal(await (await begin(cloud, 'a'))(ANEW), 'done');
  const { ETag: IfMatch = '' } = await cloud.s3.send(new HeadObjectCommand({ Bucket: cloud.Bucket, Key: 'a' }));
  const back = await begin(cloud, 'a');
  const { VersionId = '' } = await put(cloud, 'a');
  await remove(cloud, 'a', VersionId);
  assert.equal(await back({ IfMatch }), '409 ConditionalRequestConflict If-Match');
});

test('deletes on condition are of the current version alone', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await versioned(cloud);
  const { ETag = '', VersionId } = await put(cloud, 'a');
  const refused = async (input: object) => {
    const error = await failure(s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', ...input })));
    const { Header = '' } = error as { Header?: string };
    return `${error.$metadata?.httpStatusCode} ${error.name} ${Header}`;
  };
  assert.equal(await refused({ VersionId, IfMatch: ETag }), '501 NotImplemented If-Match');
  assert.equal(await refused({ IfMatchSize: 1 }), '501 NotImplemented x-amz-if-match-size');
  assert.equal(
    await refused({ IfMatchLastModifiedTime: new Date(0) }),
    '501 NotImplemented x-amz-if-match-last-modified-time',
  );
  assert.equal(await refused({ IfMatch: '"b"' }), '412 PreconditionFailed ');
  const { DeleteMarker } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', IfMatch: '*' }));
  assert.equal(DeleteMarker, true);
  for (const IfMatch of [ETag, '*', '"b"']) assert.equal(await refused({ IfMatch }), '404 NoSuchKey ');
  const many = (one: object) =>
    s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a', ...one }] } }));
  assert.deepEqual(
    (await many({ ETag })).Errors?.map(({ Code }) => Code),
    ['NoSuchKey'],
  );
  assert.equal((await failure(many({ Size: 1 }))).name, 'MalformedXML');
  assert.equal((await failure(many({ LastModifiedTime: new Date(0) }))).name, 'MalformedXML');
});

test('a write whose condition held when it began is a conflict when it is overtaken', async () => {
  await using cloud = await startS3();
  const { ETag = '' } = await put(cloud, 'a');
  using raw = new RawSocket(cloud.url);
  raw.send(
    `PUT /${cloud.Bucket}/a HTTP/1.1\r\nHost: s3\r\nAuthorization: ${AUTHORIZATION}\r\nx-amz-date: 20260101T000000Z\r\n` +
      `x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nIf-Match: ${ETag}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`,
  );
  assert.equal((await raw.response())?.status, 100);
  await put(cloud, 'a', 'b');
  const late = await raw.send('late').response();
  assert.equal(late?.status, 409);
  assert.match(late.body, /<Code>ConditionalRequestConflict<.*<Condition>If-Match</s);
});
