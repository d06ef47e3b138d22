/** Web sockets that services have opened, by their ids. They end with the process. */
import type { WebSocket } from 'ws';
import type { Sockets } from '#kernel/contract';

/** Unsent bytes of one socket; a client that does not read is cut off. */
const UNSENT_BYTES_MAX = 16 * 1_048_576;

export class OpenSockets implements Sockets {
  #open = new Map<string, WebSocket>();

  add(id: string, socket: WebSocket): void {
    this.#open.set(id, socket);
    socket.once('close', () => this.#open.delete(id));
  }

  send(id: string, data: Uint8Array | string): boolean {
    const socket = this.#open.get(id);
    if (socket === undefined || socket.readyState !== socket.OPEN) return false;
    if (socket.bufferedAmount > UNSENT_BYTES_MAX) {
      socket.terminate();
      return false;
    }
    socket.send(data);
    return true;
  }

  close(id: string, code = 1000, reason = ''): boolean {
    const socket = this.#open.get(id);
    socket?.close(code, reason);
    return socket !== undefined;
  }

  has(id: string): boolean {
    const socket = this.#open.get(id);
    return socket !== undefined && socket.readyState === socket.OPEN;
  }

  closeAll(): void {
    for (const socket of this.#open.values()) socket.terminate();
  }
}
