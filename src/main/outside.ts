/** The way out of the cloud: requests that services send elsewhere, bounded in time, size and connections. */
import type { X509Certificate } from 'node:crypto';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { bytesStream, collect, sha256Hex } from '#kernel/base';
import { machineNow } from '#kernel/clock';
import {
  type Fetch,
  FetchError,
  type Fetched,
  type FetchedFlow,
  type FetchRequest,
  type Signer,
  type VisitReply,
} from '#kernel/contract';
import { type Claim, signature } from '#kernel/identity';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const {
  Agent: HttpAgent,
  request: httpRequest,
  validateHeaderName,
  validateHeaderValue,
} = process.getBuiltinModule('node:http');

/** Connections at a time, so that servers that hang use up neither this process nor the way to others. */
const SOCKETS = { maxTotalSockets: 64, maxSockets: 16 };
/** Certificates of a chain that are looked at. */
const CHAIN_MAX = 8;
const LOCALHOST = /(^|\.)localhost$/;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\])$/;
/** How a message is framed follows from its body. */
const FRAMING = /^(connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

const NOTHING = new Uint8Array();

const http = new HttpAgent(SOCKETS);
// Whom to trust is decided below. A session taken up again would show no certificate.
const https = new HttpsAgent({ ...SOCKETS, maxCachedSessions: 0, rejectUnauthorized: false });

type Asked = Omit<FetchRequest, 'bytesMax'>;
type Sent = { method: string; headers: Record<string, string>; body: Uint8Array };

/** Answers what is sent to an address of the cloud itself, as a socket would; undefined for any other. */
export type Inside = (target: URL, sent: Sent) => Promise<VisitReply | 'close'> | undefined;

/** Sends requests that are for nobody inside out of the cloud. */
export function fetchThrough(inside: Inside): Fetch {
  const flowing = (url: string, request: Asked) => fetchFlowing(url, request, inside);
  const whole = async (url: string, request: FetchRequest): Promise<Fetched> => {
    const tooLarge = () => new FetchError('too-large', `${url} is larger than ${request.bytesMax} bytes`);
    const { body, ...head } = await flowing(url, request);
    return { ...head, body: await collect(body, request.bytesMax, tooLarge) };
  };
  return Object.assign(whole, { flowing });
}

/** Sends requests out of the cloud. */
export const fetchOutside = fetchThrough(() => undefined);

async function fetchFlowing(url: string, request: Asked, inside: Inside): Promise<FetchedFlow> {
  const target = targetOf(url);
  const framing = Object.keys(request.headers ?? {}).find((name) => FRAMING.test(name));
  if (framing !== undefined) throw new FetchError('refused', `${url}: the header ${framing} can't be given`);
  const signal = AbortSignal.timeout(request.timeout);
  const failed = (error: unknown) => faultOf(error, url, request, signal);
  const answer = async (): Promise<FetchedFlow> => {
    const { method = 'GET', body = NOTHING } = request;
    const headers = headersFor(target, request);
    const here = inside(target, { method, headers, body });
    if (here !== undefined) return flowOf(await Promise.race([here, over(signal)]));
    checkWay(target, url);
    const reply = await answerOf(target, request, headers, signal);
    const { 'set-cookie': cookies } = reply.headers;
    return { status: reply.statusCode ?? 0, headers: headersOf(reply.headers), cookies, body: reply };
  };
  const { body, ...head } = await answer().catch((error) => {
    throw failed(error);
  });
  return { ...head, body: piecesOf(body, failed) };
}

function over(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/** An answer from inside, as it would come from outside. */
function flowOf(reply: VisitReply | 'close'): FetchedFlow {
  if (reply === 'close') throw new Error('socket hang up');
  const { status, body } = reply;
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const { 'set-cookie': cookies } = headers;
  return {
    status,
    headers: headersOf(headers),
    cookies: cookies === undefined ? undefined : [cookies].flat(),
    body: typeof body === 'string' || body instanceof Uint8Array ? bytesStream(Buffer.from(body)) : body,
  };
}

async function* piecesOf(
  body: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => FetchError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw failed(error);
  }
}

function faultOf(error: unknown, url: string, { timeout }: Asked, signal: AbortSignal): FetchError {
  if (error instanceof FetchError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN')
    return new FetchError('refused', `${url}: a header can't be sent`);
  const late = signal.aborted;
  return new FetchError('unreachable', `${url}: ${late ? `no answer in ${timeout} ms` : String(error)}`, late);
}

/** @throws {FetchError} refused */
function targetOf(url: string): URL {
  const target = URL.parse(url);
  if (target === null || target.username !== '' || target.password !== '')
    throw new FetchError('refused', `${url} is no address to send to`);
  return target;
}

/** @throws {FetchError} refused */
function checkWay({ protocol, hostname }: URL, url: string): void {
  const here = LOCALHOST.test(hostname) || LOOPBACK.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && here))
    throw new FetchError('refused', `${url}: only https, and http to this machine`);
}

