import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { RawSocket } from '../../support/raw-socket.ts';
import { argument, type Case, refuses, request } from './refusals.ts';
import { send, startS3 } from './setup.ts';

const noMethod = (Method: string, ResourceType: string) => ({
  Code: 'MethodNotAllowed',
  Message: 'The specified method is not allowed against this resource.',
  Method,
  ResourceType,
});

test('a part of a bucket or object takes its own methods only: nothing is written or deleted by another', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'stays' });
  const answers = await refuses(cloud, [
    ['DELETE', '$?acl', {}, 405, noMethod('DELETE', 'ACL')],
    ['DELETE', '$?versioning', {}, 405, noMethod('DELETE', 'VERSIONING')],
    ['PUT', '$/k?uploadId=x', {}, 405, noMethod('PUT', 'UPLOAD'), 'other'],
    ['DELETE', '$/k?acl', {}, 405, noMethod('DELETE', 'ACL')],
    ['HEAD', '$?uploads', {}, 405, {}],
    ['POST', '/', {}, 405, noMethod('POST', 'SERVICE')],
  ]);
  assert.deepEqual(
    answers.map(({ headers }) => headers.get('allow')),
    ['GET, PUT', 'GET, PUT', 'DELETE, POST, GET', 'GET, PUT', 'POST, GET', 'GET'],
  );
  await refuses(cloud, [
    [
      'GET',
      '$?policy&acl',
      {},
      400,
      argument('Conflicting query string parameters: acl, policy', 'ResourceType', 'acl'),
    ],
    [
      'PUT',
      '$/k?versionId=x',
      {},
      400,
      argument('This operation does not accept a version-id.', 'versionId', 'x'),
      'x',
    ],
    [
      'PUT',
      '$/k?partNumber=1',
      {},
      400,
      argument('This operation does not accept partNumber without uploadId', 'partNumber', 'partNumber'),
      'x',
    ],
    [
      'GET',
      '$/k',
      { 'x-amz-copy-source': 'a/b' },
      400,
      argument('You can only specify a copy source header for copy requests.', 'x-amz-copy-source', 'a/b'),
    ],
  ]);
  assert.equal((await send(cloud, 'GET', `/${cloud.Bucket}/k`)).text, 'stays');
});

test('numbers, names and dates that are none are told by the parameter that they stood in', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'x' });
  const integer = (name: string, value: string) =>
    argument(`Provided ${name} not an integer or within integer range`, name, value);
  const part = (value: string) =>
    argument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', value);
  await refuses(cloud, [
    ['GET', '$?max-keys=abc', {}, 400, integer('max-keys', 'abc')],
    ['GET', '$?list-type=2&max-keys=99999999999', {}, 400, integer('max-keys', '99999999999')],
    ['GET', '$?versions&max-keys=-1', {}, 400, argument('max-keys cannot be negative', 'max-keys')],
    [
      'GET',
      '$?uploads&max-uploads=-1',
      {},
      400,
      argument('Argument max-uploads must be an integer between 0 and 2147483647', 'max-uploads', '-1'),
    ],
    ['PUT', '$/k?partNumber=abc&uploadId=1', {}, 400, part('abc')],
    ['GET', '$/k?partNumber=0', {}, 400, part('0')],
    ['GET', '$/k?versionId=', {}, 400, argument('Version id cannot be the empty string', 'versionId', '')],
    ['GET', '/?bucket-region=x', {}, 400, argument('Argument value x is not a valid AWS Region', 'bucket-region')],
  ]);
  const put = (header: string, value: string, message: string): Case => [
    'PUT',
    '$/k',
    { [header]: value },
    400,
    argument(message, header, value),
    'x',
  ];
  await refuses(cloud, [
    put('x-amz-object-lock-mode', 'x', 'Unknown wormMode directive.'),
    put('x-amz-object-lock-legal-hold', 'x', "Legal Hold must be either of 'ON' or 'OFF'"),
    put(
      'x-amz-object-lock-retain-until-date',
      '06/06/2027',
      'The retain until date must be provided in ISO 8601 format',
    ),
  ]);
  const copy = (header: string, message: string): Case => [
    'PUT',
    '$/c',
    { 'x-amz-copy-source': `${cloud.Bucket}/k`, [header]: 'X' },
    400,
    argument(message, header, 'X'),
  ];
  await refuses(cloud, [
    copy('x-amz-metadata-directive', 'Unknown metadata directive.'),
    copy('x-amz-tagging-directive', 'Unknown tagging directive.'),
  ]);
  const attributes = (value: string) => ({ 'x-amz-object-attributes': value });
  const none = request(
    'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
  );
  await refuses(cloud, [
    ['GET', '$/k?attributes', {}, 400, none],
    ['GET', '$/k?attributes', attributes(''), 400, none],
    [
      'GET',
      '$/k?attributes',
      attributes('ETag,Dummy'),
      400,
      argument('Invalid attribute name specified.', 'x-amz-object-attributes', 'Dummy'),
    ],
  ]);
});

