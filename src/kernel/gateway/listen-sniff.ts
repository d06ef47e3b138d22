/** Tells by a connection's first bytes what is spoken on it (TLS, HTTP/2 with prior knowledge, or HTTP/1), and which host a TLS client asks for. */
import type { Socket } from 'node:net';
import { KIB } from '#kernel/base';

export type Spoken = 'tls' | 'http2' | 'http1';

const H2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const TLS_HANDSHAKE = 0x16;
/** A greeting of TLS that is longer asks for no host. */
const HELLO_BYTES_MAX = 16 * KIB;

/** Calls `found` once, with what `tell` says of the first bytes, the socket paused and its bytes put back; undefined waits for more of them. */
export function sniff<Told>(
  socket: Socket,
  tell: (first: Buffer) => Told | undefined,
  found: (told: Told) => void,
): void {
  let held: Buffer | undefined;
  const look = (piece: Buffer) => {
    held = held === undefined ? piece : Buffer.concat([held, piece]);
    const told = tell(held);
    if (told === undefined) return;
    socket.off('data', look);
    socket.pause();
    socket.unshift(held);
    found(told);
  };
  socket.on('data', look);
  socket.resume();
}

/** Undefined while it can't be told. */
export function spokenBy(first: Buffer): Spoken | undefined {
  if (first[0] === TLS_HANDSHAKE) return 'tls';
  const length = Math.min(first.length, H2_PREFACE.length);
  if (H2_PREFACE.compare(first, 0, length, 0, length) !== 0) return 'http1';
  return length === H2_PREFACE.length ? 'http2' : undefined;
}

/** The host that a TLS client asks for (SNI), empty for none; undefined while it can't be told. Source: RFC 8446, 4.1.2 and 5.1; RFC 6066, 3. */
export function serverNameOf(first: Buffer): string | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 5 <= first.length && first[at] === TLS_HANDSHAKE; ) {
    const end = at + 5 + first.readUInt16BE(at + 3);
    pieces.push(first.subarray(at + 5, end));
    at = end;
  }
  const hello = Buffer.concat(pieces);
  if (hello.length >= 4 && hello.length >= 4 + hello.readUIntBE(1, 3)) return nameIn(hello);
  return first.length > HELLO_BYTES_MAX ? '' : undefined;
}

function nameIn(hello: Buffer): string {
  try {
    // Behind the kind, the length, the version and the random bytes: the session, the ciphers, the compressions.
    let at = 38;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    // The list of extensions; that of host names is number 0, and holds a list of its own.
    for (at += 2; ; at += 4 + hello.readUInt16BE(at + 2)) {
      if (hello.readUInt16BE(at) !== 0) continue;
      return hello.toString('latin1', at + 9, at + 9 + hello.readUInt16BE(at + 7));
    }
  } catch (error) {
    // It ends too soon.
    if (error instanceof RangeError) return '';
    throw error;
  }
}
