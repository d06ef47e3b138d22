/** Tells by a connection's first bytes what is spoken on it: TLS, HTTP/2 with prior knowledge, or HTTP/1. */
import type { Socket } from 'node:net';

export type Spoken = 'tls' | 'http2' | 'http1';

const H2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const TLS_HANDSHAKE = 0x16;

/** Calls `found` once, with the socket paused and its bytes put back. A beginning that could still be the preface is waited out. */
export function sniff(socket: Socket, found: (spoken: Spoken) => void): void {
  let held: Buffer | undefined;
  const look = (piece: Buffer) => {
    held = held === undefined ? piece : Buffer.concat([held, piece]);
    const spoken = spokenBy(held);
    if (spoken === undefined) return;
    socket.off('data', look);
    socket.pause();
    socket.unshift(held);
    found(spoken);
  };
  socket.on('data', look);
}

/** Undefined while it can't be told. */
export function spokenBy(first: Buffer): Spoken | undefined {
  if (first[0] === TLS_HANDSHAKE) return 'tls';
  const length = Math.min(first.length, H2_PREFACE.length);
  if (H2_PREFACE.compare(first, 0, length, 0, length) !== 0) return 'http1';
  return length === H2_PREFACE.length ? 'http2' : undefined;
}
