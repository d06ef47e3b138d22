/** Browser forms: what a page may upload, what a policy holds it to, and what it gets back. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { AttachUserPolicyCommand, CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { START } from '../../support/cloud.ts';
import { bytesOf, type S3Cloud, startS3 } from './setup.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Fields = { [name: string]: string };
type Key = { id: string; secret: string };

/** A user with all permissions: its signatures are checked. */
async function makeKey(cloud: S3Cloud): Promise<Key> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  return { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Fields signed by version 4 under a policy of these conditions. */
function signed(
  { id, secret }: Key,
  fields: Fields,
  conditions: unknown[],
  expiration = START + HOUR,
  at = START,
): Fields {
  const timestamp = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = timestamp.slice(0, 8);
  const own: Fields = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${id}/${date}/us-east-1/s3/aws4_request`,
    'x-amz-date': timestamp,
  };
  const all = [...Object.entries(own).map(([name, value]) => ({ [name]: value })), ...conditions];
  const text = JSON.stringify({ expiration: new Date(expiration).toISOString(), conditions: all });
  const policy = Buffer.from(text).toString('base64');
  const derived = [date, 'us-east-1', 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return { ...fields, ...own, policy, 'x-amz-signature': hmac(derived, policy).toString('hex') };
}

function post(cloud: S3Cloud, fields: Fields, file?: Blob, name = 'photo.jpg'): Promise<Response> {
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.set(field, value);
  if (file !== undefined) body.set('file', file, name);
  return fetch(`${cloud.url}/${cloud.Bucket}`, { method: 'POST', body, redirect: 'manual' });
}

async function refusal(answer: Response | Promise<Response>): Promise<[status: number, code: string, message: string]> {
  const { status, text } = await Promise.resolve(answer).then(async (one) => ({
    status: one.status,
    text: await one.text(),
  }));
  const element = (tag: string) =>
    new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1]?.replaceAll('&quot;', '"') ?? '';
  return [status, element('Code'), element('Message')];
}

const anything = ({ Bucket }: S3Cloud) => [{ bucket: Bucket }, ['starts-with', '$key', '']];

test('a signed form uploads a file with its headers, metadata and tags', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const key = await makeKey(cloud);
  const fields = signed(
    key,
    {
      key: `in/$\{filename}`,
      'Content-Type': 'image/jpeg',
      'x-amz-meta-by': 'ann',
      tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b + c</Value></Tag></TagSet></Tagging>',
    },
    [
      { bucket: Bucket },
      ['starts-with', '$key', 'in/'],
      ['eq', '$Content-Type', 'image/jpeg'],
      { 'x-amz-meta-by': 'ann' },
      ['starts-with', '$tagging', ''],
      ['content-length-range', 1, 1_000_000],
    ],
  );
  const bytes = bytesOf(300_000);
  const answer = await post(cloud, fields, new Blob([bytes as Uint8Array<ArrayBuffer>]));
  assert.equal(answer.status, 204, await answer.text());
  assert.equal(answer.headers.get('location'), `${cloud.url}/${Bucket}/in%2Fphoto.jpg`);
  const { Body, ContentType, Metadata, ETag } = await s3.send(new GetObjectCommand({ Bucket, Key: 'in/photo.jpg' }));
  assert.deepEqual(await Body?.transformToByteArray(), bytes);
  assert.deepEqual([ContentType, Metadata, ETag], ['image/jpeg', { by: 'ann' }, answer.headers.get('etag')]);
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'in/photo.jpg' }));
  assert.deepEqual(TagSet, [{ Key: 'a', Value: 'b + c' }]);
});

test('what no header can hold does not stand in the way of the object', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const key = await makeKey(cloud);
  const given = { 'Content-Disposition': 'a — é', 'Cache-Control': 'b — é' };
  const fields = signed(key, { key: 'k', ...given }, [
    { bucket: Bucket },
    ['starts-with', '$key', ''],
    ['starts-with', '$Content-Disposition', ''],
    ['starts-with', '$Cache-Control', ''],
  ]);
  assert.equal((await post(cloud, fields, new Blob(['x']))).status, 204);
  const { ContentDisposition, CacheControl } = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([ContentDisposition, CacheControl], ['a   é', 'b   é']);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(head.ContentDisposition, ContentDisposition);
});

test('the answer is the one that the form asks for', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  const key = await makeKey(cloud);
  const send = (more: Fields) =>
    post(
      cloud,
      signed(key, { key: 'a b', ...more }, [
        ...anything(cloud),
        ...Object.entries(more).map(([name, one]) => ({ [name]: one })),
      ]),
      new Blob(['x']),
    );
  assert.equal((await send({ success_action_status: '200' })).status, 200);
  assert.equal((await send({ success_action_status: '404' })).status, 204);
  const created = await send({ success_action_status: '201' });
  assert.equal(created.status, 201);
  assert.equal(
    await created.text(),
    `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${cloud.url}/${Bucket}/a%20b</Location><Bucket>${Bucket}</Bucket><Key>a b</Key><ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag></PostResponse>`,
  );
  const moved = await send({ success_action_redirect: 'http://localhost/done?x=1' });
  assert.equal(moved.status, 303);
  assert.equal(
    moved.headers.get('location'),
    `http://localhost/done?x=1&bucket=${Bucket}&key=a+b&etag=%229dd4e461268c8034f5c8564e155c67a6%22`,
  );
});

