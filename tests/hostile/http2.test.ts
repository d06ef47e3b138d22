/** HTTP/2 with prior knowledge and over TLS: served like HTTP/1, and bounded against those who abuse its frames. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type GatewayRequest, Listener } from '#kernel/gateway';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { RawSocket } from '../support/raw-socket.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION] = [0, 1, 3, 4, 6, 9];
const AUTH =
  'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
const LIST = {
  ':method': 'POST',
  ':path': '/',
  authorization: AUTH,
  'x-amz-date': '20260101T000000Z',
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.ListTables',
};

let cloud: TestCloud;
before(async () => {
  cloud = await startTestCloud();
});
after(() => cloud.close());

type Reply = { headers: IncomingHttpHeaders; body: string };

/** The whole answer on a stream. */
async function reply(stream: ClientHttp2Stream): Promise<Reply> {
  const headers = new Promise<IncomingHttpHeaders>((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
  });
  headers.catch(() => {});
  let body = '';
  stream.setEncoding('utf8');
  for await (const piece of stream) body += piece;
  return { headers: await headers, body };
}

async function list(session: ClientHttp2Session): Promise<Reply> {
  const stream = session.request(LIST);
  stream.end('{}');
  return reply(stream);
}

async function withSession<T>(work: (session: ClientHttp2Session) => Promise<T>, url = cloud.url): Promise<T> {
  const session = connect(url, { rejectUnauthorized: false });
  session.on('error', () => {});
  try {
    return await work(session);
  } finally {
    session.destroy();
  }
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK literals without indexing. */
function headerBlock(headers: [string, string][]): Buffer {
  return Buffer.concat(
    headers.map(([name, value]) =>
      Buffer.concat([
        Buffer.from([0, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]),
    ),
  );
}

test('requests and answers, many at once', { timeout: 20_000 }, () =>
  withSession(async (session) => {
    const replies = await Promise.all(Array.from({ length: 200 }, () => list(session)));
    for (const { headers, body } of replies) assert.deepEqual([headers[':status'], body], [200, '{"TableNames":[]}']);
  }),
);

test('100-continue comes when the body is asked for, a refusal without it', { timeout: 20_000 }, () =>
  withSession(async (session) => {
    const asks = session.request({ ...LIST, expect: '100-continue' });
    await new Promise((resolve) => asks.once('continue', resolve));
    asks.end('{}');
    assert.equal((await reply(asks)).headers[':status'], 200);
    const refused = session.request({
      ':method': 'PUT',
      ':path': '/bucket/key',
      authorization: AUTH.replace('dynamodb', 's3').replace('123456789012', 'ASIAFORGED'),
      'x-amz-date': '20260101T000000Z',
      expect: '100-continue',
    });
    refused.on('continue', () => assert.fail('the body was asked for'));
    assert.equal((await reply(refused)).headers[':status'], 403);
    assert.equal((await list(session)).headers[':status'], 200);
  }),
);

test('a dropped answer ends its stream, not the others', { timeout: 20_000 }, () =>
  withSession(async (session) => {
    const { faults } = cloud.server.cloud.kernel;
    const rule = { service: 'dynamodb', operation: 'ListTables', probability: 1 };
    faults.put({ ...rule, id: 'drop', account: '222222222222', effect: { kind: 'drop' } });
    faults.put({ ...rule, id: 'slow', account: '123456789012', effect: { kind: 'latency', millis: 1_000 } });
    const slow = list(session);
    const dropped = session.request({ ...LIST, authorization: AUTH.replace('123456789012', '222222222222') });
    dropped.end('{}');
    await assert.rejects(reply(dropped), { code: 'ERR_HTTP2_STREAM_ERROR' });
    await cloud.advance(1_000);
    assert.equal((await slow).headers[':status'], 200);
    faults.remove('slow');
    faults.remove('drop');
  }),
);

test('a body whose stream is reset is not taken for a whole one', { timeout: 20_000 }, async () => {
  const outcomes: string[] = [];
  let begun = Promise.withResolvers<void>();
  let heard = Promise.withResolvers<void>();
  const listener = new Listener(async (request) => {
    begun.resolve();
    let size = 0;
    try {
      if (request.target === '/whole') size = (await request.readBody(100, () => new Error())).length;
      else for await (const piece of request.body) size += piece.length;
      outcomes.push(`${size}`);
    } catch (error) {
      outcomes.push((error as { code: string }).code);
    }
    heard.resolve();
    return { status: 200, headers: {}, body: '' };
  }, undefined);
  const url = `http://127.0.0.1:${await listener.listen('127.0.0.1', 0)}`;
  try {
    for (const path of ['/whole', '/pieces'])
      for (const code of [0, 2, 8]) {
        [begun, heard] = [Promise.withResolvers(), Promise.withResolvers()];
        using raw = new RawSocket(url);
        const block = headerBlock([
          [':method', 'PUT'],
          [':scheme', 'http'],
          [':path', path],
          [':authority', 'a'],
        ]);
        raw
          .send(PREFACE)
          .send(frame(SETTINGS, 0, 0))
          .send(frame(HEADERS, 4, 1, block));
        raw.send(frame(DATA, 0, 1, Buffer.from('half')));
        await begun.promise;
        raw.send(frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, code])));
        await heard.promise;
      }
  } finally {
    await listener.close(0);
  }
  assert.deepEqual(outcomes, Array(6).fill('ECONNRESET'));
});

