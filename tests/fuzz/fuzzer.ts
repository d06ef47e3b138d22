/** Sends requests as they stand and judges what comes back: an answer at all, no failure of ours, in the client's protocol, with a code it can know. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMON_ERRORS } from '#kernel/contract';
import type { ServiceModel } from '#kernel/wire';
import { type Element, parseXml } from '../../src/kernel/wire/xml.ts';
import { type RawResponse, RawSocket } from '../support/raw-socket.ts';
import type { Request } from './seeds.ts';

const MODELS = join(import.meta.dirname, '../../models');
/** No request takes a hundredth of it; one without an answer by then has none. */
const HANG = 60_000;
/** What no XML document can have, written out or as an entity. */
const NO_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*)?(?:[0-8bcef]|1[0-9a-f]);/i;

export class Fuzzer {
  readonly #url: string;
  #socket: RawSocket | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** @returns undefined when the connection was closed instead of an answer */
  async send(request: Request): Promise<RawResponse | undefined> {
    this.#socket ??= new RawSocket(this.#url);
    const socket = this.#socket;
    const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.send(
      `${request.method} ${request.target} HTTP/1.1\r\n${lines.join('')}content-length: ${request.body.length}\r\n\r\n`,
    );
    socket.send(request.body);
    const answer = await Promise.race([socket.response(request.method), hang()]);
    if (answer === 'hang') throw new Error(`no answer to ${describe(request)}`);
    if (answer === undefined || answer.headers.get('connection') === 'close') this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

function hang(): Promise<'hang'> {
  return new Promise((resolve) => AbortSignal.timeout(HANG).addEventListener('abort', () => resolve('hang')));
}

/** A request as a person reads it. */
export function describe({ method, target, headers, body }: Request): string {
  const text = body
    .toString('latin1', 0, 400)
    .replace(/[^\x20-\x7e]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`);
  return `${method} ${target.slice(0, 300)} ${JSON.stringify(headers).slice(0, 900)} (${body.length} bytes) ${text}`;
}

const codes = new Map<string, ReadonlySet<string>>();

/** Codes of the service's model and those that every service has. */
function codesOf(service: string): ReadonlySet<string> {
  let known = codes.get(service);
  if (known === undefined) {
    const model = JSON.parse(readFileSync(join(MODELS, `${service}.json`), 'utf8')) as ServiceModel;
    const own = Object.entries(model.shapes).flatMap(([name, { error, exception }]) =>
      exception === true || error !== undefined ? [name, error?.code ?? name] : [],
    );
    codes.set(service, (known = new Set([...own, ...Object.keys(COMMON_ERRORS)])));
  }
  return known;
}

/**
 * Judges an answer.
 *
 * @param isRouted the request still leads to its own operation, so that protocol and codes are those of its service
 * @returns the status and the error's code, for comparing runs
 */
export function judge(request: Request, answer: RawResponse | undefined, isRouted: boolean): string {
  const what = describe(request);
  if (answer === undefined) {
    assert.equal(isRouted, false, `the connection was closed on ${what}`);
    return 'closed';
  }
  const { status, head, body } = answer;
  const found = `${head}\n${body.slice(0, 300)}\nto ${what}`;
  // So DynamoDB answers a body in an encoding that it doesn't know.
  const isUndecoded = status === 500 && body.includes('The request could not be decoded.');
  assert.ok(status < 500 || status === 501 || isUndecoded, found);
  if (status < 400 || request.method === 'HEAD') return String(status);
  const protocol = protocolOf(answer);
  if (isRouted) assert.equal(protocol, request.protocol === 'ec2' ? 'query' : request.protocol, found);
  if (body === '') return String(status);
  const code = codeOf(answer);
  assert.notEqual(code, undefined, `an error without a code: ${found}`);
  if (isRouted) assert.ok(codesOf(request.service).has(code as string), `${request.service} has no ${code}: ${found}`);
  return `${status} ${code}`;
}

type AnswerProtocol = 'json' | 'rest-json' | 'query' | 'rest-xml' | 'cbor' | undefined;

function protocolOf({ headers }: RawResponse): AnswerProtocol {
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('application/x-amz-json')) return 'json';
  if (type === 'application/json') return 'rest-json';
  if (type === 'application/cbor') return 'cbor';
  if (type.startsWith('text/xml')) return 'query';
  return type === 'application/xml' ? 'rest-xml' : undefined;
}

/** The error's code, where each protocol has it. */
function codeOf(answer: RawResponse): string | undefined {
  // What DynamoDB answers to what is no call at all, whatever type it says that it is.
  const [, bare] = /^<(\w+)\/>\n$/.exec(answer.body) ?? [];
  if (bare !== undefined) return bare;
  switch (protocolOf(answer)) {
    case 'json': {
      const { __type: type } = JSON.parse(answer.body) as { __type?: string };
      return type?.slice(type.indexOf('#') + 1);
    }
    case 'rest-json': {
      // DynamoDB answers so to what is no call of its own.
      const { __type: type } = JSON.parse(answer.body) as { __type?: string };
      return answer.headers.get('x-amzn-errortype') ?? type?.split('#')[1];
    }
    case 'cbor': {
      // The type is a text whose length stands before it.
      const found = /__type(?:x(.)|([\x60-\x77]))/s.exec(answer.body);
      const size = found?.[1]?.charCodeAt(0) ?? (found?.[2]?.charCodeAt(0) ?? 0x60) - 0x60;
      const type = found === null ? '' : answer.body.slice(found.index + found[0].length).slice(0, size);
      return type.split('#')[1];
    }
    case 'query':
    case 'rest-xml':
      assert.doesNotMatch(answer.body, NO_XML);
      return below(parseXml(answer.body), 'Code')?.text;
    default:
      return undefined;
  }
}

function below(element: Element, name: string): Element | undefined {
  for (const child of element.children) {
    const found = child.name === name ? child : below(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
