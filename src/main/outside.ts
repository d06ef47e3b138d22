/** The way out of the cloud: documents that services read from elsewhere, bounded in time and size. It sends nothing but the request. */
import type { X509Certificate } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { collect } from '#kernel/base';
import { type Fetch, FetchError, type FetchLimits } from '#kernel/contract';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http');

/** Connections at a time, so that servers that hang don't use up this process. */
const SOCKETS_MAX = 16;
/** Certificates of a chain that are looked at. */
const CHAIN_MAX = 8;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const http = new HttpAgent({ maxTotalSockets: SOCKETS_MAX });
// Whom to trust is decided below. A session taken up again would show no certificate.
const https = new HttpsAgent({ maxTotalSockets: SOCKETS_MAX, maxCachedSessions: 0, rejectUnauthorized: false });

/** Reads documents from outside the cloud. */
export const fetchOutside: Fetch = async (url, limits) => {
  const target = targetOf(url);
  const tooLarge = () => new FetchError('too-large', `${url} is larger than ${limits.bytesMax} bytes`);
  const signal = AbortSignal.timeout(limits.timeout);
  try {
    const reply = await answerOf(target, limits, signal);
    const body = await collect(reply, limits.bytesMax, tooLarge);
    return { status: reply.statusCode ?? 0, body };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    const why = signal.aborted ? `no answer in ${limits.timeout} ms` : String(error);
    throw new FetchError('unreachable', `${url}: ${why}`);
  }
};

/** @throws {FetchError} refused */
function targetOf(url: string): URL {
  const target = URL.parse(url);
  if (target === null || target.username !== '' || target.password !== '')
    throw new FetchError('refused', `${url} is no address of a document`);
  if (target.protocol === 'https:' || (target.protocol === 'http:' && LOOPBACK.test(target.hostname))) return target;
  throw new FetchError('refused', `${url}: only https, and http to this machine`);
}

function answerOf(target: URL, { thumbprints = [] }: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { signal, headers: { accept: 'application/json', 'user-agent': 'cloudyard' } };
    const request: ClientRequest =
      target.protocol === 'http:'
        ? httpRequest(target, { ...options, agent: http })
        : httpsRequest(target, { ...options, agent: https });
    request.on('error', reject);
    request.on('response', (reply) => {
      const socket = reply.socket as TLSSocket;
      if (target.protocol === 'http:' || socket.authorized || isPinned(socket, target.hostname, thumbprints)) {
        resolve(reply);
        return;
      }
      reply.destroy();
      reject(new FetchError('untrusted', `${target.href}: ${socket.authorizationError}`));
    });
    request.end();
  });
}

/** Whether the server's certificate is for this host, and it or one of those that signed it is among those named. */
function isPinned(socket: TLSSocket, host: string, thumbprints: readonly string[]): boolean {
  const named = new Set(thumbprints.map((text) => text.toUpperCase()));
  let certificate = socket.getPeerX509Certificate();
  const address = host.replace(/^\[|\]$/g, '');
  if (certificate === undefined || (certificate.checkHost(host) ?? certificate.checkIP(address)) === undefined)
    return false;
  for (let left = CHAIN_MAX; left > 0; left -= 1) {
    if (named.has(certificate.fingerprint.replaceAll(':', ''))) return true;
    const issuer: X509Certificate | undefined = certificate.issuerCertificate;
    // A chain is what was sent; only signatures make it one.
    if (issuer === undefined || !certificate.verify(issuer.publicKey)) return false;
    certificate = issuer;
  }
  return false;
}
