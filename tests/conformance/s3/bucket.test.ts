import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketTaggingCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketMetadataConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  type ListBucketsCommandInput,
  PutBucketCorsCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { clientOf, startS3 } from './setup.ts';

const status = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode;

test('a bucket is created, found, located and deleted', async () => {
  await using cloud = await startTestCloud();
  const s3 = clientOf(cloud);
  const created = await s3.send(new CreateBucketCommand({ Bucket: 'first-bucket' }));
  assert.equal(created.Location, '/first-bucket');
  const head = await s3.send(new HeadBucketCommand({ Bucket: 'first-bucket' }));
  assert.equal(head.BucketRegion, 'us-east-1');
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket: 'first-bucket' }))).LocationConstraint, undefined);
  await s3.send(new DeleteBucketCommand({ Bucket: 'first-bucket' }));
  const missing = await failure(s3.send(new HeadBucketCommand({ Bucket: 'first-bucket' })));
  assert.deepEqual([missing.name, status(missing)], ['NotFound', 404]);
  const again = await failure(s3.send(new DeleteBucketCommand({ Bucket: 'first-bucket' })));
  assert.deepEqual([again.name, again.message], ['NoSuchBucket', 'The specified bucket does not exist']);
});

test('names are checked by the rules and are one space for all accounts', async () => {
  await using cloud = await startS3();
  for (const Bucket of ['ab', 'Capital', '192.168.0.1', 'a..b', '-dash', 'my_bucket', 'name-s3alias']) {
    const error = await failure(cloud.s3.send(new CreateBucketCommand({ Bucket })));
    assert.deepEqual(
      [error.name, error.message, Bucket],
      ['InvalidBucketName', 'The specified bucket is not valid.', Bucket],
    );
  }
  await cloud.s3.send(new CreateBucketCommand({ Bucket: cloud.Bucket }));
  const other = await failure(clientOf(cloud, '210987654321').send(new CreateBucketCommand({ Bucket: cloud.Bucket })));
  assert.deepEqual([other.name, status(other)], ['BucketAlreadyExists', 409]);
});

test('a bucket elsewhere is refused by its location, owned by you, and redirected to', async () => {
  await using cloud = await startTestCloud();
  const near = clientOf(cloud);
  const far = clientOf(cloud, '123456789012', { region: 'eu-west-1' });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  const elsewhere = await failure(
    far.send(
      new CreateBucketCommand({
        Bucket: 'in-europe',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    ),
  );
  assert.deepEqual(
    [elsewhere.name, elsewhere.message],
    [
      'IllegalLocationConstraintException',
      'The eu-central-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
    ],
  );
  await assert.rejects(
    near.send(
      new CreateBucketCommand({
        Bucket: 'in-europe',
        CreateBucketConfiguration: { LocationConstraint: 'us-east-1' as never },
      }),
    ),
    { name: 'InvalidLocationConstraint', message: 'The specified location-constraint is not valid' },
  );
  await far.send(new CreateBucketCommand({ Bucket: 'in-europe', CreateBucketConfiguration }));
  const again = await failure(far.send(new CreateBucketCommand({ Bucket: 'in-europe', CreateBucketConfiguration })));
  assert.deepEqual([again.name, status(again)], ['BucketAlreadyOwnedByYou', 409]);
  for (const from of [far, near])
    assert.equal(
      (await from.send(new GetBucketLocationCommand({ Bucket: 'in-europe' }))).LocationConstraint,
      'eu-west-1',
    );
  const redirect = await failure(near.send(new PutObjectCommand({ Bucket: 'in-europe', Key: 'a', Body: 'a' })));
  assert.deepEqual([redirect.name, status(redirect)], ['PermanentRedirect', 301]);
  const following = clientOf(cloud, '123456789012', { followRegionRedirects: true });
  await following.send(new HeadBucketCommand({ Bucket: 'in-europe' }));
});

test("a signature for a Region that is none learns the bucket's", async () => {
  await using cloud = await startS3();
  const { host } = new URL(cloud.url);
  for (const path of ['/one-more', `/${cloud.Bucket}/a`]) {
    const request = { method: 'PUT', path, headers: { host } };
    const keys = { accessKeyId: '123456789012', secret: 'test' };
    const { headers } = signHeaders(request, keys, { service: 's3', region: 'US', at: START });
    const response = await fetch(cloud.url + path, { method: 'PUT', headers });
    const text = await response.text();
    assert.equal(response.status, 400);
    assert.match(text, /<Code>AuthorizationHeaderMalformed<\/Code>/);
    assert.match(text, /the region 'US' is wrong; expecting 'us-east-1'/);
    assert.match(text, /<Region>us-east-1<\/Region>/);
  }
});

test('a method that there is not is told with what it was for', async () => {
  await using cloud = await startS3();
  for (const [method, path, kind, allow] of [
    ['POST', '/', 'SERVICE', 'GET'],
    ['PATCH', `/${cloud.Bucket}`, 'BUCKET', 'HEAD, DELETE, POST, GET, PUT'],
    ['PATCH', `/${cloud.Bucket}/a`, 'OBJECT', 'HEAD, DELETE, GET, PUT'],
    ['POST', `/${cloud.Bucket}/a`, 'OBJECT', 'HEAD, DELETE, GET, PUT'],
  ] as const) {
    const response = await fetch(cloud.url + path, { method, body: 'a=b' });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, allow]);
    assert.match(
      await response.text(),
      new RegExp(`<Code>MethodNotAllowed</Code>.*<Method>${method}</Method><ResourceType>${kind}</ResourceType>`, 's'),
    );
  }
});

