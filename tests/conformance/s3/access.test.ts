import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { clientOf, type S3Cloud, send, startS3, userOf } from './setup.ts';

const OTHER = '210987654321';
const status = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode;

const policyOf = ({ Bucket }: S3Cloud, statement: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`], ...statement }],
  });

test('a user may do what its policy says; a missing key is told only to those who may list', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'home/a', Body: 'a' }));
  const reader = await userOf(cloud, 'reader', [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
  ]);
  assert.equal(
    await (await reader.send(new GetObjectCommand({ Bucket, Key: 'home/a' }))).Body?.transformToString(),
    'a',
  );
  // Source: swisstopo/swissgeol-boreholes-dataextraction#294.
  assert.equal(
    (await failure(reader.send(new ListBucketsCommand({})))).message,
    'User: arn:aws:iam::123456789012:user/reader is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action',
  );
  const seer = await userOf(cloud, 'seer', [
    { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: 'arn:aws:s3:::*' },
  ]);
  assert.deepEqual(
    (await seer.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
    [Bucket],
  );
  const missing = await failure(reader.send(new GetObjectCommand({ Bucket, Key: 'none' })));
  assert.deepEqual([missing.name, status(missing)], ['AccessDenied', 403]);
  assert.match(
    missing.message,
    /^User: arn:aws:iam::123456789012:user\/reader is not authorized to perform: s3:ListBucket on resource: "?arn:aws:s3:::photos-2026"? because no identity-based policy allows the s3:ListBucket action$/,
  );
  const put = await failure(reader.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'b' })));
  assert.match(
    put.message,
    /is not authorized to perform: s3:PutObject on resource: "?arn:aws:s3:::photos-2026\/b"? because no identity-based policy allows the s3:PutObject action$/,
  );
  const lister = await userOf(cloud, 'lister', [
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringLike: { 's3:prefix': 'home/*' } },
    },
  ]);
  assert.equal((await lister.send(new ListObjectsV2Command({ Bucket, Prefix: 'home/' }))).KeyCount, 1);
  assert.equal((await failure(lister.send(new ListObjectsV2Command({ Bucket })))).name, 'AccessDenied');
  const copy = await failure(lister.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/home/a` })));
  assert.equal(copy.name, 'AccessDenied');
});

