/** The sockets: one port for HTTP/1.1, HTTP/2 (with prior knowledge or by ALPN) and TLS, bounded in headers, silence and time. */

import { constants } from 'node:crypto';
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import {
  createServer as createHttp2,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createNet, type Server as NetServer, type Socket } from 'node:net';
import {
  createSecureContext,
  createServer as createTls,
  type SecureContext,
  type TLSSocket,
  type Server as TlsServer,
} from 'node:tls';
import type { WebSocket } from 'ws';
import { invariant, KIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { TlsMaterial } from '#kernel/contract';
import type { GatewayReply, GatewayRequest, OpenedSocket } from './exchange.ts';
import { frameWatch } from './frames.ts';
import { type Carriage, Http1Carriage, Http2Carriage } from './listen-carriage.ts';
import { Lane, type LaneDoor } from './listen-lane.ts';
import { sendReply } from './listen-reply.ts';
import { Incoming } from './listen-request.ts';
import { type Spoken, serverNameOf, sniff, spokenBy } from './listen-sniff.ts';
import type { Handshake } from './tls.ts';

/** Not imported: as an ES module it would read all of its getters, and one loads a whole client (15 ms and 2 MB of each start). */
const { createServer: createHttp } = process.getBuiltinModule('node:http');

export type ListenLimits = {
  /** Largest header block; AWS refuses more than 8 KB of headers at most services, S3 metadata adds 2 KB. */
  headerBytes: number;
  /** A client that does not finish its headers (or its TLS handshake) by then is cut off, however busily it drips. */
  headersTimeout: Millis;
  /** An idle connection is kept this long; longer than SDKs reuse one. */
  keepAliveTimeout: Millis;
  /** A body may take as long as an upload takes, but the client must not fall silent for longer while it is its turn. */
  silenceTimeout: Millis;
  /** Streams of one HTTP/2 connection that may be open at once. */
  streams: number;
};

const LISTEN_LIMITS: ListenLimits = {
  headerBytes: 64 * KIB,
  headersTimeout: 30 * SECOND,
  keepAliveTimeout: 65 * SECOND,
  silenceTimeout: 2 * MINUTE,
  streams: 256,
};

/** Megabytes of headers and unsent data that one HTTP/2 connection may hold. */
const SESSION_MEGABYTES_MAX = 64;

/** Of a message on a web socket. Source: API Gateway Developer Guide, "Amazon API Gateway quotas": 128 KB, in frames of 32 KB. */
const SOCKET_BYTES_MAX = 128 * KIB;
const FRAME_BYTES_MAX = 32 * KIB;
/** Source: RFC 6455, section 7.4.1. */
const TOO_BIG = 1009;

export type Answer = (request: GatewayRequest) => Promise<GatewayReply>;
export type Opened = (socket: OpenedSocket, open: WebSocket) => void;

/** What is shown to a client who asks for no name, or one for which `sni` has nothing else; `handshake` tells what clients have to do for a name. */
type ListenTls = TlsMaterial & {
  sni?: (name: string) => Promise<TlsMaterial | undefined>;
  handshake?: (name: string) => Promise<Handshake>;
};

export type ListenOptions = { host: string; port: number; tls: ListenTls | undefined };

export class Listener {
  #answer: Answer;
  #opened: Opened;
  #limits: ListenLimits;
  #net: NetServer;
  #http: HttpServer;
  #http2: Http2Server;
  #tls: TlsServer | undefined;
  #tlsOptions: ListenTls | undefined;
  /** For names for which more is asked of clients, by what is asked. */
  #stricter = new Map<string, TlsServer>();
  #sockets = new Set<Socket>();
  #lanes = new Map<Socket, Lane>();
  #door: LaneDoor;
  #sessions = new Set<ServerHttp2Session>();
  /** By the line they came on. */
  #requests = new WeakMap<object, Set<Incoming>>();
  #open = 0;
  #drained: () => void = () => {};
  #closing = false;

  constructor(
    answer: Answer,
    tls: ListenOptions['tls'],
    limits: Partial<ListenLimits> = {},
    opened: Opened = (_, open) => open.terminate(),
  ) {
    this.#answer = answer;
    this.#opened = opened;
    this.#limits = { ...LISTEN_LIMITS, ...limits };
    this.#http = this.#makeHttp();
    this.#door = this.#makeDoor();
    this.#http2 = this.#makeHttp2();
    this.#tls = tls === undefined ? undefined : this.#makeTls(tls, { isMutual: false });
    this.#tlsOptions = tls;
    this.#net = createNet({ noDelay: true }, (socket) => this.#accept(socket));
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#net.once('error', reject);
      this.#net.listen({ host, port }, () => {
        // Node looks after headersTimeout only from here on; this server never listens itself.
        this.#http.emit('listening');
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
    this.#http.close();
    for (const session of this.#sessions) session.close();
    for (const lane of this.#lanes.values()) lane.close();
    if (this.#open > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      await Promise.race([drained, new Promise<void>((resolve) => setTimeout(resolve, grace).unref())]);
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  #makeHttp(): HttpServer {
    const { headerBytes, headersTimeout, keepAliveTimeout, silenceTimeout } = this.#limits;
    const http = createHttp({
      maxHeaderSize: headerBytes,
      headersTimeout,
      requestTimeout: 0,
      keepAliveTimeout,
      connectionsCheckingInterval: Math.min(headersTimeout, 5 * SECOND),
      insecureHTTPParser: false,
      // Java offers HTTP/2 in this way with every request; it is answered in HTTP/1.
      shouldUpgradeCallback: ({ method, headers }) =>
        method === 'GET' &&
        headers.upgrade?.toLowerCase() === 'websocket' &&
        headers['sec-websocket-key'] !== undefined,
    });
    http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
    // Bounded by their bytes; Node would drop those past a number without a word.
    http.maxHeadersCount = 0;
    http.setTimeout(silenceTimeout, (socket) => this.#silent(socket, () => socket.destroy()));
    http.on('request', (request, response) => void this.#serve(new Http1Carriage(request, response), false));
    http.on('checkContinue', (request, response) => void this.#serve(new Http1Carriage(request, response), true));
    // Expectations that nobody knows are passed over, as AWS does; Node would answer 417 by itself.
    http.on('checkExpectation', (request, response) => void this.#serve(new Http1Carriage(request, response), false));
    return http;
  }

  #makeHttp2(): Http2Server {
    const { headerBytes, silenceTimeout, streams } = this.#limits;
    const http2 = createHttp2({
      maxSessionMemory: SESSION_MEGABYTES_MAX,
      settings: { maxConcurrentStreams: streams, maxHeaderListSize: headerBytes },
    });
    http2.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.setTimeout(silenceTimeout, () => this.#silent(session, () => session.destroy()));
    });
    http2.on('stream', (stream, headers) => {
      void this.#serve(new Http2Carriage(stream as ServerHttp2Stream, headers), headers.expect === '100-continue');
    });
    return http2;
  }

  /** Which certificates of clients are good is left to whoever answers. */
  #makeTls({ sni, handshake: _, ...tls }: ListenTls, { isMutual, minVersion }: Handshake): TlsServer {
    return createTls(
      {
        ...tls,
        ...(sni !== undefined && { SNICallback: sniCallback(sni) }),
        ALPNProtocols: ['h2', 'http/1.1'],
        handshakeTimeout: this.#limits.headersTimeout,
        ...(minVersion !== undefined && { minVersion }),
        // A client has to show its certificate on each connection: none is taken up again by a ticket.
        ...(isMutual !== false && {
          requestCert: true,
          rejectUnauthorized: false,
          secureOptions: constants.SSL_OP_NO_TICKET,
        }),
      },
      (socket: TLSSocket) => {
        socket.on('error', () => socket.destroy());
        if (isMutual === true && socket.getPeerX509Certificate() === undefined) socket.destroy();
        else if (socket.alpnProtocol === 'h2') this.#http2.emit('connection', socket);
        else this.#openLane(socket);
      },
    ).on('tlsClientError', (_, socket) => socket.destroy());
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(this.#limits.headersTimeout, () => socket.destroy());
    sniff(socket, spokenBy, (spoken) => {
      const server = this.#serverOf(spoken);
      if (server === this.#tls) this.#acceptTls(socket, server);
      else this.#hand(socket, server);
    });
  }

  #acceptTls(socket: Socket, usual: NetServer): void {
    const tls = this.#tlsOptions;
    if (tls?.handshake === undefined) {
      this.#hand(socket, usual);
      return;
    }
    const { handshake } = tls;
    sniff(socket, serverNameOf, (name) => {
      handshake(name).then(
        (asked) => this.#hand(socket, this.#stricterFor(asked, tls) ?? usual),
        () => this.#hand(socket, usual),
      );
    });
  }

  #stricterFor(asked: Handshake, tls: ListenTls): TlsServer | undefined {
    const { isMutual, minVersion } = asked;
    if (isMutual === false && minVersion === undefined) return undefined;
    const key = `${isMutual} ${minVersion}`;
    const server = this.#stricter.get(key) ?? this.#makeTls(tls, asked);
    this.#stricter.set(key, server);
    return server;
  }

  #hand(socket: Socket, server: NetServer): void {
    if (socket.destroyed) return;
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    if (server === this.#http) this.#openLane(socket);
    else server.emit('connection', socket);
  }

  #openLane(socket: Socket): void {
    this.#lanes.set(socket, new Lane(socket, this.#door));
    socket.on('close', () => this.#lanes.delete(socket));
  }

  #makeDoor(): LaneDoor {
    const { keepAliveTimeout, silenceTimeout } = this.#limits;
    return {
      keepAliveTimeout,
      silenceTimeout,
      isClosing: () => this.#closing,
      answer: this.#answer,
      handOver: (socket, rest) => {
        this.#lanes.delete(socket);
        socket.setTimeout(0);
        socket.pause();
        socket.unshift(rest);
        this.#http.emit('connection', socket);
        // Node reads what was put back only from a socket that flows.
        socket.resume();
      },
      entered: () => {
        this.#open += 1;
      },
      left: () => this.#left(),
    };
  }

  /** Without TLS material a handshake is an HTTP/1 request like any other broken one. */
  #serverOf(spoken: Spoken): NetServer {
    if (spoken === 'http2') return this.#http2;
    return spoken === 'tls' && this.#tls !== undefined ? this.#tls : this.#http;
  }

  /** Nothing moved for long. Who waits for our answer (a long poll, a function that runs for minutes) may be silent. */
  #silent(line: object, end: () => void): void {
    for (const incoming of this.#requests.get(line) ?? []) if (incoming.isOurTurn) return;
    end();
  }

  async #serve(carriage: Carriage, expectsContinue: boolean): Promise<void> {
    const { line } = carriage;
    if (carriage.answer.destroyed) return;
    const incoming = new Incoming(carriage, expectsContinue);
    this.#enter(line, incoming);
    carriage.answer.on('close', () => {
      incoming.leave();
      this.#leave(line, incoming);
    });
    try {
      const reply = await this.#answer(incoming);
      if (reply === 'close') carriage.cut();
      else await sendReply(incoming, reply, this.#closing);
    } catch {
      carriage.cut();
    }
  }

  /** A request for a web socket is answered like any other; 101 opens it. */
  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const { ServerResponse } = process.getBuiltinModule('node:http');
    const response = new ServerResponse(request);
    const incoming = new Incoming(new Http1Carriage(request, response), false, true);
    try {
      const reply = await this.#answer(incoming);
      if (reply !== 'close' && reply.socket !== undefined) {
        const opened = reply.socket;
        const { WebSocketServer } = await import('ws');
        // Which of its protocols is spoken is said by who answers, or by nobody.
        const handleProtocols = () => reply.headers['sec-websocket-protocol'] ?? false;
        const server = new WebSocketServer({ noServer: true, maxPayload: SOCKET_BYTES_MAX, handleProtocols });
        server.handleUpgrade(request, socket, head, (open) => {
          this.#opened(opened, open);
          boundFrames(socket, open);
        });
        return;
      }
      response.assignSocket(socket);
      response.on('finish', () => socket.end());
      if (reply === 'close') socket.destroy();
      else await sendReply(incoming, reply, true);
    } catch {
      socket.destroy();
    }
  }

  #enter(line: object, incoming: Incoming): void {
    this.#open += 1;
    let known = this.#requests.get(line);
    if (known === undefined) this.#requests.set(line, (known = new Set()));
    known.add(incoming);
  }

  #leave(line: object, incoming: Incoming): void {
    this.#requests.get(line)?.delete(incoming);
    this.#left();
  }

  #left(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#drained();
  }
}

/** Ends a web socket at the first frame of its client that is too long; its message is nobody's. */
function boundFrames(socket: Socket, open: WebSocket): void {
  const watch = frameWatch(FRAME_BYTES_MAX, () => {
    open.removeAllListeners('message');
    open.close(TOO_BIG);
  });
  socket.prependListener('data', watch);
}

const CONTEXTS_KEPT_MAX = 100;

/** Where a name has no certificate of its own, or it can't be had, the usual one is shown. */
function sniCallback(sni: NonNullable<ListenTls['sni']>) {
  const kept = new Map<string, SecureContext>();
  return (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
    sni(name).then(
      (material) => {
        if (material === undefined) return done(null);
        let context = kept.get(material.cert);
        if (context === undefined) {
          if (kept.size >= CONTEXTS_KEPT_MAX) kept.clear();
          kept.set(material.cert, (context = createSecureContext(material)));
        }
        done(null, context);
      },
      () => done(null),
    );
  };
}
