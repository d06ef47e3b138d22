/** Answers that are compressed on their way into the caches. Source: CloudFront Developer Guide, "Serve compressed files". */
import { pipeline, Readable, type Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { OriginReply } from './origin.ts';
import { encodingFor } from './select.ts';
import type { Transit } from './transit.ts';

const BYTES_MIN = 1_000;
const BYTES_MAX = 10_000_000;
/** Source: CloudFront Developer Guide, "File types that CloudFront compresses". */
const TYPES = new Set(
  [
    'dash+xml eot font font-sfnt javascript json opentype otf pkcs7-mime protobuf rss+xml truetype ttf vnd.apple.mpegurl',
    'vnd.mapbox-vector-tile vnd.ms-fontobject wasm xhtml+xml xml x-font-opentype x-font-truetype x-font-ttf x-httpd-cgi',
    'x-javascript x-mpegurl x-opentype x-otf x-perl x-ttf',
  ]
    .flatMap((names) => names.split(' ').map((name) => `application/${name}`))
    .concat(
      'font/eot font/opentype font/otf font/ttf image/svg+xml text/css text/csv text/html text/javascript text/js'.split(
        ' ',
      ),
      'text/plain text/richtext text/tab-separated-values text/xml text/x-component text/x-java-source text/x-script'.split(
        ' ',
      ),
      'vnd.apple.mpegurl',
    ),
);

/** The answer, compressed where the behaviour, the viewer and what it is allow it. */
export function compressed(t: Transit, reply: OriginReply): OriginReply {
  const { spec } = t.behavior;
  if (!spec.compress || spec.encodings.length === 0 || t.method !== 'GET') return reply;
  const [encoding] = encodingFor(t.headers['accept-encoding'], spec.encodings).split(',');
  const { headers, status, body } = reply;
  if (
    encoding === undefined ||
    encoding === '' ||
    ![200, 403, 404].includes(status) ||
    headers['content-encoding'] !== undefined
  )
    return reply;
  const size = Number(headers['content-length'] ?? (typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  if (!(size >= BYTES_MIN && size <= BYTES_MAX) || !TYPES.has(typeOf(headers))) return reply;
  const made =
    encoding === 'br'
      ? createBrotliCompress({
          params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: size },
        })
      : createGzip();
  const source = typeof body === 'string' || body instanceof Uint8Array ? [Buffer.from(body as string)] : body;
  const { 'content-length': _, etag, ...rest } = headers;
  return {
    ...reply,
    headers: {
      ...rest,
      'content-encoding': encoding,
      vary: withEncoding(rest.vary),
      ...weakened(etag),
    },
    body: flowing(Readable.from(source, { objectMode: false }), made),
  };
}

const typeOf = (headers: OriginReply['headers']) =>
  String(headers['content-type'] ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase() ?? '';

function withEncoding(vary: string | string[] | undefined): string {
  if (vary === undefined) return 'Accept-Encoding';
  const told = String(vary);
  return /(^|,)\s*(\*|accept-encoding)\s*(,|$)/i.test(told) ? told : `${told}, Accept-Encoding`;
}

/** What is not byte for byte what the origin gave has a weak tag. Source: CloudFront Developer Guide, "Serve compressed files", ETag header conversion. */
function weakened(etag: string | string[] | undefined): { etag?: string } {
  const tag = String(etag ?? '');
  if (tag.startsWith('W/')) return { etag: tag };
  return tag.startsWith('"') ? { etag: `W/${tag}` } : {};
}

/** A source on its way through a compressor; let go, also before it has begun. */
function flowing(source: Readable, made: Transform): OriginReply['body'] {
  pipeline(source, made, () => {});
  const pieces = made[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => pieces.next(),
    async return() {
      source.destroy();
      made.destroy();
      return { done: true, value: undefined };
    },
  };
  return { length: undefined, [Symbol.asyncIterator]: () => iterator };
}
