/** An OpenID Connect issuer on this machine: its documents over HTTP, and tokens signed by its keys. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { START } from '../../support/cloud.ts';

type Key = { alg: string; kid: string; hash: string; privateKey: KeyObject; publicKey: KeyObject };

export const NOW = START / 1_000;
const HASHES: Record<string, string> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };
const CURVES: Record<string, string> = { '256': 'P-256', '384': 'P-384', '512': 'P-521' };

function newKey(alg: string, kid: string): Key {
  const size = alg.slice(2);
  const pair = alg.startsWith('RS')
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: CURVES[size] ?? '' });
  return { alg, kid, hash: HASHES[size] ?? '', ...pair };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export class Issuer implements AsyncDisposable {
  url = '';
  /** What it has been asked for. */
  readonly asked: string[] = [];
  /** Keys that its documents show. */
  shown: Key[] = [];
  /** In the place of its documents, by path. */
  readonly instead = new Map<string, { status: number; body: string }>();
  readonly #server: Server;

  constructor(tls: { key: string; cert: string } | undefined) {
    const answer: RequestListener = (request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      const { status = 200, body = this.#document(path) } = this.instead.get(path) ?? {};
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
    this.#server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  }

  static async start(tls?: { key: string; cert: string }): Promise<Issuer> {
    const issuer = new Issuer(tls);
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    const { port } = issuer.#server.address() as AddressInfo;
    issuer.url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/realm`;
    issuer.addKey('RS256', 'first');
    return issuer;
  }

  addKey(alg: string, kid: string): void {
    this.shown.push(newKey(alg, kid));
  }

  /** A token with the usual claims, those given in their place. */
  token(claims: object = {}, kid = 'first'): string {
    const key = this.shown.find((one) => one.kid === kid);
    if (key === undefined) throw new Error(`no key ${kid}`);
    const usual = { iss: this.url, sub: 'ann', aud: 'app', iat: NOW, exp: NOW + 600 };
    const text = `${part({ alg: key.alg, kid, typ: 'JWT' })}.${part({ ...usual, ...claims })}`;
    const signature = sign(key.hash, Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  #document(path: string): string {
    if (path === '/realm/.well-known/openid-configuration')
      return JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` });
    return JSON.stringify({
      keys: this.shown.map(({ publicKey, alg, kid }) => ({
        ...publicKey.export({ format: 'jwk' }),
        alg,
        kid,
        use: 'sig',
      })),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
