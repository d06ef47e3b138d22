/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-apigatewayv2';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const URI =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';

async function refused(answer: Promise<unknown>, text: string, code = 'BadRequestException') {
  const { name, message } = await failure(answer);
  assert.deepEqual([name, message], [code, text]);
}

test('authorizers', async () => {
  await using cloud = await startTestCloud();
  const { client, ApiId } = await createApi(cloud);
  const chat = await createApi(cloud, { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' });
  const create = (more: Partial<sdk.CreateAuthorizerCommandInput>) =>
    client.send(
      new sdk.CreateAuthorizerCommand({
        ApiId,
        Name: 'a',
        AuthorizerType: 'REQUEST',
        AuthorizerUri: URI,
        AuthorizerPayloadFormatVersion: '2.0',
        IdentitySource: ['$request.header.Authorization'],
        ...more,
      }),
    );
  const jwt = (JwtConfiguration?: sdk.JWTConfiguration) => create({ AuthorizerType: 'JWT', JwtConfiguration });
  const cases: [Partial<sdk.CreateAuthorizerCommandInput>, string][] = [
    [
      { AuthorizerResultTtlInSeconds: 1, IdentitySource: [] },
      'Identity source must be set if authorizer caching is enabled (TTL is greater than 0)',
    ],
    [
      { IdentitySource: ['header.Authorization'] },
      'Invalid identity source expression: header.Authorization. The source must be a request header, request querystring, stage variable or context parameter',
    ],
    [{ AuthorizerUri: undefined }, 'AuthorizerUri is a required field in an Authorizer'],
    [
      { EnableSimpleResponses: true, AuthorizerPayloadFormatVersion: '1.0' },
      'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".',
    ],
    [
      { ApiId: chat.ApiId, AuthorizerType: 'JWT' },
      'Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.',
    ],
  ];
  for (const [more, text] of cases) await refused(create(more), text);
  const socket = await failure(create({ ApiId: chat.ApiId }));
  assert.match(
    socket.message,
    /^Invalid request identity source expression: \$request\.header\.Authorization\. The sour/,
  );
  await refused(jwt(), 'JwtConfiguration must not be null for JWT Authorizer');
  await refused(
    jwt({ Issuer: 'https://a.example', Audience: [] }),
    'Audience list must have at least 1 item for JWT Authorizer',
  );
  await refused(
    jwt({ Issuer: 'a.example', Audience: ['b'] }),
    'Invalid issuer: Issuer is not a valid URL for JWT Authorizer',
  );
});

test('integrations, routes and stages', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const chat = await createApi(cloud, { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' });
  const page = {
    IntegrationType: 'HTTP_PROXY',
    IntegrationUri: 'https://a.example',
    PayloadFormatVersion: '1.0',
  } as const;
  const events = { IntegrationUri: undefined, IntegrationSubtype: 'EventBridge-PutEvents' };
  const CredentialsArn = 'arn:aws:iam::123456789012:role/r';
  const integrations: [Partial<sdk.CreateIntegrationCommandInput>, string][] = [
    [page, 'HttpMethod parameter method must be specified for integrationType HTTPPROXY'],
    [
      { ...page, IntegrationMethod: 'GET', PayloadFormatVersion: '2.0' },
      'PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY',
    ],
    [{ IntegrationUri: URI, PayloadFormatVersion: '3.0' }, 'Unsupported PayloadFormatVersion: 3.0'],
    [
      { IntegrationUri: URI, ConnectionType: 'VPC_LINK' },
      'ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK',
    ],
    [events, 'Operation: EventBridge-PutEvents is not supported.'],
    [
      { ...events, PayloadFormatVersion: '1.0' },
      'Role ARN must be specified for AWS integration configuration with Subtype: EventBridge-PutEvents',
    ],
    [
      { ...events, PayloadFormatVersion: '1.0', CredentialsArn },
      'Operation: EventBridge-PutEvents requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [Detail, DetailType, Source]',
    ],
    [
      { ...page, IntegrationMethod: 'GET', ResponseParameters: { 199: { 'overwrite:statuscode': '200' } } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Status Code 199 is not valid.]',
    ],
  ];
  for (const [more, text] of integrations) await refused(api.integration(more), text);
  await refused(
    chat.integration({ IntegrationUri: URI, PayloadFormatVersion: '2.0' }),
    'Unsupported PayloadFormatVersion: 2.0',
  );
  const only = (what: string) =>
    `${what} are currently not supported for this API protocol type. This is because the API may only be configured with proxy integration at this time.`;
  const target = await api.integration({ IntegrationUri: URI });
  const answer = { ApiId: api.ApiId, IntegrationId: target.split('/')[1], IntegrationResponseKey: '/200/' };
  await refused(api.client.send(new sdk.CreateIntegrationResponseCommand(answer)), only('IntegrationResponses'));
  const routes: [Partial<sdk.CreateRouteCommandInput>, string][] = [
    [
      { ApiKeyRequired: true },
      'ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route null',
    ],
    [
      { AuthorizationScopes: ['a'] },
      'Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types',
    ],
    [
      { AuthorizationType: 'JWT' },
      'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.',
    ],
    [
      { Target: 'abc' },
      'Unexpected or malformed target in route null. Correct format should be integrations/<integration_id>.',
    ],
  ];
  for (const [more, text] of routes) await refused(api.route('GET /a', undefined, more), text);
  await refused(
    chat.route('say', undefined, { AuthorizationType: 'AWS_IAM' }),
    'Currently, authorization is restricted to the $connect route only',
  );
  await refused(
    api.stage('a', { RouteSettings: { 'GET /nosuch': {} } }),
    'Unable to find Route by key GET /nosuch within the provided RouteSettings',
    'NotFoundException',
  );
  const DestinationArn = 'arn:aws:firehose:us-east-1:123456789012:deliverystream/x';
  await refused(
    api.stage('a', { AccessLogSettings: { DestinationArn, Format: '$context.requestId' } }),
    "Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.': 'deliverystream/x'",
  );
});

test('APIs, models and domain names', async () => {
  await using cloud = await startTestCloud();
  const { client, ApiId } = await createApi(cloud);
  const create = (more: Partial<sdk.CreateApiCommandInput>) => createApi(cloud, more);
  await refused(create({ ProtocolType: 'WEBSOCKET' }), 'Invalid routeSelectionExpression');
  await refused(
    create({ RouteSelectionExpression: '$request.body.action' }),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own way to write it
    'Route selection expression is currently limited to "${request.method} ${request.path}"',
  );
  await refused(
    create({ ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action', CorsConfiguration: {} }),
    'Cors is not supported for WEBSOCKET protocolType',
  );
  await refused(
    client.send(new sdk.CreateModelCommand({ ApiId, Name: 'm', Schema: '{}' })),
    'Currently, Models are not permitted for APIs with a protocol type of HTTP',
  );
  const CertificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
  const DomainNameConfigurations = [{ CertificateArn, EndpointType: 'EDGE' as const }];
  await refused(
    client.send(new sdk.CreateDomainNameCommand({ DomainName: 'a.example.com', DomainNameConfigurations })),
    'EDGE endpoint type is not supported for APIGatewayV2 domainName',
  );
});
