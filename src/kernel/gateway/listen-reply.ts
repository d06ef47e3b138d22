/** Writing an answer: whole ones in one go, streams as they flow, and what becomes of a body that was not read. */
import type { Readable, Writable } from 'node:stream';
import { BytesStream, giveBack, KIB, MIB, SpendableStream, writable } from '#kernel/base';
import type { GatewayReply } from './exchange.ts';
import type { Incoming } from './listen-request.ts';

/** A streamed body up to this size leaves in one write with its headers: half the system calls of a small object's answer. */
const ONE_WRITE_BYTES_MAX = 64 * KIB;
/**
 * So much of a refused body is still read, and dropped, before the connection is closed: closing it with bytes unread would
 * reset it, and a client that reads only after it has written would never see why.
 */
const LINGER_BYTES_MAX = 16 * MIB;

type Reply = Exclude<GatewayReply, 'close'>;

/** Sends the reply; `closing` ends the connection with it. */
export async function sendReply(incoming: Incoming, reply: Reply, closing: boolean): Promise<void> {
  const { carriage } = incoming;
  const { answer } = carriage;
  if (answer.destroyed) return leaveUnread(reply);
  const { headers } = reply;
  const unread = !carriage.isComplete();
  if (carriage.closesUnread && (unread || closing)) headers.connection = 'close';
  const whole = await wholeBody(reply);
  const bodiless = isBodiless(incoming.method, reply.status);
  if (whole !== undefined && !bodiless) headers['content-length'] = String(Buffer.byteLength(whole));
  carriage.writeHead(reply.status, headers);
  if (whole === undefined) {
    if (bodiless) leaveUnread(reply);
    else await stream(answer, reply.body as AsyncIterable<Uint8Array>);
  } else if (!unread) return void (bodiless ? answer.end() : answer.end(whole));
  else {
    if (!bodiless) answer.write(whole);
    if (carriage.closesUnread && !incoming.isHeld) await linger(carriage.body);
  }
  answer.end();
  if (unread) carriage.refuseRest();
}

/** Source: RFC 9110, 6.4.1. */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** A body that is at hand, or short; undefined for one to be streamed. */
export async function wholeBody({ body, headers }: Reply): Promise<string | Uint8Array | undefined> {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body.length === undefined) return undefined;
  headers['content-length'] ??= String(body.length);
  if (body.length > ONE_WRITE_BYTES_MAX) return undefined;
  if (body instanceof BytesStream) return body.bytes;
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

/** Ends a body that nobody reads, once it has begun: who writes it would wait for its reader. */
export function leaveUnread({ body }: Reply): void {
  if (typeof body === 'string' || body instanceof Uint8Array) return;
  const pieces = body[Symbol.asyncIterator]();
  pieces.next().then(
    () => pieces.return?.(),
    () => {},
  );
}

async function stream(answer: Writable, body: AsyncIterable<Uint8Array>): Promise<void> {
  const isSpendable = body instanceof SpendableStream;
  for await (const piece of body) {
    if (answer.destroyed) return;
    if (!writePiece(answer, piece, isSpendable)) await writable(answer);
  }
}

/** Writes a piece of a body, and gives its memory back once it is sent where it may. False when the next is to wait. */
export function writePiece(to: Writable, piece: Uint8Array, isSpendable: boolean): boolean {
  return isSpendable ? to.write(piece, () => giveBack(piece)) : to.write(piece);
}

/** Reads on without keeping anything, until the body ends, the client goes, or enough is enough. */
function linger(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    body.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > LINGER_BYTES_MAX) resolve();
    });
    body.on('end', resolve);
    body.on('error', () => resolve());
    body.on('close', () => resolve());
    body.resume();
  });
}
