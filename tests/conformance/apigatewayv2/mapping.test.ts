import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { UpdateIntegrationCommand } from '@aws-sdk/client-apigatewayv2';
import fc from 'fast-check';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

let server: Server;
let origin = '';

before(async () => {
  // Says what it was asked.
  server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-own', 'theirs');
    response.setHeader('access-control-allow-origin', 'https://theirs.example');
    response.end(
      JSON.stringify({
        path: pathname,
        query: search.slice(1),
        headers: request.headers,
        id: 7,
        list: [1, { a: 'b' }],
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

/** An API whose only route leads to the server. */
async function proxy(cloud: TestCloud, options = {}) {
  const api = await createApi(cloud, options);
  const target = await api.integration({
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'ANY',
    IntegrationUri: `${origin}/base`,
    PayloadFormatVersion: '1.0',
  });
  await api.route('ANY /{id}', target);
  await api.stage();
  const map = (mappings: object) =>
    api.client.send(
      new UpdateIntegrationCommand({
        ApiId: api.ApiId,
        IntegrationId: target.replace('integrations/', ''),
        ...mappings,
      }),
    );
  return { ...api, map };
}

/** Where a value comes from, and what it is for the request that is sent. */
const SOURCES: readonly (readonly [source: string, value: string | undefined])[] = [
  ['plain', 'plain'],
  ['$request.header.X-In', 'in'],
  ['$request.querystring.q', '1,2'],
  ['$request.path.id', 'seven'],
  ['$request.path', '/seven'],
  ['$request.body.a.b', 'deep'],
  ['$context.httpMethod', 'POST'],
  ['$stageVariables.none', undefined],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own way to write it
  ['a ${request.header.x-in} b', 'a in b'],
];

test('what mappings say is what is sent', async () => {
  await using cloud = await startTestCloud();
  const { map, visit } = await proxy(cloud);
  const action = fc.constantFrom('append', 'overwrite', 'remove');
  const source = fc.constantFrom(...SOURCES);
  const rule = fc.tuple(
    action,
    fc.constantFrom('header.x-in', 'header.x-new', 'querystring.q', 'querystring.n'),
    source,
  );
  const given: { [place: string]: string[] } = { 'header.x-in': ['in'], 'querystring.q': ['1', '2'] };
  let known: string[] = [];
  const run = async (rules: [string, string, (typeof SOURCES)[number]][]) => {
    const wanted: { [place: string]: string[] } = structuredClone(given);
    for (const [what, place, [, value]] of rules) {
      if (what === 'remove') delete wanted[place];
      else if (value !== undefined) wanted[place] = [...(what === 'append' ? (wanted[place] ?? []) : []), value];
    }
    const RequestParameters = Object.fromEntries(
      rules.map(([what, place, [from]]) => [`${what}:${place}`, what === 'remove' ? "''" : from]),
    );
    // Updates add to what is there; an empty text takes away.
    await map({ RequestParameters: { ...Object.fromEntries(known.map((name) => [name, ''])), ...RequestParameters } });
    known = Object.keys(RequestParameters);
    const { text } = await visit('/seven?q=1&q=2', {
      method: 'POST',
      headers: { 'x-in': 'in' },
      body: '{"a":{"b":"deep"}}',
    });
    const told = JSON.parse(text) as { query: string; headers: { [name: string]: string } };
    const query = new URLSearchParams(told.query);
    for (const name of ['x-in', 'x-new']) assert.equal(told.headers[name], wanted[`header.${name}`]?.join(','), name);
    for (const name of ['q', 'n']) assert.deepEqual(query.getAll(name), wanted[`querystring.${name}`] ?? [], name);
  };
  // One rule for each action and place, as there can be no two of the same name.
  const rules = fc.uniqueArray(rule, { minLength: 1, maxLength: 4, selector: ([, place]) => place });
  await fc.assert(fc.asyncProperty(rules, run), { numRuns: 60 });
});

test('paths and answers are mapped, too', async () => {
  await using cloud = await startTestCloud();
  const { map, visit } = await proxy(cloud);
  await map({
    RequestParameters: { 'overwrite:path': '$request.path.id' },
    ResponseParameters: {
      '200': {
        'overwrite:statuscode': '203',
        'append:header.x-own': 'ours',
        'overwrite:header.x-id': '$response.body.id',
        'overwrite:header.x-theirs': '$response.header.x-own',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own way to write it
        'overwrite:header.x-both': '${response.body.list[1].a} of ${request.path.id}',
      },
    },
  });
  const { status, headers, text } = await visit('/seven');
  assert.deepEqual(
    [status, headers['x-own'], headers['x-id'], headers['x-theirs'], headers['x-both'], JSON.parse(text).path],
    [203, 'theirs,ours', '7', 'theirs', 'b of seven', '/seven'],
  );
  const { headers: asked } = JSON.parse(text) as { headers: { [name: string]: string } };
  assert.match(
    asked.forwarded ?? '',
    /^by=127\.0\.0\.1;for=127\.0\.0\.1;host=[a-z0-9]+\.execute-api\.us-east-1\.localhost;proto=http$/,
  );
  assert.deepEqual(
    [asked.via, asked['x-forwarded-for'], asked['x-forwarded-proto']],
    ['HTTP/1.1 AmazonAPIGateway', undefined, undefined],
  );
});

test('mappings that mean nothing are refused', async () => {
  await using cloud = await startTestCloud();
  const { map } = await proxy(cloud);
  for (const [mappings, message] of [
    [
      { RequestParameters: { 'replace:header.a': 'x' } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid Request Actioned Parameter destination specified: replace:header.a]',
    ],
    [
      { RequestParameters: { 'append:path': 'x' } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid Request Actioned Parameter destination specified: append:path]',
    ],
    [
      { RequestParameters: { 'append:header.Authorization': 'x' } },
      'Operations on header Authorization are restricted',
    ],
    [
      { ResponseParameters: { '200': { 'overwrite:path': 'x' } } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid Response Actioned Parameter destination specified: overwrite:path]',
    ],
    [
      { ResponseParameters: { '200': { 'remove:header.access-control-max-age': "''" } } },
      'Operations on header access-control-max-age are restricted',
    ],
    [
      { ResponseParameters: { '199': { 'overwrite:statuscode': '200' } } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Status Code 199 is not valid.]',
    ],
  ] as const) {
    const { name, message: told } = await failure(map(mappings));
    assert.deepEqual([name, told], ['BadRequestException', message]);
  }
});

test('with CORS of its own, an API does not hear what its integrations say of it', async () => {
  await using cloud = await startTestCloud();
  const told = async ({ visit }: Awaited<ReturnType<typeof proxy>>, from: string) =>
    (await visit('/a', { headers: { origin: from } })).headers['access-control-allow-origin'];
  const plain = await proxy(cloud);
  assert.equal(await told(plain, 'https://a.example'), 'https://theirs.example');
  const own = await proxy(cloud, { CorsConfiguration: { AllowOrigins: ['https://a.example'] } });
  assert.equal(await told(own, 'https://a.example'), 'https://a.example');
  assert.equal(await told(own, 'https://b.example'), undefined);
});

test('whatever a mapping selects, the API answers', async () => {
  await using cloud = await startTestCloud();
  const { map, visit } = await proxy(cloud);
  const piece = fc.constantFrom(
    '$',
    '{',
    '}',
    'request',
    'context',
    '.',
    'body',
    'header',
    'path',
    '__proto__',
    '[*]',
    '..',
    '(',
    '\u00e4',
    ' ',
  );
  const source = fc.array(piece, { minLength: 1, maxLength: 8 }).map((all) => all.join(''));
  const run = async (from: string, body: string) => {
    await map({ RequestParameters: { 'overwrite:header.x-new': from, 'append:querystring.n': from } });
    const { status } = await visit('/a', { method: 'POST', body });
    assert.ok([200, 503].includes(status), `${from}: ${status}`);
  };
  await fc.assert(fc.asyncProperty(source, fc.json(), run), { numRuns: 60 });
});
