/** What conditions of policies see of operations: `apigateway:Request/…` and `apigateway:Resource/…`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  CreateRestApiCommand,
  DeleteMethodCommand,
  DeleteRestApiCommand,
  DeleteStageCommand,
  ImportRestApiCommand,
  PutMethodCommand,
  PutRestApiCommand,
  UpdateAuthorizerCommand,
  UpdateMethodCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateRouteCommand,
  CreateRoutingRuleCommand,
  CreateStageCommand,
  DeleteApiCommand,
  DeleteStageCommand as DeleteStageOfHttpCommand,
  ImportApiCommand,
  UpdateRouteCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { createApi } from './world.ts';

/** A user who may do all but what a condition is about; how calls of theirs end. */
async function user(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const allowed = { Effect: 'Allow', Action: 'apigateway:*', Resource: '*' };
  return {
    rest: cloud.client(APIGatewayClient, { credentials }),
    http: cloud.client(ApiGatewayV2Client, { credentials }),
    /** Denies what has this value under a key. */
    async denied(key: string, value: string, Action = 'apigateway:*') {
      const Condition = { 'ForAnyValue:StringLike': { [`apigateway:${key}`]: value } };
      const statements = [allowed, { Effect: 'Deny', Action, Resource: '*', ...(key !== '' && { Condition }) }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }));
    },
  };
}

/** Whether a call was denied; how else it ends does not matter. */
async function isDenied(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    return (error as Error).name === 'AccessDeniedException';
  }
}

