/** Answers that are compressed on their way into the caches. Source: CloudFront Developer Guide, "Serve compressed files". */
import { Readable } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { OriginReply } from './origin.ts';
import { encodingFor } from './select.ts';
import type { Transit } from './transit.ts';

const BYTES_MIN = 1_000;
const BYTES_MAX = 10_000_000;
const TYPES =
  /^(text\/|application\/(javascript|json|xml|xhtml\+xml|rss\+xml|atom\+xml|manifest\+json|ld\+json|geo\+json|dash\+xml|vnd\.apple\.mpegurl|vnd\.ms-fontobject|wasm|x-javascript|x-web-app-manifest\+json|opensearchdescription\+xml|x-font-\w+|x-mpegurl|vnd\.api\+json)|font\/(ttf|otf|eot|opentype)|image\/(svg\+xml|bmp|vnd\.microsoft\.icon|x-icon))/;

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
  if (!(size >= BYTES_MIN && size <= BYTES_MAX) || !TYPES.test(String(headers['content-type'] ?? ''))) return reply;
  const made =
    encoding === 'br'
      ? createBrotliCompress({
          params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: size },
        })
      : createGzip();
  const source = typeof body === 'string' || body instanceof Uint8Array ? [Buffer.from(body as string)] : body;
  const stream = Readable.from(source, { objectMode: false });
  stream.on('error', (error) => made.destroy(error));
  const { 'content-length': _, etag, ...rest } = headers;
  return {
    ...reply,
    headers: {
      ...rest,
      'content-encoding': encoding,
      ...(rest.vary === undefined && { vary: 'Accept-Encoding' }),
      // What is not byte for byte what the origin gave has a weak tag.
      ...(etag !== undefined && { etag: String(etag).startsWith('W/') ? etag : `W/${etag}` }),
    },
    body: { length: undefined, [Symbol.asyncIterator]: () => stream.pipe(made)[Symbol.asyncIterator]() },
  };
}
