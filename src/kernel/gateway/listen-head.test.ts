import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { readHead, sentHeaders } from './listen-head.ts';

const read = (text: string) => readHead(Buffer.from(text, 'latin1'));

test('reads a request as clients write it', () => {
  const text =
    'POST /a?b=c HTTP/1.1\r\nHost: localhost:4566\r\nX-Amz-Date:20260101T000000Z\r\nX-Empty:\r\nX-Spaced: \t a b \t\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}';
  const head = read(text);
  assert.ok(head !== undefined);
  const sent = sentHeaders(head);
  assert.deepEqual(sent.slice(0, 4), [
    ['Host', 'localhost:4566'],
    ['X-Amz-Date', '20260101T000000Z'],
    ['X-Empty', ''],
    ['X-Spaced', 'a b'],
  ]);
  assert.deepEqual(head, {
    text: text.slice(0, -6),
    method: 'POST',
    target: '/a?b=c',
    headers: {
      host: 'localhost:4566',
      'x-amz-date': '20260101T000000Z',
      'x-empty': '',
      'x-spaced': 'a b',
      connection: 'Keep-Alive',
      'content-length': '2',
    },
    bodyAt: text.length - 2,
    length: 2,
  });
});

test('keeps the bytes that no trimming may take', () => {
  assert.equal(read('GET / HTTP/1.1\r\nHost: a\r\nX: \xa0\xe9 \r\n\r\n')?.headers.x, '\xa0\xe9');
});

test('leaves to Node whatever could be read in another way', () => {
  const get = (lines: string, line = 'GET / HTTP/1.1') => read(`${line}\r\nHost: a\r\n${lines}\r\n`);
  assert.notEqual(get(''), undefined);
  for (const lines of [
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 1\r\nContent-Length: 1\r\n',
    'Content-Length: +1\r\n',
    'Content-Length: 1, 1\r\n',
    'Content-Length: 99999999999\r\n',
    'X: 1\r\n Y: 2\r\n',
    'X : 1\r\n',
    ': 1\r\n',
    'X\r\n',
    'X: 1\r\n\r',
    'X: 1\rY: 2\r\n',
    'X: 1\nY: 2\r\n',
    'X: \0\r\n',
    'host: b\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\n',
    'Connection: close\r\n',
    'Connection: keep-alive, Upgrade\r\n',
    'Proxy-Connection: close\r\n',
    'Set-Cookie: a\r\n',
    '__proto__: a\r\n',
    'constructor: a\r\n',
  ])
    assert.equal(get(lines), undefined, JSON.stringify(lines));
  for (const line of [
    'GET / HTTP/1.0',
    'GET  / HTTP/1.1',
    'get / HTTP/1.1',
    'BREW / HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /\xe9 HTTP/1.1',
    'GET http://a/ HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    ' GET / HTTP/1.1',
    '\r\nGET / HTTP/1.1',
  ])
    assert.equal(get('', line), undefined, line);
  assert.equal(read('GET / HTTP/1.1\r\nHost: a\r\n'), undefined, 'not whole');
  assert.equal(read('GET / HTTP/1.1\r\n\r\n'), undefined, 'no host');
});

type Heard = { method: string | undefined; target: string | undefined; headers: object; body: string };

let server: Server;
let heard: Heard | undefined;
before(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += (piece as Buffer).toString('latin1');
    heard ??= { method: request.method, target: request.url, headers: request.headers, body };
    response.end();
  });
  server.maxHeadersCount = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
after(() => server.close());

/** What Node's server makes of the first request in some bytes, which may be nothing. */
async function heardByNode(bytes: Buffer): Promise<Heard | undefined> {
  heard = undefined;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.end(bytes);
  socket.resume();
  await once(socket, 'close');
  return heard;
}

test('what it reads, Node reads in the same way', { timeout: 60_000 }, async () => {
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('GET', 'POST', ' ', '/', '/a?b', 'HTTP/1.1', '\r\n', '\r\n\r\n', ':', ': '),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom('Host', 'Host: a\r\n', 'Content-Length: 3\r\n', 'X-A: 1\r\n', 'abc', '\t'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  );
  const mixed = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const name = fc.stringMatching(/^[!-9A-~;-@]{1,4}$/);
  const line = fc.tuple(name, fc.string({ unit: 'binary', maxLength: 6 })).map(([n, v]) => `${n}: ${v}\r\n`);
  const shaped = fc
    .tuple(fc.stringMatching(/^[ -~]{0,6}$/), fc.array(line, { maxLength: 4 }), fc.integer({ min: 0, max: 9 }))
    .map(
      ([path, lines, n]) =>
        `PUT /${path} HTTP/1.1\r\nhost: a\r\n${lines.join('')}content-length: ${n}\r\n\r\n123456789`,
    );
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(mixed, shaped), async (text) => {
      const bytes = Buffer.from(text, 'latin1');
      const head = readHead(bytes);
      if (head === undefined || bytes.length < head.bodyAt + head.length) return;
      read += 1;
      const body = bytes.toString('latin1', head.bodyAt, head.bodyAt + head.length);
      const node = await heardByNode(bytes);
      assert.deepEqual({ method: head.method, target: head.target, headers: head.headers, body }, node);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(read > 100, `${read} were read here`);
});
