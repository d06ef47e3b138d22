import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { createApi } from './world.ts';

const PATHS = [
  '//',
  '/v1//',
  '/v1/%',
  '/v1/%ff%00',
  '/v1/..%2f..',
  '/v1/a?%',
  '/v1/a?a=%ff&a&=&',
  '/%24default',
  '/v1/__proto__?__proto__=1&constructor=2',
  '/v1/@connections/x',
  `/v1/${'a/'.repeat(2_000)}`,
  `/v1/a?${'x=1&'.repeat(3_000)}`,
];
const BODIES = [undefined, '{', 'null', '[[[[', '\u0000', '{"__proto__": {"a": 1}}'];

test('whatever is asked, APIs answer, and nothing fails inside', async () => {
  await using cloud = await startTestCloud();
  const rest = await createApi(cloud);
  const id = await rest.resource('{p+}');
  await rest.method(id, 'ANY');
  await rest.response(id, 'ANY', '200', '$input.json("$")$input.params()$input.path("$.a.b")');
  await rest.deploy();
  const http = await createHttpApi(cloud, { Target: 'http://127.0.0.1:1/' });
  const headers = {
    'content-type': 'application/json',
    cookie: '=;;=',
    'x-forwarded-for': ',,',
    authorization: 'AWS4-HMAC-SHA256 x',
  };
  const statuses = new Set<number>();
  const port = new URL(cloud.url).port;
  for (const api of [rest.restApiId, http.ApiId])
    for (const path of PATHS)
      for (const method of ['GET', 'POST', 'OPTIONS', 'TRACE'])
        for (const body of BODIES)
          statuses.add(
            (await visit(`http://${api}.execute-api.us-east-1.localhost:${port}${path}`, { method, headers, body }))
              .status,
          );
  assert.deepEqual(
    [...statuses].filter((status) => ![200, 400, 403, 404, 503].includes(status)),
    [],
  );
});
