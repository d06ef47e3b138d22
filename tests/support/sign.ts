/** Signature Version 4 written a second time, for requests that a proper client would not make. */
import { createHash, createHmac } from 'node:crypto';

export type Keys = { accessKeyId: string; secret: string; token?: string | undefined };
export type Signable = {
  method: string;
  path: string;
  query?: string;
  headers: { [name: string]: string };
  /** The body, or what stands for its hash. */
  body?: string | { hash: string };
};
export type SignOptions = { service: string; region?: string; at?: number; date?: string; signed?: string[] };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** `20260101T000000Z`. */
export const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** Signs a text for a day, Region and service. */
export function signText(keys: Keys, scope: string, text: string): string {
  const key = scope.split('/').reduce<string | Buffer>((step, part) => hmac(step, part), `AWS4${keys.secret}`);
  return hmac(key, text).toString('hex');
}

/** The headers of a signed request; `signature` is what was made, the seed of signed chunks. */
export function signHeaders(request: Signable, keys: Keys, options: SignOptions) {
  const { service, region = 'us-east-1', at = Date.now() } = options;
  const time = stamp(at);
  const scope = `${options.date ?? time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const hash = typeof request.body === 'object' ? request.body.hash : sha256(request.body ?? '');
  const headers: { [name: string]: string } = {
    ...request.headers,
    'x-amz-date': time,
    ...(service === 's3' && { 'x-amz-content-sha256': hash }),
    ...(keys.token !== undefined && { 'x-amz-security-token': keys.token }),
  };
  const signed = (options.signed ?? Object.keys(headers)).sort();
  const signature = signText(keys, scope, toSign(request, headers, signed, request.query ?? '', hash, time, scope));
  return {
    signature,
    scope,
    time,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}`,
    } as { [name: string]: string },
  };
}

/** Path and query of a presigned URL. */
export function presign(request: Signable, keys: Keys, options: SignOptions & { expires: number }): string {
  const { service, region = 'us-east-1', at = Date.now(), expires } = options;
  const time = stamp(at);
  const scope = `${options.date ?? time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signed = (options.signed ?? Object.keys(request.headers)).sort();
  const query = Object.entries({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': signed.join(';'),
    ...(keys.token !== undefined && { 'X-Amz-Security-Token': keys.token }),
  })
    .map(([name, value]) => `${name}=${encode(value)}`)
    .sort()
    .join('&');
  const text = toSign(request, request.headers, signed, query, 'UNSIGNED-PAYLOAD', time, scope);
  return `${request.path}?${query}&X-Amz-Signature=${signText(keys, scope, text)}`;
}

function toSign(
  request: Signable,
  headers: { [name: string]: string },
  signed: string[],
  query: string,
  hash: string,
  time: string,
  scope: string,
): string {
  const lines = signed.map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
  const canonical = `${request.method}\n${request.path}\n${query}\n${lines}\n${signed.join(';')}\n${hash}`;
  return `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
}

/** An aws-chunked body whose chunks, and trailer, are signed one after the other. */
export function signedChunks(
  pieces: string[],
  seed: { signature: string; scope: string; time: string },
  keys: Keys,
  trailer?: string,
): string {
  let previous = seed.signature;
  let body = '';
  for (const piece of [...pieces, '']) {
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${seed.time}\n${seed.scope}\n${previous}\n${sha256('')}\n${sha256(piece)}`;
    previous = signText(keys, seed.scope, text);
    body += `${piece.length.toString(16)};chunk-signature=${previous}\r\n${piece}${piece === '' ? '' : '\r\n'}`;
  }
  if (trailer === undefined) return `${body}\r\n`;
  const text = `AWS4-HMAC-SHA256-TRAILER\n${seed.time}\n${seed.scope}\n${previous}\n${sha256(`${trailer}\n`)}`;
  return `${body}${trailer}\r\nx-amz-trailer-signature:${signText(keys, seed.scope, text)}\r\n\r\n`;
}
