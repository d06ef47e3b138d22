import { deepEqual, equal, rejects } from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { MINUTE, sha256Hex } from '#kernel/base';
import { isSignedBy, readClaim, signedAt } from '#kernel/identity';
import { LocalAuthority } from './authority.ts';
import { openCertificates } from './certificates.ts';
import { fetchOutside, fetchThrough, type Inside } from './outside.ts';

const LIMITS = { timeout: MINUTE, bytesMax: 100 };

const answers: RequestListener = (request, response) => {
  switch (request.url) {
    case '/large':
      response.end('x'.repeat(101));
      break;
    case '/moved':
      response.writeHead(302, { location: '/small' }).end();
      break;
    case '/never':
      response.write('x');
      break;
    case '/echo': {
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const { method, headers } = request;
        const { host, 'x-own': own, 'content-length': length, 'transfer-encoding': encoding } = headers;
        const seen = { method, host, own, length, encoding, body: Buffer.concat(parts).toString() };
        response.writeHead(201, { 'X-Answer': ['a', 'b'] }).end(JSON.stringify(seen));
      });
      break;
    }
    default:
      response.end('{"small":1}');
  }
};

async function listening(server: ReturnType<typeof createServer>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('fetchOutside', () => {
  it('reads from this machine by plain http, and follows no redirect', async () => {
    await using server = await listening(createServer(answers));
    const small = await fetchOutside(`http://127.0.0.1:${server.port}/small`, LIMITS);
    deepEqual([small.status, Buffer.from(small.body).toString()], [200, '{"small":1}']);
    const moved = await fetchOutside(`http://localhost:${server.port}/moved`, LIMITS);
    deepEqual([moved.status, moved.body.length], [302, 0]);
  });

  it('stops at its bounds of size and time', async () => {
    await using server = await listening(createServer(answers));
    const url = `http://127.0.0.1:${server.port}`;
    await rejects(fetchOutside(`${url}/large`, LIMITS), { name: 'FetchError', reason: 'too-large', isLate: false });
    await rejects(fetchOutside(`${url}/never`, { ...LIMITS, timeout: 50 }), { reason: 'unreachable', isLate: true });
  });

  it('sends methods, headers and bodies, and tells the status, headers and body of the answer', async () => {
    await using server = await listening(createServer(answers));
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const reply = await fetchOutside(`http://127.0.0.1:${server.port}/echo`, {
        ...LIMITS,
        bytesMax: 1_000,
        method,
        headers: { 'x-own': 'yes' },
        body: Buffer.from('grüße'),
      });
      deepEqual([reply.status, reply.headers['x-answer']], [201, 'a, b']);
      const seen = JSON.parse(Buffer.from(reply.body).toString());
      deepEqual(seen, { method, host: `127.0.0.1:${server.port}`, own: 'yes', length: '7', body: 'grüße' });
    }
    const head = await fetchOutside(`http://127.0.0.1:${server.port}/small`, { ...LIMITS, method: 'HEAD' });
    deepEqual([head.status, head.body.length], [200, 0]);
  });

  it('signs a request with a key that it is given, by the time of this machine', async () => {
    const secret = 's'.repeat(43);
    const checked: unknown[] = [];
    const checks: RequestListener = async (request, response) => {
      const body: Buffer[] = [];
      for await (const part of request) body.push(part);
      const { method = '', url = '', headers } = request;
      const [path = '', query = ''] = url.split('?');
      const asked = { method, path, query, headers: headers as Record<string, string> };
      const claim = readClaim(asked);
      if (claim === undefined || 'fault' in claim) throw new Error('no claim');
      const { accessKeyId, scope, signedHeaders } = claim;
      const isRight = isSignedBy(secret, asked, claim, sha256Hex(Buffer.concat(body)));
      const isFresh = Math.abs(signedAt(claim) - Date.now()) < MINUTE;
      checked.push([accessKeyId, scope.region, scope.service, signedHeaders, isRight, isFresh]);
      response.end();
    };
    await using server = await listening(createServer(checks));
    const signedBy = { accessKeyId: 'A'.repeat(20), secret, region: 'eu-west-1', service: 'kms-xks-proxy' };
    const body = Buffer.from('grüße');
    const url = `http://localhost:${server.port}/a/b?c=d`;
    await fetchOutside(url, { ...LIMITS, method: 'POST', body, signedBy });
    deepEqual(checked, [['A'.repeat(20), 'eu-west-1', 'kms-xks-proxy', ['host', 'x-amz-date'], true, true]]);
  });

  it('is as strict, and signs, where an address is the cloud’s own', async () => {
    const seen: Parameters<Inside>[1][] = [];
    const fetch = fetchThrough((target, sent) => {
      if (target.hostname !== 'inside.example.com') return undefined;
      seen.push(sent);
      const headers = { 'X-Answer': 'a', 'Set-Cookie': ['b=1', 'c=2'] };
      return Promise.resolve(target.pathname === '/broken' ? 'close' : { status: 201, headers, body: 'made' });
    });
    const url = 'http://inside.example.com/';
    const signedBy = {
      accessKeyId: 'A'.repeat(20),
      secret: 's'.repeat(43),
      region: 'eu-west-1',
      service: 'kms-xks-proxy',
    };
    const body = Buffer.from('grüße');
    const reply = await fetch(url, { ...LIMITS, method: 'POST', body, signedBy });
    deepEqual(
      [reply.status, reply.headers['x-answer'], reply.cookies, Buffer.from(reply.body).toString()],
      [201, 'a', ['b=1', 'c=2'], 'made'],
    );
    const [{ headers = {}, ...sent } = {}] = seen;
    deepEqual([sent, headers['content-length']], [{ method: 'POST', body }, '7']);
    const claim = readClaim({ method: 'POST', path: '/', query: '', headers });
    equal(claim !== undefined && 'accessKeyId' in claim && claim.accessKeyId, signedBy.accessKeyId);
    await rejects(fetch(`${url}broken`, LIMITS), { reason: 'unreachable', isLate: false });
    const bad: Record<string, string>[] = [{ connection: 'close' }, { 'x-own': 'a\r\nb: c' }];
    for (const headers of bad) await rejects(fetch(url, { ...LIMITS, headers }), { reason: 'refused' });
    await rejects(fetch('http://outside.example.com/', LIMITS), { reason: 'refused' });
    equal(seen.length, 2);
    const never = fetchThrough(() => new Promise(() => {}));
    await rejects(never(url, { ...LIMITS, timeout: 50 }), { reason: 'unreachable', isLate: true });
  });

  it('takes every name below localhost for this machine', async () => {
    await using server = await listening(createServer(answers));
    const url = `http://api.eu-west-1.localhost:${server.port}/echo`;
    const reply = await fetchOutside(url, { ...LIMITS, bytesMax: 1_000, method: 'POST' });
    equal(JSON.parse(Buffer.from(reply.body).toString()).host, `api.eu-west-1.localhost:${server.port}`);
  });

  it('sends no header that would frame the message or begin another', async () => {
    await using server = await listening(createServer(answers));
    const bad: Record<string, string>[] = [
      { 'content-length': '1' },
      { 'Transfer-Encoding': 'chunked' },
      { 'x-own': 'a\r\nb: c' },
      { 'x own': 'a' },
      { 'x-own\r\nb': 'c' },
    ];
    for (const headers of bad)
      await rejects(
        fetchOutside(`http://127.0.0.1:${server.port}/echo`, { ...LIMITS, headers }),
        { reason: 'refused' },
        JSON.stringify(headers),
      );
  });

  it('refuses plain http to other machines, other protocols, passwords and what is no address', async () => {
    const refused = [
      'http://example.com/',
      'http://127.0.0.1.example.com/',
      'http://localhost.example.com/',
      'http://notlocalhost/',
      'http://localhost@example.com/',
      'http://10.0.0.1/',
      'file:///etc/passwd',
      'ftp://127.0.0.1/',
      'https://a:b@127.0.0.1/',
      'nothing',
    ];
    for (const url of refused) await rejects(fetchOutside(url, LIMITS), { reason: 'refused' }, url);
  });

  it('says when nobody answers', async () => {
    const server = await listening(createServer(answers));
    await server[Symbol.asyncDispose]();
    await rejects(fetchOutside(`http://127.0.0.1:${server.port}/`, LIMITS), { reason: 'unreachable' });
  });

  it('believes a server that nobody trusts only by a thumbprint of its chain, and for its own names', async () => {
    const made = await openCertificates(new LocalAuthority(undefined, Date.now), undefined, '127.0.0.1', Date.now());
    const secure = createSecureServer({ key: made.key, cert: made.cert + made.ca }, answers);
    await using server = await listening(secure);
    const heard: unknown[] = [];
    secure.on('request', ({ headers }) => heard.push(headers.authorization));
    const url = `https://127.0.0.1:${server.port}/small`;
    const thumbprint = (pem: string) => new X509Certificate(pem).fingerprint.replaceAll(':', '').toLowerCase();
    await rejects(fetchOutside(url, LIMITS), { reason: 'untrusted' });
    const headers = { authorization: 'secret' };
    await rejects(fetchOutside(url, { ...LIMITS, headers, thumbprints: ['0'.repeat(40)] }), { reason: 'untrusted' });
    deepEqual(heard, []);
    for (const pem of [made.cert, made.ca])
      equal((await fetchOutside(url, { ...LIMITS, thumbprints: [thumbprint(pem)] })).status, 200);
    // The certificate is for 127.0.0.1 and localhost.
    const elsewhere = `https://127.0.0.2:${server.port}/small`;
    const other = createSecureServer({ key: made.key, cert: made.cert + made.ca }, answers);
    await new Promise<void>((resolve) => other.listen(server.port, '127.0.0.2', resolve));
    await rejects(fetchOutside(elsewhere, { ...LIMITS, thumbprints: [thumbprint(made.cert)] }), {
      reason: 'untrusted',
    });
    await new Promise((resolve) => other.close(resolve));
  });

  it('refuses a certificate for another name, whatever else speaks for it, and shows its own', async () => {
    const authority = new LocalAuthority(undefined, Date.now);
    const times = { from: Date.now() - MINUTE, until: Date.now() + MINUTE };
    const order = { names: ['a.localhost'], key: 'EC_prime256v1', ...times } as const;
    const { certificate: cert, key } = await authority.issue(order);
    const identity = await authority.client({ name: 'somebody', ...times });
    const secure = createSecureServer(
      { cert, key, requestCert: true, rejectUnauthorized: false },
      (request, response) => response.end((request.socket as TLSSocket).getPeerX509Certificate()?.subject ?? 'nobody'),
    );
    await using server = await listening(secure);
    const thumbprints = [new X509Certificate(cert).fingerprint.replaceAll(':', '')];
    for (const trust of [{ thumbprints }, { trustsAnyIssuer: true }]) {
      const other = fetchOutside(`https://b.localhost:${server.port}/`, { ...LIMITS, ...trust });
      await rejects(other, { reason: 'untrusted' });
      const own = await fetchOutside(`https://a.localhost:${server.port}/`, { ...LIMITS, ...trust, identity });
      equal(Buffer.from(own.body).toString(), 'CN=somebody');
    }
  });
});