/** Every name that ends in `.localhost` is this machine, whatever a resolver says. Source: RFC 6761, 6.3. */
const lookUpHere: LookupFunction = (_, options, done) =>
  options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

function headersOf(headers: IncomingHttpHeaders | VisitReply['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** @throws {TypeError} what can't stand in a header */
function headersFor(target: URL, { method = 'GET', headers, body, signedBy }: Asked): Record<string, string> {
  const all = {
    accept: method === 'GET' ? 'application/json' : '*/*',
    'user-agent': 'cloudyard',
    ...headers,
    ...(signedBy !== undefined && signedHeaders(target, method, body, signedBy)),
    // Without it, Node frames the body of some methods (DELETE) not at all.
    ...(body !== undefined && { 'content-length': String(body.length) }),
  };
  for (const [name, value] of Object.entries(all)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  return all;
}

function answerOf(
  target: URL,
  asked: Asked,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method = 'GET', body, identity } = asked;
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      method,
      headers,
      ...(target.hostname.endsWith('.localhost') && { lookup: lookUpHere }),
    };
    const request: ClientRequest =
      target.protocol === 'http:'
        ? httpRequest(target, { ...options, agent: http })
        : httpsRequest(target, { ...options, ...identity, agent: https });
    request.on('error', reject);
    request.on('response', resolve);
    if (target.protocol === 'http:') request.end(body);
    // Nothing is told to a server that is not trusted.
    else
      request.on('socket', (socket) =>
        socket.once('secureConnect', () => {
          const { authorized, authorizationError: why } = socket as TLSSocket;
          if (authorized || isTrusted(socket as TLSSocket, target.hostname, asked)) request.end(body);
          else request.destroy(new FetchError('untrusted', `${target.href}: ${why}`));
        }),
      );
  });
}

/** A signature's headers. Who checks it has the machine's time, whatever the cloud's is. */
function signedHeaders(
  target: URL,
  method: string,
  body: Uint8Array | undefined,
  { accessKeyId, secret, region, service }: Signer,
): Record<string, string> {
  const timestamp = new Date(machineNow()).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = { date: timestamp.slice(0, 8), region, service };
  const headers = { host: target.host, 'x-amz-date': timestamp };
  const claim: Claim = {
    algorithm: 'v4',
    from: 'header',
    accessKeyId,
    scope,
    signedHeaders: Object.keys(headers),
    signature: '',
    token: undefined,
    timestamp,
    expiresSeconds: undefined,
  };
  const request = { method, path: target.pathname, query: target.search.slice(1), headers };
  const made = signature(request, claim, sha256Hex(body ?? ''), secret);
  const credential = `${accessKeyId}/${scope.date}/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${made}`;
  return { ...headers, authorization };
}

/** Whether the server's certificate is for this host, and it or one of those that signed it is among those named, where that is asked for at all. */
function isTrusted(socket: TLSSocket, host: string, { thumbprints = [], trustsAnyIssuer = false }: Asked): boolean {
  const named = new Set(thumbprints.map((text) => text.toUpperCase()));
  let certificate = socket.getPeerX509Certificate();
  if (certificate === undefined || !isFor(certificate, host.replace(/^\[|\]$/g, ''))) return false;
  if (trustsAnyIssuer) return isValidNow(certificate);
  for (let left = CHAIN_MAX; left > 0; left -= 1) {
    if (named.has(certificate.fingerprint.replaceAll(':', ''))) return true;
    const issuer: X509Certificate | undefined = certificate.issuerCertificate;
    // A chain is what was sent; only signatures make it one.
    if (issuer === undefined || !certificate.verify(issuer.publicKey)) return false;
    certificate = issuer;
  }
  return false;
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

function isValidNow({ validFromDate, validToDate }: X509Certificate): boolean {
  const now = machineNow();
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}
