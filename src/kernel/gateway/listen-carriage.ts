/** What HTTP/1 and HTTP/2 have in common: a request with its body, and the way on which its answer goes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { writtenName } from './header-names.ts';

export interface Carriage {
  readonly method: string;
  /** Path and query, or the absolute form. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, as they were written; of HTTP/2, whose names are in lower case anyway, there are none. */
  readonly rawHeaders?: readonly string[] | undefined;
  readonly body: Readable;
  readonly answer: Writable;
  /** Undefined when the connection has gone already. */
  readonly socket: (Socket & { encrypted?: boolean }) | undefined;
  /** What may fall silent or be cut as one: the socket, or the session of all streams. */
  readonly line: object;
  /** Whether the connection must be closed to get rid of a body that was not read. */
  readonly closesUnread: boolean;
  /** Nothing follows the headers. */
  readonly isBodiless: boolean;
  /** The client has sent all of its body. */
  isComplete(): boolean;
  /** The client gave up before the end of its body. */
  isAborted(): boolean;
  writeContinue(): void;
  writeHead(status: number, headers: Record<string, string>): void;
  /** After the whole answer: the rest of the body is not wanted. */
  refuseRest(): void;
  /** Ends without an answer. */
  cut(): void;
}

export class Http1Carriage implements Carriage {
  readonly body: IncomingMessage;
  readonly answer: ServerResponse;
  readonly closesUnread = true;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.body = request;
    this.answer = response;
  }
  get method(): string {
    return this.body.method ?? 'GET';
  }
  get url(): string {
    return this.body.url ?? '/';
  }
  get headers(): IncomingHttpHeaders {
    return this.body.headers;
  }
  get rawHeaders(): readonly string[] {
    return this.body.rawHeaders;
  }
  get socket(): Socket {
    return this.body.socket;
  }
  get line(): object {
    return this.body.socket;
  }
  /** Source: RFC 9112, 6.3: a request that says nothing of a body has none. */
  get isBodiless(): boolean {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = this.body.headers;
    return length === '0' && encoding === undefined;
  }
  isComplete(): boolean {
    return this.body.complete || this.isBodiless;
  }
  isAborted(): boolean {
    return this.body.destroyed && !this.body.complete;
  }
  writeContinue(): void {
    this.answer.writeContinue();
  }
  writeHead(status: number, headers: Record<string, string>): void {
    const written: Record<string, string> = {};
    // Node refuses one outside of ASCII once it has seen the length.
    const disposition = headers['content-disposition'];
    if (disposition !== undefined) written['Content-Disposition'] = disposition;
    for (const name in headers) written[writtenName(name)] = headers[name] as string;
    this.answer.writeHead(status, written);
  }
  refuseRest(): void {}
  cut(): void {
    this.body.socket.destroy();
  }
}

/** On the stream itself: Node's imitation of HTTP/1 over it waits for trailers, which has ended the whole process when a stream was reset then. */
export class Http2Carriage implements Carriage {
  readonly body: ServerHttp2Stream;
  readonly answer: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly url: string;
  readonly socket: (Socket & { encrypted?: boolean }) | undefined;
  readonly line: object;
  readonly closesUnread = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.body = stream;
    this.answer = stream;
    const { ':method': method, ':path': path, ':authority': authority, ':scheme': _, ...rest } = headers;
    this.method = method ?? 'GET';
    this.url = path ?? '/';
    this.headers = rest;
    this.line = stream.session ?? stream;
    this.socket = stream.session?.socket;
    // Source: RFC 9113, 8.3.1: `:authority` is the Host of HTTP/2, and clients sign it under that name.
    if (rest.host === undefined && authority !== undefined) this.headers.host = authority;
    stream.on('error', () => {});
  }
  get isBodiless(): boolean {
    return this.body.endAfterHeaders;
  }
  isComplete(): boolean {
    return this.body.endAfterHeaders || this.body.readableEnded;
  }
  /** A stream that was reset ends like one that was finished. */
  isAborted(): boolean {
    return this.body.aborted || (this.body.closed && !this.body.writableEnded);
  }
  writeContinue(): void {
    if (!this.body.closed) this.body.additionalHeaders({ ':status': 100 });
  }
  writeHead(status: number, headers: Record<string, string>): void {
    if (!this.body.closed) this.body.respond({ ...headers, ':status': status });
  }
  refuseRest(): void {
    this.body.close(constants.NGHTTP2_NO_ERROR);
  }
  cut(): void {
    this.body.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