const URI = (name: string) =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:${name}/invocations`;
const replace = (path: string, value: string) => ({ op: 'replace' as const, path, value });
const swagger = (paths: object, more: object = {}) =>
  Buffer.from(JSON.stringify({ swagger: '2.0', info: { title: 'doc' }, paths, ...more }));
const LOG = 'arn:aws:logs:us-east-1:123456789012:log-group:access';

test('REST APIs: what requests say, and what is there', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud, { name: 'mine', endpointConfiguration: { types: ['REGIONAL'] } });
  const { restApiId, rootResourceId: resourceId, client } = api;
  await api.method(resourceId, 'GET', {}, { apiKeyRequired: true });
  await api.deploy();
  const { id: authorizerId } = await client.send(
    new CreateAuthorizerCommand({ restApiId, name: 'a', type: 'TOKEN', authorizerUri: URI('f') }),
  );
  const { rest, denied } = await user(cloud);
  const method = { restApiId, resourceId, httpMethod: 'GET' };
  const made = { ...method, httpMethod: 'PUT', authorizationType: 'NONE' };
  const stage = { restApiId, stageName: 'v1' };
  const key = { apiKeyed: { type: 'apiKey', name: 'x-api-key', in: 'header' } };
  const open = swagger({ '/': { get: {} } });
  const keyed = swagger({ '/': { get: { security: [{ apiKeyed: [] }] } } }, { securityDefinitions: key });
  const cases: readonly [key: string, value: string, denied: object, allowed: object][] = [
    [
      'Request/EndpointType',
      'EDGE',
      new CreateRestApiCommand({ name: 'x', endpointConfiguration: { types: ['EDGE'] } }),
      new CreateRestApiCommand({ name: 'x', endpointConfiguration: { types: ['REGIONAL'] } }),
    ],
    ['Request/ApiName', 'x*', new CreateRestApiCommand({ name: 'xy' }), new CreateRestApiCommand({ name: 'yx' })],
    [
      'Request/DisableExecuteApiEndpoint',
      'true',
      new UpdateRestApiCommand({ restApiId, patchOperations: [replace('/disableExecuteApiEndpoint', 'true')] }),
      new UpdateRestApiCommand({ restApiId, patchOperations: [replace('/disableExecuteApiEndpoint', 'false')] }),
    ],
    ['Resource/ApiName', 'mine', new DeleteRestApiCommand({ restApiId }), new DeleteRestApiCommand({ restApiId: 'x' })],
    [
      'Request/RouteAuthorizationType',
      'NONE',
      new PutMethodCommand(made),
      new PutMethodCommand({ ...made, authorizationType: 'AWS_IAM' }),
    ],
    [
      'Request/ApiKeyRequired',
      'false',
      new UpdateMethodCommand({ ...method, patchOperations: [replace('/apiKeyRequired', 'false')] }),
      new UpdateMethodCommand({ ...method, patchOperations: [replace('/apiKeyRequired', 'true')] }),
    ],
    [
      'Resource/ApiKeyRequired',
      'true',
      new DeleteMethodCommand(method),
      new DeleteMethodCommand({ ...method, httpMethod: 'PATCH' }),
    ],
    [
      'Request/AuthorizerUri',
      '*function:g/*',
      new CreateAuthorizerCommand({ restApiId, name: 'b', type: 'TOKEN', authorizerUri: URI('g') }),
      new CreateAuthorizerCommand({ restApiId, name: 'b', type: 'TOKEN', authorizerUri: URI('f') }),
    ],
    [
      'Resource/AuthorizerType',
      'TOKEN',
      new UpdateAuthorizerCommand({ restApiId, authorizerId, patchOperations: [replace('/name', 'c')] }),
      new UpdateAuthorizerCommand({ restApiId, authorizerId: 'none', patchOperations: [] }),
    ],
    [
      'Request/AccessLoggingDestination',
      '*:log-group:access',
      new UpdateStageCommand({ ...stage, patchOperations: [replace('/accessLogSettings/destinationArn', LOG)] }),
      new UpdateStageCommand({ ...stage, patchOperations: [replace('/accessLogSettings/destinationArn', `${LOG}2`)] }),
    ],
    [
      'Request/StageName',
      'prod',
      new CreateDeploymentCommand({ restApiId, stageName: 'prod' }),
      new CreateDeploymentCommand({ restApiId, stageName: 'dev' }),
    ],
    [
      'Request/SecurityPolicy',
      'TLS_1_0',
      new CreateDomainNameCommand({ domainName: 'a.example.com', securityPolicy: 'TLS_1_0' }),
      new CreateDomainNameCommand({ domainName: 'a.example.com', securityPolicy: 'TLS_1_2' }),
    ],
    [
      'Request/MtlsTrustStoreUri',
      's3://a/*',
      new CreateDomainNameCommand({
        domainName: 'a.example.com',
        mutualTlsAuthentication: { truststoreUri: 's3://a/b' },
      }),
      new CreateDomainNameCommand({
        domainName: 'a.example.com',
        mutualTlsAuthentication: { truststoreUri: 's3://b/b' },
      }),
    ],
    [
      'Request/ApiKeyRequired',
      'false',
      new ImportRestApiCommand({ body: open }),
      new ImportRestApiCommand({ body: keyed }),
    ],
    [
      'Resource/RouteAuthorizationType',
      'NONE',
      new PutRestApiCommand({ restApiId, body: keyed }),
      new PutRestApiCommand({ restApiId: 'none', body: keyed }),
    ],
  ];
  for (const [key, value, no, yes] of cases) {
    await denied(key, value);
    assert.deepEqual(
      [await isDenied(rest.send(no as never)), await isDenied(rest.send(yes as never))],
      [true, false],
      `${key} ${value}`,
    );
  }
  await denied('Resource/AccessLoggingFormat', '*secret*');
  assert.equal(await isDenied(rest.send(new DeleteStageCommand(stage))), false);
});

test('who may call an API is for those to say who may say so', async () => {
  await using cloud = await startTestCloud();
  const { restApiId } = await createApi(cloud);
  const { rest, denied } = await user(cloud);
  const statement = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await denied('', '', 'apigateway:UpdateRestApiPolicy');
  const update = (path: string, value: string) =>
    isDenied(rest.send(new UpdateRestApiCommand({ restApiId, patchOperations: [replace(path, value)] })));
  assert.deepEqual([await update('/policy', policy), await update('/name', 'other')], [true, false]);
  assert.equal(await isDenied(rest.send(new CreateRestApiCommand({ name: 'a', policy }))), true);
  const body = swagger({}, { 'x-amazon-apigateway-policy': JSON.parse(policy) });
  assert.equal(await isDenied(rest.send(new PutRestApiCommand({ restApiId, mode: 'merge', body }))), true);
});

test('HTTP APIs: what requests say, and what is there', async () => {
  await using cloud = await startTestCloud();
  const api = await createHttpApi(cloud, { Name: 'mine' });
  const { ApiId } = api;
  const RouteId = await api.route('GET /open');
  await api.stage('dev', {});
  const { http, denied } = await user(cloud);
  const AccessLogSettings = { DestinationArn: LOG, Format: '$context.requestId' };
  const jwt = {
    type: 'oauth2',
    'x-amazon-apigateway-authorizer': {
      type: 'jwt',
      jwtConfiguration: { issuer: 'https://i.example.com', audience: ['a'] },
      identitySource: '$request.header.Authorization',
    },
  };
  const document = (security?: object[]) =>
    JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'd' },
      components: { securitySchemes: { jwt } },
      paths: { '/a': { get: { security } } },
    });
  const rule = { DomainName: 'a.example.com', Actions: [], Conditions: [{ MatchBasePaths: { AnyOf: ['p'] } }] };
  const cases: readonly [key: string, value: string, denied: object, allowed: object][] = [
    [
      'Request/ApiName',
      'x*',
      new CreateApiCommand({ Name: 'xy', ProtocolType: 'HTTP' }),
      new CreateApiCommand({ Name: 'yx', ProtocolType: 'HTTP' }),
    ],
    [
      'Request/RouteAuthorizationType',
      'NONE',
      new CreateRouteCommand({ ApiId, RouteKey: 'GET /x' }),
      new CreateRouteCommand({ ApiId, RouteKey: 'GET /x', AuthorizationType: 'AWS_IAM' }),
    ],
    [
      'Resource/RouteAuthorizationType',
      'NONE',
      new UpdateRouteCommand({ ApiId, RouteId, OperationName: 'x' }),
      new UpdateRouteCommand({ ApiId, RouteId: 'none', OperationName: 'x' }),
    ],
    [
      'Request/AccessLoggingFormat',
      '*requestId*',
      new CreateStageCommand({ ApiId, StageName: 'a', AccessLogSettings }),
      new CreateStageCommand({ ApiId, StageName: 'a', AccessLogSettings: { ...AccessLogSettings, Format: 'x' } }),
    ],
    ['Resource/EndpointType', 'REGIONAL', new DeleteApiCommand({ ApiId }), new DeleteApiCommand({ ApiId: 'none' })],
    [
      'Request/RouteAuthorizationType',
      'NONE',
      new ImportApiCommand({ Body: document() }),
      new ImportApiCommand({ Body: document([{ jwt: [] }]) }),
    ],
    [
      'Request/ConditionBasePaths',
      'p',
      new CreateRoutingRuleCommand({ ...rule, Priority: 1 }),
      new CreateRoutingRuleCommand({ ...rule, Conditions: [], Priority: 1 }),
    ],
    [
      'Request/Priority',
      '7',
      new CreateRoutingRuleCommand({ ...rule, Priority: 7 }),
      new CreateRoutingRuleCommand({ ...rule, Priority: 8 }),
    ],
  ];
  for (const [key, value, no, yes] of cases) {
    await denied(key, value);
    assert.deepEqual(
      [await isDenied(http.send(no as never)), await isDenied(http.send(yes as never))],
      [true, false],
      `${key} ${value}`,
    );
  }
  await denied('Resource/AccessLoggingDestination', '*');
  assert.equal(await isDenied(http.send(new DeleteStageOfHttpCommand({ ApiId, StageName: 'dev' }))), false);
});
