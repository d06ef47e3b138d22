/** Carries the requests of the AWS SDK for JavaScript v3 to a cloud in the same process: what its `requestHandler` option takes. */
import { Readable } from 'node:stream';
import { collect } from '#kernel/base';
import type { GatewayReply, GatewayRequest } from '#kernel/gateway';

/** An HTTP request as the SDK hands it to a request handler. */
export type SdkRequest = {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
};

/** What the SDK expects of a request handler. */
export type SdkRequestHandler = {
  handle(
    request: SdkRequest,
    options?: { abortSignal?: AbortSignal },
  ): Promise<{ response: { statusCode: number; headers: Record<string, string>; body: Readable } }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
};

/** A request handler that answers by `answer`, with no socket between. */
export function sdkRequestHandler(answer: (request: GatewayRequest) => Promise<GatewayReply>): SdkRequestHandler {
  return {
    async handle(request, options) {
      const reply = await answer(gatewayRequest(request, options?.abortSignal));
      if (reply === 'close')
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
      const { body } = reply;
      const pieces = typeof body === 'string' || body instanceof Uint8Array ? [Buffer.from(body as string)] : body;
      return {
        response: {
          statusCode: reply.status,
          headers: reply.headers,
          body: Readable.from(pieces, { objectMode: false }),
        },
      };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

function gatewayRequest(request: SdkRequest, gone: AbortSignal | undefined): GatewayRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body = bodyOf(request.body);
  const length = body instanceof Uint8Array ? body.length : undefined;
  // As Node's client does where nothing is sent.
  if (request.method === 'PUT' && length === 0) headers['content-length'] ??= '0';
  return {
    method: request.method,
    target: request.path + queryOf(request.query ?? {}),
    headers,
    body: { length, [Symbol.asyncIterator]: () => piecesOf(body) },
    readBody: (limit, tooLarge) => wholeOf(body, limit, tooLarge),
    sourceIp: '127.0.0.1',
    secure: false,
    gone,
  };
}

function queryOf(query: NonNullable<SdkRequest['query']>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => (one === null ? percentEncode(name) : `${percentEncode(name)}=${percentEncode(one)}`));
  });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** As the SDK escapes what it sends and signs. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function bodyOf(body: unknown): Uint8Array | AsyncIterable<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (typeof body === 'object' && Symbol.asyncIterator in body) return body as AsyncIterable<Uint8Array>;
  throw new TypeError('The body of a request should be text, bytes or a stream.');
}

async function* piecesOf(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    if (body.length > 0) yield body;
    return;
  }
  for await (const piece of body) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

function wholeOf(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  limit: number,
  tooLarge: () => Error,
): Uint8Array | Promise<Uint8Array> {
  if (!(body instanceof Uint8Array)) return collect({ [Symbol.asyncIterator]: () => piecesOf(body) }, limit, tooLarge);
  if (body.length > limit) throw tooLarge();
  return body;
}
