/** A request as it comes off the wire, as the pipeline takes it. */

import type { TLSSocket } from 'node:tls';
import { bytesStream, SpendableStream } from '#kernel/base';
import type { SentHeader } from '#kernel/contract';
import type { GatewayRequest } from './exchange.ts';
import type { Carriage } from './listen-carriage.ts';
import { type RequestHead, sentHeaders } from './listen-head.ts';

const NOTHING = new Uint8Array(0);
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

export class Incoming implements GatewayRequest {
  readonly carriage: Carriage;
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: GatewayRequest['body'];
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly tlsVersion: string | undefined;
  readonly tlsCipher: string | undefined;
  readonly isUpgrade: boolean;
  readonly clientCertificate: Uint8Array | undefined;
  readonly serverName: string | undefined;
  #departure = new Departure();
  /** The client holds its body back until it is told to continue. */
  #held: boolean;

  constructor(carriage: Carriage, expectsContinue: boolean, isUpgrade = false) {
    this.isUpgrade = isUpgrade;
    this.carriage = carriage;
    this.#held = expectsContinue;
    this.method = carriage.method;
    const { headers, socket } = carriage;
    // No service reads cookies; a list would be the one header that is no text.
    if (headers['set-cookie'] !== undefined) delete headers['set-cookie'];
    this.headers = headers as Record<string, string>;
    this.target = this.#originForm(carriage.url);
    const length = carriage.isBodiless ? '0' : headers['content-length'];
    this.body = new SpendableStream(length === undefined ? undefined : Number(length), () => this.#pieces());
    const { sourceIp, secure, tlsVersion, tlsCipher, clientCertificate, serverName } = peerOf(socket);
    this.sourceIp = sourceIp;
    this.secure = secure;
    this.tlsVersion = tlsVersion;
    this.tlsCipher = tlsCipher;
    this.clientCertificate = clientCertificate;
    this.serverName = serverName;
  }

  get gone(): AbortSignal {
    return this.#departure.signal;
  }

  sentHeaders(): readonly SentHeader[] {
    const { rawHeaders: raw = Object.entries(this.headers).flat() } = this.carriage;
    return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []));
  }

  /** The client has said everything and reads what it is sent: whoever is slow now, it is us. */
  get isOurTurn(): boolean {
    return this.carriage.isComplete() && !this.carriage.answer.writableNeedDrain;
  }

  /** The body will not come: it was never asked for. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** The answer has been sent, or never will be. */
  leave(): void {
    if (!this.carriage.answer.writableEnded) this.#departure.happen();
  }

  /** Faster than iterating: most bodies arrive in one piece with the headers. */
  readBody(limit: number, tooLarge: () => Error): Promise<Uint8Array> | Uint8Array {
    if (this.body.length === 0) return NOTHING;
    this.#release();
    const { carriage } = this;
    const { body } = carriage;
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let size = 0;
      body.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > limit) {
          body.removeAllListeners('data');
          reject(tooLarge());
        } else pieces.push(piece);
      });
      body.on('end', () => {
        if (carriage.isAborted()) reject(wentAway());
        else resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size));
      });
      body.on('error', (error) => reject(carriage.isAborted() ? wentAway() : error));
      body.on('close', () => {
        if (!body.readableEnded) reject(wentAway());
      });
    });
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    this.#release();
    const { carriage } = this;
    try {
      // A reader that stops early must not take the connection with it: the answer still has to go out.
      yield* carriage.body.iterator({ destroyOnReturn: false });
    } catch (error) {
      throw carriage.isAborted() ? wentAway() : error;
    }
    if (carriage.isAborted()) throw wentAway();
  }

  /** Says `100 Continue` when the body is first asked for, so that a request that is refused before is refused without it. */
  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.carriage.writeContinue();
  }

  /** Source: RFC 9112, 3.2.2: a server takes the absolute form too, and its authority in place of Host. */
  #originForm(url: string): string {
    if (url.startsWith('/')) return url;
    const match = ABSOLUTE.exec(url);
    if (match === null) return url;
    this.headers.host = match[1] as string;
    const rest = url.slice(match[0].length);
    return rest.startsWith('/') ? rest : `/${rest}`;
  }
}

/** A request that came whole. */
export class WholeRequest implements GatewayRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly tlsVersion: string | undefined;
  readonly tlsCipher: string | undefined;
  readonly clientCertificate: Uint8Array | undefined;
  readonly serverName: string | undefined;
  #head: RequestHead;
  #bytes: Uint8Array;
  #departure = new Departure();

  constructor(head: RequestHead, bytes: Uint8Array, peer: Peer) {
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.#head = head;
    this.sourceIp = peer.sourceIp;
    this.secure = peer.secure;
    this.tlsVersion = peer.tlsVersion;
    this.tlsCipher = peer.tlsCipher;
    this.clientCertificate = peer.clientCertificate;
    this.serverName = peer.serverName;
    this.#bytes = bytes;
  }

  get body(): GatewayRequest['body'] {
    return bytesStream(this.#bytes);
  }

  get gone(): AbortSignal {
    return this.#departure.signal;
  }

  sentHeaders(): readonly SentHeader[] {
    return sentHeaders(this.#head);
  }

  /** The client has gone before its answer. */
  leave(): void {
    this.#departure.happen();
  }

  readBody(limit: number, tooLarge: () => Error): Uint8Array {
    if (this.#bytes.length > limit) throw tooLarge();
    return this.#bytes;
  }
}

/** That a client goes away; the signal is made when somebody asks for it, as most calls end before. */
class Departure {
  #controller: AbortController | undefined;
  #happened = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#happened) this.#controller.abort();
    return this.#controller.signal;
  }

  happen(): void {
    this.#happened = true;
    this.#controller?.abort();
  }
}

/** What all requests of a connection have in common. */
export type Peer = Pick<
  GatewayRequest,
  'sourceIp' | 'secure' | 'tlsVersion' | 'tlsCipher' | 'clientCertificate' | 'serverName'
>;

/** @param socket undefined when the connection has gone already */
export function peerOf(socket: Carriage['socket']): Peer {
  const secure = socket?.encrypted === true;
  return {
    sourceIp: (socket?.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    secure,
    tlsVersion: secure ? (socket as TLSSocket).getProtocol?.()?.replace('TLSv', '') : undefined,
    tlsCipher: secure ? (socket as TLSSocket).getCipher?.()?.name : undefined,
    // Only connections that were asked for one have one.
    clientCertificate: secure ? (socket as TLSSocket).getPeerX509Certificate?.()?.raw : undefined,
    serverName: secure ? (socket as TLSSocket).servername || undefined : undefined,
  };
}

/** Recognised by its code: nobody waits for an answer, and nothing is wrong here. */
function wentAway(): Error {
  return Object.assign(new Error('the client went away'), { code: 'ECONNRESET' });
}
