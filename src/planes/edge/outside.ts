/** Origins that are elsewhere: any server that speaks HTTP. Answers flow through; connections are kept for the next request. */
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { EdgeOrigin, EdgeReply, OriginRequest } from '#kernel/contract';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http');

const SOCKETS = { keepAlive: true, maxSockets: 64, maxTotalSockets: 256 };

/** Every name that ends in `.localhost` is this machine, whatever a resolver says. Source: RFC 6761, 6.3. */
const lookUpHere: LookupFunction = (_, options, done) =>
  options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

export class Outside {
  readonly #http = new HttpAgent(SOCKETS);
  readonly #https = new HttpsAgent(SOCKETS);

  /** Rejects where there is no answer; `TimeoutError` where it did not come in time. */
  async ask(origin: EdgeOrigin, asked: OriginRequest): Promise<EdgeReply> {
    const { domain, protocol, httpPort, httpsPort } = origin;
    const isSecure = protocol === 'https-only' || (protocol === 'match-viewer' && asked.secure);
    const body = asked.body instanceof Uint8Array ? asked.body : undefined;
    const length = body === undefined ? (asked.body as { length?: number | undefined }).length : body.length;
    const options = {
      host: domain,
      port: isSecure ? httpsPort : httpPort,
      method: asked.method,
      path: asked.query === '' ? asked.path : `${asked.path}?${asked.query}`,
      headers: { ...asked.headers, ...(length !== undefined && length > 0 && { 'content-length': String(length) }) },
      setHost: false,
      timeout: origin.readTimeout,
      ...(/(^|\.)localhost$/.test(domain) && { lookup: lookUpHere }),
    };
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = isSecure
        ? httpsRequest({ ...options, agent: this.#https, servername: domain })
        : httpRequest({ ...options, agent: this.#http });
      request.on('response', resolve);
      request.on('error', reject);
      request.on('timeout', () =>
        request.destroy(Object.assign(new Error(`${domain} did not answer in time`), { name: 'TimeoutError' })),
      );
      if (body !== undefined || length === 0) request.end(body);
      else pipeline(asked.body, request).catch(reject);
    });
    return {
      status: reply.statusCode ?? 502,
      headers: reply.headers as Record<string, string | string[]>,
      body: bodyOf(reply, asked.method),
    };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** A body that has not begun to be read can be let go, too. */
function bodyOf(reply: IncomingMessage, method: string): EdgeReply['body'] {
  if (method === 'HEAD' || reply.statusCode === 204 || reply.statusCode === 304) {
    reply.resume();
    return '';
  }
  const { 'content-length': size } = reply.headers;
  const pieces = reply[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => pieces.next(),
    async return() {
      reply.destroy();
      return { done: true, value: undefined };
    },
  };
  return {
    length: size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined,
    [Symbol.asyncIterator]: () => iterator,
  };
}
