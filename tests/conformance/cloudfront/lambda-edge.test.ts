/** Lambda@Edge between the caches and the origins: what functions are told of origins and bodies, and that they may choose another origin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateDistributionCommand,
  type EventType,
  GetDistributionConfigCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import {
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, DISABLED, distribute, edgeRole } from './support.ts';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;

/** A distribution whose requests to origins go through a function. */
async function withFunction(
  cloud: TestCloud,
  port: number,
  source: string,
  { event = 'origin-request', ...options }: { event?: EventType } & Partial<CreateFunctionCommandInput> = {},
) {
  await createFunction(cloud, await edgeRole(cloud), 'edge', source, options);
  const { FunctionArn = '' } = await cloud
    .client(LambdaClient)
    .send(new PublishVersionCommand({ FunctionName: 'edge' }));
  const config = configOf(
    customOrigin(port, {
      OriginPath: '/prod',
      CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'X-Key', HeaderValue: 'secret' }] },
    }),
  );
  config.DefaultCacheBehavior = {
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all',
    CachePolicyId: DISABLED,
    AllowedMethods: { Quantity: METHODS.length, Items: [...METHODS] },
    LambdaFunctionAssociations: {
      Quantity: 1,
      Items: [{ EventType: event, LambdaFunctionARN: FunctionArn, IncludeBody: true }],
    },
  };
  const distribution = await distribute(cloud, config);
  await cloud.server.cloud.settle();
  return distribution;
}

test('a function is told of the origin and of the begin of a body, and may choose another origin', async () => {
  await using first = await startOrigin((_, response) => response.end('first'));
  await using second = await startOrigin((_, response) => response.end('second'));
  await using cloud = await startTestCloud();
  const { ask } = await withFunction(
    cloud,
    first.port,
    `export const handler = async (event) => {
      const { request } = event.Records[0].cf;
      const { uri, origin, body, headers } = request;
      const seen = { uri, ...origin.custom, hasKey: 'x-key' in headers, isCut: body?.inputTruncated, length: Buffer.from(body?.data ?? '', 'base64').length };
      request.headers['x-seen'] = [{ key: 'X-Seen', value: JSON.stringify(seen) }];
      if (uri === '/other') {
        request.origin = { custom: { ...origin.custom, path: '/two', port: ${second.port}, customHeaders: { 'x-other': [{ key: 'X-Other', value: '1' }] } } };
        request.uri = '/changed';
      }
      if (uri === '/fails') throw new Error('no');
      if (uri === '/via') headers.via = [{ key: 'Via', value: 'own' }];
      if (uri === '/id') headers['x-amz-cf-id'] = [{ key: 'X-Amz-Cf-Id', value: 'own' }];
      if (uri === '/bad') request.origin.custom.port = 22;
      const { custom } = request.origin;
      if (uri === '/ip') custom.domainName = '127.0.0.1';
      if (uri === '/twice') headers['x-key'] = [{ value: 'own' }];
      if (uri === '/identity') request.origin = { s3: { domainName: 'a.s3.amazonaws.com', authMethod: 'origin-access-identity', region: 'us-east-1', path: '', customHeaders: {} } };
      if (uri === '/base64') return { status: '200', body: 'no base 64!', bodyEncoding: 'base64' };
      if (uri === '/large') return { status: '200', body: 'x'.repeat(1_048_577) };
      if (uri === '/long') request.querystring = 'x'.repeat(8_190);
      if (uri === '/empty') return { status: '204', body: 'x' };
      if (uri === '/cut') request.body = { action: 'replace', encoding: 'text', data: 'y'.repeat(1_100_000) };
      if (uri === '/strange') request.origin.custom.domainName = 'evil/../x';
      return request;
    };`,
  );
  assert.equal((await ask('/a')).text, 'first');
  const [plain] = first.asked;
  assert.deepEqual([plain?.url, plain?.headers['x-key']], ['/prod/a', 'secret']);
  assert.deepEqual(JSON.parse(String(plain?.headers['x-seen'])), {
    uri: '/a',
    customHeaders: { 'x-key': [{ key: 'X-Key', value: 'secret' }] },
    domainName: 'localhost',
    keepaliveTimeout: 5,
    path: '/prod',
    port: first.port,
    protocol: 'http',
    readTimeout: 30,
    sslProtocols: ['TLSv1.2'],
    hasKey: false,
    isCut: false,
    length: 0,
  });
  assert.equal((await ask('/other')).text, 'second');
  const [chosen] = second.asked;
  assert.deepEqual(
    [chosen?.url, chosen?.headers['x-key'], chosen?.headers['x-other']],
    ['/two/changed', undefined, '1'],
  );
  const body = 'x'.repeat(1_500_000);
  assert.equal((await ask('/upload', { method: 'POST', body })).text, 'first');
  const upload = first.asked.at(-1);
  assert.equal(upload?.body.length, body.length);
  const { isCut, length } = JSON.parse(String(upload?.headers['x-seen']));
  assert.deepEqual([isCut, length], [true, 1_048_576]);
  for (const path of ['/bad', '/strange', '/ip', '/twice', '/identity', '/via', '/id', '/base64', '/large', '/long']) {
    const { status, headers: told } = await ask(path);
    assert.deepEqual([status, told['x-cache']], [502, 'LambdaValidationError from cloudfront'], path);
  }
  await ask('/cut', { method: 'POST', body: 'x' });
  assert.equal(first.asked.at(-1)?.body.length, 1_048_576);
  assert.equal((await ask('/empty')).status, 204);
  const { status, headers: told } = await ask('/fails');
  assert.deepEqual([status, told['x-cache']], [503, 'LambdaExecutionError from cloudfront']);
});