test('a bucket policy lets another account in, and denies its own', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const other = clientOf(cloud, OTHER);
  assert.equal((await failure(other.send(new GetObjectCommand({ Bucket, Key: 'a' })))).name, 'AccessDenied');
  const none = await failure(s3.send(new GetBucketPolicyCommand({ Bucket })));
  assert.deepEqual(
    [none.name, none.message, status(none)],
    ['NoSuchBucketPolicy', 'The bucket policy does not exist', 404],
  );
  const Policy = policyOf(cloud, { Principal: { AWS: OTHER }, Action: 's3:GetObject' });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal((await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic, false);
  assert.equal(await (await other.send(new GetObjectCommand({ Bucket, Key: 'a' }))).Body?.transformToString(), 'a');
  assert.equal((await failure(other.send(new PutObjectCommand({ Bucket, Key: 'b', Body: '' })))).name, 'AccessDenied');
  await s3.send(
    new PutBucketPolicyCommand({ Bucket, Policy: policyOf(cloud, { Effect: 'Deny', Principal: '*', Action: 's3:*' }) }),
  );
  assert.equal((await failure(s3.send(new GetObjectCommand({ Bucket, Key: 'a' })))).name, 'AccessDenied');
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  const odd = await failure(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: '{' })));
  assert.deepEqual([odd.name, status(odd)], ['MalformedPolicy', 400]);
  const named = (Principal: object | string, more: object = {}) =>
    JSON.parse(policyOf(cloud, { Principal, Action: 's3:*', ...more } as never));
  const gone = 'arn:aws:iam::123456789012:role/gone';
  for (const [text, message] of [
    ['[]', "Policies must be valid JSON and the first byte must be '{'"],
    ['{', 'This policy contains invalid Json'],
    [{ ...named('*'), Version: '2022-01-01' }, 'The policy must contain a valid version string'],
    [{ Version: '2012-10-17' }, 'Missing required field Statement'],
    [{ Statement: [] }, 'Could not parse the policy: Statement is empty!'],
    [named('*', { Effect: 'hello' }), 'Invalid effect: hello'],
    [named('*', { Efect: 'Allow' }), 'Invalid policy syntax.'],
    [named({ AWS: [] }), 'Missing required field Principal cannot be empty!'],
    [named({ AWS: 'nobody' }), 'Invalid principal in policy'],
    [named({ AWS: ['*', gone] }), 'Invalid principal in policy'],
    [named({ AWS: 'arn:aws:iam::cloudfront:user/E1' }), 'Invalid principal in policy'],
  ] as const) {
    const Policy = typeof text === 'string' ? text : JSON.stringify(text);
    await assert.rejects(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })), { name: 'MalformedPolicy', message });
  }
  const outside = JSON.stringify(named({ AWS: 'arn:aws:iam::210987654399:role/deployer' }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: outside }));
  const elsewhere = await failure(
    s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policyOf(cloud, { Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::other/*' }),
      }),
    ),
  );
  assert.deepEqual([elsewhere.name, elsewhere.message], ['MalformedPolicy', 'Policy has invalid resource']);
  const bucket = `arn:aws:s3:::${Bucket}`;
  for (const [Action, Resource, message] of [
    ['s3:GetObject', undefined, 'Statement is missing required element'],
    ['s3:*', '*', 'Policy has invalid resource'],
    ['iam:GetUser', bucket, 'Policy has invalid action'],
    ['s3:GetBucketNotificationConfiguration', bucket, 'Policy has invalid action'],
    ['s3:Fo*', bucket, 'Policy has invalid action'],
    ['s3:GetObject*', bucket, 'Action does not apply to any resource(s) in statement'],
    ['s3:ListAllMyBuckets', bucket, 'Action does not apply to any resource(s) in statement'],
    ['s3:GetObject', bucket, 'Action does not apply to any resource(s) in statement'],
    [['s3:ListBucket', 's3:GetObject'], `${bucket}/*`, 'Action does not apply to any resource(s) in statement'],
    ['s3:PutBucketObjectLockConfiguration', `${bucket}/*`, 'Action does not apply to any resource(s) in statement'],
  ] as const)
    await assert.rejects(
      s3.send(
        new PutBucketPolicyCommand({ Bucket, Policy: policyOf(cloud, { Principal: '*', Action, Resource } as never) }),
      ),
      { name: 'MalformedPolicy', message },
    );
  for (const Resource of ['arn:aws:s3:::*', `${bucket}*`, [bucket, `${bucket}/a`]])
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policyOf(cloud, {
          Principal: { AWS: '123456789012' },
          Action: ['s3:GetObject', 's3:ListBucket'],
          Resource,
        } as never),
      }),
    );
});

test('a public policy is blocked until the block is taken away; then anybody may read', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));
  const anonymous = async (path: string) => {
    const response = await fetch(`${cloud.url}/${Bucket}${path}`);
    return [response.status, await response.text()] as const;
  };
  assert.equal((await anonymous('/a'))[0], 403);
  const Policy = policyOf(cloud, { Principal: '*', Action: 's3:GetObject' });
  assert.equal((await failure(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })))).name, 'AccessDenied');
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal((await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic, true);
  assert.deepEqual(await anonymous('/a'), [200, 'hello']);
  const [code, text] = await anonymous('/none');
  assert.equal(code, 403);
  assert.match(
    text,
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message>.*<RequestId>/,
  );
});

test('ACLs: refused where disabled, else canned ones open objects and buckets', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const disabled = await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', ACL: 'public-read' })));
  assert.deepEqual(
    [disabled.name, disabled.message, status(disabled)],
    ['AccessControlListNotSupported', 'The bucket does not allow ACLs', 400],
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', ACL: 'private' }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a`, ACL: 'private' }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'c', ACL: 'private' }));
  const Policy = policyOf(cloud, { Principal: { AWS: OTHER }, Action: ['s3:PutObject', 's3:PutObjectAcl'] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: Policy.replaceAll(`"arn:aws:s3:::${Bucket}",`, '') }));
  for (const put of [
    () => s3.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'private' })),
    () => clientOf(cloud, OTHER).send(new PutObjectCommand({ Bucket, Key: 'a', ACL: 'private' })),
  ])
    assert.equal((await failure(put())).name, 'AccessControlListNotSupported');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', ACL: 'bucket-owner-full-control' }));
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    }),
  );
  assert.equal(
    (await failure(s3.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'public-read' })))).name,
    'AccessDenied',
  );
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'public-read' }));
  assert.equal((await fetch(`${cloud.url}/${Bucket}/a`)).status, 200);
  const acl = await s3.send(new GetObjectAclCommand({ Bucket, Key: 'a' }));
  assert.deepEqual(
    acl.Grants?.map((grant) => [grant.Grantee?.Type, grant.Grantee?.URI ?? grant.Grantee?.ID, grant.Permission]),
    [
      ['CanonicalUser', acl.Owner?.ID, 'FULL_CONTROL'],
      ['Group', 'http://acs.amazonaws.com/groups/global/AllUsers', 'READ'],
    ],
  );
  await s3.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'authenticated-read' }));
  assert.equal((await fetch(`${cloud.url}/${Bucket}/a`)).status, 403);
  const other = clientOf(cloud, OTHER);
  await other.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  await s3.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'private' }));
  assert.equal((await failure(other.send(new GetObjectCommand({ Bucket, Key: 'a' })))).name, 'AccessDenied');
  await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
  assert.equal((await s3.send(new GetBucketAclCommand({ Bucket }))).Grants?.length, 3);
  assert.equal((await fetch(`${cloud.url}/${Bucket}?list-type=2`)).status, 200);
  await other.send(new PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x' }));
  assert.equal(
    (await other.send(new GetObjectAclCommand({ Bucket, Key: 'theirs' }))).Owner?.ID === acl.Owner?.ID,
    false,
  );
});

test('of many keys, those that may not be deleted are errors of their own', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  for (const Key of ['own/a', 'own/b', 'other/a']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const cleaner = await userOf(cloud, 'cleaner', [
    { Effect: 'Allow', Action: 's3:DeleteObject', Resource: `arn:aws:s3:::${Bucket}/own/*` },
  ]);
  const Objects = ['own/a', 'other/a', 'own/b'].map((Key) => ({ Key }));
  const { Deleted, Errors } = await cleaner.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    ['own/a', 'own/b'],
  );
  assert.deepEqual(Errors, [
    {
      Key: 'other/a',
      Code: 'AccessDenied',
      Message: `User: arn:aws:iam::123456789012:user/cleaner is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::${Bucket}/other/a" because no identity-based policy allows the s3:DeleteObject action`,
    },
  ]);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['other/a'],
  );
});

test('of an object that is not there those hear who may list; nobody else learns it', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const other = clientOf(cloud, '210987654321');
  const head = (Key: string) => failure(other.send(new HeadObjectCommand({ Bucket, Key })));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '210987654321' },
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${Bucket}`,
        Condition: { StringLike: { 's3:prefix': 'open/*' } },
      },
    ],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'open/there', Body: 'x' }));
  const statuses = await Promise.all(['open/nothing', 'open/there', 'closed/nothing'].map(head));
  assert.deepEqual(
    statuses.map(({ $metadata }) => $metadata?.httpStatusCode),
    [404, 403, 403],
  );
});

test('what another account writes without an ACL it may read again', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const theirs = clientOf(cloud, OTHER);
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  const putPolicy = (statement: object) => {
    const Policy = policyOf(cloud, statement).replace(`"arn:aws:s3:::${Bucket}",`, '');
    return s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  };
  await putPolicy({ Principal: { AWS: OTHER }, Action: 's3:PutObject' });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'ours', Body: 'x' }));
  await theirs.send(new PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x' }));
  const { Body } = await theirs.send(new GetObjectCommand({ Bucket, Key: 'theirs' }));
  assert.equal(await Body?.transformToString(), 'x');
  const denied = { name: 'AccessDenied' };
  await assert.rejects(theirs.send(new GetObjectCommand({ Bucket, Key: 'ours' })), denied);
  const read = () => s3.send(new GetObjectCommand({ Bucket, Key: 'theirs' }));
  await putPolicy({ Principal: { AWS: ['123456789012', '109876543210'] }, Action: 's3:GetObject' });
  await assert.rejects(read(), denied, 'the bucket is theirs, the object is not');
  const third = clientOf(cloud, '109876543210');
  await third.send(new GetObjectCommand({ Bucket, Key: 'ours' }));
  await assert.rejects(third.send(new GetObjectCommand({ Bucket, Key: 'theirs' })), denied);
  await theirs.send(new PutObjectAclCommand({ Bucket, Key: 'theirs', ACL: 'bucket-owner-read' }));
  await read();
  await assert.rejects(s3.send(new PutObjectAclCommand({ Bucket, Key: 'theirs', ACL: 'private' })), denied);
  await putPolicy({ Effect: 'Deny', Principal: '*', Action: 's3:GetObject' });
  await assert.rejects(theirs.send(new GetObjectCommand({ Bucket, Key: 'theirs' })), denied, 'it may deny');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'theirs' }));
});

test('an e-mail address is no grantee any more', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    }),
  );
  const refused = await failure(
    s3.send(new PutBucketAclCommand({ Bucket, GrantRead: 'emailAddress="a@example.com"' })),
  );
  assert.deepEqual([refused.name, status(refused)], ['MethodNotAllowed', 405]);
});

test('a bucket may be made to take conditional writes and deletes only; parts need no condition', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const writer = await userOf(cloud, 'writer', [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]);
  // Source: S3 User Guide, "Enforce conditional writes on Amazon S3 buckets", "Enforce conditional deletes on Amazon S3 buckets".
  const denied = (Action: string, key: string, more = {}) => ({
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition: { Null: { [key]: 'true' }, ...more },
  });
  const Statement = [
    denied('s3:PutObject', 's3:if-none-match', { Bool: { 's3:ObjectCreationOperation': 'true' } }),
    denied('s3:DeleteObject', 's3:if-match'),
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const object = { Bucket, Key: 'a' };
  await assert.rejects(writer.send(new PutObjectCommand({ ...object, Body: 'a' })), { name: 'AccessDenied' });
  const { ETag } = await writer.send(new PutObjectCommand({ ...object, Body: 'a', IfNoneMatch: '*' }));
  await assert.rejects(writer.send(new DeleteObjectCommand(object)), { name: 'AccessDenied' });
  await writer.send(new DeleteObjectCommand({ ...object, IfMatch: ETag }));
  const { UploadId } = await writer.send(new CreateMultipartUploadCommand(object));
  const part = { ...object, UploadId, PartNumber: 1 };
  const uploaded = await writer.send(new UploadPartCommand({ ...part, Body: 'a' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: uploaded.ETag }] };
  const complete = { ...object, UploadId, MultipartUpload };
  await assert.rejects(writer.send(new CompleteMultipartUploadCommand(complete)), { name: 'AccessDenied' });
  await writer.send(new CompleteMultipartUploadCommand({ ...complete, IfNoneMatch: '*' }));
});

test('who may not look at a bucket hears where it is; one with a public ACL is not made', async () => {
  await using cloud = await startS3();
  const stranger = await fetch(`${cloud.url}/${cloud.Bucket}`, { method: 'HEAD' });
  assert.deepEqual([stranger.status, stranger.headers.get('x-amz-bucket-region')], [403, 'us-east-1']);
  const list = await send(cloud, 'GET', `/${cloud.Bucket}`);
  assert.equal(list.headers.get('x-amz-bucket-region'), 'us-east-1');
  await assert.rejects(
    cloud.s3.send(
      new CreateBucketCommand({ Bucket: 'open-2026', ACL: 'public-read', ObjectOwnership: 'BucketOwnerPreferred' }),
    ),
    {
      name: 'InvalidBucketAclWithBlockPublicAccessError',
      message: 'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
    },
  );
});
