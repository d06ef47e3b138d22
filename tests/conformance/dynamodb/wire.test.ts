/** Requests that no client of AWS would send, as raw JSON: what can't be read, in DynamoDB's words. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

async function send(cloud: TestCloud, operation: string, body: unknown, raw = JSON.stringify(body)): Promise<object> {
  const answer = await fetch(cloud.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000000Z',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: raw,
  });
  assert.equal(answer.status, 400);
  return (await answer.json()) as object;
}

for (const [operation, body, Message] of [
  ['GetItem', { Key: 'x' }, 'Unexpected field type'],
  ['GetItem', { Key: { a: 'x' } }, 'Unexpected value type in payload'],
  [
    'GetItem',
    { Key: [] },
    'Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>',
  ],
  ['GetItem', { Key: { a: [] } }, 'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue'],
  ['GetItem', { Key: { a: { S: 23 } } }, 'NUMBER_VALUE cannot be converted to String'],
  ['GetItem', { Key: { a: { B: 23 } } }, 'only base-64-encoded strings are convertible to bytes'],
  ['GetItem', { Key: { a: { B: '23456' } } }, 'Base64 encoded length is expected a multiple of 4 bytes but found: 5'],
  ['GetItem', { Key: { a: { B: '+/+=' } } }, 'Invalid last non-pad Base64 character dectected'],
  ['GetItem', { ConsistentRead: 'x' }, 'Unexpected token received from parser'],
  ['GetItem', { ConsistentRead: 1.5 }, 'DECIMAL_VALUE cannot be converted to Boolean'],
  ['GetItem', { TableName: {} }, 'Start of structure or map found where not expected'],
  ['Query', { Limit: [] }, 'Unrecognized collection type class java.lang.Integer'],
  [
    'Query',
    { ExpressionAttributeNames: [] },
    'Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>',
  ],
] as const) {
  test(`${operation} of ${JSON.stringify(body)}`, async () => {
    await using cloud = await startTestCloud();
    assert.deepEqual(await send(cloud, operation, body), {
      __type: 'com.amazon.coral.service#SerializationException',
      Message,
    });
  });
}

test('what is refused is refused by the validator of the framework', async () => {
  await using cloud = await startTestCloud();
  assert.deepEqual(await send(cloud, 'Scan', { TableName: 'abc', Segment: 1 }), {
    __type: 'com.amazon.coral.validate#ValidationException',
    message:
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
  });
});

type Reply = { status: number | undefined; headers: IncomingHttpHeaders; body: string };

/** A request that nobody signed, to the name of DynamoDB's endpoint. */
function ask(cloud: TestCloud, method: string, headers: Record<string, string> = {}, body = ''): Promise<Reply> {
  return new Promise((done, fail) => {
    request(cloud.url, { method, headers: { host: 'dynamodb.us-east-1.amazonaws.com', ...headers } }, async (reply) => {
      let text = '';
      for await (const piece of reply) text += piece;
      done({ status: reply.statusCode, headers: reply.headers, body: text });
    })
      .on('error', fail)
      .end(body);
  });
}

for (const [method, type, given, status, body] of [
  ['GET', undefined, '', 200, 'healthy: dynamodb.us-east-1.amazonaws.com '],
  ['PUT', undefined, '', 404, '<UnknownOperationException/>\n'],
  ['POST', undefined, '', 400, '{"__type":"com.amazon.coral.service#UnknownOperationException"}'],
  ['POST', 'application/json', '{}', 400, '{"__type":"com.amazon.coral.service#UnknownOperationException"}'],
  ['POST', 'application/json', 'hi', 400, '{"__type":"com.amazon.coral.service#SerializationException"}'],
  ['POST', 'text/plain', 'hi', 404, '<UnknownOperationException/>\n'],
] as const) {
  test(`${method} of "${given}" as ${type}, which is no call`, async () => {
    await using cloud = await startTestCloud();
    const reply = await ask(cloud, method, type === undefined ? {} : { 'content-type': type }, given);
    assert.equal(reply.body, body);
    assert.equal(reply.status, status);
    assert.equal(reply.headers['x-amz-crc32'], String(crc32(body)));
    assert.match(String(reply.headers['x-amzn-requestid']), /^[0-9A-V]{26}VV4KQNSO5AEMVJF66Q9ASUAAJG$/);
  });
}

