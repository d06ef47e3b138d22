import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  CreateModelCommand,
  CreateRequestValidatorCommand,
  PutGatewayResponseCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { apiFunction, apiRole, createApi } from './world.ts';

test('templates: what they see, what they can do, and where they end', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const path = await api.resource('{id}');
  await api.method(path, 'POST');
  await api.response(
    path,
    'POST',
    '200',
    `#set($in = $input.path('$'))
#set($names = [])
#foreach($pet in $in.pets)#if($pet.age >= 2)#set($done = $names.add("$pet.name.toUpperCase()"))#end#end
{"id": "$input.params('id')", "q": "$input.params().querystring.q", "h": "$input.params('X-Own')", "names": "$names", "first": $input.json('$.pets[0]'),
"all": $input.json('$.pets[*].name'), "escaped": "$util.escapeJavaScript("it's")", "coded": "$util.base64Encode('abc')", "url": "$util.urlEncode('a b&c')",
"stage": "$context.stage", "method": "$context.httpMethod", "ip": "$context.identity.sourceIp", "none": "$!nothing", "size": $in.pets.size(), "sum": #set($x = 7)$x}`,
  );
  await api.deploy();
  // What a mock answers with is no body; its response's template reads the request's answer, which is empty.
  const { text } = await api.visit('/v1/7?q=z', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-own': 'w' },
    body: '{"pets": []}',
  });
  assert.match(text, /"id": "7", "q": "z", "h": "w"/);
  const own = await api.resource('echo');
  await api.method(own, 'POST', {
    requestTemplates: {
      'application/json': `{"statusCode": #if($input.path('$.n') > 1)201#{else}200#end}`,
    },
  });
  await api.response(own, 'POST', '200', 'one');
  await api.response(
    own,
    'POST',
    '201',
    'many $util.escapeJavaScript("it\'s") $util.base64Encode("abc") $util.urlEncode("a b&c") $nothing $!nothing',
    '201',
  );
  const hostile = await api.resource('hostile');
  const bombs = [
    '#set($a = "x")#foreach($i in [1..1000])#set($a = "$a$a")#end$a',
    '#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])$k#end#end#end',
    '#foreach($i in [1..1000000000])$i#end',
    '#macro(f)#f()#end#f()',
    '#set($s = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")$s.matches("(a+)+b")',
  ];
  const nowhere = '$input.constructor.constructor("return 1").call() $util.getClass() $context.constructor';
  for (const [index, bomb] of [...bombs, nowhere].entries()) {
    const id = await api.resource(String(index), hostile);
    await api.method(id, 'GET', { requestTemplates: { 'application/json': `${bomb}\n{"statusCode": 200}` } });
    await api.response(id, 'GET', '200', 'fine');
  }
  await api.deploy();
  const say = async (n: number) =>
    (
      await api.visit('/v1/echo', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ n }),
      })
    ).text;
  assert.equal(await say(1), 'one');
  assert.equal(await say(2), "many it\\'s YWJj a+b%26c $nothing ");
  for (const [index, bomb] of bombs.entries()) {
    const reply = await api.visit(`/v1/hostile/${index}`);
    assert.deepEqual([reply.status, reply.text], [500, '{"message": "Internal server error"}'], bomb);
  }
  assert.equal((await api.visit(`/v1/hostile/${bombs.length}`)).text, 'fine');
});

