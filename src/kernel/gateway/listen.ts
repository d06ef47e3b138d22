/** The sockets: one port for HTTP/1.1, HTTP/2 with prior knowledge and TLS, told apart by their first bytes; bounded in headers, body and time. */
import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import { createServer as createNet, type Server as NetServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { invariant, KIB } from '#kernel/base';
import type { GatewayReply, GatewayRequest } from './exchange.ts';

/** Largest header block; AWS refuses more than 8 KB of headers at most services, S3 metadata adds 2 KB. */
const HEADER_BYTES_MAX = 64 * KIB;
/** A client that does not finish its headers by then is cut off. */
const HEADERS_TIMEOUT = 30_000;
/** An idle connection is kept this long; longer than SDKs reuse one. */
const KEEP_ALIVE_TIMEOUT = 65_000;
/** A body may take as long as an upload takes, but a connection must not fall silent for longer. */
const SILENCE_TIMEOUT = 120_000;
/** A streamed body up to this size leaves in one write with its headers: half the system calls of a small object's answer. */
const ONE_WRITE_BYTES_MAX = 64 * KIB;
const H2_PREFACE = Buffer.from('PRI * HTTP/2.0');
const TLS_HANDSHAKE = 0x16;

export type Answer = (request: GatewayRequest) => Promise<GatewayReply>;

export type ListenOptions = { host: string; port: number; tls: { key: string; cert: string } | undefined };

export class Listener {
  #answer: Answer;
  #net: NetServer;
  #http: HttpServer;
  #http2: Http2Server;
  #sockets = new Set<Socket>();
  #open = 0;
  #drained: () => void = () => {};
  #closing = false;

  constructor(answer: Answer, tls: ListenOptions['tls']) {
    this.#answer = answer;
    const onRequest = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#http = createHttp(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: HEADERS_TIMEOUT,
        requestTimeout: 0,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
        insecureHTTPParser: false,
      },
      onRequest,
    );
    this.#http.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      onRequest(request, response);
    });
    this.#http2 = createHttp2({
      maxSessionMemory: 64,
      settings: { maxConcurrentStreams: 256, maxHeaderListSize: HEADER_BYTES_MAX },
    });
    this.#http2.on(
      'request',
      (request, response) =>
        void this.#serve(request as unknown as IncomingMessage, response as unknown as ServerResponse),
    );
    const secure = tls === undefined ? undefined : createSecureContext(tls);
    this.#net = createNet({ noDelay: true }, (socket) => this.#sniff(socket, secure));
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#net.once('error', reject);
      this.#net.listen({ host, port }, () => {
        const address = this.#net.address();
        invariant(typeof address === 'object' && address !== null, 'a listening server has an address');
        resolve(address.port);
      });
    });
  }

  /** Takes no new connections, finishes what was accepted, then closes; after `grace` milliseconds whatever is still open is cut. */
  async close(grace: number): Promise<void> {
    this.#closing = true;
    this.#net.close();
    if (this.#open > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      await Promise.race([drained, new Promise<void>((resolve) => setTimeout(resolve, grace).unref())]);
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  #sniff(socket: Socket, secure: ReturnType<typeof createSecureContext> | undefined): void {
    this.#sockets.add(socket);
    socket.setTimeout(SILENCE_TIMEOUT, () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE && secure !== undefined) this.#secure(socket, secure);
      else if (
        first[0] === H2_PREFACE[0] &&
        first.subarray(0, H2_PREFACE.length).equals(H2_PREFACE.subarray(0, first.length))
      )
        this.#http2.emit('connection', duplexOf(socket));
      else {
        this.#http.emit('connection', socket);
        socket.resume();
      }
    });
  }

  #secure(socket: Socket, secureContext: ReturnType<typeof createSecureContext>): void {
    const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    tls.on('error', () => tls.destroy());
    this.#http.emit('connection', tls);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableEnded) gone.abort();
    });
    try {
      const reply = await this.#answer(gatewayRequest(request, gone.signal));
      if (reply === 'close') request.socket.destroy();
      else await this.#send(request, response, reply);
    } catch {
      request.socket.destroy();
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#drained();
    }
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    reply: Exclude<GatewayReply, 'close'>,
  ): Promise<void> {
    if (response.destroyed) return;
    const { headers, body } = reply;
    if (!request.complete) {
      // The body was refused unread: the connection can't be used again.
      if (request.httpVersionMajor === 1) headers.connection = 'close';
      request.resume();
    } else if (this.#closing && request.httpVersionMajor === 1) headers.connection = 'close';
    if (typeof body === 'string' || body instanceof Uint8Array) {
      if (request.method !== 'HEAD' && reply.status !== 204 && reply.status !== 304)
        headers['content-length'] = String(Buffer.byteLength(body));
      response.writeHead(reply.status, headers);
      response.end(request.method === 'HEAD' ? undefined : body);
      return;
    }
    if (body.length !== undefined) headers['content-length'] ??= String(body.length);
    if (body.length !== undefined && body.length <= ONE_WRITE_BYTES_MAX) {
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      response.writeHead(reply.status, headers);
      response.end(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
      return;
    }
    response.writeHead(reply.status, headers);
    for await (const piece of body) {
      if (response.destroyed) return;
      if (!response.write(piece)) await writable(response);
    }
    response.end();
  }
}

function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

function gatewayRequest(request: IncomingMessage, gone: AbortSignal): GatewayRequest {
  const headers = request.headers as Record<string, string>;
  const length = headers['content-length'];
  const socket = request.socket as Socket & { encrypted?: boolean };
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers,
    body: Object.assign(request, {
      length: length === undefined ? undefined : Number(length),
    }) as unknown as GatewayRequest['body'],
    readBody: (limit, tooLarge) => readWhole(request, limit, tooLarge),
    sourceIp: (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    secure: socket.encrypted === true,
    gone,
  };
}

const NOTHING = new Uint8Array(0);

/** Faster than iterating: most bodies arrive in one piece with the headers. */
function readWhole(request: IncomingMessage, limit: number, tooLarge: () => Error): Promise<Uint8Array> | Uint8Array {
  if (
    request.headers['content-length'] === '0' ||
    (request.method === 'GET' &&
      request.headers['content-length'] === undefined &&
      request.headers['transfer-encoding'] === undefined)
  )
    return NOTHING;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > limit) {
        request.removeAllListeners('data');
        reject(tooLarge());
      } else pieces.push(piece);
    });
    request.on('end', () => resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client went away')));
  });
}

/** node:http2 reads a socket's handle directly and would miss bytes that were put back, so it gets a stream around it. */
function duplexOf(socket: Socket): Duplex {
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (piece, _, done) => void socket.write(piece, () => done()),
    final: (done) => socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (piece) => {
    if (!duplex.push(piece)) socket.pause();
  });
  socket.on('end', () => duplex.push(null));
  socket.on('close', () => duplex.destroy());
  return Object.assign(duplex, { remoteAddress: socket.remoteAddress });
}
