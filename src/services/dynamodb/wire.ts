/** What is particular to DynamoDB's HTTP: ids of requests, checksums of answers, pages of other origins, and what is no call at all. */
import { crc32 } from 'node:zlib';
import { MIB } from '#kernel/base';
import type { ByteStream, PageReply, PageRule, StampRule } from '#kernel/contract';

/** Source: recorded answers; the end is the same in all of them. */
export const requestId = {
  length: 26,
  alphabet: '0123456789ABCDEFGHIJKLMNOPQRSTUV',
  end: 'VV4KQNSO5AEMVJF66Q9ASUAAJG',
};

const JSON_TYPE = /^\s*application\/(json|x-amz-json-1\.0)\s*(;|$)/;
const OWN_TYPE = 'application/x-amz-json-1.0';

/** SDKs check the sum. Answers are of the request's type, and any page may read them. Source: recorded answers. */
export const stamp: StampRule = (body, { 'content-type': type = '', origin }) => ({
  server: 'Server',
  'x-amz-crc32': String(crc32(body)),
  ...(type !== OWN_TYPE && !type.includes('x-amz-json') && { 'content-type': 'application/json' }),
  ...(origin !== undefined && {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
  }),
});

/** Source: recorded answers. */
export const page: PageRule = ({ method, headers, body }) => {
  if (method === 'POST') {
    if (headers['x-amz-target'] !== undefined) return undefined;
    const { 'content-type': type } = headers;
    if (type === undefined) return body.length === 0 ? unknown : lost;
    return JSON_TYPE.test(type) ? async () => ((await isJson(body)) ? unknown() : garbled()) : lost;
  }
  if (method === 'GET') return () => reply(200, `healthy: ${headers.host} `, {});
  const { origin, 'access-control-request-headers': wanted, 'access-control-request-method': meant } = headers;
  if (method !== 'OPTIONS' || origin === undefined) return lost;
  return () =>
    reply(200, '', {
      'access-control-max-age': '172800',
      ...(wanted !== undefined && { 'access-control-allow-headers': wanted }),
      ...(meant !== undefined && { 'access-control-allow-methods': meant }),
    });
};

const lost = () => reply(404, '<UnknownOperationException/>\n', {});
const failure = (name: string) => reply(400, JSON.stringify({ __type: `com.amazon.coral.service#${name}` }), {});
const unknown = () => failure('UnknownOperationException');
const garbled = () => failure('SerializationException');

/** Longer than anything that is worth looking into. */
const BODY_BYTES_MAX = MIB;

async function isJson(body: ByteStream): Promise<boolean> {
  let text = '';
  for await (const piece of body) {
    text += Buffer.from(piece).toString('utf8');
    if (text.length > BODY_BYTES_MAX) return false;
  }
  try {
    JSON.parse(text || '{}');
    return true;
  } catch {
    return false;
  }
}

async function reply(status: number, body: string, headers: Record<string, string>): Promise<PageReply> {
  return {
    status,
    body,
    headers: { 'content-type': OWN_TYPE, 'content-length': String(Buffer.byteLength(body)), ...headers },
  };
}
