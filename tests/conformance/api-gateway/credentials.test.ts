/** As whom APIs of both kinds call: roles that their makers may pass, of their own account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  PutIntegrationCommand,
  PutRestApiCommand,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  UpdateIntegrationCommand as UpdateHttpIntegrationCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const ROLE = 'arn:aws:iam::123456789012:role/caller';
const THEIRS = 'arn:aws:iam::210987654321:role/caller';
const EVERYBODY = 'arn:aws:iam::*:user/*';
const FUNCTION =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';

/** A user who may do everything with APIs, and pass those roles to API Gateway. */
async function userWho(cloud: TestCloud, UserName: string, roles: string[]) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName }));
  const passing = {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: roles,
    Condition: { StringEquals: { 'iam:PassedToService': 'apigateway.amazonaws.com' } },
  };
  const Statement = [
    { Effect: 'Allow', Action: 'apigateway:*', Resource: '*' },
    ...(roles.length > 0 ? [passing] : []),
  ];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function refusal(promise: Promise<unknown>): Promise<[string, number | undefined, string]> {
  const { name, message, $metadata } = await failure(promise);
  return [name, $metadata?.httpStatusCode, message];
}

const ELSEWHERE = ['AccessDeniedException', 403, 'Cross-account pass role is not allowed.'] as const;

test('REST APIs call as roles that may be passed, of their account', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { restApiId, rootResourceId: resourceId } = api;
  await api.method(resourceId, 'GET');
  const acts = (client: APIGatewayClient) => ({
    put: (credentials: string | undefined) =>
      client.send(
        new PutIntegrationCommand({
          restApiId,
          resourceId,
          httpMethod: 'GET',
          type: 'AWS',
          integrationHttpMethod: 'POST',
          uri: FUNCTION,
          ...(credentials !== undefined && { credentials }),
        }),
      ),
    patch: (path: string, value: string) =>
      client.send(
        new UpdateIntegrationCommand({
          restApiId,
          resourceId,
          httpMethod: 'GET',
          patchOperations: [{ op: 'replace', path, value }],
        }),
      ),
    authorizer: (authorizerCredentials: string) =>
      client.send(
        new CreateAuthorizerCommand({
          restApiId,
          name: 'a',
          type: 'TOKEN',
          authorizerUri: FUNCTION,
          identitySource: 'method.request.header.Authorization',
          authorizerCredentials,
        }),
      ),
    bring: (credentials: string) =>
      client.send(
        new PutRestApiCommand({
          restApiId,
          mode: 'overwrite',
          body: Buffer.from(
            JSON.stringify({
              openapi: '3.0.1',
              info: { title: 't', version: '1' },
              paths: {
                '/': {
                  get: {
                    'x-amazon-apigateway-integration': { type: 'aws', httpMethod: 'POST', uri: FUNCTION, credentials },
                  },
                },
              },
            }),
          ),
        }),
      ),
  });
  const root = acts(api.client);
  const all = [root.put(THEIRS), root.authorizer(THEIRS), root.bring(THEIRS)];
  for (const refused of await Promise.all(all.map(refusal))) assert.deepEqual(refused, ELSEWHERE);
  assert.deepEqual(await refusal(root.put('caller')), [
    'BadRequestException',
    400,
    'Invalid ARN specified in the request',
  ]);
  for (const credentials of [undefined, EVERYBODY, ROLE]) await root.put(credentials);
  const may = acts(cloud.client(APIGatewayClient, { credentials: await userWho(cloud, 'may', [ROLE]) }));
  const mayNot = acts(cloud.client(APIGatewayClient, { credentials: await userWho(cloud, 'may-not', []) }));
  const denied = /not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role\/caller/;
  const unpassed = [mayNot.put(ROLE), mayNot.authorizer(ROLE), mayNot.bring(ROLE)];
  for (const [, , message] of await Promise.all(unpassed.map(refusal))) assert.match(message, denied);
  // Who leaves the role as it is passes none.
  await mayNot.patch('/timeoutInMillis', '100');
  await mayNot.put(EVERYBODY);
  assert.match((await refusal(mayNot.patch('/credentials', ROLE)))[2], denied);
  await may.put(ROLE);
  await may.patch('/credentials', ROLE);
  await may.authorizer(ROLE);
});

test('HTTP APIs call as roles that may be passed, of their account', async () => {
  await using cloud = await startTestCloud();
  const acts = (client: ApiGatewayV2Client) => ({
    quick: (CredentialsArn: string) =>
      client.send(new CreateApiCommand({ Name: 'q', ProtocolType: 'HTTP', Target: FUNCTION, CredentialsArn })),
    integrate: (ApiId: string | undefined, CredentialsArn: string) =>
      client.send(
        new CreateIntegrationCommand({
          ApiId,
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: FUNCTION,
          PayloadFormatVersion: '2.0',
          CredentialsArn,
        }),
      ),
    change: (ApiId: string | undefined, IntegrationId: string | undefined, CredentialsArn: string) =>
      client.send(new UpdateHttpIntegrationCommand({ ApiId, IntegrationId, CredentialsArn })),
  });
  const client = cloud.client(ApiGatewayV2Client);
  const root = acts(client);
  const { ApiId } = await client.send(new CreateApiCommand({ Name: 'h', ProtocolType: 'HTTP' }));
  const { IntegrationId } = await root.integrate(ApiId, ROLE);
  const all = [root.quick(THEIRS), root.integrate(ApiId, THEIRS), root.change(ApiId, IntegrationId, THEIRS)];
  for (const refused of await Promise.all(all.map(refusal))) assert.deepEqual(refused, ELSEWHERE);
  const mayNot = acts(cloud.client(ApiGatewayV2Client, { credentials: await userWho(cloud, 'may-not', []) }));
  const unpassed = [mayNot.quick(ROLE), mayNot.integrate(ApiId, ROLE)];
  for (const [, , message] of await Promise.all(unpassed.map(refusal)))
    assert.match(message, /not authorized to perform: iam:PassRole/);
  await mayNot.change(ApiId, IntegrationId, ROLE);
  const may = acts(cloud.client(ApiGatewayV2Client, { credentials: await userWho(cloud, 'may', [ROLE]) }));
  await may.integrate(ApiId, ROLE);
});
