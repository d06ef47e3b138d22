/** A lean HTTP/1.1 client for one keep-alive connection: it writes bytes that were prepared and reads no more of an answer than it must. */
import { connect, type Socket } from 'node:net';

export type Answer = { status: number; body: Buffer };
type Done = (answer: Answer) => void;

const HEAD_END = Buffer.from('\r\n\r\n');

export class Connection {
  readonly #port: number;
  #socket: Socket | undefined;
  #sent: Buffer = HEAD_END;
  #done: Done = () => {};
  #pieces: Buffer[] = [];
  #size = 0;
  /** Bytes of the whole answer; undefined until its headers are known, -1 while only its end by chunks is. */
  #expected: number | undefined;
  #bodyAt = 0;
  #status = 0;
  #closes = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends one request; `done` gets its answer. One at a time. A connection the server has closed is opened anew. */
  send(request: Buffer, done: Done): void {
    this.#sent = request;
    this.#done = done;
    (this.#socket ?? this.#open()).write(request);
  }

  /** As `send`, for those who wait. */
  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve) => this.send(request, resolve));
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => this.#take(piece));
    socket.on('error', (error) => this.#fail(socket, error.message));
    socket.on('close', () => this.#fail(socket, 'closed'));
    return socket;
  }

  /** A connection that ends in the middle of a request is a failure of the server, counted as status 0. */
  #fail(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#sent !== HEAD_END) this.#finish({ status: 0, body: Buffer.from(reason) });
  }

  #take(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#expected === undefined) this.#readHead();
    if (this.#expected === undefined) return;
    const whole = this.#expected === -1 ? this.#join().subarray(-5).toString('latin1') === '0\r\n\r\n' : false;
    if (!whole && (this.#expected === -1 || this.#size < this.#expected)) return;
    const body = this.#join().subarray(this.#bodyAt);
    if (this.#closes) this.close();
    this.#finish({ status: this.#status, body: this.#expected === -1 ? unchunk(body) : body });
  }

  #readHead(): void {
    const bytes = this.#join();
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) return;
    const head = bytes.toString('latin1', 0, end).toLowerCase();
    this.#bodyAt = end + HEAD_END.length;
    this.#status = Number(head.slice(9, 12));
    this.#closes = head.includes('\r\nconnection: close') || head.startsWith('http/1.0');
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    const empty = this.#status === 204 || this.#status === 304;
    if (length !== undefined || empty) this.#expected = this.#bodyAt + Number(length ?? 0);
    else if (head.includes('\r\ntransfer-encoding: chunked')) this.#expected = -1;
    else throw new Error(`an answer without a length:\n${head}`);
  }

  #join(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? HEAD_END;
  }

  #finish(answer: Answer): void {
    const done = this.#done;
    this.#sent = HEAD_END;
    this.#pieces = [];
    this.#size = 0;
    this.#expected = undefined;
    done(answer);
  }
}

function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