for (const [name, options] of Object.entries({
  'the real clock': { clock: 'real' as const, startAt: undefined },
  'a clock far ahead': { startAt: Date.now() + 1_000 * HOUR },
  'a clock far behind': { startAt: START - 1_000 * HOUR },
}))
  test(`a form that is signed by the machine's time ends by ${name} when its hour has passed there`, async () => {
    await using cloud = await startS3(options);
    const key = await makeKey(cloud);
    const at = Date.now();
    const send = () => post(cloud, signed(key, { key: 'a' }, anything(cloud), at + HOUR, at), new Blob(['x']));
    assert.equal((await send()).status, 204);
    await cloud.advance(HOUR - MINUTE);
    assert.equal((await send()).status, 204);
    await cloud.advance(2 * MINUTE);
    assert.deepEqual(await refusal(send()), [403, 'AccessDenied', 'Invalid according to Policy: Policy expired.']);
  });

test('a form is held to its policy', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  const key = await makeKey(cloud);
  const refused = async (expected: [number, string, string], conditions: unknown[], more: Fields = {}, at?: number) =>
    assert.deepEqual(
      await refusal(post(cloud, signed(key, { key: 'a', ...more }, conditions, at), new Blob(['hello']))),
      expected,
    );
  const denied = (what: string): [number, string, string] => [
    403,
    'AccessDenied',
    `Invalid according to Policy: ${what}`,
  ];
  const invalid = (what: string): [number, string, string] => [400, 'InvalidPolicyDocument', `Invalid Policy: ${what}`];
  await refused(denied('Policy expired.'), anything(cloud), {}, START - 1);
  await refused(denied('Policy Condition failed: ["eq", "$bucket", "other"]'), [
    { bucket: 'other' },
    ['starts-with', '$key', ''],
  ]);
  await refused(denied('Policy Condition failed: ["starts-with", "$key", "b"]'), [
    { bucket: Bucket },
    ['starts-with', '$key', 'b'],
  ]);
  await refused(denied('Extra input fields: bucket'), [['starts-with', '$key', '']]);
  await refused(denied('Extra input fields: x-amz-meta-more'), anything(cloud), { 'x-amz-meta-more': '1' });
  await refused(
    [400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size'],
    [...anything(cloud), ['content-length-range', 0, 4]],
  );
  await refused(
    [400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size'],
    [...anything(cloud), ['content-length-range', 6, 10]],
  );
  await refused(invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.'), [
    { bucket: Bucket, key: 'a' },
  ]);
  // A field that is not in the form fulfils no condition, and one without a dollar is nobody's.
  const absent = '["starts-with", "$Content-Type", ""]';
  await refused(denied(`Policy Condition failed: ${absent}`), [...anything(cloud), JSON.parse(absent)]);
  const nobodys = '["eq", "key", "a"]';
  await refused(denied(`Policy Condition failed: ${nobodys}`), [...anything(cloud), JSON.parse(nobodys)]);
  const range = '["content-length-range", "test", "10"]';
  await refused(denied(`Policy Condition failed: ${range}`), [...anything(cloud), JSON.parse(range)]);
  await refused(invalid('Invalid Simple-Condition: value must be a string.'), [...anything(cloud), { key: 7 }]);
  const broken = signed(key, { key: 'a' }, anything(cloud));
  const wrong = { ...broken, 'x-amz-signature': '0'.repeat(64) };
  assert.deepEqual((await refusal(post(cloud, wrong, new Blob(['x'])))).slice(0, 2), [403, 'SignatureDoesNotMatch']);
  assert.equal((await post(cloud, { ...broken, 'x-ignore-me': '1' }, new Blob(['x']))).status, 204);
});

