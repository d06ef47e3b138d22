/** Reads the body whole, within bounds, unless it is S3's, whose operations may take it as it flows. */
import { MIB } from '#kernel/base';
import type { Exchange } from '../exchange.ts';
import { faceOf, trouble } from '../faces.ts';

/** More than the largest request of any service that reads whole bodies (Lambda's UpdateFunctionCode: 50 MB of zip as base64). */
const BODY_BYTES_MAX = 128 * MIB;
/** DynamoDB's BatchWriteItem and SQS stay far below; so do all JSON and query services but Lambda. */
const RPC_BYTES_MAX = 20 * MIB;

export function receive(x: Exchange): void | Promise<void> {
  const { loaded, protocol, request } = x;
  if (loaded === undefined || protocol === undefined || loaded.head.name === 's3') return;
  const limit =
    protocol.name === 'json' || protocol.name === 'query' || protocol.name === 'ec2' ? RPC_BYTES_MAX : BODY_BYTES_MAX;
  const tooLarge = () =>
    trouble(faceOf(loaded.head.name, protocol.name), 'too-large', `Request is larger than ${limit} bytes`);
  if ((request.body.length ?? 0) > limit) throw tooLarge();
  const body = request.readBody(limit, tooLarge);
  if (body instanceof Uint8Array) {
    x.body = body;
    return;
  }
  return body.then((bytes) => {
    x.body = bytes;
  });
}
