/** The head of a request as nearly every client writes it; whatever is written in any other way is left to Node's own parser. */

import type { SentHeader } from '#kernel/contract';

export type RequestHead = {
  method: string;
  /** Path and query as sent. */
  target: string;
  /** Names in lower case; each came once. */
  headers: Record<string, string>;
  /** The request line and the headers as they were written. */
  text: string;
  /** Where its body begins, and how long that is. */
  bodyAt: number;
  length: number;
};

const HEAD_END = Buffer.from('\r\n\r\n');
const REQUEST_LINE = /^(GET|PUT|POST|HEAD|DELETE|PATCH|OPTIONS) (\/[\x21-\x7e]*) HTTP\/1\.1$/;
/** A header's name. Source: RFC 9110, 5.6.2. */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,9}$/;
/** They change where a message ends or what becomes of the connection, or aren't read as text. */
const SPECIAL = /^(transfer-encoding|upgrade|expect|trailer|proxy-connection|set-cookie|__proto__)$/;
const SPACE = 0x20;
const TAB = 0x09;

/** What is asked for over and over is looked up; a client that makes up names fills it no further. */
const NAMES_KEPT_MAX = 1_000;
const names = new Map<string, string | undefined>();

/**
 * Strict, so that nothing can be read in two ways: a head that is not whole, has a name twice, or says anything of
 * framing but one plain Content-Length is not read here at all.
 *
 * @param bytes from the first byte of a request on
 * @returns undefined when Node's parser is to read it
 * @see     RFC 9112, 2 to 6
 */
export function readHead(bytes: Buffer): RequestHead | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const text = bytes.toString('latin1', 0, end);
  let stop = endOfLine(text, 0);
  const line = REQUEST_LINE.exec(text.slice(0, stop));
  if (line === null) return undefined;
  const headers: Record<string, string> = {};
  while (stop < text.length) {
    const from = stop + 2;
    stop = endOfLine(text, from);
    const colon = text.indexOf(':', from);
    if (colon === -1 || colon > stop) return undefined;
    const name = nameOf(text.slice(from, colon));
    const value = trimmed(text, colon + 1, stop);
    if (name === undefined || headers[name] !== undefined || !VALUE.test(value)) return undefined;
    headers[name] = value;
  }
  const { host, connection, 'content-length': length = '0' } = headers;
  if (host === undefined || !LENGTH.test(length)) return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  return {
    method: line[1] as string,
    target: line[2] as string,
    headers,
    text,
    bodyAt: end + HEAD_END.length,
    length: Number(length),
  };
}

/** The headers of a head as they were written. */
export function sentHeaders({ text }: RequestHead): SentHeader[] {
  return text
    .split('\r\n')
    .slice(1)
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), trimmed(line, colon + 1, line.length)];
    });
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end === -1 ? text.length : end;
}

/** In lower case; undefined for no name, and for one that is left to others. */
function nameOf(sent: string): string | undefined {
  const known = names.get(sent);
  if (known !== undefined) return known;
  const name = sent.toLowerCase();
  if (!TOKEN.test(sent) || SPECIAL.test(name) || name in Object.prototype) return undefined;
  if (names.size < NAMES_KEPT_MAX) names.set(sent, name);
  return name;
}

/** Without the white space around it, of which there are two kinds only. */
function trimmed(text: string, from: number, to: number): string {
  let first = from;
  let last = to;
  while (first < last && isSpace(text.charCodeAt(first))) first += 1;
  while (last > first && isSpace(text.charCodeAt(last - 1))) last -= 1;
  return text.slice(first, last);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}