test('the older signature is good for forms, too', async () => {
  await using cloud = await startS3();
  const { id, secret } = await makeKey(cloud);
  const text = JSON.stringify({ expiration: new Date(START + HOUR).toISOString(), conditions: anything(cloud) });
  const policy = Buffer.from(text).toString('base64');
  const signature = createHmac('sha1', secret).update(policy).digest('base64');
  const fields = { key: 'a', AWSAccessKeyId: id, policy, signature };
  assert.equal((await post(cloud, fields, new Blob(['x']))).status, 204);
  const wrong = await refusal(post(cloud, { ...fields, signature: 'AAAA' }, new Blob(['x'])));
  assert.deepEqual(wrong.slice(0, 2), [403, 'SignatureDoesNotMatch']);
  const { policy: _, ...without } = fields;
  assert.deepEqual(await refusal(post(cloud, without, new Blob(['x']))), [
    400,
    'InvalidArgument',
    "Bucket POST must contain a field named 'Policy'.  If it is specified, please check the order of the fields.",
  ]);
});

test('fields: every one knows the name of the file, one name may come twice, and a digest is checked', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const key = await makeKey(cloud);
  const digest = (text: string) => createHash('md5').update(text).digest('base64');
  const all = signed(
    key,
    { key: 'k', 'x-amz-meta-name': `is $\{filename}`, 'x-amz-meta-list': 'a', 'Content-MD5': digest('other') },
    [
      ...anything(cloud),
      { 'x-amz-meta-name': 'is photo.jpg' },
      { 'x-amz-meta-list': 'a,b' },
      ['starts-with', '$Content-MD5', ''],
    ],
  );
  const body = new FormData();
  for (const [field, value] of Object.entries(all)) body.set(field, value);
  body.append('x-amz-meta-list', 'b');
  body.set('file', new Blob(['x']), 'photo.jpg');
  const send = () => fetch(`${cloud.url}/${Bucket}`, { method: 'POST', body });
  assert.deepEqual((await refusal(send())).slice(0, 2), [400, 'BadDigest']);
  body.delete('file');
  body.set('Content-MD5', digest('x'));
  body.set('file', new Blob(['x']), 'photo.jpg');
  assert.equal((await send()).status, 204);
  const { Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual(Metadata, { name: 'is photo.jpg', list: 'a,b' });
});

test('what signs a form is asked for by its name', async () => {
  await using cloud = await startS3();
  const key = await makeKey(cloud);
  const fields = signed(key, { key: 'a' }, anything(cloud));
  const named = (name: string): [number, string, string] => [
    400,
    'InvalidArgument',
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
  ];
  const without = async (...names: string[]) => {
    const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
    return refusal(post(cloud, rest, new Blob(['x'])));
  };
  assert.deepEqual(await without('x-amz-signature'), named('X-Amz-Signature'));
  assert.deepEqual(await without('x-amz-algorithm', 'x-amz-credential'), named('X-Amz-Algorithm'));
  const onlyPolicy = await without('x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature');
  assert.deepEqual(onlyPolicy, [403, 'AccessDenied', 'Access Denied']);
  const [status, code, message] = await refusal(post(cloud, { ...fields, 'x-amz-date': '2026' }, new Blob(['x'])));
  assert.deepEqual(
    [status, code, message],
    [400, 'InvalidArgument', 'X-Amz-Date must be formated via ISO8601 Long format'],
  );
});

test('an anonymous form uploads where the bucket lets anybody', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const fields = { key: 'open/a' };
  assert.deepEqual(await refusal(post(cloud, fields, new Blob(['x']))), [403, 'AccessDenied', 'Access Denied']);
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/open/*` }],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal((await post(cloud, fields, new Blob(['x']))).status, 204);
  assert.deepEqual(await refusal(post(cloud, { key: 'a' }, new Blob(['x']))), [403, 'AccessDenied', 'Access Denied']);
});

test('what is no form of one file is refused', async () => {
  await using cloud = await startS3();
  assert.deepEqual(await refusal(post(cloud, { key: 'a' })), [
    400,
    'InvalidArgument',
    'POST requires exactly one file upload per request.',
  ]);
  assert.deepEqual(await refusal(post(cloud, {}, new Blob(['x']))), [
    400,
    'InvalidArgument',
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
  ]);
  assert.deepEqual((await refusal(post(cloud, { key: 'a', more: 'x'.repeat(21_000) }, new Blob(['x'])))).slice(0, 2), [
    400,
    'MaxPostPreDataLengthExceeded',
  ]);
  const raw = (type: string, body: string) =>
    refusal(fetch(`${cloud.url}/${cloud.Bucket}`, { method: 'POST', headers: { 'content-type': type }, body }));
  assert.deepEqual((await raw('text/plain', 'x')).slice(0, 2), [412, 'PreconditionFailed']);
  assert.deepEqual((await raw('multipart/form-data; boundary=b', '--b\r\nnothing')).slice(0, 2), [
    400,
    'MalformedPOSTRequest',
  ]);
});
