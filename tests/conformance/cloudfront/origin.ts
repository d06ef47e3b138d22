/** An origin of a test: answers as it is told, and remembers what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Origin = AsyncDisposable & {
  port: number;
  asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  server: Server;
};

/** `await using origin = await startOrigin(...)`. */
export async function startOrigin(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<Origin> {
  const asked: Origin['asked'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
