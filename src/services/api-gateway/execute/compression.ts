/** Compressed bodies of requests and answers. Source: API Gateway Developer Guide, "Payload compression for REST APIs". */
import { promisify } from 'node:util';
import { deflate, gunzip, gzip, inflate } from 'node:zlib';
import { type Call, isWhole, type Reply } from './call.ts';
import { PAYLOAD_BYTES_MAX } from './call-http.ts';
import { requestTooLarge } from './errors.ts';
import { GatewayFault } from './gateway-responses.ts';

const SQUEEZE = { gzip: promisify(gzip), deflate: promisify(deflate) };
const EXPAND = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/** A request's body as it was before its client compressed it; integrations see nothing of that. @throws {GatewayFault} */
export async function expand(call: Call): Promise<void> {
  const coding = call.headers['content-encoding']?.trim().toLowerCase();
  if (coding === undefined) return;
  if (coding !== 'gzip' && coding !== 'deflate' && coding !== 'identity') throw unsupported();
  delete call.headers['content-encoding'];
  if (coding === 'identity' || call.body.length === 0) return;
  try {
    call.body = await EXPAND[coding](call.body, { maxOutputLength: PAYLOAD_BYTES_MAX });
  } catch (error) {
    throw error instanceof RangeError ? requestTooLarge(PAYLOAD_BYTES_MAX) : unsupported();
  }
}

const unsupported = () => new GatewayFault('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');

/** An answer as its client takes it, where it is long enough for that; one that flows stays as it is. */
export async function squeezed({ compiled, headers }: Call, reply: Reply): Promise<Reply> {
  const { minimumCompressionSize: min } = compiled.api;
  if (
    min === undefined ||
    !isWhole(reply) ||
    reply.body.length < min ||
    reply.headers['content-encoding'] !== undefined
  )
    return reply;
  const coding = (['gzip', 'deflate'] as const).find((one) => accepts(headers['accept-encoding'] ?? '', one));
  if (coding === undefined) return reply;
  const body = await SQUEEZE[coding](reply.body);
  return { ...reply, headers: { ...reply.headers, 'content-encoding': coding }, body };
}

function accepts(header: string, coding: string): boolean {
  return header.split(',').some((one) => {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    return (name === coding || name === '*') && !parameters.some((part) => /^q=0(\.0*)?$/.test(part));
  });
}
