/** Writing an answer: whole ones in one go, streams as they flow, and what becomes of a body that was not read. */
import type { ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import { KIB, MIB } from '#kernel/base';
import type { GatewayReply } from './exchange.ts';
import type { HttpRequest, HttpResponse, Incoming } from './listen-request.ts';

/** A streamed body up to this size leaves in one write with its headers: half the system calls of a small object's answer. */
const ONE_WRITE_BYTES_MAX = 64 * KIB;
/**
 * So much of a refused body is still read, and dropped, before the connection is closed: closing it with bytes unread would
 * reset it, and a client that reads only after it has written would never see why.
 */
const LINGER_BYTES_MAX = 16 * MIB;

/** Sends the reply; `closing` ends the connection with it. */
export async function sendReply(
  incoming: Incoming,
  reply: Exclude<GatewayReply, 'close'>,
  closing: boolean,
): Promise<void> {
  const { http, response } = incoming;
  if (response.destroyed) return;
  const { headers, body } = reply;
  const unread = !http.complete;
  if (http.httpVersionMajor === 1 && (unread || closing)) headers.connection = 'close';
  const whole = await wholeBody(body, headers);
  if (whole === undefined) await stream(response, reply);
  else {
    if (http.method !== 'HEAD' && reply.status !== 204 && reply.status !== 304)
      headers['content-length'] = String(Buffer.byteLength(whole));
    writeHead(response, reply);
    if (unread && !incoming.isHeld) {
      write(response, http.method === 'HEAD' ? '' : whole);
      await linger(http);
    } else if (http.method !== 'HEAD') return void response.end(whole);
  }
  response.end();
  if (unread && 'stream' in response) response.stream.close(constants.NGHTTP2_NO_ERROR);
}

/** Ends a request without an answer: an HTTP/2 connection's other streams go on. */
export function cut(request: HttpRequest, response: HttpResponse): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else request.socket.destroy();
}

type Body = Exclude<GatewayReply, 'close'>['body'];

/** A body that is at hand or short; undefined for one to be streamed. */
async function wholeBody(body: Body, headers: Record<string, string>): Promise<string | Uint8Array | undefined> {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body.length === undefined) return undefined;
  headers['content-length'] ??= String(body.length);
  if (body.length > ONE_WRITE_BYTES_MAX) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

async function stream(response: HttpResponse, reply: Exclude<GatewayReply, 'close'>): Promise<void> {
  writeHead(response, reply);
  for await (const piece of reply.body as AsyncIterable<Uint8Array>) {
    if (response.destroyed) return;
    if (!write(response, piece)) await writable(response);
  }
}

/** The two responses have the same methods with overloads that TypeScript can't join. */
function writeHead(response: HttpResponse, reply: Exclude<GatewayReply, 'close'>): void {
  (response as ServerResponse).writeHead(reply.status, reply.headers);
}

function write(response: HttpResponse, piece: string | Uint8Array): boolean {
  return (response as ServerResponse).write(piece);
}

function writable(response: HttpResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

/** Reads on without keeping anything, until the body ends, the client goes, or enough is enough. */
function linger(http: HttpRequest): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    http.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > LINGER_BYTES_MAX) resolve();
    });
    http.on('end', resolve);
    http.on('error', () => resolve());
    http.on('close', () => resolve());
    http.resume();
  });
}
