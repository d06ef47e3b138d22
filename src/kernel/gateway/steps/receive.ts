/** Reads the body whole, within bounds, unless it is S3's, whose operations may take it as it flows. */
import { MIB } from '#kernel/base';
import type { ProtocolName } from '#kernel/wire';
import type { Exchange } from '../exchange.ts';
import { type Face, faceOf, trouble } from '../faces.ts';

/** More than the largest request of any service that reads whole bodies (Lambda's UpdateFunctionCode: 50 MB of zip as base64). */
const BODY_BYTES_MAX = 128 * MIB;
/** DynamoDB's BatchWriteItem and SQS stay far below; so do all JSON and query services but Lambda. */
export const RPC_BYTES_MAX = 20 * MIB;

const RPC: ReadonlySet<ProtocolName> = new Set<ProtocolName>(['json', 'json-cbor', 'query', 'ec2']);

export function receive(x: Exchange): void | Promise<void> {
  const { loaded, protocol, request } = x;
  if (loaded === undefined || protocol === undefined || loaded.head.name === 's3') return;
  const limit = loaded.service?.requestBytesMax ?? (RPC.has(protocol.name) ? RPC_BYTES_MAX : BODY_BYTES_MAX);
  x.bodyLimit = limit;
  if (x.body !== undefined) return;
  const refuse = () => tooLarge(faceOf(loaded.head.name, protocol.name), limit);
  if ((request.body.length ?? 0) > limit) throw refuse();
  const body = request.readBody(limit, refuse);
  if (body instanceof Uint8Array) {
    x.body = body;
    return;
  }
  return body.then((bytes) => {
    x.body = bytes;
  });
}

/** The error of a body past the limit. */
export function tooLarge(face: Face, limit: number): Error {
  return trouble(face, 'too-large', `Request is larger than ${limit} bytes`);
}