const BLOCK = headerBlock([
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'localhost'],
]);

describe('abuse of frames ends the connection, and the server goes on', () => {
  const streams = (count: number, make: (id: number) => Buffer) =>
    Array.from({ length: count }, (_, at) => make(2 * at + 1));
  const cases: { [name: string]: () => Buffer[] } = {
    'headers that are continued without end': () => [
      frame(HEADERS, 0, 1, BLOCK),
      ...Array.from({ length: 5_000 }, () => frame(CONTINUATION, 0, 1, headerBlock([['x-a', 'b'.repeat(100)]]))),
    ],
    'empty continuations': () => [
      frame(HEADERS, 0, 1, BLOCK),
      ...Array.from({ length: 20_000 }, () => frame(CONTINUATION, 0, 1)),
    ],
    'streams opened and reset at once': () =>
      streams(20_000, (id) => Buffer.concat([frame(HEADERS, 5, id, BLOCK), frame(RST_STREAM, 0, id, Buffer.alloc(4))])),
    'pings without reading the answers': () =>
      Array.from({ length: 200_000 }, () => frame(PING, 0, 0, Buffer.alloc(8))),
    'settings without reading the answers': () => Array.from({ length: 200_000 }, () => frame(SETTINGS, 0, 0)),
    'empty data without end': () => [
      frame(
        HEADERS,
        4,
        1,
        headerBlock([
          [':method', 'POST'],
          [':scheme', 'http'],
          [':path', '/'],
          [':authority', 'a'],
        ]),
      ),
      ...Array.from({ length: 50_000 }, () => frame(DATA, 0, 1)),
      frame(99, 0, 1, Buffer.alloc(20_000)),
    ],
    'a frame larger than allowed': () => [frame(HEADERS, 4, 1, Buffer.alloc(1_000_000))],
    'headers that are no HPACK': () => [frame(HEADERS, 5, 1, Buffer.alloc(100, 0xff))],
    'data on a stream that never was': () => [frame(DATA, 0, 7, Buffer.alloc(10))],
  };
  for (const [name, frames] of Object.entries(cases)) {
    test(name, { timeout: 30_000 }, async () => {
      using raw = new RawSocket(cloud.url);
      raw.send(PREFACE).send(frame(SETTINGS, 0, 0));
      if (name.includes('without reading')) raw.socket.pause();
      for (const one of frames()) {
        if (raw.socket.destroyed) break;
        raw.send(one);
      }
      raw.socket.resume();
      await raw.closed;
      await withSession(async (session) => assert.equal((await list(session)).headers[':status'], 200));
    });
  }
});

