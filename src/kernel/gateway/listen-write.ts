/** The bytes of an answer on the fast lane. */
import type { Socket } from 'node:net';
import { httpDate, type Millis, SECOND } from '#kernel/base';
import { machineNow } from '#kernel/clock';
import { writtenName } from './header-names.ts';
import { TOKEN } from './listen-head.ts';

const { STATUS_CODES } = process.getBuiltinModule('node:http');

const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;
/** How an answer is framed is said here alone, whatever a handler says of it. */
const FRAMING = /^(connection|keep-alive|transfer-encoding|content-length)$/i;
/** Up to here a copy is cheaper than a second piece to write. */
const COPIED_BYTES_MAX = 16_384;

/** How the answer ends: after so many bytes, with a last chunk, or with its head. */
export type Framing = { length: string | undefined } | 'chunked';

const NAMES_KEPT_MAX = 1_000;
/** By name how its line begins; empty for one that is not sent. */
const beginnings = new Map<string, string>();

/**
 * The head of an answer, with its last line.
 *
 * @param headers lists are sent as several headers of the name
 * @param lasting what a connection that stays open is told, as lines; undefined for one that is closed
 * @throws {TypeError} a name or a value that would break out of its line
 */
export function headOf(
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  framing: Framing,
  lasting: string | undefined,
): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const name in headers) {
    const beginning = beginningOf(name);
    if (beginning === '') continue;
    const value = headers[name] as string | readonly string[];
    if (typeof value === 'string') text += lineOf(beginning, value);
    else for (const one of [value].flat()) text += lineOf(beginning, String(one));
  }
  if (headers.date === undefined) text += dateLine(machineNow());
  if (framing === 'chunked') text += 'Transfer-Encoding: chunked\r\n';
  else if (framing.length !== undefined) text += `Content-Length: ${framing.length}\r\n`;
  return `${text}${lasting ?? 'Connection: close\r\n'}\r\n`;
}

function lineOf(beginning: string, value: string): string {
  if (UNSENDABLE.test(value)) throw new TypeError(`the header ${beginning}has a character that no header can have`);
  return `${beginning}${value}\r\n`;
}

function beginningOf(name: string): string {
  let known = beginnings.get(name);
  if (known === undefined) {
    if (!TOKEN.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a header`);
    known = FRAMING.test(name) ? '' : `${writtenName(name)}: `;
    if (beginnings.size < NAMES_KEPT_MAX) beginnings.set(name, known);
  }
  return known;
}

let dated = 0;
let dateText = '';

/** It has whole seconds, and is made once in each. */
function dateLine(now: Millis): string {
  const second = Math.floor(now / SECOND);
  if (second !== dated) {
    dated = second;
    dateText = `Date: ${httpDate(second * SECOND)}\r\n`;
  }
  return dateText;
}

/** Writes head and body, in one piece where that is cheap. */
export function writeWhole(socket: Socket, head: string, body: string | Uint8Array, bytes: number): void {
  if (typeof body === 'string' && bytes === body.length) {
    // All of it is ASCII.
    socket.write(head + body, 'latin1');
  } else if (bytes <= COPIED_BYTES_MAX) {
    const all = Buffer.allocUnsafe(head.length + bytes);
    all.write(head, 0, 'latin1');
    if (typeof body === 'string') all.write(body, head.length, 'utf8');
    else all.set(body, head.length);
    socket.write(all);
  } else {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }
}

let gathered: Socket[] = [];

/**
 * What is written to a socket from here on leaves when the turn of the event loop is over, with the answers of all others: waking the
 * client costs more than writing does, and whoever is awake already needs no waking.
 */
export function gather(socket: Socket): void {
  if (gathered.length === 0) setImmediate(release);
  socket.cork();
  gathered.push(socket);
}

function release(): void {
  const sockets = gathered;
  gathered = [];
  for (const socket of sockets) socket.uncork();
}
