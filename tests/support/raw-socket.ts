/** A client without manners: sends exactly the bytes it is given and reads what comes back. */
import { connect, type Socket } from 'node:net';

export type RawResponse = { status: number; head: string; headers: Map<string, string>; body: string };

export class RawSocket {
  readonly socket: Socket;
  /** Resolves when the connection is gone, however it went. */
  readonly closed: Promise<void>;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) });
    this.socket.setNoDelay(true);
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
    this.socket.on('data', (piece: Buffer) => {
      this.#held = Buffer.concat([this.#held, piece]);
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  send(bytes: string | Uint8Array): this {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1');
    else this.socket.write(bytes);
    return this;
  }

  /** The next response, interim ones included; undefined when the connection ends before one is whole. */
  async response(method = 'GET'): Promise<RawResponse | undefined> {
    for (;;) {
      const end = this.#held.indexOf('\r\n\r\n');
      if (end !== -1) return this.#finish(end, method);
      if (!(await this.#more())) return undefined;
    }
  }

  /** What has come and was not read as a response yet. */
  async rest(): Promise<Buffer> {
    while (await this.#more());
    return this.#held;
  }

  destroy(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  async #finish(end: number, method: string): Promise<RawResponse | undefined> {
    const head = this.#held.subarray(0, end).toString('latin1');
    this.#held = this.#held.subarray(end + 4);
    const [first = '', ...lines] = head.split('\r\n');
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const status = Number(first.split(' ')[1]);
    if (headers.get('transfer-encoding') === 'chunked') return { status, head, headers, body: await this.#chunks() };
    const length = Number(headers.get('content-length') ?? 0);
    const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    while (!bodiless && this.#held.length < length) if (!(await this.#more())) return undefined;
    const body = bodiless ? '' : this.#held.subarray(0, length).toString();
    if (!bodiless) this.#held = this.#held.subarray(length);
    return { status, head, headers, body };
  }

  async #chunks(): Promise<string> {
    for (let body = ''; ; ) {
      const line = this.#held.indexOf('\r\n');
      const size = line === -1 ? Number.NaN : Number.parseInt(this.#held.subarray(0, line).toString(), 16);
      if (this.#held.length >= line + 2 + size + 2) {
        body += this.#held.subarray(line + 2, line + 2 + size).toString();
        this.#held = this.#held.subarray(line + 2 + size + 2);
        if (size === 0) return body;
      } else if (!(await this.#more())) return body;
    }
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const before = this.#held.length;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.#held.length > before || !this.#ended;
  }
}
