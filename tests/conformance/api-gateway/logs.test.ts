import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { apiFunction, createApi, logged } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;
const KEEPER = `export const handler = async ({ authorizationToken: token, methodArn: Resource }) => {
  const Statement = [{ Effect: token === 'bad' ? 'Deny' : 'Allow', Action: 'execute-api:Invoke', Resource }];
  return { principalId: token, policyDocument: { Version: '2012-10-17', Statement }, context: { k: 'v' } };
};`;

test('access logs tell how admission, authorizer and integration went', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await logged(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const { id: authorizerId = '' } = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'a',
      type: 'TOKEN',
      authorizerUri: await apiFunction(cloud, 'keeper', KEEPER, undefined),
    }),
  );
  const uri = await apiFunction(
    cloud,
    'made',
    'export const handler = async () => ({ statusCode: 201 });',
    'arn:aws:iam::123456789012:role/functions',
  );
  const proxy = { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri } as const;
  await api.method(api.rootResourceId, 'GET', proxy, { authorizationType: 'CUSTOM', authorizerId });
  const signed = await api.resource('iam');
  await api.method(signed, 'GET', {}, { authorizationType: 'AWS_IAM' });
  await api.deploy();
  const format = [
    '$context.authenticate.status',
    '$context.authorizer.status $context.authorizer.integrationStatus $context.authorizer.principalId $context.authorizer.k',
    '$context.authorize.status',
    '$context.integration.status $context.integration.integrationStatus $context.integrationStatus',
    '$context.customDomain.basePathMatched $context.status',
  ].join(' | ');
  const patchOperations = [
    replace('/accessLogSettings/destinationArn', 'arn:aws:logs:us-east-1:123456789012:log-group:access'),
    replace('/accessLogSettings/format', format),
  ];
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  const domainName = 'a.example.com';
  const certificateArn = await certificateFor(cloud, domainName);
  await client.send(new CreateDomainNameCommand({ domainName, certificateArn }));
  await client.send(new CreateBasePathMappingCommand({ domainName, basePath: 'shop', restApiId, stage: 'v1' }));
  await api.visit('/v1', { headers: { authorization: 'ann' } });
  await api.visit('/v1', { headers: { authorization: 'bad' } });
  await api.visit('/v1/iam');
  const at = `http://${domainName}:${new URL(cloud.url).port}/shop`;
  await visit(at, { headers: { authorization: 'bob' } });
  await cloud.server.cloud.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'access' }));
  assert.deepEqual(events.map(({ message }) => message).sort(), [
    '- | 200 200 ann v | 200 | 201 200 200 | - 201',
    '- | 200 200 bad v | 403 | - - - | - 403',
    '- | 200 200 bob v | 200 | 201 200 200 | shop 201',
    '403 | - - - - | - | - - - | - 403',
  ]);
});

test('logs tell by which id a function knows the call', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await logged(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const code = `export const handler = async (event, { awsRequestId }) => {
    if (event.queryStringParameters?.fails) throw new Error(awsRequestId);
    return { statusCode: 200, body: awsRequestId };
  };`;
  const uri = await apiFunction(cloud, 'own', code, undefined);
  await api.method(api.rootResourceId, 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await api.deploy();
  const patchOperations = [
    replace('/*/*/logging/loglevel', 'INFO'),
    replace('/*/*/logging/dataTrace', 'true'),
    replace('/tracingEnabled', 'true'),
    replace('/accessLogSettings/destinationArn', 'arn:aws:logs:us-east-1:123456789012:log-group:access'),
    replace('/accessLogSettings/format', '$context.integration.requestId $context.awsEndpointRequestId'),
  ];
  await api.client.send(new UpdateStageCommand({ restApiId: api.restApiId, stageName: 'v1', patchOperations }));
  const { text: id, headers } = await api.visit('/v1');
  await cloud.server.cloud.settle();
  const linesOf = async (logGroupName: string) => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message = '' }) => message.replace(/^\([-0-9a-f]+\) /, ''));
  };
  assert.deepEqual(await linesOf('access'), [`${id} ${id}`]);
  const group = `API-Gateway-Execution-Logs_${api.restApiId}/v1`;
  const lines = await linesOf(group);
  const trace = /Root=([^;]+)/.exec(String(headers['x-amzn-trace-id']))?.[1];
  assert.deepEqual(lines.slice(-3), [
    'Method completed with status: 200',
    `AWS Integration Endpoint RequestId : ${id}`,
    `X-ray Tracing ID : ${trace}`,
  ]);
  assert.ok(lines.some((line) => line.includes(`Connection=keep-alive, x-amzn-RequestId=${id}, x-amzn-Remapped-`)));
  // The client is told the trace as the function had it.
  assert.match(String(headers['x-amzn-trace-id']), /^Root=1-.*;Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0$/);
  await api.visit('/v1?fails=1');
  await cloud.server.cloud.settle();
  const said = (await linesOf(group)).find((line) => line.startsWith('Lambda execution failed')) ?? '';
  assert.match(said, /customer function error: ([-0-9a-f]{36})\. Lambda request id: \1$/);
});

