/** Builds signed requests as bytes, so that signing costs nothing while a server is measured, and makes single calls. */

import { createHash } from 'node:crypto';
import { type Claim, signature } from '#kernel/identity';
import { type Answer, Connection } from './connection.ts';

export type Keys = { accessKeyId: string; secret: string };

export type Call = {
  service: string;
  method?: string;
  path?: string;
  query?: string;
  headers?: { [name: string]: string };
  body?: string | Uint8Array;
};

const REGION = 'us-east-1';

/** An awsJson call, e.g. `json('dynamodb', 'DynamoDB_20120810.GetItem', '1.0', input)`. */
export function json(service: string, target: string, version: '1.0' | '1.1', input: object): Call {
  return {
    service,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
    body: JSON.stringify(input),
  };
}

/** A call of the query protocol. */
export function form(service: string, version: string, action: string, input: { [name: string]: string } = {}): Call {
  return {
    service,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ Action: action, Version: version, ...input }).toString(),
  };
}

export class Client {
  readonly port: number;
  /** The account all is made in; its number as a key is its root at Cloudyard, and any key is at the peers. */
  readonly account = '123456789012';
  keys: Keys = { accessKeyId: this.account, secret: 'test' };
  #connection: Connection;

  constructor(port: number) {
    this.port = port;
    this.#connection = new Connection(port);
  }

  /** The request's bytes, signed now by SigV4 in the Authorization header. */
  prepare(call: Call): Buffer {
    const bytes = Buffer.from(call.body ?? '');
    const hash = createHash('sha256').update(bytes).digest('hex');
    return Buffer.concat([this.prepareHead(call, bytes.length, hash), bytes]);
  }

  /** As `prepare`, without the body, of which `hash` is signed. */
  prepareHead(call: Call, length: number, hash: string): Buffer {
    const { service, method = 'POST', path = '/', query = '' } = call;
    const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const headers: { [name: string]: string } = {
      host: `127.0.0.1:${this.port}`,
      'x-amz-date': timestamp,
      ...(service === 's3' && { 'x-amz-content-sha256': hash }),
      ...call.headers,
    };
    const claim: Claim = {
      algorithm: 'v4',
      from: 'header',
      accessKeyId: this.keys.accessKeyId,
      scope: { date: timestamp.slice(0, 8), region: REGION, service },
      signedHeaders: Object.keys(headers).sort(),
      signature: '',
      token: undefined,
      timestamp,
      expiresSeconds: undefined,
    };
    const signed = signature({ method, path, query, headers }, claim, hash, this.keys.secret);
    const scope = `${claim.scope.date}/${REGION}/${service}/aws4_request`;
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${this.keys.accessKeyId}/${scope}, SignedHeaders=${claim.signedHeaders.join(';')}, Signature=${signed}`;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const target = query === '' ? path : `${path}?${query}`;
    return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}content-length: ${length}\r\n\r\n`);
  }

  /** Makes a call; throws on any status of failure. */
  async call(call: Call): Promise<Answer> {
    const answer = await this.#connection.ask(this.prepare(call));
    if (answer.status < 200 || answer.status > 299)
      throw new Error(
        `${call.service} ${call.headers?.['x-amz-target'] ?? call.path ?? ''}: ${answer.status} ${answer.body.toString().slice(0, 500)}`,
      );
    return answer;
  }

  close(): void {
    this.#connection.close();
  }
}
