/**
 * Lambda's Runtime API: where a function's process fetches its events and posts its answers. One server for each environment, on a port of its own.
 * Extensions speak to it, too. Source: Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
 */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Millis } from '#kernel/base';
import type { FunctionCall } from '#kernel/contract';
import { EXTENSIONS, type Extensions, send } from './extensions.ts';
import { answerTooLarge } from './failure.ts';
import { METADATA, type Metadata } from './metadata.ts';
import type { Snapshot } from './snapshot.ts';
import { TELEMETRY, type Telemetry } from './telemetry.ts';
import { upTo } from './up-to.ts';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { createServer } = process.getBuiltinModule('node:http');

const VERSION = '/2018-06-01/runtime';
/** Source: Lambda Developer Guide, "Lambda quotas": 6 MB for a response in one piece; the exact figure is that of the error's text. */
export const ANSWER_BYTES_MAX = 6_291_556;
/**
 * Source: Lambda Developer Guide, "Lambda quotas": of an answer in pieces.
 * Deviation: after the first 6 MB AWS sends no more than 2 MB a second.
 */
const STREAMED_BYTES_MAX = 209_715_200;
const ERROR_BYTES_MAX = 262_144;
const FLOWING = new Set(['application/vnd.awslambda.http-integration-response', 'application/octet-stream']);

/** What the runtime says, in the order it says it. */
export type RuntimeEvents = {
  /** Whether a connection from this port to ours comes from the environment's own processes. */
  isOwn(port: number, ours: number): boolean;
  /** It is ready for an event. */
  next(): void;
  initError(body: Uint8Array, type: string): void;
  /** The whole answer, or pieces of it as they come. */
  answer(body: Uint8Array | AsyncIterable<Uint8Array>, contentType: string): void;
  /** An answer of so many bytes was refused. */
  tooLarge(bytes: number): void;
  /** After an answer in pieces: it is complete, or this went wrong. */
  answered(error: { type: string; body: Uint8Array } | undefined): void;
  error(body: Uint8Array, type: string): void;
  /** An extension hears from now on what happens. @param isOld by the Logs API */
  subscribed(name: string, types: readonly string[], isOld: boolean): void;
};

/** What else answers at the environment's address. */
export type Besides = { extensions: Extensions; telemetry: Telemetry; snapshot: Snapshot; metadata: Metadata };

export class RuntimeApi {
  readonly #events: RuntimeEvents;
  readonly #besides: Besides;
  #server: Server;
  #waiting: ServerResponse | undefined;
  #current: string | undefined;
  #streams = false;

