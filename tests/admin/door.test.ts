/** Who may use the admin API, and how it answers what it does not know. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../support/cloud.ts';
import { adminOf, rawGet } from './admin.ts';

test('no page of another origin and no borrowed host name may command the cloud', async () => {
  await using cloud = await startTestCloud();
  const { port } = new URL(cloud.url);
  const host = `localhost:${port}`;
  const status = (headers: Record<string, string | undefined>) => rawGet(cloud.url, '/_cloudyard/v1/clock', headers);
  for (const good of [
    {},
    { host: `127.0.0.1:${port}` },
    { host: `[::1]:${port}` },
    { host: 'LOCALHOST' },
    { origin: `http://${host}`, host, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])
    assert.equal(await status({ ...good }), 200, JSON.stringify(good));
  for (const bad of [
    { host: `evil.example:${port}` },
    { host: `localhost.evil.example:${port}` },
    { host: '10.0.0.1' },
    { host: 'cloudyard' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { host, origin: 'http://localhost:3000' },
    { host, origin: `http://localhost:${port}.evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])
    assert.equal(await status({ ...bad }), 403, JSON.stringify(bad));
});

test('what is not there, is not allowed or makes no sense is said, with a code', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  for (const [method, path, body, status, code, text] of [
    ['GET', 'helth', undefined, 404, 'unknown-route', /GET \/health/],
    ['GET', 'health/more', undefined, 404, 'unknown-route', /There is no GET/],
    ['GET', '', undefined, 404, 'unknown-route', /There is no GET \//],
    ['PUT', 'clock', undefined, 405, 'method-not-allowed', /there is GET and POST/],
    ['POST', 'clock', '{', 400, 'bad-request', /should be JSON/],
    ['POST', 'clock', '[]', 400, 'bad-request', /should be a JSON object/],
    ['POST', 'clock', {}, 400, 'bad-request', /freeze, run or advance/],
    ['POST', 'clock', { action: 'advance', millis: -1 }, 400, 'bad-request', /from 0 to/],
    ['POST', 'clock', { action: 'advance' }, 400, 'bad-request', /millis/],
    ['POST', 'clock', { action: 'run', scale: 0 }, 400, 'bad-request', /above 0/],
    ['POST', 'snapshots', {}, 400, 'bad-request', /name should be a text/],
    ['POST', 'snapshots', { name: '../../etc' }, 400, 'bad-request', /can't name a snapshot/],
    ['POST', 'snapshots/..%2f..%2fetc/restore', undefined, 404, 'not-found', /There is no snapshot/],
    ['DELETE', 'snapshots/none', undefined, 404, 'not-found', /There is no snapshot 'none'/],
    ['DELETE', 'snapshots/%E0%A4', undefined, 400, 'bad-request', /%-escape/],
    ['DELETE', 'faults/none', undefined, 404, 'not-found', /There is no fault none/],
    ['POST', 'reset', { account: 12 }, 400, 'bad-request', /12 digits/],
    ['POST', 'fork', { port: 70_000 }, 400, 'bad-request', /port should be/],
    ['POST', 'fork', { data: 'relative' }, 400, 'bad-request', /absolute path/],
    ['GET', 'events?limit=many', undefined, 400, 'bad-request', /limit should be/],
    ['GET', 'events?sevice=sqs', undefined, 400, 'bad-request', /no parameter 'sevice'/],
    ['GET', 'why/none', undefined, 404, 'not-found', /Nothing is known/],
    ['POST', 'stop', undefined, 400, 'bad-request', /embedded/],
  ] as const) {
    const answer = await admin.refused(method, path, body);
    assert.deepEqual([answer.status, answer.code], [status, code], `${method} ${path}: ${answer.message}`);
    assert.match(answer.message, text);
  }
  const other = await fetch(`${cloud.url}/_cloudyard/v2/health`);
  assert.equal(other.status, 404);
  assert.match(await other.text(), /speaks v1 of the admin API, not v2/);
  const large = await admin.refused('POST', 'clock', `{"action":"${'x'.repeat(1_100_000)}"}`);
  assert.deepEqual([large.status, large.message], [400, 'The body is larger than 1 MiB.']);
});

test('health, coverage and the unversioned path', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const health = await admin.get('health');
  assert.deepEqual([health.status, health.api, health.data, health.url], ['running', 1, null, cloud.url]);
  assert.match(String(health.version), /^\d+\.\d+\.\d+/);
  assert.deepEqual(health.clock, { now: '2026-01-01T00:00:00.000Z', mode: 'virtual', running: false, scale: 1 });
  const newest = await fetch(`${cloud.url}/_cloudyard/health`);
  assert.equal(((await newest.json()) as { api: number }).api, 1);
  assert.equal(newest.headers.get('cache-control'), 'no-store');
  const { services } = await admin.get<{ services: { service: string; built: string[]; notBuilt: object }[] }>(
    'coverage',
  );
  assert.ok(services.find(({ service }) => service === 'sqs')?.built.includes('SendMessage'));
});

test('a strict cloud lets its owner in all the same, and an AWS client does not get here by accident', async () => {
  await using cloud = await startTestCloud({ strict: true });
  assert.equal((await adminOf(cloud.url).get('health')).strict, true);
  const sqs = cloud.client(SQSClient, { endpoint: `${cloud.url}/_cloudyard/` });
  await assert.rejects(sqs.send(new ListQueuesCommand({})));
});
