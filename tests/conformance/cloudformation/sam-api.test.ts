/** What AWS::Serverless::Api and HttpApi stand for, asked over HTTP: authorizers, keys, models, CORS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIGatewayClient, GetApiKeyCommand, GetUsagePlansCommand } from '@aws-sdk/client-api-gateway';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { create, outputs, physicalIds, remove } from './stacks.ts';

const FUNCTIONS = `
  Say:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async (event) => ({ statusCode: 200, body: 'said ' + (event.requestContext.authorizer?.who ?? event.requestContext.authorizer?.lambda?.who ?? 'by nobody') });`;

test('a REST API with authorizers, keys, models, CORS and answers of its own', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'rest',
    `
Transform: AWS::Serverless-2016-10-31
Parameters: { Stage: { Type: String, Default: v1 } }
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      EndpointConfiguration: { Type: REGIONAL }
      OpenApiVersion: 3.0.1
      Cors: { AllowOrigin: "'https://example.com'", AllowHeaders: "'x-one'", MaxAge: "'60'" }
      GatewayResponses: { UNAUTHORIZED: { StatusCode: 418, ResponseParameters: { Headers: { X-Why: "'tea'" } } } }
      Models: { Order: { type: object, required: [what], properties: { what: { type: string } } } }
      Auth:
        DefaultAuthorizer: Guard
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: { Guard: { FunctionArn: !GetAtt Guard.Arn, Identity: { Header: X-Who, ValidationExpression: '^\\w+$' } } }
        UsagePlan: { CreateUsagePlan: PER_API, UsagePlanName: sam-plan, Description: as SAM makes it }
${FUNCTIONS}
      Events:
        Guarded: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /guarded, Method: get } }
        Open: { Type: Api, Properties: { RestApiId: !Ref Api, Path: '/open/{id}', Method: any, Auth: { Authorizer: NONE } } }
        Keyed: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /keyed, Method: get, Auth: { Authorizer: NONE, ApiKeyRequired: true } } }
        Order: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /orders, Method: post, Auth: { Authorizer: NONE }, RequestModel: { Model: Order, Required: true, ValidateBody: true } } }
  Guard:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async ({ authorizationToken, methodArn }) => ({
          principalId: authorizationToken,
          context: { who: 'by ' + authorizationToken },
          policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: authorizationToken === 'me' ? 'Allow' : 'Deny', Resource: methodArn }] },
        });
Outputs:
  Id: { Value: !Ref Api }
  Stage: { Value: !Ref Api.Stage }
  Deployment: { Value: !Ref Api.Deployment }
  Key: { Value: !Ref Api.ApiKey }
  Plan: { Value: !Sub '\${Api.UsagePlan}' }
`,
  );
  const { Id = '', Stage, Deployment, Key = '', Plan } = await outputs(cloud, 'rest');
  const ids = await physicalIds(cloud, 'rest');
  // References to parts lead to what SAM made.
  assert.equal(ids[Object.keys(ids).find((id) => id.startsWith('ApiDeployment')) ?? ''], Deployment);
  assert.equal(Stage, 'v1');
  assert.equal(ids.ApiUsagePlan, Plan);
  assert.ok('ApiGuardAuthorizerPermission' in ids);
  const { port } = new URL(cloud.url);
  const host = `${Id}.execute-api.us-east-1.localhost:${port}`;
  const ask = (method: string, path: string, headers: { [name: string]: string } = {}, body?: string) =>
    visit(`http://${host}/v1${path}`, { method, headers, ...(body !== undefined && { body }) });
  assert.equal((await ask('GET', '/guarded', { 'x-who': 'me' })).text, 'said by me');
  assert.equal((await ask('GET', '/guarded', { 'x-who': 'you' })).status, 403);
  const refused = await ask('GET', '/guarded');
  assert.deepEqual([refused.status, refused.headers['x-why']], [418, 'tea']);
  assert.equal((await ask('PUT', '/open/3')).text, 'said by nobody');
  assert.equal((await ask('GET', '/keyed')).status, 403);
  const { value = '' } = await cloud
    .client(APIGatewayClient)
    .send(new GetApiKeyCommand({ apiKey: Key, includeValue: true }));
  assert.equal((await ask('GET', '/keyed', { 'x-api-key': value })).text, 'said by nobody');
  assert.equal((await ask('POST', '/orders', { 'content-type': 'application/json' }, '{}')).status, 400);
  assert.equal((await ask('POST', '/orders', { 'content-type': 'application/json' }, '{"what":"tea"}')).status, 200);
  const preflight = await ask('OPTIONS', '/guarded');
  assert.deepEqual(
    ['origin', 'headers', 'methods'].map((name) => preflight.headers[`access-control-allow-${name}`]),
    ['https://example.com', 'x-one', 'GET,OPTIONS'],
  );
  const { items } = await cloud.client(APIGatewayClient).send(new GetUsagePlansCommand({}));
  assert.deepEqual(
    items?.map(({ name, description }) => [name, description]),
    [['sam-plan', 'as SAM makes it']],
  );
  await remove(cloud, 'rest');
});

test('an HTTP API with an authorizer, routes and CORS', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'http',
    `
Transform: AWS::Serverless-2016-10-31
Globals:
  HttpApi:
    CorsConfiguration: { AllowOrigins: ['https://example.com'], AllowMethods: [GET], MaxAge: 5 }
    Auth:
      DefaultAuthorizer: Guard
      Authorizers:
        Guard:
          FunctionArn: !GetAtt Guard.Arn
          AuthorizerPayloadFormatVersion: '2.0'
          EnableSimpleResponses: true
          EnableFunctionDefaultPermissions: true
          Identity: { Headers: [x-who] }
Resources:
${FUNCTIONS}
      Events:
        Guarded: { Type: HttpApi, Properties: { Path: '/guarded/{id}', Method: get, RouteSettings: { ThrottlingBurstLimit: 7, ThrottlingRateLimit: 7 } } }
        Open: { Type: HttpApi, Properties: { Path: /open, Method: get, Auth: { Authorizer: NONE } } }
  Guard:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async ({ headers }) => ({ isAuthorized: headers['x-who'] === 'me', context: { who: 'by ' + headers['x-who'] } });
Outputs:
  Id: { Value: !Ref ServerlessHttpApi }
  Stage: { Value: !Ref ServerlessHttpApi.Stage }
`,
  );
  const { Id, Stage } = await outputs(cloud, 'http');
  assert.equal(Stage, '$default');
  const { port } = new URL(cloud.url);
  const host = `${Id}.execute-api.us-east-1.localhost:${port}`;
  const ask = (path: string, headers: { [name: string]: string } = {}) => visit(`http://${host}${path}`, { headers });
  assert.equal((await ask('/guarded/3', { 'x-who': 'me' })).text, 'said by me');
  assert.equal((await ask('/guarded/3', { 'x-who': 'you' })).status, 403);
  assert.equal((await ask('/guarded/3')).status, 401);
  const open = await ask('/open', { origin: 'https://example.com' });
  assert.deepEqual([open.text, open.headers['access-control-allow-origin']], ['said by nobody', 'https://example.com']);
  await remove(cloud, 'http');
});