test('what a canary answers is told in its stage’s logs and in logs of its own', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await logged(cloud);
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', 'ok');
  await api.deploy();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const patchOperations = [
    replace('/*/*/logging/loglevel', 'INFO'),
    replace('/accessLogSettings/destinationArn', 'arn:aws:logs:us-east-1:123456789012:log-group:access'),
    replace('/accessLogSettings/format', 'asked $context.requestId'),
  ];
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  const canarySettings = { percentTraffic: 100 };
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1', canarySettings }));
  await api.visit('/v1');
  await cloud.server.cloud.settle();
  const execution = `API-Gateway-Execution-Logs_${restApiId}/v1`;
  for (const [group, begin] of [
    [execution, /Extended Request Id: /],
    ['access', /^asked /],
  ] as const)
    for (const logGroupName of [group, `${group}/Canary`]) {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
      assert.match(events[0]?.message ?? '', begin, logGroupName);
    }
});

test('a client may say by which id a request is known, in the form of a UUID', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await logged(cloud);
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', '$context.requestId');
  await api.deploy();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const patchOperations = [
    replace('/accessLogSettings/destinationArn', 'arn:aws:logs:us-east-1:123456789012:log-group:access'),
    replace('/accessLogSettings/format', 'asked $context.requestId'),
  ];
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  const own = '01234567-89ab-cdef-0123-456789abcdef';
  const good = await api.visit('/v1', { headers: { 'x-amzn-requestid': own } });
  assert.deepEqual([good.text, good.headers['x-amzn-requestid']], [own, own]);
  const bad = await api.visit('/v1', { headers: { 'x-amzn-requestid': 'own' } });
  assert.notEqual(bad.headers['x-amzn-requestid'], 'own');
  await cloud.server.cloud.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'access' }));
  assert.deepEqual(events.map(({ message }) => message).sort(), [
    `asked ${own}`,
    'asked UUID_REPLACED_INVALID_REQUEST_ID',
  ]);
});

test('stage variables may be part of credentials', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const iam = cloud.client(IAMClient);
  const trust = { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  await iam.send(new CreateRoleCommand({ RoleName: 'caller', AssumeRolePolicyDocument: document(trust) }));
  const PolicyDocument = document({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'caller', PolicyName: 'call', PolicyDocument }));
  const uri = await apiFunction(
    cloud,
    'f',
    'export const handler = async () => ({ statusCode: 200, body: "called" });',
  );
  await api.method(api.rootResourceId, 'GET', {
    type: 'AWS_PROXY',
    integrationHttpMethod: 'POST',
    uri,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own way to write it
    credentials: 'arn:aws:iam::123456789012:role/${stageVariables.role}',
  });
  await api.deploy();
  const ask = async (role: string) => {
    const patchOperations = [replace('/variables/role', role)];
    await client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
    const { status, text } = await api.visit('/v1');
    return status === 200 ? text : status;
  };
  assert.deepEqual([await ask('caller'), await ask('nobody')], ['called', 500]);
});
