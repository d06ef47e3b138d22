/** Requests that services send out: those to addresses that somebody has in this cloud never leave it, by whatever name AWS's clients know them. */
import { collect } from '#kernel/base';
import { type Fetch, FetchError, type Fetched, type FetchedFlow, type FetchRequest } from '#kernel/contract';
import { addressOf, findAddress, findHost } from './addresses.ts';
import type { Kernel } from './kernel.ts';
import { visitAddress } from './visit.ts';

type Asked = Omit<FetchRequest, 'bytesMax'>;

/** @param outside sends what is for others */
export function fetchFrom(kernel: () => Kernel, outside: Fetch): Fetch {
  const flowing = async (url: string, request: Asked): Promise<FetchedFlow> => {
    const target = URL.parse(url);
    const isOurs = target !== null && isAddressHere(kernel(), target);
    return isOurs ? fetchHere(kernel(), target, request) : outside.flowing(url, request);
  };
  const whole = async (url: string, request: FetchRequest): Promise<Fetched> => {
    const tooLarge = () => new FetchError('too-large', `${url} is larger than ${request.bytesMax} bytes`);
    const { body, ...head } = await flowing(url, request);
    return { ...head, body: await collect(body, request.bytesMax, tooLarge) };
  };
  return Object.assign(whole, { flowing });
}

/** An API's, a function's, a distribution's or a custom domain's. What names a port, or this machine, means a socket of it. */
function isAddressHere({ store }: Kernel, { protocol, host, port }: URL): boolean {
  if (!/^https?:$/.test(protocol) || port !== '' || /(^|\.)localhost$/.test(host)) return false;
  const addressed = addressOf(host, '/');
  const row = addressed === undefined ? findHost(store, host) : findAddress(store, addressed.kind, addressed.name);
  return row !== undefined;
}

async function fetchHere(kernel: Kernel, target: URL, request: Asked): Promise<FetchedFlow> {
  const { method = 'GET', headers, body = Buffer.alloc(0), timeout } = request;
  const { href, host, pathname, search, protocol } = target;
  const unreachable = (why: string, isLate = false) => new FetchError('unreachable', `${href}: ${why}`, isLate);
  const late = new Promise<never>((_, reject) => {
    const signal = AbortSignal.timeout(timeout);
    signal.addEventListener('abort', () => reject(unreachable(`no answer in ${timeout} ms`, true)));
  });
  const length = body.length === 0 ? undefined : { 'content-length': String(body.length) };
  const answer = visitAddress(kernel, {
    method,
    host,
    target: pathname + search,
    headers: {
      accept: method === 'GET' ? 'application/json' : '*/*',
      'user-agent': 'cloudyard',
      ...headers,
      ...length,
    },
    body,
    sourceIp: '127.0.0.1',
    secure: protocol === 'https:',
  });
  const reply = await Promise.race([answer, late]);
  if (reply === 'close') throw unreachable('Error: socket hang up');
  const given = Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const cookies = given.find(([name]) => name === 'set-cookie')?.[1];
  return {
    status: reply.status,
    headers: Object.fromEntries(given.map(([name, value]) => [name, [value].flat().join(', ')])),
    cookies: cookies === undefined ? undefined : [cookies].flat(),
    body: piecesOf(reply.body),
  };
}

async function* piecesOf(body: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}
