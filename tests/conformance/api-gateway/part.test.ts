import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateDocumentationPartCommand,
  CreateDocumentationVersionCommand,
  DeleteModelCommand,
  GetDocumentationPartsCommand,
  GetDocumentationVersionCommand,
  GetGatewayResponsesCommand,
  GetModelsCommand,
  GetTagsCommand,
  ImportApiKeysCommand,
  TagResourceCommand,
  TestInvokeMethodCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { apiFunction, createApi } from './world.ts';

test('documentation has parts at places, and versions', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud);
  const early = await failure(
    client.send(new CreateDocumentationVersionCommand({ restApiId, documentationVersion: '1' })),
  );
  assert.equal(early.name, 'BadRequestException');
  const part = {
    restApiId,
    location: { type: 'METHOD', path: '/pets', method: 'GET' },
    properties: '{"description": "pets"}',
  } as const;
  await client.send(new CreateDocumentationPartCommand(part));
  const twice = await failure(client.send(new CreateDocumentationPartCommand(part)));
  assert.deepEqual(
    [twice.name, twice.message],
    ['ConflictException', 'Documentation part already exists for the specified location'],
  );
  const { items = [] } = await client.send(new GetDocumentationPartsCommand({ restApiId, type: 'METHOD' }));
  assert.deepEqual(
    items.map(({ location }) => location),
    [part.location],
  );
  await client.send(
    new CreateDocumentationVersionCommand({ restApiId, documentationVersion: '1', description: 'first' }),
  );
  const { description } = await client.send(
    new GetDocumentationVersionCommand({ restApiId, documentationVersion: '1' }),
  );
  assert.equal(description, 'first');
});

test('a method is tried without a stage', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, resource, method, response } = await createApi(cloud);
  const resourceId = await resource('{id}');
  await method(resourceId, 'GET', {}, { authorizationType: 'AWS_IAM' });
  await response(resourceId, 'GET', '200', '{"id": "$input.params(\'id\')", "v": "$stageVariables.v"}');
  const tried = await client.send(
    new TestInvokeMethodCommand({
      restApiId,
      resourceId,
      httpMethod: 'GET',
      pathWithQueryString: '/7?x=1',
      multiValueHeaders: { 'X-Many': ['a', 'b'] },
      stageVariables: { v: 'z' },
    }),
  );
  assert.deepEqual(
    [tried.status, tried.body, tried.headers, tried.multiValueHeaders],
    [200, '{"id": "7", "v": "z"}', { 'Content-Type': 'application/json' }, { 'Content-Type': ['application/json'] }],
  );
  const [first = '', ...lines] = (tried.log ?? '').split('\n');
  const requestId = /^Execution log for request (.+)$/.exec(first)?.[1];
  assert.deepEqual(
    lines.map((line) => line.replace(/^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : /, '')),
    [
      `Starting execution for request: ${requestId}`,
      'HTTP Method: GET, Resource Path: /7',
      'Method request path: {id=7}',
      'Method request query string: {x=1}',
      'Method request headers: {x-many=a, b}',
      'Method request body before transformations: ',
      'Method response body after transformations: {"id": "7", "v": "z"}',
      'Method response headers: {Content-Type=application/json}',
      'Successfully completed execution',
      'Method completed with status: 200',
      '',
    ],
  );
});

test('trying a method that calls a function tells what it was asked and said', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, rootResourceId: resourceId, method } = await createApi(cloud);
  const uri = await apiFunction(
    cloud,
    'said',
    `export const handler = async ({ body }) => {
      if (body === 'bad') throw new Error('no');
      return { statusCode: 201, multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] }, body };
    };`,
  );
  await method(resourceId, 'POST', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  const at = { restApiId, resourceId, httpMethod: 'POST' };
  const headers = { Authorization: 'secret-abcdef' };
  const tried = await client.send(new TestInvokeMethodCommand({ ...at, body: 'hi', headers }));
  assert.deepEqual([tried.status, tried.body, tried.multiValueHeaders?.['set-cookie']], [201, 'hi', ['a=1', 'b=2']]);
  assert.match(tried.headers?.['X-Amzn-Trace-Id'] ?? '', /^Root=1-/);
  const told = (log: string | undefined) => (log ?? '').split('\n').map((line) => line.replace(/^.* UTC \d{4} : /, ''));
  const address = `https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/${uri.split('/functions/')[1]}`;
  const lines = told(tried.log);
  for (const line of [
    'Method request headers: {Authorization=*******abcdef}',
    'Method request body before transformations: hi',
    `Endpoint request URI: ${address}`,
    `Sending request to ${address}`,
    'Received response. Status: 200, Integration latency: 0 ms',
    'Method response body after transformations: hi',
    'Method completed with status: 201',
  ])
    assert.ok(lines.includes(line), line);
  assert.ok(
    lines.some((line) =>
      /^Endpoint response headers: \{Date=.* GMT, Content-Type=application\/json, Content-Length=\d+, Connection=keep-alive, x-amzn-RequestId=[-0-9a-f]{36}, x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=\$LATEST, X-Amzn-Trace-Id=Root=1-.*;Sampled=0;Lineage=1:[0-9a-f]{8}:0\}$/.test(
        line,
      ),
    ),
  );
  assert.match(
    lines.find((line) => line.startsWith('Endpoint request headers')) ?? '',
    new RegExp(
      `x-amzn-apigateway-api-id=${restApiId}, .*X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:\\d+:${restApiId}/test-invoke-stage/POST/`,
    ),
  );
  const failed = await client.send(new TestInvokeMethodCommand({ ...at, body: 'bad' }));
  assert.deepEqual([failed.status, failed.body], [502, '{"message": "Internal server error"}']);
  const ends = told(failed.log).slice(-3, -1);
  assert.match(
    ends[0] ?? '',
    /^Lambda execution failed with status 200 due to customer function error: no\. Lambda request id: /,
  );
  assert.equal(ends[1], 'Method completed with status: 502');
});

