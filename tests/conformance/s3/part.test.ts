/** Parts of buckets and objects that a query names: what is no operation is refused and changes nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { argument, type Case, refuses, request } from './refusals.ts';
import { send, startS3 } from './setup.ts';

const noMethod = (Method: string, ResourceType: string) => ({
  Code: 'MethodNotAllowed',
  Message: 'The specified method is not allowed against this resource.',
  Method,
  ResourceType,
});
const noVersion = argument('This operation does not accept a version-id.', 'versionId', 'x');
const conflict = (...names: string[]) =>
  argument(`Conflicting query string parameters: ${names.join(', ')}`, 'ResourceType', names[0]);

test('parts have the methods that they have, and names of their own', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'k' });
  const types: [method: string, path: string, type: string, allow: string | null][] = [
    ['POST', '$?abac', 'BUCKET_ABAC', 'GET, PUT'],
    ['PATCH', '$?location', 'LOCATION', 'GET'],
    ['GET', '$?delete', 'MULTI_OBJECT_DELETE', 'POST'],
    ['DELETE', '$?object-lock', 'OBJECT_LOCK_CONFIGURATION', 'GET, PUT'],
    ['PUT', '$?metadataConfiguration', 'BUCKET_METADATA_CONFIGURATION', 'DELETE, POST, GET'],
    ['GET', '$?torrent', 'TORRENT', null],
    ['DELETE', '$/k?retention', 'OBJECT_LOCK_RETENTION', 'GET, PUT'],
    ['DELETE', '$/k?legal-hold', 'OBJECT_LOCK_LEGALHOLD', 'GET, PUT'],
    ['POST', '$/k?tagging', 'OBJECT_TAGGING', 'DELETE, GET, PUT'],
    ['PUT', '$/k?annotation', 'OBJECT_ANNOTATIONS', 'GET'],
    ['DELETE', '$/k?encryption', 'OBJECT_ENCRYPTION', 'PUT'],
    ['GET', '$/k?select', 'SELECT', 'POST'],
    ['GET', '$/k?torrent', 'TORRENT', null],
    ['GET', '$/k?partNumber=1&uploadId=x', 'PART', 'PUT'],
    // Of the bucket, whatever the key.
    ['POST', '$/k?policy', 'BUCKETPOLICY', 'DELETE, GET, PUT'],
    ['DELETE', '$/k?delete', 'MULTI_OBJECT_DELETE', 'POST'],
  ];
  const cases = types.map(([method, path, type]): Case => [method, path, {}, 405, noMethod(method, type)]);
  const answers = await refuses(cloud, cases);
  assert.deepEqual(
    answers.map(({ headers }) => headers.get('allow')),
    types.map(([, , , allow]) => allow),
  );
  assert.equal((await send(cloud, 'GET', `/${cloud.Bucket}/k`)).text, 'k');
});

test('what a bucket or a key has no part of is refused in S3’s words, and removes nothing', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'k' });
  const noKey = request('Object must have a valid key name.');
  const keyWanted = request('A key must be specified');
  await refuses(cloud, [
    ['DELETE', '$?partNumber=1', {}, 400, noKey],
    ['PUT', '$?partNumber=', {}, 400, noKey],
    ['DELETE', '$?uploadId=x', {}, 400, keyWanted],
    ['POST', '$?uploadId=x', {}, 400, keyWanted],
    ['GET', '$?uploadId=x', {}, 400, keyWanted],
    ['POST', '$?restore', {}, 400, { Code: 'UserKeyMustBeSpecified', Message: 'User key must be specified.' }],
    ['DELETE', '$?versionId=x', {}, 400, noVersion],
    ['GET', '$?versioning&versionId=x', {}, 400, noVersion],
    ['GET', '$?list-type=2&versionId=x', {}, 400, noVersion],
    ['GET', '$?acl&versionId=x', {}, 400, argument('Invalid version id specified', 'versionId', 'x')],
    ['GET', '$/k?uploads&versionId=x', {}, 400, noVersion],
    ['GET', '$/k?versionId=', {}, 400, argument('Version id cannot be the empty string', 'versionId', '')],
    ['PUT', '$?website=1', {}, 400, argument('The website parameter must not have a value', 'website', '1')],
    ['PUT', '$?cors&acl', {}, 400, conflict('acl', 'cors')],
    ['GET', '$/k?tagging&partNumber=1', {}, 400, conflict('partNumber', 'tagging')],
    ['GET', '$/k?policy&acl', {}, 400, conflict('acl', 'policy')],
    ['HEAD', '$/k?tagging&acl', {}, 400, {}],
    ['GET', '$/k?versions', {}, 400, request('There is no such thing as the ?versions sub-resource for a key')],
    ['GET', '$/k?uploads', {}, 400, request('Key is not expected for the GET method ?uploads subresource')],
    [
      'GET',
      '$/k?logging',
      {},
      400,
      { Code: 'NoLoggingStatusForKey', Message: 'There is no such thing as the ?logging sub-resource for a key' },
    ],
  ]);
  // What is no part of an object is nothing there.
  const read = await send(cloud, 'GET', `/${cloud.Bucket}/k?metrics&analytics&id=x`);
  assert.deepEqual([read.status, read.text], [200, 'k']);
});

test('lists are told what belongs to the other generation, and echo what they were asked', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'k' });
  const ofSecond = (name: string) => `${name} only supported in REST.GET.BUCKET with list-type=2`;
  const badToken = argument('The continuation token provided is incorrect', 'continuation-token');
  const elsewhere = 'Requests with bucket-region specified must be made to the corresponding regional endpoint';
  const malformed = {
    Code: 'MalformedContinuationToken',
    Message: 'The continuation-token you provided invalid.',
  };
  await refuses(cloud, [
    [
      'GET',
      '/nobody-has-this?start-after=&continuation-token=x',
      {},
      400,
      argument(ofSecond('continuation-token'), 'continuation-token'),
    ],
    ['GET', '$?start-after=', {}, 400, argument(ofSecond('startAfter'), 'start-after')],
    [
      'GET',
      '$?list-type=2&marker=x',
      {},
      400,
      argument('Marker unsupported with REST.GET.BUCKET in list-type=2', 'marker'),
    ],
    ['GET', '$?list-type=2&continuation-token=', {}, 400, badToken],
    ['GET', '/?continuation-token=x', {}, 400, badToken],
    ['GET', '/?bucket-region=us-west-2', {}, 400, argument(elsewhere, 'bucket-region')],
    ['GET', '$?metrics&continuation-token=x', {}, 400, malformed],
    [
      'GET',
      '$?versions&key-marker=a&version-id-marker=',
      {},
      400,
      argument('A version-id marker cannot be empty.', 'version-id-marker', ''),
    ],
  ]);
  const read = async (query: string) => (await send(cloud, 'GET', `/${cloud.Bucket}?${query}`)).text;
  assert.match(await read('max-keys=1001'), /<MaxKeys>1001<\/MaxKeys>/);
  assert.match(await read('versions&delimiter='), /<Delimiter><\/Delimiter>/);
  assert.doesNotMatch(await read('uploads'), /<Prefix>/);
  assert.match((await send(cloud, 'GET', '/?prefix=')).text, /<Prefix><\/Prefix>/);
});

test('documents, headers and names that S3 does not know are refused in its words', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'k' });
  const key = '<Object><Key>k</Key></Object>';
  const malformed = {
    Code: 'MalformedXML',
    Message: 'The XML you provided was not well-formed or did not validate against our published schema',
  };
  const sealed = (inside: string) => `<ObjectEncryption>${inside}</ObjectEncryption>`;
  const kms = (arn: string) => sealed(`<SSE-KMS><KMSKeyArn>${arn}</KMSKeyArn></SSE-KMS>`);
  const needs = 'Requests modifying object encryption configuration to SSE-KMS require a';
  const withDigest = ([method, path, members, body]: [string, string, Case[4], string]): Case => [
    method,
    path,
    { 'content-md5': createHash('md5').update(body).digest('base64') },
    400,
    members,
    body,
  ];
  await refuses(
    cloud,
    (
      [
        ['POST', '$?delete', malformed, `<Delete><Quiet>true</Quiet>${key}<Quiet>true</Quiet></Delete>`],
        ['POST', '$?delete', malformed, `<Delete><Any/>${key}</Delete>`],
        ['POST', '$?delete', malformed, '<Delete><Object><Key>k</Key><Key>l</Key></Object></Delete>'],
        [
          'POST',
          '$?delete',
          { Code: 'UserKeyMustBeSpecified', Message: 'User key must be specified.' },
          `<Delete>${key}<Object><Key></Key></Object></Delete>`,
        ],
        ['PUT', '$/k?encryption', malformed, sealed('')],
        ['PUT', '$/k?encryption', request("Target encryption type 'SSE-S3' is not supported."), sealed('<SSE-S3/>')],
        ['PUT', '$/k?encryption', request(`${needs} target kms key arn.`), kms('')],
        [
          'PUT',
          '$/k?encryption',
          request(`${needs} valid target kms key arn: Malformed ARN - no AWS account specified`),
          kms('arn:aws:kms:us-east-1:'),
        ],
        [
          'PUT',
          '$/k?encryption',
          request(
            'Invalid KMS Key ARN format. You must provide the full KMS Key ARN to make an UpdateObjectEncryption request',
          ),
          kms('arn:aws:kms:us-east-1:123456789012:alias/own'),
        ],
      ] as [string, string, Case[4], string][]
    ).map(withDigest),
  );
  const noAlgorithm = request('The algorithm type you specified in x-amz-checksum- header is invalid.');
  const badHash = request('The value of x-amz-content-sha256 header is invalid.');
  const trailer = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
  await refuses(cloud, [
    ['PUT', '$/k', { 'x-amz-checksum-crc7': 'x' }, 400, noAlgorithm, 'other'],
    ['GET', '$/k', trailer, 400, badHash],
    ['DELETE', '$/k', trailer, 400, badHash],
    ['GET', '$/k', { 'x-amz-checksum-mode': 'off' }, 400, request('Value for x-amz-checksum-mode header is invalid.')],
    [
      'GET',
      '$/none?tagging',
      {},
      404,
      { Code: 'NoSuchKey', Message: 'The specified key does not exist.', Key: `${cloud.Bucket}/none` },
    ],
    [
      'GET',
      '$/none?versionId=null',
      {},
      404,
      { Code: 'NoSuchVersion', Message: 'The specified version does not exist.', Key: 'none', VersionId: 'null' },
    ],
  ]);
  assert.equal((await send(cloud, 'GET', `/${cloud.Bucket}/k`)).text, 'k');
  const attributes = await send(cloud, 'GET', `/${cloud.Bucket}/k?attributes`, {
    headers: { 'x-amz-object-attributes': 'ObjectSize,' },
  });
  assert.match(attributes.text, /<ObjectSize>1<\/ObjectSize>/);
});
