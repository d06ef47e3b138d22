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
import { createApi } from './world.ts';

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
      stageVariables: { v: 'z' },
    }),
  );
  assert.deepEqual(
    [tried.status, tried.body, tried.headers?.['content-type']],
    [200, '{"id": "7", "v": "z"}', 'application/json'],
  );
  assert.match(tried.log ?? '', /Method completed with status: 200/);
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