for (const [operation, body, ...failures] of [
  [
    'PutItem',
    { TableName: 'abc;' },
    "Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    "Value null at 'item' failed to satisfy constraint: Member must not be null",
  ],
  [
    'Query',
    { TableName: 'a'.repeat(256) },
    `Value '${'a'.repeat(256)}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255`,
  ],
  [
    'GetItem',
    { TableName: 'a'.repeat(256) },
    `Value '${'a'.repeat(256)}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255`,
    "Value null at 'key' failed to satisfy constraint: Member must not be null",
  ],
] as const) {
  test(`what is wrong with the name of a table is told with all else: ${operation} of ${body.TableName.slice(0, 5)}`, async () => {
    await using cloud = await startTestCloud();
    assert.deepEqual(await send(cloud, operation, body), {
      __type: 'com.amazon.coral.validate#ValidationException',
      message: `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${failures.join('; ')}`,
    });
  });
}

test('pages of other origins may call DynamoDB', async () => {
  await using cloud = await startTestCloud();
  const origin = 'http://a.test';
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-amz-target' };
  const preflight = await ask(cloud, 'OPTIONS', { origin, ...asked });
  assert.equal(preflight.status, 200);
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-amz-target');
  assert.equal(preflight.headers['access-control-allow-methods'], 'POST');
  assert.equal(preflight.headers['access-control-max-age'], '172800');
  const answer = await ask(cloud, 'POST', { origin });
  assert.equal(answer.headers['access-control-allow-origin'], '*');
});

/** A request to list tables, with whatever is to stand for a signature. */
async function claimed(cloud: TestCloud, headers: Record<string, string>, query = ''): Promise<unknown> {
  const answer = await fetch(`${cloud.url}/${query}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      ...headers,
    },
    body: '{}',
  });
  const { __type, message } = (await answer.json()) as { __type: string; message: string };
  return [__type.replace('com.amazon.coral.service#', ''), message];
}

const INCOMPLETE = 'IncompleteSignatureException';
const HEADER = "Authorization header requires 'SignedHeaders' parameter. Authorization=";
const QUERY = ['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date'].map(
  (name) => `AWS query-string parameters must include 'X-Amz-${name}'. `,
);

for (const [headers, query, type, message] of [
  [
    { authorization: 'AWS4-' },
    '',
    INCOMPLETE,
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-",
  ],
  ...['AWS4- Signature=b Credential=a', 'AWS4- Signature=b,Credential=a', 'AWS4- Signature=b, Credential=a'].map(
    (authorization) => [{ authorization, 'x-amz-date': 'a' }, '', INCOMPLETE, HEADER + authorization] as const,
  ),
  [{}, '?X-Amz-Algorithm', INCOMPLETE, `${QUERY.join('')}Re-examine the query-string parameters.`],
  [
    {},
    '?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d',
    INCOMPLETE,
    "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
  ],
  [
    { authorization: 'X' },
    '?X-Amz-Algorithm',
    'InvalidSignatureException',
    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  ],
  [{ authorization: 'AWS4' }, '', 'MissingAuthenticationTokenException', 'Request is missing Authentication Token'],
] as const) {
  test(`a signature that can't be read: ${JSON.stringify(headers)} ${query}`, async () => {
    await using cloud = await startTestCloud();
    assert.deepEqual(await claimed(cloud, headers, query), [type, message]);
  });
}

test('the date of a signature is looked at before what it was made for', async () => {
  await using cloud = await startTestCloud();
  const [type, message] = (await claimed(cloud, {
    'x-amz-date': '20170101T010101Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=key/2/3/4/aws4_request SignedHeaders=x-amz-date;host Signature=123',
  })) as string[];
  assert.equal(type, 'InvalidSignatureException');
  assert.match(String(message), /^Signature expired: 20170101T010101Z is now earlier than /);
});

test('what is no JSON is told without a word', async () => {
  await using cloud = await startTestCloud();
  assert.deepEqual(await send(cloud, 'PutItem', undefined, '{broken'), {
    __type: 'com.amazon.coral.service#SerializationException',
  });
});

for (const [operation, ResourceArn] of [
  ['TagResource', 'abcd'],
  ['UntagResource', 'a:b:c:d:e/f'],
  ['ListTagsOfResource', ''],
] as const) {
  test(`${operation} of "${ResourceArn}", which is no ARN, tells that before all else`, async () => {
    await using cloud = await startTestCloud();
    assert.deepEqual(await send(cloud, operation, { ResourceArn }), {
      __type: 'com.amazon.coral.validate#ValidationException',
      message: `One or more parameter values were invalid: ARNs must start with 'arn:': ${ResourceArn}`,
    });
  });
}