test('an API begins with its models and answers; keys are imported; tags come and go', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud);
  const { items } = await client.send(new GetModelsCommand({ restApiId }));
  assert.deepEqual(
    items?.map(({ name }) => name),
    ['Empty', 'Error'],
  );
  const none = await failure(client.send(new DeleteModelCommand({ restApiId, modelName: 'None' })));
  assert.deepEqual([none.name, none.message], ['NotFoundException', 'Invalid model name specified: None']);
  const responses = await client.send(new GetGatewayResponsesCommand({ restApiId }));
  assert.equal(responses.items?.find(({ responseType }) => responseType === 'THROTTLED')?.statusCode, '429');
  const csv = 'name,key,enabled\none,abcdefghijklmnopqrstu,true\ntwo,abcdefghijklmnopqrstv,false\n';
  const imported = await client.send(new ImportApiKeysCommand({ format: 'csv', body: Buffer.from(csv) }));
  assert.equal(imported.ids?.length, 2);
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`;
  await client.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }));
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  assert.deepEqual((await client.send(new GetTagsCommand({ resourceArn }))).tags, { b: '2' });
});

test('the API itself is allowed by method and path', async () => {
  await using cloud = await startTestCloud();
  const { restApiId } = await createApi(cloud);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const statement = {
    Effect: 'Allow',
    Action: 'apigateway:GET',
    Resource: `arn:aws:apigateway:us-east-1::/restapis/${restApiId}/models`,
  };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const ann = cloud.client(APIGatewayClient, { credentials });
  assert.equal((await ann.send(new GetModelsCommand({ restApiId }))).items?.length, 2);
  const denied = await failure(ann.send(new DeleteModelCommand({ restApiId, modelName: 'Empty' })));
  assert.equal(denied.name, 'AccessDeniedException');
  assert.match(
    denied.message,
    /not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:us-east-1::\/restapis\/[a-z0-9]+\/models\/Empty/,
  );
});

test('what a function is told of a request that is only tried', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, rootResourceId: resourceId, method } = await createApi(cloud);
  const source = `export const handler = async (event) => ({ body: JSON.stringify(event) });`;
  const uri = await apiFunction(cloud, 'told', source);
  const integration = { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri } as const;
  await method(resourceId, 'GET', integration, { operationName: 'Look' });
  const ask = async (headers?: Record<string, string>) => {
    const at = { restApiId, resourceId, httpMethod: 'GET', ...(headers !== undefined && { headers }) };
    return JSON.parse((await client.send(new TestInvokeMethodCommand(at))).body ?? '');
  };
  const { headers, multiValueHeaders, requestContext } = await ask();
  assert.deepEqual([headers, multiValueHeaders], [null, null]);
  const { identity, stage, domainPrefix, domainName, deploymentId, operationName } = requestContext;
  assert.equal(operationName, 'Look');
  assert.deepEqual(
    [stage, domainPrefix, domainName, deploymentId],
    ['test-invoke-stage', 'testPrefix', 'testPrefix.testDomainName', undefined],
  );
  assert.deepEqual([identity.apiKey, identity.apiKeyId], ['test-invoke-api-key', 'test-invoke-api-key-id']);
  assert.match(identity.userAgent, /^aws-sdk-js/);
  assert.deepEqual((await ask({ 'X-a': 'b' })).headers, { 'X-a': 'b' });
});
