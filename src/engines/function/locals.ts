/** Servers that stand for programs beside functions, at ports that environments see as their own. They share this machine's, so that each request is given to whom it is for. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FunctionLocal, FunctionSpec } from '#kernel/contract';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { createServer } = process.getBuiltinModule('node:http');

type Port = { server: Promise<Server>; users: Map<string, FunctionLocal> };

export class Locals {
  #ports = new Map<number, Port>();

  /** Sees to it that a specification's is there. @throws where another process has the port */
  async open({ key, local }: FunctionSpec): Promise<void> {
    if (local === undefined) return;
    const port = this.#ports.get(local.port) ?? {
      server: listen(local.port, (...given) => this.#handle(local.port, ...given)),
      users: new Map(),
    };
    this.#ports.set(local.port, port);
    // The first has kept something already.
    if (!port.users.has(key)) port.users.set(key, local);
    try {
      await port.server;
    } catch {
      this.#ports.delete(local.port);
      throw new Error(`port ${local.port} of this machine is not free`);
    }
  }

  /** The last environment of a specification has gone. */
  forget({ key, local }: FunctionSpec): void {
    const port = local === undefined ? undefined : this.#ports.get(local.port);
    if (local === undefined || port === undefined) return;
    port.users.delete(key);
    if (port.users.size > 0) return;
    this.#ports.delete(local.port);
    close(port);
  }

  close(): void {
    for (const port of this.#ports.values()) close(port);
    this.#ports.clear();
  }

  async #handle(number: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const users = [...(this.#ports.get(number)?.users.values() ?? [])];
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    request.resume();
    const user = users.find((one) => one.isAskedBy(headers)) ?? users[0];
    if (user === undefined) return void response.destroy();
    const { status, body } = await user.answer({ method: request.method ?? '', path: request.url ?? '', headers });
    const bytes = Buffer.from(body);
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': bytes.length }).end(bytes);
  }
}

function listen(port: number, handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer((request, response) => {
      handle(request, response).catch(() => response.destroy());
    });
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
    server.unref();
  });
}

function close({ server }: Port): void {
  void server.then(
    (open) => {
      open.close();
      open.closeAllConnections();
    },
    () => {},
  );
}
