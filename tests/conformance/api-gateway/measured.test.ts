/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

test('what AWS refuses of REST APIs, their parts, plans and domain names', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, resource, method } = await createApi(cloud);
  const resourceId = await resource('a');
  await method(resourceId, 'GET');
  const at = { restApiId, resourceId, httpMethod: 'GET' };
  const authorizer = { restApiId, name: 'a' };
  const uri =
    'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';
  const api = (endpointConfiguration: sdk.EndpointConfiguration) => () =>
    client.send(new sdk.CreateRestApiCommand({ name: 'b', endpointConfiguration }));
  const domain = (more: Partial<sdk.CreateDomainNameCommandInput>, type: sdk.EndpointType) => () =>
    client.send(
      new sdk.CreateDomainNameCommand({
        domainName: 'a.example.com',
        endpointConfiguration: { types: [type] },
        ...more,
      }),
    );
  const plan = (more: Partial<sdk.CreateUsagePlanCommandInput>) => () =>
    client.send(new sdk.CreateUsagePlanCommand({ name: 'p', ...more }));
  const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
  const cases: [() => Promise<unknown>, string][] = [
    [api({ types: ['REGIONAL', 'EDGE'] }), 'Cannot create a RestApi with multiple Endpoint Types.'],
    [api({ types: ['REGIONAL'], vpcEndpointIds: ['vpce-1'] }), 'VPCEndpoints can only be specified with PRIVATE apis.'],
    [
      domain({ regionalCertificateArn: certificate }, 'EDGE'),
      'Cannot import certificates for REGIONAL while EDGE is active.',
    ],
    [
      domain({ certificateArn: certificate }, 'REGIONAL'),
      'Cannot import certificates for EDGE while REGIONAL is active.',
    ],
    [
      () => client.send(new sdk.CreateAuthorizerCommand({ ...authorizer, type: 'COGNITO_USER_POOLS' })),
      'ProviderARNs cannot be empty',
    ],
    [
      () =>
        client.send(
          new sdk.CreateAuthorizerCommand({
            ...authorizer,
            type: 'REQUEST',
            authorizerUri: uri,
            identitySource: 'header.Auth',
          }),
        ),
      "Invalid request identity source expression: header.Auth. The sources must be separated by comma, and each source must be either a method request parameter, matching 'method.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable, matching 'stageVariables.[a-zA-Z0-9._-]+', or a context parameter, matching 'context.[a-zA-Z0-9._-]+'",
    ],
    [
      () =>
        client.send(new sdk.CreateModelCommand({ restApiId, name: 'm', contentType: 'notacontenttype', schema: '{}' })),
      'Validation Result: warnings : [], errors : [Invalid content type specified: notacontenttype]',
    ],
    [
      () =>
        client.send(
          new sdk.CreateModelCommand({
            restApiId,
            name: 'm',
            contentType: 'application/json',
            schema: '{"type": "not-a-real-type"}',
          }),
        ),
      'Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]',
    ],
    [
      () =>
        client.send(
          new sdk.CreateDocumentationPartCommand({
            restApiId,
            location: { type: 'API', path: '/' },
            properties: '{"description": "x"}',
          }),
        ),
      '[Location type: API cannot have path, method, statusCode or name defined.]',
    ],
    [
      () =>
        client.send(
          new sdk.PutMethodCommand({
            ...at,
            httpMethod: 'POST',
            authorizationType: 'NONE',
            authorizationScopes: ['a'],
          }),
        ),
      'Invalid Method authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type',
    ],
    [
      () =>
        client.send(
          new sdk.PutIntegrationCommand({
            ...at,
            type: 'HTTP_PROXY',
            integrationHttpMethod: 'GET',
            uri: 'https://a.example',
            connectionType: 'VPC_LINK',
          }),
        ),
      'ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK',
    ],
    [plan({ quota: { limit: 1 } }), 'Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]'],
    [plan({ quota: { limit: 0, period: 'DAY' } }), 'Usage Plan quota limit must be a non-negative numeric'],
  ];
  for (const [call, text] of cases) {
    const { name, message } = await failure(call());
    assert.deepEqual([name, message], ['BadRequestException', text]);
  }
});