test('requests are checked: parameters, bodies, and what is said of them', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const bad = await failure(
    client.send(
      new CreateModelCommand({ restApiId, name: 'Bad', contentType: 'application/json', schema: '{"type": 1}' }),
    ),
  );
  assert.equal(bad.name, 'BadRequestException');
  const schema = JSON.stringify({
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string' },
      pet: { $ref: `https://apigateway.amazonaws.com/restapis/${restApiId}/models/Inner` },
    },
  });
  const inner = JSON.stringify({ type: 'object', properties: { age: { type: 'integer' } } });
  await client.send(
    new CreateModelCommand({ restApiId, name: 'Inner', contentType: 'application/json', schema: inner }),
  );
  await client.send(new CreateModelCommand({ restApiId, name: 'Pet', contentType: 'application/json', schema }));
  const validator = await client.send(
    new CreateRequestValidatorCommand({
      restApiId,
      name: 'all',
      validateRequestBody: true,
      validateRequestParameters: true,
    }),
  );
  const pets = await api.resource('pets');
  await api.method(
    pets,
    'POST',
    {},
    {
      requestValidatorId: validator.id,
      requestModels: { 'application/json': 'Pet' },
      requestParameters: { 'method.request.querystring.q': true, 'method.request.header.X-Need': true },
    },
  );
  await api.response(pets, 'POST', '200', 'ok');
  await client.send(
    new PutGatewayResponseCommand({
      restApiId,
      responseType: 'BAD_REQUEST_BODY',
      statusCode: '422',
      responseParameters: {
        'gatewayresponse.header.X-Why': "'body'",
        'gatewayresponse.header.X-Id': 'method.request.querystring.q',
      },
      responseTemplates: {
        'application/json':
          '{"why": "$context.error.validationErrorString", "message": $context.error.messageString, "type": "$context.error.responseType"}',
      },
    }),
  );
  await api.deploy();
  const post = (path: string, body: string) =>
    api.visit(`/v1/pets${path}`, {
      method: 'POST',
      headers: { 'x-need': '1', 'content-type': 'application/json' },
      body,
    });
  const missing = await api.visit('/v1/pets', { method: 'POST' });
  assert.deepEqual(
    [missing.status, missing.text],
    [400, '{"message": "Missing required request parameters: [q, X-Need]"}'],
  );
  // Who was let in hears of the trace, also of a request that came to nothing.
  assert.match(String(missing.headers['x-amzn-trace-id']), /^Root=1-/);
  assert.equal((await api.visit('/v1/nothing')).headers['x-amzn-trace-id'], undefined);
  const wrong = await post('?q=7', '{"pet": {}}');
  assert.deepEqual([wrong.status, wrong.headers['x-why'], wrong.headers['x-id']], [422, 'body', '7']);
  assert.equal(
    wrong.text,
    '{"why": "[object has missing required properties (["name"])]", "message": "Invalid request body", "type": "BAD_REQUEST_BODY"}',
  );
  assert.equal((await post('?q=7', '{"name": "a", "pet": {"age": "x"}}')).status, 422);
  assert.equal((await post('?q=7', 'no json')).status, 422);
  assert.deepEqual((await post('?q=7', '{"name": "a", "pet": {"age": 1}}')).text, 'ok');
});

test('functions behind templates: errors are told apart by their messages', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const uri = await apiFunction(
    cloud,
    'pick',
    'export const handler = async ({ n }) => { if (n > 1) throw new Error("[Bad] n is " + n); return { n }; };',
  );
  const { client, restApiId, rootResourceId: resourceId } = api;
  await api.method(resourceId, 'GET', {
    type: 'AWS',
    integrationHttpMethod: 'POST',
    uri,
    requestTemplates: { 'application/json': '{"n": $input.params("n")}' },
  });
  await client.send(
    new PutMethodResponseCommand({
      restApiId,
      resourceId,
      httpMethod: 'GET',
      statusCode: '400',
      responseParameters: { 'method.response.header.X-Kind': true },
    }),
  );
  await client.send(
    new PutIntegrationResponseCommand({
      restApiId,
      resourceId,
      httpMethod: 'GET',
      statusCode: '400',
      selectionPattern: '\\[Bad\\].*',
      responseParameters: { 'method.response.header.X-Kind': 'integration.response.body.errorType' },
      responseTemplates: { 'application/json': '{"says": "$input.path(\'$.errorMessage\')"}' },
    }),
  );
  await api.response(resourceId, 'GET', '200');
  await api.deploy();
  assert.deepEqual((await api.visit('/v1?n=1')).text, '{"n":1}');
  const failed = await api.visit('/v1?n=2');
  assert.deepEqual([failed.status, failed.text, failed.headers['x-kind']], [400, '{"says": "[Bad] n is 2"}', 'Error']);
  const pattern = await failure(
    client.send(
      new PutIntegrationResponseCommand({
        restApiId,
        resourceId,
        httpMethod: 'GET',
        statusCode: '200',
        selectionPattern: '(a+',
      }),
    ),
  );
  assert.equal(pattern.name, 'BadRequestException');
});

