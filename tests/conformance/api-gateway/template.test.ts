import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { GetIntegrationCommand, UpdateIntegrationCommand } from '@aws-sdk/client-api-gateway';
import { startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

/** A server that says what it was asked. */
async function echo() {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { 'x-own': own, 'x-given': given, accept } = request.headers;
    const agent = request.headers['user-agent'];
    const caller = request.headers['x-amzn-apigateway-api-id'];
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ url: request.url, own, given, body, accept, agent, caller }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('templates override what mappings say, of requests and of answers', async () => {
  await using there = await echo();
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const id = await api.resource('{id}');
  await api.method(
    id,
    'POST',
    {
      type: 'HTTP',
      integrationHttpMethod: 'POST',
      uri: `${there.url}/{id}`,
      requestParameters: {
        'integration.request.path.id': 'method.request.path.id',
        'integration.request.header.x-own': "'mapped'",
        'integration.request.header.x-given': "'mapped'",
        'integration.request.querystring.q': "'mapped'",
      },
      requestTemplates: {
        'application/json': `#set($context.requestOverride.header.X-Own = $input.path('$.own'))
#set($context.requestOverride.path.id = "over")
#set($context.requestOverride.querystring.q = "$input.params('id')")
{"size": $input.path('$.all').size()}`,
      },
    },
    { requestParameters: { 'method.request.path.id': true } },
  );
  await api.response(
    id,
    'POST',
    '200',
    `#set($context.responseOverride.status = 418)
#set($context.responseOverride.header.X-Answer = "$input.path('$.own') $context.httpMethod")
$input.json('$')`,
  );
  await api.deploy();
  const body = '{"own": "theirs", "all": [1, 2]}';
  const headers = { 'content-type': 'application/json' };
  const { status, text, headers: answered } = await api.visit('/v1/seven', { method: 'POST', body, headers });
  assert.deepEqual([status, answered['x-answer']], [418, 'theirs POST']);
  const { body: sent, url, own, given } = JSON.parse(text);
  assert.deepEqual({ url, own, given }, { url: '/over?q=seven', own: 'theirs', given: 'mapped' });
  assert.deepEqual(JSON.parse(sent), { size: 2 });
});

test('an override may be a list; the same one twice is an error of the API', async () => {
  await using there = await echo();
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const template = (more: string) => `#set($context.requestOverride.header.x-own = ["one", "two"])${more}{}`;
  for (const [name, more] of [
    ['once', ''],
    ['twice', '#set($context.requestOverride.header.x-own = "three")'],
  ] as const) {
    const id = await api.resource(name);
    const requestTemplates = { 'application/json': template(more) };
    await api.method(id, 'POST', { type: 'HTTP', integrationHttpMethod: 'POST', uri: there.url, requestTemplates });
    await api.response(id, 'POST', '200');
  }
  await api.deploy();
  const said = (name: string) => api.visit(`/v1/${name}`, { method: 'POST', body: '{}' });
  assert.equal(JSON.parse((await said('once')).text).own, 'one,two');
  assert.deepEqual((await said('twice')).text, '{"message": "Internal server error"}');
});

test('what a template may use: each place of an input, and each help', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const id = await api.resource('{id}');
  const wanted: { [template: string]: string } = {
    "$input.params('id')": '7',
    "$input.params('q')": 'z',
    "$input.params('X-Own')": 'w',
    "$input.params('none')": '',
    '$input.params().path.id': '7',
    "$input.params().querystring.get('q')": 'z',
    "$input.params().header.get('x-own')": 'w',
    '$input.params().path.keySet()': '[id]',
    "$input.params('id').length()": '1',
    '$context.stage $context.resourcePath $context.httpMethod': 'v1 /{id} GET',
    '$context.apiId': api.restApiId,
    '$context.identity.sourceIp': '127.0.0.1',
    "$util.urlEncode('a b&c=\u00e4')": 'a+b%26c%3D%C3%A4',
    "$util.urlDecode('a+b%26c')": 'a b&c',
    "$util.base64Encode('abc')": 'YWJj',
    "$util.base64Decode('YWJj')": 'abc',
    '$util.parseJson(\'{"a": [1, {"b": 2}]}\').a.get(1).b': '2',
    "$util.escapeJavaScript('a\"b')": 'a\\"b',
    '#set($all = [1, 2, 3])#foreach($one in $all)$foreach.count:$foreach.index#if($foreach.hasNext),#end#end':
      '1:0,2:1,3:2',
    '#set($map = {"a": 1})#foreach($key in $map.keySet())$key=$map.get($key)#end': 'a=1',
    "#set($text = 'a-b')$text.split('-').get(1) $text.replaceAll('-', '+') $text.contains('a')": 'b a+b true',
    '#set($n = 7)#if($n > 5 && $n != 6)big#elseif($n == 5)five#{else}small#end': 'big',
    '#macro(twice $x)$x$x#end#twice("ab")': 'abab',
  };
  const templates = Object.keys(wanted);
  const whole = templates.map((template, at) => `<${at}>${template}</${at}>`).join('\n');
  await api.method(id, 'GET');
  await api.response(id, 'GET', '200', whole);
  await api.deploy();
  const { text } = await api.visit('/v1/7?q=z', { headers: { 'x-own': 'w' } });
  for (const [at, template] of templates.entries()) {
    const said = new RegExp(`<${at}>(.*?)</${at}>`, 's').exec(text)?.[1];
    assert.equal(said, wanted[template], template);
  }
});

