/** Requests as a browser sends them, to names that lead to this machine: `abc123.execute-api.us-east-1.localhost`. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export type Visit = {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
};

export type Visited = { status: number; headers: IncomingHttpHeaders; body: Buffer; text: string; pieces: number };

/** Asks the cloud's port for an address, whether this machine resolves its name or not. */
export function visit(address: string, { method = 'GET', headers = {}, body }: Visit = {}): Promise<Visited> {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: url.port,
        path: url.pathname + url.search,
        method,
        agent: false,
        headers: {
          host: url.host,
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: whole,
            text: whole.toString('utf8'),
            pieces: pieces.length,
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