test('services of AWS are called as a role', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const credentials = await apiRole(cloud);
  const { QueueUrl } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const send = await api.resource('send');
  await api.method(send, 'POST', {
    type: 'AWS',
    integrationHttpMethod: 'POST',
    uri: 'arn:aws:apigateway:us-east-1:sqs:path/123456789012/jobs',
    credentials,
    requestParameters: { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" },
    requestTemplates: { 'application/json': 'Action=SendMessage&MessageBody=$util.urlEncode($input.body)' },
  });
  await api.response(send, 'POST', '200', '$input.body');
  const items = cloud.client(DynamoDBClient);
  await items.send(
    new CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  const put = await api.resource('put');
  await api.method(put, 'POST', {
    type: 'AWS',
    integrationHttpMethod: 'POST',
    uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/PutItem',
    credentials,
    requestTemplates: { 'application/json': '{"TableName": "items", "Item": {"id": {"S": "$input.path(\'$.id\')"}}}' },
  });
  await api.response(put, 'POST', '200', '{"put": true}');
  await api.response(put, 'POST', '400', '{"bad": "$input.path(\'$.__type\')"}', '4\\d{2}');
  await api.deploy();
  const post = (path: string, body: string) =>
    api.visit(`/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  // Who accepts JSON is answered in that by services of the query protocol, too.
  const sent = JSON.parse((await post('send', '{"a": 1}')).text).SendMessageResponse;
  const { Messages } = await cloud.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl }));
  assert.equal(Messages?.[0]?.Body, '{"a": 1}');
  assert.deepEqual(sent.SendMessageResult, {
    MD5OfMessageBody: Messages?.[0]?.MD5OfBody,
    MD5OfMessageAttributes: null,
    MD5OfMessageSystemAttributes: null,
    MessageId: Messages?.[0]?.MessageId,
    SequenceNumber: null,
  });
  assert.match(sent.ResponseMetadata.RequestId, /^[0-9a-f-]{36}$/);
  assert.deepEqual((await post('put', '{"id": "7"}')).text, '{"put": true}');
  const { Item } = await items.send(new GetItemCommand({ TableName: 'items', Key: { id: { S: '7' } } }));
  assert.deepEqual(Item, { id: { S: '7' } });
  assert.equal((await post('put', '{"id": ""}')).status, 400);
});

test('what a service is asked may stand in the address, beside a body of another kind', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { QueueUrl } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const send = await api.resource('send');
  await api.method(send, 'POST', {
    type: 'AWS',
    integrationHttpMethod: 'POST',
    uri: 'arn:aws:apigateway:us-east-1:sqs:path//123456789012/jobs',
    credentials: await apiRole(cloud),
    requestParameters: {
      'integration.request.querystring.Action': "'SendMessage'",
      'integration.request.querystring.MessageBody': 'method.request.body',
    },
    requestTemplates: { 'application/json': '{statusCode:200}' },
  });
  await api.response(send, 'POST', '200', '$input.body');
  await api.deploy();
  const body = '{"a":"ü &= +"}';
  const headers = { 'content-type': 'application/json' };
  assert.equal((await api.visit('/v1/send', { method: 'POST', headers, body })).status, 200);
  const { Messages } = await cloud.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl }));
  assert.equal(Messages?.[0]?.Body, body);
});

test('addresses are called as they are, or through templates', async () => {
  await using cloud = await startTestCloud();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    response.writeHead(request.url?.includes('teapot') === true ? 418 : 200, {
      'content-type': 'application/json',
      'x-from': 'there',
    });
    response.end(JSON.stringify({ method: request.method, url: request.url, own: request.headers['x-own'], body }));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const api = await createApi(cloud);
    const rest = await api.resource('{proxy+}');
    await api.method(
      rest,
      'ANY',
      {
        type: 'HTTP_PROXY',
        integrationHttpMethod: 'ANY',
        uri: `${base}/base/{proxy}`,
        requestParameters: {
          'integration.request.path.proxy': 'method.request.path.proxy',
          'integration.request.header.X-Own': "'mine'",
        },
      },
      { requestParameters: { 'method.request.path.proxy': true } },
    );
    await api.deploy();
    const reply = await api.visit('/v1/a/b%20c?x=1', { method: 'PUT', body: 'hello' });
    assert.deepEqual([reply.status, reply.headers['x-from']], [200, 'there']);
    assert.deepEqual(JSON.parse(reply.text), { method: 'PUT', url: '/base/a/b%20c?x=1', own: 'mine', body: 'hello' });
    assert.equal((await api.visit('/v1/teapot')).status, 418);
    const { client, restApiId } = api;
    const nowhere = {
      restApiId,
      resourceId: rest,
      httpMethod: 'ANY',
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'GET',
      uri: 'http://127.0.0.1:1/',
    } as const;
    await client.send(new PutIntegrationCommand(nowhere));
    await api.deploy();
    const refused = await api.visit('/v1/x');
    assert.deepEqual([refused.status, refused.text], [504, '{"message": "Network error communicating with endpoint"}']);
  } finally {
    server.close();
  }
});

test('bytes stay bytes for the types that an API calls binary', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud, { binaryMediaTypes: ['image/*'] });
  const uri = await apiFunction(
    cloud,
    'image',
    'export const handler = async ({ body, isBase64Encoded }) => ({ statusCode: 200, headers: { "content-type": "image/png", was: String(isBase64Encoded) }, body, isBase64Encoded: true });',
  );
  await api.method(api.rootResourceId, 'POST', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await api.deploy();
  const body = Buffer.from([0, 255, 1, 254]);
  const reply = await api.visit('/v1', {
    method: 'POST',
    headers: { 'content-type': 'image/png', accept: 'image/png' },
    body,
  });
  assert.deepEqual([reply.headers.was, [...reply.body]], ['true', [0, 255, 1, 254]]);
  const text = await api.visit('/v1', {
    method: 'POST',
    headers: { 'content-type': 'image/png', accept: 'text/plain' },
    body,
  });
  assert.equal(text.text, body.toString('base64'));
});
