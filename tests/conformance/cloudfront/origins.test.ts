/** Origins of all kinds: groups that fail over, error pages, identities, functions of Lambda, other services of this cloud. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateCloudFrontOriginAccessIdentityCommand,
  CreateOriginAccessControlCommand,
  CreateResponseHeadersPolicyCommand,
  type Origin,
} from '@aws-sdk/client-cloudfront';
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud } from '../../support/cloud.ts';
import { createFunction } from '../../support/functions.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, DISABLED, distribute, edgeRole, OPTIMIZED } from './support.ts';

test('the second origin of a group answers where the first fails', async () => {
  let status = 200;
  await using first = await startOrigin((_, response) => response.writeHead(status).end('first'));
  await using second = await startOrigin((_, response) => response.end('second'));
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(first.port, { Id: 'first' }));
  config.Origins?.Items?.push(customOrigin(second.port, { Id: 'second' }), customOrigin(1_024, { Id: 'nobody' }));
  Object.assign(config.Origins ?? {}, { Quantity: 3 });
  const group = (Id: string, ...members: string[]) => ({
    Id,
    FailoverCriteria: { StatusCodes: { Quantity: 2, Items: [500, 503] } },
    Members: { Quantity: 2, Items: members.map((OriginId) => ({ OriginId })) },
  });
  config.OriginGroups = { Quantity: 2, Items: [group('group', 'first', 'second'), group('dead', 'nobody', 'second')] };
  const behavior = { ViewerProtocolPolicy: 'allow-all' as const, CachePolicyId: DISABLED };
  config.DefaultCacheBehavior = { ...behavior, TargetOriginId: 'group' };
  config.CacheBehaviors = { Quantity: 1, Items: [{ ...behavior, PathPattern: 'dead*', TargetOriginId: 'dead' }] };
  const { ask } = await distribute(cloud, config);
  assert.equal((await ask('/')).text, 'first');
  status = 503;
  assert.equal((await ask('/')).text, 'second');
  status = 404;
  assert.deepEqual([(await ask('/')).status], [404]);
  assert.equal((await ask('/dead')).text, 'second');
});

test("an origin that does not answer is said to be so; errors get pages of one's own", async () => {
  await using origin = await startOrigin((request, response) => {
    if (request.url === '/sorry.html') response.writeHead(200, { 'content-type': 'text/html' }).end('sorry');
    else response.writeHead(404).end('raw');
  });
  await using cloud = await startTestCloud();
  const dead = await distribute(cloud, configOf(customOrigin(1_024)));
  const none = await dead.ask('/');
  assert.equal(none.status, 502);
  assert.match(none.text, /wasn't able to connect to the origin/);
  assert.equal(none.headers['x-cache'], 'Error from cloudfront');
  const { ask } = await distribute(
    cloud,
    configOf(customOrigin(origin.port), {
      CustomErrorResponses: {
        Quantity: 1,
        Items: [{ ErrorCode: 404, ResponseCode: '200', ResponsePagePath: '/sorry.html', ErrorCachingMinTTL: 60 }],
      },
    }),
  );
  const page = await ask('/nothing');
  assert.deepEqual([page.status, page.text, page.headers['x-cache']], [200, 'sorry', 'Error from cloudfront']);
  const asked = origin.asked.length;
  await cloud.advance(59_000);
  assert.equal((await ask('/nothing')).text, 'sorry');
  assert.equal(origin.asked.length, asked);
});

test("errors of the edge have the pages of one's own, too; a page that is not there is told, and stale copies go before pages", async () => {
  let isDown = false;
  await using origin = await startOrigin((request, response) => {
    const isPage = request.url === '/sorry.html';
    if (isPage && request.headers.range !== undefined) response.writeHead(416).end();
    else if (isPage) response.writeHead(200, { 'cache-control': 'max-age=100' }).end('sorry');
    else if (isDown || request.url === '/broken') response.writeHead(503).end('down');
    else if (request.url === '/up') response.writeHead(200, { 'cache-control': 'max-age=5' }).end('up');
    else response.writeHead(404).end('none');
  });
  await using cloud = await startTestCloud();
  const page = (ErrorCode: number, ResponsePagePath: string) => ({ ErrorCode, ResponseCode: '200', ResponsePagePath });
  const config = configOf(customOrigin(origin.port), {
    Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Quantity: 1, Items: ['FR'] } },
    CustomErrorResponses: { Quantity: 2, Items: [page(403, '/sorry.html'), page(503, '/missing.html')] },
    CacheBehaviors: {
      Quantity: 1,
      Items: [
        {
          PathPattern: '/sorry.html',
          TargetOriginId: 'custom',
          ViewerProtocolPolicy: 'allow-all',
          CachePolicyId: DISABLED,
        },
      ],
    },
  });
  const { ask } = await distribute(cloud, config);
  const blocked = await ask('/up', { headers: { 'x-cloudyard-viewer': 'CDG', range: 'bytes=0-1' } });
  assert.deepEqual([blocked.status, blocked.text, blocked.headers['x-cache']], [200, 'sorry', 'Error from cloudfront']);
  const missing = await ask('/broken');
  assert.deepEqual([missing.status, missing.text], [404, 'none']);
  assert.equal((await ask('/up')).text, 'up');
  isDown = true;
  await cloud.advance(6_000);
  assert.equal((await ask('/up')).text, 'up');
});

test('ids of origins are any words', async () => {
  await using origin = await startOrigin((_, response) => response.end('in'));
  await using cloud = await startTestCloud();
  for (const Id of ['constructor', '__proto__', 'toString']) {
    const { ask } = await distribute(cloud, configOf(customOrigin(origin.port, { Id })));
    assert.equal((await ask('/')).text, 'in', Id);
  }
});

test('a response headers policy sets, keeps and removes headers, and answers pages of other origins', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { 'x-powered-by': 'php', 'x-frame-options': 'SAMEORIGIN' }).end('ok'),
  );
  await using cloud = await startTestCloud();
  const { ResponseHeadersPolicy } = await cloud.client(CloudFrontClient).send(
    new CreateResponseHeadersPolicyCommand({
      ResponseHeadersPolicyConfig: {
        Name: 'headers',
        SecurityHeadersConfig: {
          FrameOptions: { Override: false, FrameOption: 'DENY' },
          StrictTransportSecurity: { Override: true, AccessControlMaxAgeSec: 60, IncludeSubdomains: true },
        },
        CustomHeadersConfig: { Quantity: 1, Items: [{ Header: 'X-Team', Value: 'web', Override: true }] },
        RemoveHeadersConfig: { Quantity: 1, Items: [{ Header: 'X-Powered-By' }] },
        CorsConfig: {
          AccessControlAllowOrigins: { Quantity: 1, Items: ['https://*.example.com'] },
          AccessControlAllowHeaders: { Quantity: 1, Items: ['x-a'] },
          AccessControlAllowMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
          AccessControlAllowCredentials: false,
          OriginOverride: true,
        },
      },
    }),
  );
  const config = configOf(customOrigin(origin.port));
  Object.assign(config.DefaultCacheBehavior ?? {}, { ResponseHeadersPolicyId: ResponseHeadersPolicy?.Id });
  const { ask } = await distribute(cloud, config);
  for (const result of ['Miss', 'Hit']) {
    const { headers } = await ask('/', { headers: { origin: 'https://www.example.com' } });
    assert.equal(headers['x-cache'], `${result} from cloudfront`);
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
    assert.equal(headers['strict-transport-security'], 'max-age=60; includeSubDomains');
    assert.equal(headers['x-team'], 'web');
    assert.equal(headers['access-control-allow-origin'], 'https://www.example.com');
  }
  const other = await ask('/', { headers: { origin: 'https://example.net' } });
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('an origin access identity reads a bucket, by its ARN or its canonical id', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const cloudfront = cloud.client(CloudFrontClient);
  await s3.send(new CreateBucketCommand({ Bucket: 'old' }));
  await s3.send(new PutObjectCommand({ Bucket: 'old', Key: 'a', Body: 'by identity' }));
  const { CloudFrontOriginAccessIdentity: oai } = await cloudfront.send(
    new CreateCloudFrontOriginAccessIdentityCommand({
      CloudFrontOriginAccessIdentityConfig: { CallerReference: '1', Comment: '' },
    }),
  );
  const origin: Origin = {
    Id: 'old',
    DomainName: 'old.s3.amazonaws.com',
    S3OriginConfig: { OriginAccessIdentity: `origin-access-identity/cloudfront/${oai?.Id}` },
  };
  const config = configOf(origin);
  Object.assign(config.DefaultCacheBehavior ?? {}, { CachePolicyId: DISABLED });
  const { ask } = await distribute(cloud, config);
  assert.equal((await ask('/a')).status, 403);
  const principals = [
    { AWS: `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${oai?.Id}` },
    { CanonicalUser: oai?.S3CanonicalUserId },
  ];
  for (const Principal of principals) {
    const statement = { Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: 'arn:aws:s3:::old/*' };
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket: 'old',
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      }),
    );
    assert.equal((await ask('/a')).text, 'by identity');
  }
});

test("a function's address answers its distribution alone; Lambda@Edge changes requests and answers", async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const cloudfront = cloud.client(CloudFrontClient);
  const role = await edgeRole(cloud);
  await createFunction(
    cloud,
    role,
    'api',
    `export const handler = async (event) => ({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: event.rawPath + ' ' + (event.headers['x-edge'] ?? '') })`,
  );
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'api', AuthType: 'AWS_IAM' }),
  );
  const oac = await cloudfront.send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: 'api',
        SigningProtocol: 'sigv4',
        SigningBehavior: 'always',
        OriginAccessControlOriginType: 'lambda',
      },
    }),
  );
  await createFunction(
    cloud,
    role,
    'edge',
    `export const handler = async (event) => {
      const { request, response, config } = event.Records[0].cf;
      if (config.eventType === 'origin-request') { request.headers['x-edge'] = [{ key: 'X-Edge', value: config.distributionId }]; return request; }
      response.headers['x-from'] = [{ key: 'X-From', value: request.uri }];
      return response;
    }`,
  );
  const { FunctionArn = '' } = await lambda.send(new PublishVersionCommand({ FunctionName: 'edge' }));
  const origin = customOrigin(80, {
    DomainName: new URL(FunctionUrl).host, // with the port, as a template that cuts it out of the URL has it
    OriginAccessControlId: oac.OriginAccessControl?.Id ?? '',
  });
  const config = configOf(origin);
  config.DefaultCacheBehavior = {
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all',
    CachePolicyId: OPTIMIZED,
    LambdaFunctionAssociations: {
      Quantity: 2,
      Items: [
        { EventType: 'origin-request', LambdaFunctionARN: FunctionArn },
        { EventType: 'origin-response', LambdaFunctionARN: FunctionArn },
      ],
    },
  };
  const { ask, arn, id } = await distribute(cloud, config);
  // The function lets the edge call it by itself.
  await cloud.server.cloud.settle();
  assert.equal((await ask('/a')).status, 403);
  for (const Action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'])
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'api',
        StatementId: Action.replace(':', '-'),
        Action,
        Principal: 'cloudfront.amazonaws.com',
        SourceArn: arn,
      }),
    );
  const answer = await ask('/b');
  assert.deepEqual([answer.status, answer.text, answer.headers['x-from']], [200, `/b ${id}`, '/b']);
});

test("an origin's name outside of ASCII in Content-Disposition is passed on", async () => {
  const disposition = Buffer.from('attachment; filename="Zürich.txt"').toString('latin1');
  await using origin = await startOrigin((_, { socket }) =>
    socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Disposition: ${disposition}\r\n\r\nx`, 'latin1'),
  );
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const { status, headers } = await ask('/');
  assert.deepEqual([status, headers['content-disposition']], [200, disposition]);
});