test('buckets are listed in pages, by prefix and by Region', async () => {
  await using cloud = await startTestCloud();
  const s3 = clientOf(cloud);
  for (const Bucket of ['aaa', 'bbb', 'bbc', 'ccc']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new CreateBucketCommand({ Bucket: 'bbd', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  );
  await clientOf(cloud, '210987654321').send(new CreateBucketCommand({ Bucket: 'bbe' }));
  const names = async (input: ListBucketsCommandInput) => {
    const page = await s3.send(new ListBucketsCommand(input));
    return [page.Buckets?.map((bucket) => bucket.Name), page.ContinuationToken] as const;
  };
  assert.deepEqual(await names({}), [['aaa', 'bbb', 'bbc', 'bbd', 'ccc'], undefined]);
  assert.deepEqual(await names({ Prefix: 'bb' }), [['bbb', 'bbc', 'bbd'], undefined]);
  const there = await clientOf(cloud, '123456789012', { region: 'eu-west-1' }).send(
    new ListBucketsCommand({ BucketRegion: 'eu-west-1' }),
  );
  assert.deepEqual(
    there.Buckets?.map(({ Name }) => Name),
    ['bbd'],
  );
  const [first, token] = await names({ MaxBuckets: 2 });
  assert.deepEqual(first, ['aaa', 'bbb']);
  assert.deepEqual(await names({ MaxBuckets: 3, ContinuationToken: token }), [['bbc', 'bbd', 'ccc'], undefined]);
});

test('a list of buckets tells Regions only where it is asked something, and dates to the second', async () => {
  await using cloud = await startTestCloud();
  const s3 = clientOf(cloud);
  await cloud.advance(1_250);
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const bucket = { Name: 'photos', CreationDate: new Date(START + 1_000), BucketArn: 'arn:aws:s3:::photos' };
  assert.deepEqual((await s3.send(new ListBucketsCommand())).Buckets, [bucket]);
  assert.deepEqual((await s3.send(new ListBucketsCommand({ MaxBuckets: 9 }))).Buckets, [
    { ...bucket, BucketRegion: 'us-east-1' },
  ]);
});

test('a bucket that is not empty stays', async () => {
  await using cloud = await startS3();
  await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'a', Body: 'a' }));
  const error = await failure(cloud.s3.send(new DeleteBucketCommand({ Bucket: cloud.Bucket })));
  assert.deepEqual(
    [error.name, error.message, status(error)],
    ['BucketNotEmpty', 'The bucket you tried to delete is not empty', 409],
  );
});

test('a new bucket has the defaults of AWS', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  assert.deepEqual((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration, {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  });
  assert.deepEqual((await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls, {
    Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }],
  });
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  assert.equal((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer, 'BucketOwner');
  assert.equal(
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]
      ?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    'AES256',
  );
});

test('tags, CORS and payer are kept and taken away', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const none = await failure(s3.send(new GetBucketTaggingCommand({ Bucket })));
  assert.deepEqual([none.name, none.message, status(none)], ['NoSuchTagSet', 'The TagSet does not exist', 404]);
  const Tagging = { TagSet: [{ Key: 'team', Value: 'core' }] };
  const put = await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
  assert.equal(put.$metadata.httpStatusCode, 204);
  assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, [{ Key: 'team', Value: 'core' }]);
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  assert.equal((await failure(s3.send(new GetBucketTaggingCommand({ Bucket })))).name, 'NoSuchTagSet');
  const CORSRules = [
    {
      ID: 'one',
      AllowedMethods: ['GET', 'PUT'],
      AllowedOrigins: ['https://*.example.com'],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 60,
    },
  ];
  await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  assert.deepEqual((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules, CORSRules);
  const odd = await failure(
    s3.send(
      new PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: { CORSRules: [{ AllowedMethods: ['PATCH'], AllowedOrigins: ['*'] }] },
      }),
    ),
  );
  assert.deepEqual(
    [odd.name, odd.message],
    ['InvalidRequest', 'Found unsupported HTTP method in CORS config. Unsupported method is PATCH'],
  );
  await s3.send(new DeleteBucketCorsCommand({ Bucket }));
  assert.equal((await failure(s3.send(new GetBucketCorsCommand({ Bucket })))).name, 'NoSuchCORSConfiguration');
  await s3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: 'Requester' } }));
  assert.equal((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer, 'Requester');
});

test('what is not built says so', async () => {
  await using cloud = await startS3();
  const error = await failure(cloud.s3.send(new GetBucketMetadataConfigurationCommand({ Bucket: cloud.Bucket })));
  assert.deepEqual([error.name, status(error)], ['NotImplemented', 501]);
});
