/** Settings of buckets, and what they refuse: in AWS's words, with AWS's members. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketAnalyticsConfigurationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAnalyticsConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListBucketAnalyticsConfigurationsCommand,
  PutBucketAclCommand,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { clientOf, type S3Cloud, send, startS3 } from './setup.ts';

const told = async (sent: Promise<unknown>) => {
  const { name, message } = await failure(sent);
  return [name, message];
};

test('a denial by Block Public Access says so, to those of the account', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const denied = (action: string, resource: string) => [
    'AccessDenied',
    `User: arn:aws:iam::123456789012:root is not authorized to perform: s3:${action} on resource: "arn:aws:s3:::${resource}" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.`,
  ];
  const ACL = 'public-read';
  assert.deepEqual(await told(s3.send(new PutBucketAclCommand({ Bucket, ACL }))), denied('PutBucketAcl', Bucket));
  assert.deepEqual(
    await told(s3.send(new PutObjectAclCommand({ Bucket, Key: 'k', ACL }))),
    denied('PutObjectAcl', `${Bucket}/k`),
  );
  assert.deepEqual(
    await told(s3.send(new PutObjectCommand({ Bucket, Key: 'n', Body: 'x', ACL }))),
    denied('PutObject', `${Bucket}/n`),
  );
  assert.deepEqual(
    await told(s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: {} }))),
    ['InvalidRequest', 'Must specify at least one configuration.'],
  );
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(new PutBucketAclCommand({ Bucket, ACL }));
});

/** Puts an object under a customer's key, and gives what is told of that. */
async function sealed(cloud: S3Cloud, changed: { [header: string]: string | undefined } = {}, size = 32) {
  const key = Buffer.alloc(size, 7);
  const prefix = 'x-amz-server-side-encryption';
  const all = {
    [`${prefix}-customer-algorithm`]: 'AES256',
    [`${prefix}-customer-key`]: key.toString('base64'),
    [`${prefix}-customer-key-md5`]: createHash('md5').update(key).digest('base64'),
    ...Object.fromEntries(Object.entries(changed).map(([name, value]) => [`${prefix}${name}`, value])),
  };
  const headers = Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const { status, members } = await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { headers, body: 'x' });
  return [status, members];
}

test("a customer's key is refused with what AWS names", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const [status, blocked] = await sealed(cloud);
  assert.deepEqual(
    [status, (blocked as { Message: string }).Message],
    [
      403,
      `User: arn:aws:iam::123456789012:root is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${Bucket}/k" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type`,
    ],
  );
  const Rules = [{ BlockedEncryptionTypes: { EncryptionType: ['NONE' as const] } }];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  const wrong = (Message: string, ArgumentValue = 'null', Code = 'InvalidArgument') => [
    400,
    { Code, Message, ArgumentName: 'x-amz-server-side-encryption', ArgumentValue },
  ];
  const must = 'Requests specifying Server Side Encryption with Customer provided keys must provide';
  assert.deepEqual(
    await sealed(cloud, { '-customer-algorithm': undefined }),
    wrong(`${must} a valid encryption algorithm.`),
  );
  assert.deepEqual(
    await sealed(cloud, { '-customer-algorithm': 'DES' }),
    wrong(
      'The Encryption request you specified is not valid. Supported value: AES256.',
      'DES',
      'InvalidEncryptionAlgorithmError',
    ),
  );
  assert.deepEqual(await sealed(cloud, { '-customer-key': undefined }), wrong(`${must} an appropriate secret key.`));
  assert.deepEqual(
    await sealed(cloud, { '-customer-key-md5': 'nUzeRhooyANfXIVkwVXcZw==' }, 24),
    wrong('The calculated MD5 hash of the key did not match the hash that was provided.'),
  );
  assert.deepEqual(await sealed(cloud, {}, 10), wrong('The secret key was invalid for the specified algorithm.'));
  assert.deepEqual(
    await sealed(cloud, { '': 'AES256', '-customer-algorithm': 'DES' }),
    wrong(
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      'AES256',
    ),
  );
  assert.equal((await sealed(cloud))[0], 200);
});

test('versioning has to be said', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const put = async (body: string) => {
    const { status, members } = await send(cloud, 'PUT', `/${Bucket}?versioning`, { body });
    return [status, members.Code, members.Message];
  };
  const of = (inner: string) => `<VersioningConfiguration>${inner}</VersioningConfiguration>`;
  const unsaid = [400, 'IllegalVersioningConfigurationException', 'The Versioning element must be specified'];
  const malformed = [
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  ];
  assert.deepEqual(await put(of('')), unsaid);
  assert.deepEqual(await put(of('<Status></Status>')), unsaid);
  assert.deepEqual(await put(of('<Status>enabled</Status>')), malformed);
  assert.deepEqual(await put(of('<Status>Enabled</Status><MfaDelete>disabled</MfaDelete>')), malformed);
  assert.equal((await put(of('<Status>Enabled</Status>')))[0], 200);
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled');
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
});

