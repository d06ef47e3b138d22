import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { argument, type Case, refuses, request } from './refusals.ts';
import { send, startS3 } from './setup.ts';

test('only headers that an answer may be worded with are taken from the query', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'x' });
  const name = 'response-server';
  const message = `${name} is not in the set of overridable response headers. Please refer to the S3 API documentation for a complete list of overridable response headers.`;
  await refuses(cloud, [
    ['GET', `$/k?${name}=a+b`, {}, 400, argument(message, name, 'a b')],
    ['HEAD', `$/k?${name}=a`, {}, 400, {}],
  ]);
  const answer = await send(cloud, 'GET', `/${cloud.Bucket}/k?response-content-language=de`);
  assert.deepEqual([answer.status, answer.headers.get('content-language')], [200, 'de']);
});

test('a copy brings no body', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await send(cloud, 'PUT', `/${Bucket}/k`, { body: 'x' });
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'm' }));
  const refused = request('The request included a body. Requests of this type must not include a non-empty body.');
  const headers = { 'x-amz-copy-source': `${Bucket}/k` };
  await refuses(cloud, [
    ['PUT', '$/c', headers, 400, refused, 'body'],
    ['PUT', `$/m?partNumber=1&uploadId=${UploadId}`, headers, 400, refused, 'body'],
  ]);
  assert.equal((await send(cloud, 'PUT', `/${Bucket}/c`, { headers })).status, 200);
});

test('grants in headers are told by their header, ids by their kind', async () => {
  await using cloud = await startS3();
  const own = { 'x-amz-object-ownership': 'ObjectWriter' };
  const put = (header: string, text: string, name: string, message: string, value: string): Case => [
    'PUT',
    '/another-2026',
    { ...own, [header]: text },
    400,
    argument(message, name, value),
  ];
  await refuses(cloud, [
    put('x-amz-grant-full-control', 'abc', 'x-amz-grant-full-control', 'Argument format not recognized', 'abc'),
    put('x-amz-grant-write-acp', 'a=b', 'x-amz-grant-write-acp', 'Argument format not recognized', 'a=b'),
    put('x-amz-grant-read', 'id=0123', 'id', 'Invalid id', '0123'),
  ]);
});

test('a list of grants has an owner and permissions that there are; ids in capital letters are the same', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const Rules = [{ ObjectOwnership: 'ObjectWriter' as const }];
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }));
  const { Owner, Grants } = await s3.send(new GetBucketAclCommand({ Bucket }));
  const grant = (permission: string) =>
    `<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${Owner?.ID}</ID></Grantee><Permission>${permission}</Permission></Grant></AccessControlList>`;
  const list = (content: string) => `<AccessControlPolicy>${content}</AccessControlPolicy>`;
  const malformed = {
    Code: 'MalformedACLError',
    Message: 'The XML you provided was not well-formed or did not validate against our published schema',
  };
  await refuses(cloud, [
    ['PUT', '$?acl', {}, 400, malformed, list(`<Owner><ID>${Owner?.ID}</ID></Owner>${grant('WRONG')}`)],
    ['PUT', '$?acl', {}, 400, malformed, list(grant('READ'))],
  ]);
  await s3.send(new PutBucketAclCommand({ Bucket, GrantFullControl: `id=${Owner?.ID?.toUpperCase()}` }));
  assert.deepEqual((await s3.send(new GetBucketAclCommand({ Bucket }))).Grants, Grants);
});

test('a page of parts does not begin before the first', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'm' }));
  const name = 'part-number-marker';
  const message = `Argument ${name} must be an integer between 0 and 2147483647`;
  await refuses(cloud, [['GET', `$/m?uploadId=${UploadId}&${name}=-2`, {}, 400, argument(message, name, '-2')]]);
});

test('a version id that is none is a version that is not there, to a batch', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const Delete = { Objects: [{ Key: 'k', VersionId: 'abc' }] };
  const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
  assert.deepEqual(Errors, [
    { Key: 'k', VersionId: 'abc', Code: 'NoSuchVersion', Message: 'The specified version does not exist.' },
  ]);
});

test('a condition on lists goes with actions that list', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const put = (...Action: string[]) => {
    const Principal = { AWS: '123456789012' };
    const Condition = { StringLike: { 's3:Prefix': 'home/*' } };
    const Statement = { Effect: 'Allow', Principal, Action, Resource: `arn:aws:s3:::${Bucket}`, Condition };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    return s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  };
  await put('s3:ListBucket', 's3:ListBucketVersions');
  await put('s3:List*');
  await assert.rejects(put('s3:ListBucket', 's3:GetBucketLocation'), {
    name: 'MalformedPolicy',
    message: 'Conditions do not apply to combination of actions and resources in statement',
  });
});