test('header lists beyond the bound are refused', { timeout: 20_000 }, async () => {
  for (const headers of [
    Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x-large-${at}`, 'a'.repeat(8_000)])),
    Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`x-many-${at}`, 'a'])),
  ])
    await withSession(async (session) => {
      const stream = session.request({ ...LIST, ...headers });
      stream.end('{}');
      await assert.rejects(reply(stream));
    });
  await withSession(async (session) => assert.equal((await list(session)).headers[':status'], 200));
});

test('no more streams than allowed are open at once', { timeout: 20_000 }, async () => {
  let open = 0;
  let most = 0;
  const go = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  const listener = new Listener(
    async () => {
      open += 1;
      most = Math.max(most, open);
      if (open === 10) full.resolve();
      await go.promise;
      open -= 1;
      return { status: 200, headers: {}, body: '' };
    },
    undefined,
    { streams: 10 },
  );
  const port = await listener.listen('127.0.0.1', 0);
  try {
    await withSession(async (session) => {
      await new Promise((resolve) => session.once('remoteSettings', resolve));
      const replies = Array.from({ length: 50 }, () => reply(session.request({ ':path': '/' })));
      await full.promise;
      go.resolve();
      for (const one of await Promise.all(replies)) assert.equal(one.headers[':status'], 200);
    }, `http://127.0.0.1:${port}`);
    assert.equal(most, 10);
  } finally {
    await listener.close(0);
  }
});

const openssl = spawnSync('openssl', ['version']).status === 0;

describe('TLS', { skip: openssl ? false : 'needs openssl' }, () => {
  let listener: Listener;
  let url: string;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudyard-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync(
      'openssl',
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2'
        .split(' ')
        .concat('-keyout', key, '-out', cert),
    );
    assert.equal(made.status, 0, String(made.stderr));
    listener = new Listener(
      async (request: GatewayRequest) => ({
        status: 200,
        headers: {},
        body: `${request.secure} ${request.headers.host} ${request.sourceIp} ${(await request.readBody(100, () => new Error())).length}`,
      }),
      { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') },
      { headersTimeout: 500 },
    );
    rmSync(folder, { recursive: true });
    url = `https://127.0.0.1:${await listener.listen('127.0.0.1', 0)}`;
  });
  after(() => listener.close(0));

  test('HTTP/2 by ALPN', { timeout: 20_000 }, () =>
    withSession(async (session) => {
      const stream = session.request({ ':method': 'POST', ':path': '/' });
      stream.end('abc');
      assert.equal((await reply(stream)).body, `true ${new URL(url).host} 127.0.0.1 3`);
      assert.equal(session.alpnProtocol, 'h2');
    }, url),
  );

  test('HTTP/1.1, and plain HTTP on the same port', { timeout: 20_000 }, async () => {
    const body = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest(url, { method: 'POST', rejectUnauthorized: false }, async (response) => {
        let text = '';
        for await (const piece of response) text += piece;
        resolve(text);
      });
      request.on('error', reject);
      request.end('abcd');
    });
    assert.equal(body, `true ${new URL(url).host} 127.0.0.1 4`);
    using raw = new RawSocket(url);
    assert.equal((await raw.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').response())?.body, 'false a 127.0.0.1 0');
  });

  test('a handshake that is broken or never ends is cut off', { timeout: 20_000 }, async () => {
    for (const bytes of ['\x16\x03\x01\x00\x05hello', '\x16\x03\x01\x02\x00\x01\x00', '\x16']) {
      using raw = new RawSocket(url);
      raw.send(bytes);
      await raw.closed;
    }
  });
});
