/** A request as it comes off the wire, as the pipeline takes it; the same for HTTP/1 and HTTP/2. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { GatewayRequest } from './exchange.ts';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

const NOTHING = new Uint8Array(0);
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

export class Incoming implements GatewayRequest {
  readonly http: HttpRequest;
  readonly response: HttpResponse;
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: GatewayRequest['body'];
  readonly sourceIp: string;
  readonly secure: boolean;
  #gone = new AbortController();
  /** The client holds its body back until it is told to continue. */
  #held: boolean;

  constructor(http: HttpRequest, response: HttpResponse, expectsContinue: boolean) {
    this.http = http;
    this.response = response;
    this.#held = expectsContinue;
    this.method = http.method ?? 'GET';
    const { headers } = http as IncomingMessage;
    // No service reads cookies; a list would be the one header that is no text.
    if (headers['set-cookie'] !== undefined) delete headers['set-cookie'];
    // Source: RFC 9113, 8.3.1: `:authority` is the Host of HTTP/2, and clients sign it under that name.
    if (headers.host === undefined && headers[':authority'] !== undefined) headers.host = String(headers[':authority']);
    this.headers = headers as Record<string, string>;
    this.target = this.#originForm(http.url ?? '/');
    const length = headers['content-length'];
    this.body = {
      length: length === undefined ? undefined : Number(length),
      [Symbol.asyncIterator]: () => {
        this.#release();
        // A reader that stops early must not take the connection with it: the answer still has to go out.
        return http.iterator({ destroyOnReturn: false });
      },
    };
    const socket = http.socket as Socket & { encrypted?: boolean };
    this.sourceIp = (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    this.secure = socket.encrypted === true;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The client has said everything and reads what it is sent: whoever is slow now, it is us. */
  get isOurTurn(): boolean {
    return this.http.complete && !this.response.writableNeedDrain;
  }

  /** The body will not come: it was never asked for. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** The response has been sent, or never will be. */
  leave(): void {
    if (!this.response.writableEnded) this.#gone.abort();
  }

  /** Faster than iterating: most bodies arrive in one piece with the headers. */
  readBody(limit: number, tooLarge: () => Error): Promise<Uint8Array> | Uint8Array {
    const { http, headers } = this;
    const length = headers['content-length'];
    if (length === '0' || (this.method === 'GET' && length === undefined && headers['transfer-encoding'] === undefined))
      return NOTHING;
    this.#release();
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let size = 0;
      http.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > limit) {
          http.removeAllListeners('data');
          reject(tooLarge());
        } else pieces.push(piece);
      });
      http.on('end', () => resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size)));
      http.on('error', reject);
      http.on('close', () => reject(wentAway()));
    });
  }

  /** Says `100 Continue` when the body is first asked for, so that a request that is refused before is refused without it. */
  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.response.writeContinue();
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

/** Recognised by its code: nobody waits for an answer, and nothing is wrong here. */
function wentAway(): Error {
  return Object.assign(new Error('the client went away'), { code: 'ECONNRESET' });
}
