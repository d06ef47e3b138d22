/**
 * The fast lane: a connection whose requests come as nearly all do, each whole at once and short. It costs half of what
 * Node's server costs. At the first request of any other kind the connection goes to Node's server for good, untouched.
 */
import type { Socket } from 'node:net';
import { KIB, type Millis, SECOND, SpendableStream, writable } from '#kernel/base';
import type { GatewayReply, GatewayRequest } from './exchange.ts';
import { readHead } from './listen-head.ts';
import { isBodiless, leaveUnread, wholeBody, writePiece } from './listen-reply.ts';
import { type Peer, peerOf, WholeRequest } from './listen-request.ts';
import { gather, headOf, writeWhole } from './listen-write.ts';

/** More is for a server that reads bodies as they flow. */
const REQUEST_BYTES_MAX = 64 * KIB;
/** Than clients are told, so that none is cut off while its next request is on its way. */
const KEPT_LONGER: Millis = SECOND;
const NOTHING = Buffer.alloc(0);

/** What a lane asks of the listener. */
export type LaneDoor = {
  readonly keepAliveTimeout: Millis;
  readonly silenceTimeout: Millis;
  isClosing(): boolean;
  answer(request: GatewayRequest): Promise<GatewayReply>;
  /** The connection is Node's from here on; `rest` was read and not used. */
  handOver(socket: Socket, rest: Buffer): void;
  entered(): void;
  left(): void;
};

export class Lane {
  #socket: Socket;
  #door: LaneDoor;
  #peer: Peer;
  #lasting: string;
  #held: Buffer = NOTHING;
  #request: WholeRequest | undefined;

  constructor(socket: Socket, door: LaneDoor) {
    this.#socket = socket;
    this.#door = door;
    this.#peer = peerOf(socket);
    this.#lasting = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(door.keepAliveTimeout / SECOND)}\r\n`;
    socket.on('data', this.#take);
    socket.on('close', this.#gone);
    socket.on('timeout', this.#silent);
    socket.setTimeout(door.keepAliveTimeout + KEPT_LONGER);
    socket.resume();
  }

  /** Ends the connection, now or with the answer that is being made. */
  close(): void {
    if (this.#request === undefined) this.#socket.end();
  }

  #take = (piece: Buffer): void => {
    this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    // Who sends the next request before the answer has to wait with the one after that.
    if (this.#request !== undefined) this.#socket.pause();
    else this.#next();
  };

  #gone = (): void => {
    this.#request?.leave();
  };

  /** Nothing moved for long. Who waits for our answer may be silent, who doesn't read it may not. */
  #silent = (): void => {
    if (this.#request === undefined || this.#socket.writableNeedDrain) this.#socket.destroy();
  };

  #next(): void {
    const held = this.#held;
    const head = readHead(held);
    const end = head === undefined ? Number.POSITIVE_INFINITY : head.bodyAt + head.length;
    if (head === undefined || end > held.length || end > REQUEST_BYTES_MAX) {
      this.#leave();
      return;
    }
    this.#held = end === held.length ? NOTHING : held.subarray(end);
    this.#request = new WholeRequest(head, held.subarray(head.bodyAt, end), this.#peer);
    void this.#serve(this.#request);
  }

  #leave(): void {
    const socket = this.#socket;
    socket.off('data', this.#take);
    socket.off('close', this.#gone);
    socket.off('timeout', this.#silent);
    this.#door.handOver(socket, this.#held);
  }

  async #serve(request: WholeRequest): Promise<void> {
    const door = this.#door;
    door.entered();
    try {
      const reply = await door.answer(request);
      if (reply === 'close') this.#socket.destroy();
      else await this.#send(request.method, reply);
    } catch {
      this.#socket.destroy();
    }
    this.#request = undefined;
    door.left();
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    if (door.isClosing()) this.#socket.end();
    else if (this.#held.length > 0) {
      this.#socket.resume();
      this.#next();
    }
  }

  async #send(method: string, reply: Exclude<GatewayReply, 'close'>): Promise<void> {
    const socket = this.#socket;
    const { status, headers } = reply;
    const isLast = this.#door.isClosing();
    const lasting = isLast ? undefined : this.#lasting;
    const whole = await wholeBody(reply);
    if (socket.destroyed) return leaveUnread(reply);
    if (isBodiless(method, status)) {
      leaveUnread(reply);
      gather(socket);
      socket.write(headOf(status, headers, { length: headers['content-length'] }, lasting), 'latin1');
    } else if (whole !== undefined) {
      const bytes = Buffer.byteLength(whole);
      gather(socket);
      writeWhole(socket, headOf(status, headers, { length: String(bytes) }, lasting), whole, bytes);
    } else {
      const length = headers['content-length'];
      socket.write(headOf(status, headers, length === undefined ? 'chunked' : { length }, lasting), 'latin1');
      await this.#stream(reply.body as AsyncIterable<Uint8Array>, length === undefined ? undefined : Number(length));
    }
    if (isLast) await finish(socket);
    else if (socket.writableNeedDrain) await this.#patiently(() => writable(socket));
  }

  /** A body of another length than was said would be taken for the next answer's beginning, or its end. */
  async #stream(body: AsyncIterable<Uint8Array>, length: number | undefined): Promise<void> {
    const socket = this.#socket;
    await this.#patiently(async () => {
      const isSpendable = body instanceof SpendableStream;
      let sent = 0;
      for await (const piece of body) {
        sent += piece.length;
        if (socket.destroyed || sent > (length ?? sent)) break;
        if (piece.length === 0) continue;
        socket.cork();
        if (length === undefined) socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
        writePiece(socket, piece, isSpendable);
        if (length === undefined) socket.write('\r\n', 'latin1');
        socket.uncork();
        if (socket.writableNeedDrain) await writable(socket);
      }
      if (length === undefined) socket.write('0\r\n\r\n', 'latin1');
      else if (sent !== length) socket.destroy();
    });
  }

  /** Within the time that a client has to read its answer, not that of a connection nobody uses. */
  async #patiently(act: () => Promise<void>): Promise<void> {
    this.#socket.setTimeout(this.#door.silenceTimeout);
    await act();
    this.#socket.setTimeout(this.#door.keepAliveTimeout + KEPT_LONGER);
  }
}

/** Until all is sent, or never will be; one that has gone already tells no more. */
function finish(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.on('finish', resolve);
    socket.on('close', resolve);
    socket.end();
  });
}
