/** Bodies that travel compressed: requests of any service but S3, whose bodies are data; answers of those services that do so. */
import { promisify } from 'node:util';
import { deflate, gunzip, gzip, inflate } from 'node:zlib';
import type { Exchange } from '../exchange.ts';
import { faceOf, trouble } from '../faces.ts';
import { tooLarge } from './receive.ts';

const READ = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;
const WRITE = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;
type Encoding = keyof typeof READ;

/** After the signature, which is of what was sent. What comes out is bounded as what comes in is, so that a small body can't fill memory. */
export function decompress(x: Exchange): void | Promise<void> {
  const encoding = x.request.headers['content-encoding']?.trim().toLowerCase();
  const { body, loaded, protocol, bodyLimit } = x;
  if (encoding === undefined || encoding === '' || encoding === 'identity') return;
  // Only where the body was received as a whole; that of AWS's own encoding is S3's.
  if (body === undefined || loaded === undefined || protocol === undefined || encoding === 'aws-chunked') return;
  const face = faceOf(loaded.head.name, protocol.name);
  // Source: DynamoDB's answers to encodings that it does not know and bodies that are not in theirs.
  const broken = () => trouble(face, 'internal', 'The request could not be decoded.');
  if (!isEncoding(encoding)) throw broken();
  return READ[encoding](body, { maxOutputLength: bodyLimit }).then(
    (bytes) => {
      x.body = bytes;
    },
    (error: { code?: unknown }) => {
      throw error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(face, bodyLimit) : broken();
    },
  );
}

function isEncoding(text: string): text is Encoding {
  return text === 'gzip' || text === 'deflate';
}

/** Compresses the answer where the service does so and the client asked for it. */
export function compress({ loaded, reply, request }: Exchange): void | Promise<void> {
  const from = loaded?.service?.compressesFrom;
  const accepted = request.headers['accept-encoding'];
  if (from === undefined || accepted === undefined || reply === undefined || reply === 'close') return;
  const { body } = reply;
  if ((typeof body !== 'string' && !(body instanceof Uint8Array)) || body.length < from) return;
  const encoding = bestEncoding(accepted);
  if (encoding === undefined) return;
  return WRITE[encoding](body).then((bytes) => {
    reply.body = bytes;
    reply.headers['content-encoding'] = encoding;
  });
}

/**
 * What a client accepts best; `*` stands for what it does not name. Source: RFC 9110, 12.5.3, read as leniently as DynamoDB reads it:
 * what is no weight is 1, the first weight counts, and plain text is never preferred.
 */
export function bestEncoding(header: string): Encoding | undefined {
  const offers: { encoding: Encoding; weight: number }[] = [];
  let others: number | undefined;
  for (const entry of header.split(',')) {
    const mark = entry.indexOf(';');
    const name = (mark === -1 ? entry : entry.slice(0, mark)).trim().toLowerCase();
    const weight = mark === -1 ? 1 : weightOf(entry.slice(mark + 1));
    if (name === '*') others ??= weight;
    else if (isEncoding(name)) offers.push({ encoding: name, weight });
  }
  const named = offers.map((one) => one.encoding);
  if (others !== undefined)
    for (const encoding of ['gzip', 'deflate'] as const)
      if (!named.includes(encoding)) offers.push({ encoding, weight: others });
  const best = offers.reduce((most, one) => Math.max(most, one.weight), 0);
  return best === 0 ? undefined : offers.find((one) => one.weight === best)?.encoding;
}

function weightOf(parameters: string): number {
  const at = parameters.indexOf('q=');
  if (at === -1) return 1;
  const text = (parameters.slice(at + 2).split(';')[0] ?? '').trim();
  return /^-?\d+\.?\d*$/.test(text) ? Math.min(1, Math.max(0, Number(text))) : 1;
}