  private constructor(events: RuntimeEvents, besides: Besides) {
    this.#events = events;
    this.#besides = besides;
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
    this.#server.on('connection', (socket) => {
      if (!events.isOwn(socket.remotePort ?? 0, socket.localPort ?? 0)) socket.destroy();
    });
  }

  static async listen(events: RuntimeEvents, besides: Besides): Promise<RuntimeApi> {
    const api = new RuntimeApi(events, besides);
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject);
      api.#server.listen(0, '127.0.0.1', resolve);
    });
    api.#server.unref();
    return api;
  }

  /** Where the environment's processes find it, and what answers beside it. */
  get variables(): Record<string, string> {
    const at = this.#server.address();
    const address = `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`;
    return { AWS_LAMBDA_RUNTIME_API: address, ...this.#besides.metadata.variables(address) };
  }

  /** Gives the runtime, which has asked for it, its event. @param deadline on the machine's clock */
  give(call: FunctionCall, deadline: Millis, tenant: string | undefined): void {
    const { requestId, payload, streams } = call;
    const response = this.#waiting;
    this.#waiting = undefined;
    this.#current = requestId;
    this.#streams = streams;
    response
      // AWS's own runtime for .NET, Amazon.Lambda.RuntimeSupport, knows these names by their capitals alone.
      ?.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': payload.length,
        'Lambda-Runtime-Aws-Request-Id': requestId,
        'Lambda-Runtime-Deadline-Ms': String(deadline),
        'Lambda-Runtime-Invoked-Function-Arn': call.arn,
        'Lambda-Runtime-Trace-Id': call.trace,
        ...(tenant !== undefined && { 'Lambda-Runtime-Aws-Tenant-Id': tenant }),
        ...(call.clientContext !== undefined && { 'Lambda-Runtime-Client-Context': call.clientContext }),
      })
      .end(payload);
  }

  close(): void {
    this.#besides.telemetry.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === METADATA)
      return send(response, this.#besides.metadata.handle(request.method ?? '', request.headers.authorization));
    if (path.startsWith(EXTENSIONS) || TELEMETRY.test(path)) return this.#beside(request, path, response);
    if (!path.startsWith(VERSION)) return refuse(response, 404, 'NotFound', `no such path: ${path}`);
    const rest = path.slice(VERSION.length);
    const { snapshot } = this.#besides;
    if (request.method === 'GET' && rest === '/invocation/next') {
      snapshot.restored();
      return this.#next(response);
    }
    if (request.method === 'GET' && rest === '/restore/next') {
      snapshot.hold(response);
      return this.#events.next();
    }
    if (request.method !== 'POST') return refuse(response, 405, 'MethodNotAllowed', `${request.method} ${path}`);
    if (rest === '/init/error') {
      const { bytes } = await read(request, ERROR_BYTES_MAX);
      // The environment ends with it: who said so hears that it was heard.
      accept(response);
      return this.#events.initError(bytes, errorType(request.headers));
    }
    if (rest === '/restore/error') {
      const { bytes } = await read(request, ERROR_BYTES_MAX);
      snapshot.failed('error', Buffer.from(bytes).toString('utf8'));
      return accept(response);
    }
    const [, requestId, kind] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(rest) ?? [];
    if (kind === undefined) return refuse(response, 404, 'NotFound', `no such path: ${path}`);
    if (requestId !== this.#current) return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
    this.#current = undefined;
    if (kind === 'error') {
      this.#events.error((await read(request, ERROR_BYTES_MAX)).bytes, errorType(request.headers));
      return accept(response);
    }
    return this.#answer(request, response);
  }

  /** Extensions and telemetry. */
  async #beside(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    const { bytes } = await read(request, ERROR_BYTES_MAX);
    const { extensions, telemetry } = this.#besides;
    if (path.startsWith(EXTENSIONS)) {
      const reply = extensions.handle(request.method ?? '', path, request.headers, bytes, response);
      if (reply !== 'held') send(response, reply);
      return;
    }
    const name = extensions.nameOf(request.headers);
    if (typeof name !== 'string') return send(response, name);
    const isOld = path.endsWith('/logs');
    const types = request.method === 'PUT' ? telemetry.subscribe(name, isOld, bytes) : 'Invalid method';
    if (typeof types === 'string') return refuse(response, 400, `${isOld ? 'Logs.' : ''}ValidationError`, types);
    this.#events.subscribed(name, types, isOld);
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 2 }).end('OK');
  }

  #next(response: ServerResponse): void {
    this.#waiting?.destroy();
    this.#waiting = response;
    this.#events.next();
  }

  /**
   * Go's runtime names no response mode: that its answer comes in pieces, its content type alone says (aws-lambda-go, of
   * `lambdaurl` and of handlers that return an io.Reader). Who leaves before the end stops no function: it writes to its end.
   */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = request;
    const type = headers['content-type'] ?? 'application/json';
    const inPieces =
      headers['lambda-runtime-function-response-mode'] === 'streaming' || (this.#streams && FLOWING.has(type));
    if (inPieces && this.#streams) {
      let isTooLarge = false;
      const over = () => {
        isTooLarge = true;
      };
      this.#events.answer(upTo(STREAMED_BYTES_MAX, request, over), type);
      await new Promise((resolve) => request.once('close', resolve));
      if (isTooLarge) {
        this.#events.answered(answerTooLarge(`Response payload size exceeded ${STREAMED_BYTES_MAX} bytes.`));
        return refuse(response, 413, 'RequestEntityTooLarge', 'Response payload too large');
      }
    } else {
      const { bytes, size } = await read(request, ANSWER_BYTES_MAX);
      if (size > ANSWER_BYTES_MAX) {
        this.#events.tooLarge(size);
        return refuse(response, 413, 'RequestEntityTooLarge', tooLargeText(size));
      }
      this.#events.answer(bytes, type);
      if (!inPieces) return accept(response);
    }
    const failure = request.trailers['lambda-runtime-function-error-type'];
    const text = request.trailers['lambda-runtime-function-error-body'];
    if (!request.complete) this.#events.answered({ type: 'Runtime.TruncatedResponse', body: Buffer.from('{}') });
    else if (failure === undefined) this.#events.answered(undefined);
    else this.#events.answered({ type: failure, body: Buffer.from(text ?? '', 'base64') });
    accept(response);
  }
}

/** What AWS says of an answer that is too large. */
export function tooLargeText(bytes: number): string {
  return `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${ANSWER_BYTES_MAX} bytes).`;
}

/** The body up to `max` bytes, read to its end so that the runtime hears what becomes of it; `size` is its whole length. */
async function read(request: IncomingMessage, max: number): Promise<{ bytes: Uint8Array; size: number }> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= max) pieces.push(piece);
  }
  return { bytes: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces), size };
}

function errorType(headers: IncomingHttpHeaders): string {
  return String(headers['lambda-runtime-function-error-type'] ?? '');
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': 16 }).end('{"status":"OK"}\n');
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  const text = JSON.stringify({ errorMessage, errorType });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
