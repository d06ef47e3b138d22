/**
 * A small proxy of an external key manager, as a user would bring one: it checks signatures, encrypts by AES-256-GCM, and can be told to misbehave.
 *
 * @see aws/aws-kms-xksproxy-api-spec, "External Key Store Proxy API Specification", version 1
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { signText } from './sign.ts';

type Json = { [member: string]: unknown };
type ExternalKey = { secret: Buffer; spec: string; usage: string[]; status: string };
type Reply = { status: number; body: string };
/** What the proxy was asked: `api` is health, metadata, encrypt or decrypt. */
export type Asked = { api: string; key: string | undefined; body: Json };

export const CREDENTIAL = { AccessKeyId: 'ABCDEFGHIJKLMNOPQRST', RawSecretAccessKey: 's'.repeat(43) };
export const URI_PATH = '/example/kms/xks/v1';
const AGE_MAX = 5 * 60_000;
const VERSION = Buffer.from('version=1');

export class ProxyError extends Error {
  readonly status: number;
  readonly errorName: string;

  constructor(status: number, errorName: string) {
    super(errorName);
    this.status = status;
    this.errorName = errorName;
  }
}

/** One that runs on a free port of this machine; by TLS where a certificate is given. */
export async function startXksProxy(tls?: { cert: string; key: string }) {
  const asked: Asked[] = [];
  const keys = new Map<string, ExternalKey>();
  const proxy = {
    endpoint: '',
    asked,
    keys,
    /** By access key id. */
    secrets: new Map([[CREDENTIAL.AccessKeyId, CREDENTIAL.RawSecretAccessKey]]),
    managers: ['ACTIVE'],
    /** Changes an answer, or throws a ProxyError in its place; undefined: the proxy never answers. */
    interfere: (_asked: Asked, answer: Json): Json | string | undefined => answer,
    addKey(id: string, facts: Partial<ExternalKey> = {}): void {
      const usage = ['ENCRYPT', 'DECRYPT', 'WRAP'];
      keys.set(id, { secret: randomBytes(32), spec: 'AES_256', usage, status: 'ENABLED', ...facts });
    },
    /** Stops, and gives up its port. */
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
    [Symbol.asyncDispose]: () => proxy.stop(),
  };
  const answer: RequestListener = async (request, response) => {
    const reply = await replyOf(request, proxy);
    if (reply === undefined) return;
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  proxy.endpoint = `http${tls === undefined ? '' : 's'}://localhost:${port}`;
  return proxy;
}

export type XksProxy = Awaited<ReturnType<typeof startXksProxy>>;

async function replyOf(request: IncomingMessage, proxy: XksProxy): Promise<Reply | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  try {
    const answer = answerOf(request, text, proxy);
    if (answer === undefined) return undefined;
    return { status: 200, body: typeof answer === 'string' ? answer : JSON.stringify(answer) };
  } catch (error) {
    const { status, errorName } = error instanceof ProxyError ? error : new ProxyError(500, 'InternalException');
    return { status, body: JSON.stringify({ errorName, errorMessage: String(error) }) };
  }
}

function answerOf(request: IncomingMessage, text: string, proxy: XksProxy): Json | string | undefined {
  const { url = '', method = '' } = request;
  if (!url.startsWith(`${URI_PATH}/`) || method !== 'POST') throw new ProxyError(404, 'InvalidUriPathException');
  checkSignature(request, text, proxy);
  const path = url.slice(URI_PATH.length);
  const [, , key, api = 'health'] = path.split('/');
  const body = JSON.parse(text) as Json;
  const question = { api, key, body };
  proxy.asked.push(question);
  return proxy.interfere(question, api === 'health' ? healthOf(proxy) : useKey(question, proxy));
}

function checkSignature(
  { headers, method = '', url = '' }: IncomingMessage,
  text: string,
  { secrets }: XksProxy,
): void {
  const found = /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  );
  const [, accessKeyId = '', scope = '', names = '', signature] = found ?? [];
  const at = String(headers['x-amz-date']);
  const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = `${method}\n${url}\n\n${lines.join('')}\n${names}\n${sha256(text)}`;
  const wanted = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`;
  const secret = secrets.get(accessKeyId) ?? '';
  const sentAt = Date.parse(at.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const isFresh = Math.abs(Date.now() - sentAt) < AGE_MAX;
  const isScoped = /^\d{8}\/[a-z0-9-]+\/kms-xks-proxy\/aws4_request$/.test(scope) && names === 'host;x-amz-date';
  const isSigned = signText({ accessKeyId, secret }, scope, wanted) === signature;
  if (!(isSigned && isFresh && isScoped)) throw new ProxyError(401, 'AuthenticationFailedException');
}

function healthOf({ managers }: XksProxy): Json {
  return {
    xksProxyFleetSize: 1,
    xksProxyVendor: 'Example',
    xksProxyModel: 'Example 1.0',
    ekmVendor: 'Example',
    ekmFleetDetails: managers.map((healthStatus, at) => ({ id: `ekm-${at}`, model: 'Example 1.0', healthStatus })),
  };
}

function useKey({ api, key = '', body }: Asked, { keys }: XksProxy): Json {
  const found = keys.get(key);
  if (found === undefined) throw new ProxyError(404, 'KeyNotFoundException');
  if (api === 'metadata') return { keySpec: found.spec, keyUsage: found.usage, keyStatus: found.status };
  if (found.status !== 'ENABLED') throw new ProxyError(400, 'InvalidStateException');
  if (!found.usage.includes(api.toUpperCase())) throw new ProxyError(400, 'InvalidKeyUsageException');
  return api === 'encrypt' ? encrypt(found, body) : decrypt(found, body);
}

const bytesOf = (text: unknown) => Buffer.from(String(text ?? ''), 'base64');

/** With the lengths of both parts, so that neither passes for the other. */
function authenticated(aad: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(aad.length);
  return Buffer.concat([length, aad, Buffer.of(VERSION.length), VERSION]);
}

function encrypt({ secret }: ExternalKey, body: Json): Json {
  const aad = bytesOf(body.additionalAuthenticatedData);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(authenticated(aad));
  const ciphertext = Buffer.concat([cipher.update(bytesOf(body.plaintext)), cipher.final()]);
  const tag = cipher.getAuthTag();
  const all = Buffer.concat([aad, VERSION, iv, ciphertext, tag]);
  return {
    ciphertext: ciphertext.toString('base64'),
    ciphertextMetadata: VERSION.toString('base64'),
    initializationVector: iv.toString('base64'),
    authenticationTag: tag.toString('base64'),
    ciphertextDataIntegrityValue: createHash('sha256').update(all).digest('base64'),
  };
}

function decrypt({ secret }: ExternalKey, body: Json): Json {
  if (!bytesOf(body.ciphertextMetadata).equals(VERSION)) throw new ProxyError(400, 'InvalidCiphertextException');
  const decipher = createDecipheriv('aes-256-gcm', secret, bytesOf(body.initializationVector));
  decipher.setAAD(authenticated(bytesOf(body.additionalAuthenticatedData)));
  decipher.setAuthTag(bytesOf(body.authenticationTag));
  try {
    const plaintext = Buffer.concat([decipher.update(bytesOf(body.ciphertext)), decipher.final()]);
    return { plaintext: plaintext.toString('base64') };
  } catch {
    throw new ProxyError(400, 'InvalidCiphertextException');
  }
}
