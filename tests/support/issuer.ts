/** An issuer of tokens of OpenID Connect for tests, on loopback. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

/** Publishes one key, an elliptic one, and signs with it. */
export async function startIssuer() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const base = `http://${request.headers.host}`;
    const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] };
    response.end(JSON.stringify(request.url === '/keys' ? keys : { issuer: base, jwks_uri: `${base}/keys` }));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    /** Paths that it was asked for. */
    asked,
    /** A token, written by hand. */
    token(claims: object, key: KeyObject = privateKey, kid = 'one'): string {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const head = `${part({ alg: 'ES256', typ: 'JWT', kid })}.${part({ iss: url, ...claims })}`;
      return `${head}.${sign('sha256', Buffer.from(head), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((done) => server.close(done));
    },
  };
}
