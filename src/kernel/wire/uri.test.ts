import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { WireFailure } from './failure.ts';
import { uriRouter } from './uri.ts';

type Row = [request: string, operation: string, labels?: Record<string, string>, headers?: Record<string, string>];

const routerOf = (name: string) =>
  uriRouter(JSON.parse(readFileSync(join(import.meta.dirname, '../../../models', `${name}.json`), 'utf8')));

function requestOf(text: string, headers: Record<string, string> = {}) {
  const [method = '', uri = ''] = text.split(' ');
  const [path = '', query = ''] = uri.split('?');
  return { method, path, query, headers, body: new Uint8Array(0) };
}

function check(name: string, rows: Row[]): void {
  describe(name, () => {
    const route = routerOf(name);
    for (const [text, operation, labels = {}, headers] of rows) {
      test(`${text}${headers === undefined ? '' : ` with ${Object.keys(headers)}`} is ${operation}`, () => {
        assert.deepStrictEqual(route(requestOf(text, headers)), { operation, labels });
      });
    }
  });
}

const bucket = { Bucket: 'b' };
const object = { Bucket: 'b', Key: 'k' };
const copy = { 'x-amz-copy-source': 'a/k' };

check('s3', [
  ['GET /', 'ListBuckets'],
  ['GET /?x-id=ListDirectoryBuckets', 'ListDirectoryBuckets'],
  ['GET /b', 'ListObjects', bucket],
  ['GET /b/', 'ListObjects', bucket],
  ['GET /b?list-type=2', 'ListObjectsV2', bucket],
  ['GET /b/?list-type=2&x-id=ListObjectsV2&prefix=a%2F', 'ListObjectsV2', bucket],
  ['GET /b?acl', 'GetBucketAcl', bucket],
  ['GET /b?location=', 'GetBucketLocation', bucket],
  ['GET /b?versions', 'ListObjectVersions', bucket],
  ['GET /b?uploads', 'ListMultipartUploads', bucket],
  ['GET /b?analytics', 'ListBucketAnalyticsConfigurations', bucket],
  ['GET /b?analytics&id=1', 'GetBucketAnalyticsConfiguration', bucket],
  ['GET /b?lifecycle', 'GetBucketLifecycleConfiguration', bucket],
  ['PUT /b?lifecycle', 'PutBucketLifecycleConfiguration', bucket],
  ['PUT /b?notification', 'PutBucketNotificationConfiguration', bucket],
  ['PUT /b', 'CreateBucket', bucket],
  ['PUT /b/', 'CreateBucket', bucket],
  ['HEAD /b', 'HeadBucket', bucket],
  ['POST /b?delete', 'DeleteObjects', bucket],
  ['PUT /b/k', 'PutObject', object],
  ['PUT /b/k?x-id=PutObject', 'PutObject', object],
  ['PUT /b/k', 'CopyObject', object, copy],
  ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPart', object],
  ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPartCopy', object, copy],
  ['PUT /b/k?tagging', 'PutObjectTagging', object],
  ['POST /b/k?uploads', 'CreateMultipartUpload', object],
  ['POST /b/k?uploadId=u', 'CompleteMultipartUpload', object],
  ['POST /b/k?select&select-type=2', 'SelectObjectContent', object],
  ['DELETE /b/k', 'DeleteObject', object],
  ['DELETE /b/k?uploadId=u', 'AbortMultipartUpload', object],
  ['GET /b/k?uploadId=u', 'ListParts', object],
  ['GET /b/k?tagging&versionId=2', 'GetObjectTagging', object],
  ['GET /b/k?x-id=GetObject&versionId=2', 'GetObject', object],
  ['GET /b/dir/', 'GetObject', { Bucket: 'b', Key: 'dir/' }],
  ['GET /b/dir//k', 'GetObject', { Bucket: 'b', Key: 'dir//k' }],
  ['GET /b//k', 'GetObject', { Bucket: 'b', Key: '/k' }],
  ['GET /b//', 'GetObject', { Bucket: 'b', Key: '/' }],
  ['GET /b/a%2Fb%20c+d', 'GetObject', { Bucket: 'b', Key: 'a/b c+d' }],
  ['GET /b/../k', 'GetObject', { Bucket: 'b', Key: '../k' }],
  ['POST /WriteGetObjectResponse', 'WriteGetObjectResponse'],
]);

check('lambda', [
  ['GET /2015-03-31/functions', 'ListFunctions'],
  ['GET /2015-03-31/functions/', 'ListFunctions'],
  ['GET /2015-03-31/functions/f', 'GetFunction', { FunctionName: 'f' }],
  ['GET /2015-03-31/functions/f/configuration', 'GetFunctionConfiguration', { FunctionName: 'f' }],
  [
    'POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/invocations',
    'Invoke',
    { FunctionName: 'arn:aws:lambda:eu-west-1:1:function:f' },
  ],
  ['POST /2014-11-13/functions/f/invoke-async', 'InvokeAsync', { FunctionName: 'f' }],
  ['GET /2018-10-31/layers', 'ListLayers'],
  ['GET /2018-10-31/layers?find=LayerVersion&Arn=x', 'GetLayerVersionByArn'],
]);

check('api-gateway', [
  ['POST /restapis', 'CreateRestApi'],
  ['POST /restapis?mode=import', 'ImportRestApi'],
  ['POST /apikeys?mode=import&format=csv', 'ImportApiKeys'],
  ['GET /restapis/x/resources/y?embed=methods', 'GetResource', { restapi_id: 'x', resource_id: 'y' }],
  ['POST /restapis/x/authorizers/y', 'TestInvokeAuthorizer', { restapi_id: 'x', authorizer_id: 'y' }],
  [
    'GET /tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fx',
    'GetTags',
    { resource_arn: 'arn:aws:apigateway:eu-west-1::/restapis/x' },
  ],
]);

test('a path or method of no operation is refused', () => {
  const route = routerOf('lambda');
  for (const text of ['GET /nothing', 'PATCH /2015-03-31/functions', 'GET /2015-03-31//functions', 'GET /'])
    assert.throws(() => route(requestOf(text)), WireFailure, text);
});

test('a label that is no percent-encoded UTF-8 is refused', () => {
  assert.throws(() => routerOf('s3')(requestOf('GET /b/%ff')), WireFailure);
  assert.throws(() => routerOf('s3')(requestOf('GET /b/%4')), WireFailure);
});
