/** Source: Amazon S3 User Guide, "Signing and authenticating REST requests (AWS signature version 2)", its examples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOldSignedBy, readOldClaim } from './sigv2.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const KEY = 'AKIAIOSFODNN7EXAMPLE';

test("AWS's own examples are signed as they say", () => {
  for (const [method, path, query, headers, signature] of [
    [
      'GET',
      '/awsexamplebucket1/photos/puppy.jpg',
      '',
      { date: 'Tue, 27 Mar 2007 19:36:42 +0000' },
      'qgk2+6Sv9/oM7G3qLEjTH1a1l1g=',
    ],
    [
      'PUT',
      '/awsexamplebucket1/photos/puppy.jpg',
      '',
      { date: 'Tue, 27 Mar 2007 21:15:45 +0000', 'content-type': 'image/jpeg' },
      'iqRzw+ileNPu1fhspnRs8nOjjIA=',
    ],
    [
      'GET',
      '/awsexamplebucket1/',
      'prefix=photos&max-keys=50&marker=puppy',
      { date: 'Tue, 27 Mar 2007 19:42:41 +0000' },
      'm0WP8eCtspQl5Ahe6L1SozdX9YA=',
    ],
    ['GET', '/awsexamplebucket1/', 'acl', { date: 'Tue, 27 Mar 2007 19:44:46 +0000' }, '82ZHiFIjc+WbcwFKGUVEQspPn+0='],
    // As the path is where the bucket is in no host name.
    ['GET', '/awsexamplebucket1', 'acl', { date: 'Tue, 27 Mar 2007 19:44:46 +0000' }, '82ZHiFIjc+WbcwFKGUVEQspPn+0='],
  ] as const) {
    const request = { method, path, query, headers: { ...headers, authorization: `AWS ${KEY}:${signature}` } };
    const claim = readOldClaim(request);
    assert.ok(claim !== undefined && claim.accessKeyId === KEY);
    assert.ok(isOldSignedBy(SECRET, request, claim), `${method} ${path}?${query}`);
    assert.ok(!isOldSignedBy(SECRET, { ...request, method: 'HEAD' }, claim));
    assert.ok(!isOldSignedBy('another', request, claim));
  }
});

test('a presigned URL has it in its query', () => {
  const query = `AWSAccessKeyId=${KEY}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620`;
  const request = { method: 'GET', path: '/johnsmith/photos/puppy.jpg', query, headers: {} };
  const claim = readOldClaim(request);
  assert.equal(claim?.expires, '1175139620');
  assert.ok(claim !== undefined && isOldSignedBy(SECRET, request, claim));
  assert.equal(readOldClaim({ ...request, query: 'AWSAccessKeyId=a' }), undefined);
  assert.equal(readOldClaim({ ...request, query: '' }), undefined);
});
