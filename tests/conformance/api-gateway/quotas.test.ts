/** How much an account and an API may have, and as whom logs may be written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateAuthorizerCommand,
  CreateStageCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  GenerateClientCertificateCommand,
  GetAccountCommand,
  GetTagsCommand,
  PutRestApiCommand,
  UpdateAccountCommand,
} from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { createApi } from './world.ts';

const authorizerUri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';
const reached = (what: string, of: string) =>
  `Maximum number of ${what} for this ${of} has been reached. Please contact AWS if you need additional ${what}.`;

async function refusal(promise: Promise<unknown>): Promise<[string, number | undefined, string]> {
  const { name, message, $metadata } = await failure(promise);
  return [name, $metadata?.httpStatusCode, message];
}

test('an API has ten authorizers, however they are made', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud);
  const authorizer = (name: string) =>
    client.send(
      new CreateAuthorizerCommand({
        restApiId,
        name,
        type: 'TOKEN',
        authorizerUri,
        identitySource: 'method.request.header.Authorization',
      }),
    );
  for (let at = 0; at < 10; at++) await authorizer(`a${at}`);
  const full = ['LimitExceededException', 429, reached('Authorizers', 'API')] as const;
  assert.deepEqual(await refusal(authorizer('one-more')), full);
  const scheme = {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': 'custom',
    'x-amazon-apigateway-authorizer': { type: 'token', authorizerUri },
  };
  const document = {
    openapi: '3.0.1',
    info: { title: 'more', version: '1' },
    paths: {},
    components: { securitySchemes: { more: scheme } },
  };
  const put = new PutRestApiCommand({ restApiId, mode: 'merge', body: Buffer.from(JSON.stringify(document)) });
  assert.deepEqual(await refusal(client.send(put)), full);
});

test('certificates, plans, plans of a key and variables of a stage are not many', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  for (let at = 0; at < 60; at++) await client.send(new GenerateClientCertificateCommand({}));
  assert.deepEqual(await refusal(client.send(new GenerateClientCertificateCommand({}))), [
    'LimitExceededException',
    429,
    reached('Client Certificates', 'account'),
  ]);
  const plan = async (name: string) => (await client.send(new CreateUsagePlanCommand({ name }))).id;
  const { id: keyId } = await client.send(new CreateApiKeyCommand({ name: 'k' }));
  const join = (usagePlanId: string | undefined) =>
    client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
  for (let at = 0; at < 10; at++) await join(await plan(`p${at}`));
  const other = await plan('other');
  assert.deepEqual(await refusal(join(other)), ['LimitExceededException', 429, reached('Usage Plans', 'API Key')]);
  for (let at = 11; at < 300; at++) await plan(`p${at}`);
  assert.deepEqual(await refusal(plan('one-more')), ['LimitExceededException', 429, reached('Usage Plans', 'account')]);

  await api.method(api.rootResourceId, 'GET');
  const { id: deploymentId } = await api.deploy();
  const stage = async (variables: Record<string, string>) =>
    (await failure(client.send(new CreateStageCommand({ restApiId, stageName: 's', deploymentId, variables })))).name;
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`v${at}`, 'x']));
  for (const variables of [many, { ['v'.repeat(65)]: 'x' }, { v: 'x'.repeat(513) }])
    assert.equal(await stage(variables), 'BadRequestException');
});

test('logs are written by a role that trusts API Gateway; tags are those of the Region', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const account = (value: string) =>
    client.send(new UpdateAccountCommand({ patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value }] }));
  const refused =
    'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.';
  for (const role of ['arn:aws:iam::123456789012:role/none', await functionRole(cloud)])
    assert.deepEqual(await refusal(account(role)), ['BadRequestException', 400, refused]);
  assert.equal((await client.send(new GetAccountCommand({}))).cloudwatchRoleArn, undefined);
  const { restApiId } = await createApi(cloud);
  const resourceArn = `arn:aws:apigateway:eu-west-1::/restapis/${restApiId}`;
  assert.equal((await failure(client.send(new GetTagsCommand({ resourceArn })))).name, 'BadRequestException');
});