test("a version id of AWS's form is one, though no version has it", async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'x' });
  const VersionId = 'KC0WuaPTHv7At3olS.BPuH.weAJqMkKJ';
  await refuses(cloud, [
    [
      'GET',
      `$/k?versionId=${VersionId}`,
      {},
      404,
      { Code: 'NoSuchVersion', Message: 'The specified version does not exist.', Key: 'k', VersionId },
    ],
    ['GET', '$/k?versionId=x', {}, 400, argument('Invalid version id specified', 'versionId', 'x')],
  ]);
  assert.equal((await send(cloud, 'DELETE', `/${cloud.Bucket}/k?versionId=${VersionId}`)).status, 204);
});

test('a checksum is the one that the SDK says, of a kind that there is', async () => {
  await using cloud = await startS3();
  const sdk = 'x-amz-sdk-checksum-algorithm';
  const put = (headers: { [name: string]: string }, message: string): Case => [
    'PUT',
    '$/k',
    headers,
    400,
    request(message),
    'x',
  ];
  await refuses(cloud, [
    put(
      { [sdk]: 'crc32' },
      `${sdk} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
    ),
    put({ [sdk]: 'crc32', 'x-amz-checksum-crc32c': 'ImIEBA==' }, `Value for ${sdk} header is invalid.`),
    put({ [sdk]: 'crc99' }, `Value for ${sdk} header is invalid.`),
    put(
      { 'x-amz-trailer': 'x-amz-checksum-crc99' },
      'The value specified in the x-amz-trailer header is not supported',
    ),
  ]);
});

test('a document that is not as it was sent is refused; some have to bring a digest', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'x' });
  const keys = '<Delete><Object><Key>k</Key></Object></Delete>';
  const CalculatedDigest = createHash('md5').update(keys).digest('base64');
  const ExpectedDigest = 'XrY7u+Ae7tCTyyK7j1rNww==';
  const Message = 'The Content-MD5 you specified did not match what we received.';
  await refuses(cloud, [
    [
      'POST',
      '$?delete',
      {},
      400,
      request('Missing required header for this request: Content-MD5 OR x-amz-checksum-*'),
      keys,
    ],
    [
      'POST',
      '$?delete',
      { 'content-md5': ExpectedDigest },
      400,
      { Code: 'BadDigest', Message, ExpectedDigest, CalculatedDigest },
      keys,
    ],
    [
      'POST',
      '$?delete',
      { 'x-amz-checksum-crc32': 'AAAAAA==' },
      400,
      { Code: 'BadDigest', Message: 'The CRC32 you specified did not match the calculated checksum.' },
      keys,
    ],
    [
      'PUT',
      '$?tagging',
      { 'content-md5': 'dummy' },
      400,
      { Code: 'InvalidDigest', Message: 'The Content-MD5 you specified was invalid.', 'Content-MD5': 'dummy' },
      '<Tagging><TagSet/></Tagging>',
    ],
    ['PUT', '$?tagging', {}, 400, { Code: 'MissingRequestBodyError', Message: 'Request Body is empty' }],
    // Of an object the digest that was expected is told in hex.
    [
      'PUT',
      '$/k',
      { 'content-md5': ExpectedDigest },
      400,
      { Code: 'BadDigest', Message, ExpectedDigest: '5eb63bbbe01eeed093cb22bb8f5acdc3', CalculatedDigest },
      keys,
    ],
  ]);
  assert.equal((await send(cloud, 'GET', `/${cloud.Bucket}/k`)).text, 'x');
  const deleted = await send(cloud, 'POST', `/${cloud.Bucket}?delete`, {
    headers: { 'content-md5': CalculatedDigest },
    body: keys,
  });
  assert.equal(deleted.members.Key, 'k');
});

test('an owner that is expected is an account, and the one', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'x' });
  const denied = { Code: 'AccessDenied', Message: 'Access Denied' };
  await refuses(cloud, [
    [
      'GET',
      '$/k',
      { 'x-amz-expected-bucket-owner': 'me' },
      400,
      {
        Code: 'InvalidBucketOwnerAWSAccountID',
        Message: 'The value of the expected bucket owner parameter must be an AWS Account ID... [me]',
      },
    ],
    ['GET', '$/k', { 'x-amz-expected-bucket-owner': '111122223333' }, 403, denied],
    [
      'PUT',
      '$/c',
      { 'x-amz-copy-source': `${cloud.Bucket}/k`, 'x-amz-source-expected-bucket-owner': '111122223333' },
      403,
      denied,
    ],
  ]);
});

test('what a bucket lacks is told with its name', async () => {
  await using cloud = await startS3();
  const lacking = (part: string, Code: string, Message: string): Case => [
    'GET',
    `$?${part}`,
    {},
    404,
    { Code, Message, BucketName: cloud.Bucket },
  ];
  const [sent] = await refuses(cloud, [
    lacking('website', 'NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
    lacking('lifecycle', 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
    lacking('replication', 'ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
    lacking(
      'object-lock',
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ),
  ]);
  assert.match(sent?.headers.get('x-amz-request-id') ?? '', /^[0-9A-Z]{16}$/);
  assert.match(sent?.headers.get('x-amz-id-2') ?? '', /^[\w+/]{76}$/);
});

test('what is refused before anything else is looked at', async () => {
  await using cloud = await startS3();
  const long = 'k'.repeat(1025);
  const tooLong = {
    Code: 'KeyTooLongError',
    Message: 'Your key is too long',
    Size: '1025',
    MaxSizeAllowed: '1024',
  };
  const malformed = {
    Code: 'MalformedXML',
    Message: 'The XML you provided was not well-formed or did not validate against our published schema',
  };
  const cors =
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>x</MaxAgeSeconds></CORSRule></CORSConfiguration>';
  const md5 = createHash('md5').update(cors).digest('base64');
  await refuses(cloud, [
    ['GET', `$/${long}`, {}, 400, tooLong],
    ['HEAD', `$/${long}`, {}, 400, {}],
    ['GET', `$/${long}?tagging`, {}, 400, tooLong],
    ['POST', '$/k', {}, 405, noMethod('POST', 'OBJECT'), ''],
    ['PUT', '$?cors', { 'content-md5': md5 }, 400, malformed, cors],
    [
      'PUT',
      '$?tagging',
      {},
      400,
      request('Missing required header for this request: Content-MD5 OR x-amz-checksum-*'),
      '<Tagging><TagSet></TagSet></Tagging>',
    ],
  ]);
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'k' });
  const same = await send(cloud, 'GET', `/${cloud.Bucket}/k`, { headers: { 'if-none-match': '*' } });
  assert.deepEqual([same.status, same.headers.get('content-type'), same.headers.has('etag')], [304, null, true]);
});

test('a part of the bucket is that of the bucket where a key is named, too', async () => {
  await using cloud = await startS3();
  await send(cloud, 'PUT', `/${cloud.Bucket}/k`, { body: 'k' });
  const read = async (method: string, path: string) => {
    const answer = await send(cloud, method, `/${cloud.Bucket}/${path}`);
    return [answer.status, answer.headers.get('allow'), answer.text.replaceAll(/^.*\n| xmlns="[^"]*"/g, '')];
  };
  assert.deepEqual(await read('GET', 'k?location'), [200, null, '<LocationConstraint/>']);
  assert.deepEqual(await read('GET', 'a/b?versioning='), [
    200,
    null,
    '<VersioningConfiguration></VersioningConfiguration>',
  ]);
  assert.deepEqual(await read('HEAD', 'k?location'), [405, 'GET', '']);
  assert.deepEqual(await read('HEAD', 'k?policy'), [405, 'DELETE, GET, PUT', '']);
  assert.deepEqual((await read('GET', 'k?acl&location'))[0], 400);
  assert.deepEqual(await read('GET', 'k?located'), [200, null, 'k']);
});

test('addresses that can’t be read, and uploads that tell no length', async () => {
  await using cloud = await startS3();
  const start = `x HTTP/1.1\r\nHost: s3\r\nAuthorization: AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0`;
  const ask = async (method: string, path: string, more = '') => {
    using raw = new RawSocket(cloud.url);
    const head = start.replace('x', `${method} /${cloud.Bucket}${path}`);
    const dated = 'x-amz-date: 20260101T000000Z\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n';
    const answer = await raw.send(`${head}\r\n${dated}${more}\r\n`).response(method);
    return [answer?.status, /<Code>(\w+)</.exec(answer?.body ?? '')?.[1] ?? answer?.body];
  };
  const none = 'Content-Length: 0\r\n';
  assert.deepEqual(await ask('PUT', '/%zz', none), [400, 'InvalidURI']);
  assert.deepEqual(await ask('GET', '/%ff'), [400, 'InvalidURI']);
  assert.deepEqual(await ask('GET', '?list-type=2&prefix=%zz'), [400, 'InvalidURI']);
  assert.deepEqual(await ask('PUT', '/videos/2014/../../video1.wmv', none), [200, '']);
  for (const path of ['/../k', '/videos/../../video1.wmv', '/%2e%2e/k', '/videos/..%2f../2014/k'])
    for (const method of ['PUT', 'GET', 'DELETE', 'HEAD']) assert.deepEqual(await ask(method, path, none), [400, '']);
  assert.deepEqual(await ask('PUT', '/k'), [411, 'MissingContentLength']);
  const head = await send(cloud, 'HEAD', `/${cloud.Bucket}`);
  assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'application/xml']);
});