test('overrides that are none end in an error of the API, not of the cloud', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const ask = async (name: string, template: string) => {
    const id = await api.resource(name);
    await api.method(id, 'GET');
    await api.response(id, 'GET', '200', template);
    await api.deploy();
    const { status, headers } = await api.visit(`/v1/${name}`);
    return [status, headers['x-a']];
  };
  assert.deepEqual(await ask('word', '#set($context.responseOverride.status = "teapot")'), [500, undefined]);
  assert.deepEqual(await ask('large', '#set($context.responseOverride.status = 1000)'), [500, undefined]);
  const split = `#set($context.responseOverride.header.X-A = "$util.urlDecode('a%0D%0Ab')")`;
  assert.deepEqual(await ask('split', split), [200, undefined]);
  assert.deepEqual(await ask('text', '#set($context.responseOverride.header = "text")'), [200, undefined]);
  assert.deepEqual(await ask('all', '#set($context.responseOverride = 7)$context.responseOverride'), [200, undefined]);
});

test('backends know which API calls; what is empty, and what leads nowhere, as AWS writes it out', async () => {
  await using there = await echo();
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const templates = {
    body: '#set($x = $input.body)$x',
    inside: '<$input.body.some $context.none $stageVariables.none>',
    map: "$input.path('$')",
    list: "$input.path('$.list')",
    nothing: `#set($n = $input.path('$.none'))<$n>#if($n == "" && $n == $null)nothing#end`,
  };
  for (const [name, template] of Object.entries(templates)) {
    const id = await api.resource(name);
    await api.method(
      id,
      'POST',
      {
        type: 'HTTP',
        integrationHttpMethod: 'POST',
        uri: there.url,
        requestTemplates: { 'application/json': template },
      },
      // AWS takes the type in any case.
      { authorizationType: 'none' },
    );
    await api.response(id, 'POST', '200', "$input.json('$')");
  }
  await api.deploy();
  const headers = { 'content-type': 'application/json', accept: 'application/xml', 'user-agent': 'mine' };
  const ask = async (name: string, body: string) =>
    JSON.parse((await api.visit(`/v1/${name}`, { method: 'POST', headers, body })).text);
  const body = '{"list": [{"a": "b"}, 1], "n": null}';
  const { accept, agent, caller } = await ask('body', body);
  assert.deepEqual([accept, agent, caller], ['application/json', `AmazonAPIGateway_${api.restApiId}`, api.restApiId]);
  assert.equal((await ask('body', '')).body, '{}');
  assert.equal((await ask('inside', body)).body, '<  >');
  assert.equal((await ask('map', body)).body, '{list=[{"a":"b"},1], n=null}');
  assert.equal((await ask('list', body)).body, '[{"a":"b"},1]');
  assert.equal((await ask('nothing', body)).body, '<>nothing');
});

test('an empty template lets bodies through as they are, and is told as null', async () => {
  await using there = await echo();
  await using cloud = await startTestCloud();
  const { client, restApiId, rootResourceId: resourceId, ...api } = await createApi(cloud);
  const integration = {
    type: 'HTTP',
    integrationHttpMethod: 'POST',
    uri: there.url,
    passthroughBehavior: 'NEVER',
  } as const;
  await api.method(resourceId, 'POST', { ...integration, requestTemplates: { 'application/json': '{"own": 1}' } });
  await api.response(resourceId, 'POST', '200', '');
  const at = { restApiId, resourceId, httpMethod: 'POST' };
  // Without a value: it was there, and is empty now.
  await client.send(
    new UpdateIntegrationCommand({
      ...at,
      patchOperations: [{ op: 'replace', path: '/requestTemplates/application~1json' }],
    }),
  );
  const told = await client.send(new GetIntegrationCommand(at));
  assert.equal(told.connectionType, 'INTERNET');
  assert.deepEqual(
    [told.requestTemplates, told.integrationResponses?.['200']?.responseTemplates],
    [{ 'application/json': null }, { 'application/json': null }],
  );
  await api.deploy();
  const headers = { 'content-type': 'application/json' };
  const { text } = await api.visit('/v1', { method: 'POST', headers, body: '{"a":1}' });
  assert.equal(JSON.parse(text).body, '{"a":1}', text);
});

test('parameters stand in templates under the names of mappings, too: $method.request', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const id = await api.resource('{id}');
  // Source: awsdocs/aws-doc-sdk-examples, python/example_code/api-gateway/aws_service: none of them is declared there.
  await api.method(id, 'GET', {
    requestTemplates: {
      'application/json': `#if($!method.request.querystring.none != '')#set($context.responseOverride.status = 500)#end
{"statusCode": 200, "id": "$method.request.path.id"}`,
    },
  });
  await api.response(
    id,
    'GET',
    '200',
    '$method.request.path.id $method.request.querystring.q $method.request.header.X-Own',
  );
  await api.deploy();
  const answer = await api.visit('/v1/jane?q=1', { headers: { 'X-Own': 'mine' } });
  assert.deepEqual([answer.status, answer.text], [200, 'jane 1 mine']);
});