test('tags: fifty of a bucket, of any name; rules of CORS expose no wildcard', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const set = (keys: string[]) =>
    s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: keys.map((Key) => ({ Key, Value: 'v' })) } }));
  const many = Array.from({ length: 51 }, (_, index) => `t${index}`);
  assert.deepEqual(await told(set(many)), ['BadRequest', 'Bucket tag count cannot be greater than 50']);
  assert.equal((await told(set([...many.slice(0, 50), 't0'])))[0], 'InvalidTag');
  await set(['__proto__', 'constructor']);
  const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
  assert.deepEqual(
    TagSet?.map(({ Key }) => Key),
    ['__proto__', 'constructor'],
  );
  const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposeHeaders: ['x-*'] }];
  assert.deepEqual(await told(s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))), [
    'InvalidRequest',
    'ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.',
  ]);
});

test("names of an account's own namespace need the header, and the header needs the name", async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  const suffix = '-123456789012-us-east-1-an';
  const Bucket = `photos${suffix}`;
  assert.deepEqual(await told(s3.send(new CreateBucketCommand({ Bucket }))), [
    'MissingNamespaceHeader',
    'The requested bucket is an account-regional namespace bucket, but your request is missing the required x-amz-bucket-namespace header.',
  ]);
  const BucketNamespace = 'account-regional';
  assert.deepEqual(await told(s3.send(new CreateBucketCommand({ Bucket: 'photos', BucketNamespace }))), [
    'InvalidNamespaceHeader',
    `The requested bucket name did not include the account-regional namespace suffix, but the provided x-amz-bucket-namespace header value is account-regional. Specify ${suffix} as the bucket name suffix to create a bucket in your account-regional namespace, or remove the header.`,
  ]);
  await s3.send(new CreateBucketCommand({ Bucket, BucketNamespace }));
});

test('a bucket policy is read again as S3 keeps it, and its white space does not count', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const statement = {
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${Bucket}/*`],
    Effect: 'Allow',
    Principal: { AWS: ['210987654321'] },
  };
  const Policy = JSON.stringify({ Statement: statement }, null, 4).padEnd(21_000);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal(
    (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy,
    `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::${Bucket}/*"}]}`,
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await clientOf(cloud, '210987654321').send(new GetObjectCommand({ Bucket, Key: 'a' }));
});

test('log records are not granted to an e-mail address', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  const Grantee = { Type: 'AmazonCustomerByEmail' as const, EmailAddress: 'bob@example.com' };
  const LoggingEnabled = {
    TargetBucket: Bucket,
    TargetPrefix: '',
    TargetGrants: [{ Grantee, Permission: 'FULL_CONTROL' as const }],
  };
  const refused = await failure(
    s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } })),
  );
  assert.deepEqual([refused.name, refused.$metadata?.httpStatusCode], ['MethodNotAllowed', 405]);
});

test('storage class analyses are kept by their ids', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const set = (Id: string, more: object = {}) =>
    s3.send(
      new PutBucketAnalyticsConfigurationCommand({
        Bucket,
        Id,
        AnalyticsConfiguration: { Id, StorageClassAnalysis: {}, ...more },
      }),
    );
  const list = async () =>
    (await s3.send(new ListBucketAnalyticsConfigurationsCommand({ Bucket }))).AnalyticsConfigurationList;
  assert.equal(await list(), undefined);
  await set('2', { Filter: { Prefix: 'in/' } });
  await set('1');
  const one = { Id: '1', StorageClassAnalysis: {} };
  assert.deepEqual(await list(), [one, { Id: '2', Filter: { Prefix: 'in/' }, StorageClassAnalysis: {} }]);
  const key = { Bucket, Id: '1' };
  assert.deepEqual((await s3.send(new GetBucketAnalyticsConfigurationCommand(key))).AnalyticsConfiguration, one);
  const S3BucketDestination = { Format: 'CSV', Bucket: `arn:aws:s3:::${Bucket}` };
  const DataExport = { OutputSchemaVersion: 'V_1', Destination: { S3BucketDestination } };
  assert.equal((await told(set('3', { StorageClassAnalysis: { DataExport } })))[0], 'NotImplemented');
  await s3.send(new DeleteBucketAnalyticsConfigurationCommand(key));
  for (const gone of [
    s3.send(new DeleteBucketAnalyticsConfigurationCommand(key)),
    s3.send(new GetBucketAnalyticsConfigurationCommand(key)),
  ])
    assert.deepEqual(await told(gone), ['NoSuchConfiguration', 'The specified configuration does not exist.']);
});
