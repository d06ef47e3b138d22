import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  TestInvokeAuthorizerCommand,
  TestInvokeMethodCommand,
} from '@aws-sdk/client-api-gateway';
import { LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { apiFunction, createApi } from './world.ts';

const AUTHORIZER = `export const handler = async ({ authorizationToken: token, methodArn }) => {
  const Statement = [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }];
  const answer = { principalId: 'somebody', policyDocument: { Version: '2012-10-17', Statement } };
  if (token === 'error') throw new Error('no');
  return { nothing: null, bare: { principalId: 'x' }, array: { ...answer, context: { a: [1] } }, extra: { ...answer, extra: 1 }, right: answer }[token];
};`;

const CONFIGURATION = 'Execution failed due to configuration error: ';
const linesOf = (log = '') => log.split('\n').map((line) => line.replace(/^.* UTC \d{4} : /, ''));

test('the log tells why an authorizer failed', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud);
  const uri = await apiFunction(cloud, 'authorizer', AUTHORIZER);
  const authorizer = async (name: string, more: object = {}) => {
    const identitySource = 'method.request.header.Authorization';
    const own = { restApiId, name, type: 'TOKEN' as const, authorizerUri: uri, identitySource, ...more };
    return (await client.send(new CreateAuthorizerCommand(own))).id;
  };
  const ask = async (authorizerId: string | undefined, Authorization: string) => {
    const headers = { Authorization };
    const said = await client.send(new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers }));
    return [said.clientStatus, ...linesOf(said.log).slice(-3)];
  };
  const id = await authorizer('one');
  const failed = (reason: string) => [500, `${CONFIGURATION}${reason}`, 'AuthorizerConfigurationException', ''];
  const unrecognized = (name: string) =>
    failed(`Invalid JSON in response: Unrecognized field "${name}" , not marked as ignorable`);
  assert.deepEqual(await ask(id, 'error'), unrecognized('errorType'));
  assert.deepEqual(await ask(id, 'extra'), unrecognized('extra'));
  assert.deepEqual(await ask(id, 'nothing'), failed('Could not parse policy'));
  assert.deepEqual(await ask(id, 'bare'), failed('Could not parse policy'));
  assert.deepEqual(
    await ask(id, 'array'),
    failed('Invalid JSON in response: Can not deserialize instance of java.lang.String out of START_ARRAY token'),
  );
  assert.equal((await ask(id, 'right'))[0], 200);
  const authorizerCredentials = await functionRole(cloud, ['logs:*'], 'closed');
  assert.deepEqual(
    await ask(await authorizer('two', { authorizerCredentials }), 'right'),
    failed(`API Gateway does not have permission to assume the provided role ${authorizerCredentials}`),
  );
  const permission = { FunctionName: 'authorizer', StatementId: 'api' };
  await cloud.client(LambdaClient).send(new RemovePermissionCommand(permission));
  assert.deepEqual(await ask(id, 'right'), failed('Invalid permissions on Lambda function'));
});

test('the log tells that an API may not call its function', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const uri = await apiFunction(cloud, 'closed', 'export const handler = async () => ({});');
  const permission = { FunctionName: 'closed', StatementId: 'api' };
  await cloud.client(LambdaClient).send(new RemovePermissionCommand(permission));
  const resourceId = api.rootResourceId;
  await api.method(resourceId, 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  const { restApiId } = api;
  const { status, body, log } = await api.client.send(
    new TestInvokeMethodCommand({ restApiId, resourceId, httpMethod: 'GET' }),
  );
  assert.deepEqual([status, body], [500, '{"message": "Internal server error"}']);
  assert.deepEqual(linesOf(log).slice(-3), [
    `${CONFIGURATION}Invalid permissions on Lambda function`,
    'Method completed with status: 500',
    '',
  ]);
});