test('a function is deleted once no distribution runs it any more', async () => {
  await using origin = await startOrigin((_, response) => response.end('first'));
  await using cloud = await startTestCloud();
  const { id: Id } = await withFunction(cloud, origin.port, 'export const handler = async () => ({});');
  const lambda = cloud.client(LambdaClient);
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:edge:1';
  const text = `Lambda was unable to delete ${arn} because it is a replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.`;
  for (const Qualifier of ['1', undefined]) {
    const refused = await failure(lambda.send(new DeleteFunctionCommand({ FunctionName: 'edge', Qualifier })));
    assert.deepEqual([refused.name, refused.message], ['InvalidParameterValueException', text]);
  }
  await lambda.send(new GetFunctionCommand({ FunctionName: 'edge', Qualifier: '1' }));
  const front = cloud.client(CloudFrontClient);
  const { DistributionConfig: config, ETag: IfMatch } = await front.send(new GetDistributionConfigCommand({ Id }));
  if (config?.DefaultCacheBehavior !== undefined)
    config.DefaultCacheBehavior.LambdaFunctionAssociations = { Quantity: 0 };
  await front.send(new UpdateDistributionCommand({ Id, IfMatch, DistributionConfig: config }));
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'edge' }));
  const gone = await failure(lambda.send(new GetFunctionCommand({ FunctionName: 'edge' })));
  assert.equal(gone.name, 'ResourceNotFoundException');
});

test('what a function of the viewer may give back is less', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const { ask } = await withFunction(
    cloud,
    origin.port,
    `export const handler = async (event) => {
      const { request } = event.Records[0].cf;
      const { uri } = request;
      if (uri === '/large') return { status: '200', body: 'x'.repeat(40_961) };
      if (uri === '/fits') return { status: '200', body: 'x'.repeat(40_960) };
      if (uri === '/empty') return { status: '204', body: 'x' };
      if (uri === '/country') request.headers['cloudfront-viewer-country'] = [{ value: 'FR' }];
      return request;
    };`,
    { event: 'viewer-request', Timeout: 5, MemorySize: 128 },
  );
  for (const path of ['/large', '/empty', '/country']) assert.equal((await ask(path)).status, 502, path);
  assert.equal((await ask('/fits')).status, 200);
  assert.equal((await ask('/plain')).text, '/prod/plain');
});

test('functions have to be such as run at the edge', async () => {
  await using cloud = await startTestCloud();
  let count = 0;
  const role = await edgeRole(cloud);
  const refused = async (EventType: EventType, options: Partial<CreateFunctionCommandInput>) => {
    count += 1;
    await createFunction(cloud, role, `edge${count}`, 'export const handler = async () => ({});', options);
    const { FunctionArn: LambdaFunctionARN } = await cloud
      .client(LambdaClient)
      .send(new PublishVersionCommand({ FunctionName: `edge${count}` }));
    const config = configOf(customOrigin(80));
    Object.assign(config.DefaultCacheBehavior ?? {}, {
      LambdaFunctionAssociations: { Quantity: 1, Items: [{ EventType, LambdaFunctionARN }] },
    });
    const { name, message } = await failure(distribute(cloud, config));
    assert.equal(name, 'InvalidLambdaFunctionAssociation');
    assert.ok(message.endsWith(` Function: ${LambdaFunctionARN}`));
    return message.slice(0, message.indexOf(' Function:'));
  };
  assert.equal(
    await refused('viewer-request', { MemorySize: 256, Timeout: 5 }),
    'The function memory size is larger than the maximum allowed for functions that are triggered by a CloudFront event: 256 Max allowed: 128',
  );
  assert.match(await refused('viewer-response', { MemorySize: 128, Timeout: 6 }), /timeout .* 6 Max allowed: 5$/);
  assert.match(await refused('origin-request', { Timeout: 31 }), /timeout .* 31 Max allowed: 30$/);
  assert.equal(
    await refused('origin-request', { Environment: { Variables: { KEY: 'b' } } }),
    'The function cannot have environment variables.',
  );
  assert.equal(
    await refused('origin-response', { Architectures: ['arm64'] }),
    'The function cannot have the arm64 architecture.',
  );
});

test('a function that is not there, or whose role is not for the edge, is not associated', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'own', 'export const handler = async () => ({});', { Timeout: 3, MemorySize: 128 });
  await cloud.client(LambdaClient).send(new PublishVersionCommand({ FunctionName: 'own' }));
  const refused = async (LambdaFunctionARN: string) => {
    const config = configOf(customOrigin(80));
    const LambdaFunctionAssociations = {
      Quantity: 1,
      Items: [{ EventType: 'viewer-request' as const, LambdaFunctionARN }],
    };
    const DefaultCacheBehavior = { ...config.DefaultCacheBehavior, LambdaFunctionAssociations } as never;
    const create = new CreateDistributionCommand({ DistributionConfig: { ...config, DefaultCacheBehavior } });
    const { name, message } = await failure(cloud.client(CloudFrontClient).send(create));
    return [name, message];
  };
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function';
  assert.deepEqual(await refused(`${arn}:none:1`), [
    'InvalidLambdaFunctionAssociation',
    `Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to add permission: lambda:GetFunction for resource: ${arn}:none:1 and try again.`,
  ]);
  assert.deepEqual(await refused(`${arn}:own:1`), [
    'InvalidLambdaFunctionAssociation',
    `The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals. Update the IAM role and try again. Role: ${role}`,
  ]);
});
