/** Visits to addresses of a cloud as a browser makes them: their names lead to its port, whatever a resolver says. */
import { type IncomingHttpHeaders, Agent as PlainAgent, type RequestOptions, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';

export type Visit = { method?: string; headers?: Readonly<Record<string, string>>; body?: string };
export type Visited = { status: number; headers: IncomingHttpHeaders; text: string };

export class Visitor {
  readonly #port: number;
  readonly #authority: string | undefined;
  readonly #plain = new PlainAgent({ keepAlive: true });
  readonly #tls = new TlsAgent({ keepAlive: true });

  /** @param authority whom it trusts for `https:`, as PEM */
  constructor(port: number, authority: string | undefined) {
    this.#port = port;
    this.#authority = authority;
  }

  visit(address: string, { method = 'GET', headers = {}, body }: Visit = {}): Promise<Visited> {
    const url = new URL(address);
    const options: RequestOptions = {
      host: '127.0.0.1',
      port: this.#port,
      path: url.pathname + url.search,
      method,
      headers: {
        host: url.host,
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
    };
    return new Promise((resolve, reject) => {
      const sent =
        url.protocol === 'https:'
          ? requestTls({ ...options, agent: this.#tls, ca: this.#authority, servername: 'localhost' })
          : request({ ...options, agent: this.#plain });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString('utf8'),
          }),
        );
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#plain.destroy();
    this.#tls.destroy();
  }
}
