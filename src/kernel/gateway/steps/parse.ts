/** Reads the input of the operation; S3's bodies are unwrapped (aws-chunked) and checked as they flow. */
import { createHash } from 'node:crypto';
import { collect, MIB, SpendableStream, sha256Hex, streamOf } from '#kernel/base';
import { commonError, ServiceError } from '#kernel/contract';
import { ChunkFault, decodeChunks } from '#kernel/identity';
import type { ByteStream } from '#models/base';
import type { Exchange } from '../exchange.ts';
import { trouble } from '../faces.ts';
import { BAD_S3_SIGNATURE } from './authenticate.ts';
import { wireRequest } from './route.ts';

/** XML documents of S3: CompleteMultipartUpload with 10,000 parts is the largest. */
const DOCUMENT_BYTES_MAX = 8 * MIB;
const NOTHING = new Uint8Array(0);
const SHA256_OF_NOTHING = sha256Hex('');

export function parse(x: Exchange): void | Promise<void> {
  const { protocol, route } = x;
  if (protocol === undefined || route === undefined) return;
  if (x.body !== undefined) {
    x.input = withPath(protocol.read(route, wireRequest(x)), x);
    return;
  }
  if (x.request.body.length === 0 && !isChunked(x)) {
    checkHash(statedHash(x), SHA256_OF_NOTHING);
    x.body = NOTHING;
    x.input = protocol.read(route, wireRequest(x));
    return;
  }
  const body = checkedBody(x);
  if (protocol.streams(route.operation)) {
    x.input = protocol.read(route, { ...wireRequest(x), body });
    return;
  }
  return collect(body, DOCUMENT_BYTES_MAX, () =>
    trouble('s3', 'too-large', 'Your proposed upload exceeds the maximum allowed size'),
  ).then((bytes) => {
    x.body = bytes;
    const read = () => {
      x.input = protocol.read(route, wireRequest(x));
    };
    const checked = checkDocument(x, bytes);
    return checked instanceof Promise ? checked.then(read) : read();
  });
}

/** What reads has no document. */
function checkDocument({ loaded, operation, request, trailers }: Exchange, bytes: Uint8Array): void | Promise<void> {
  const { method, headers } = request;
  if (method === 'PUT' || method === 'POST')
    return loaded?.service?.document?.({ operation, bytes, headers, trailers });
}

function withPath(input: Record<string, unknown>, { loaded, path }: Exchange): Record<string, unknown> {
  const member = loaded?.service?.pathMember;
  return member === undefined || path === '/' || input[member] !== undefined ? input : { ...input, [member]: path };
}

/** The body with everything its headers promise about it checked when its end is reached. */
function checkedBody(x: Exchange): ByteStream {
  const { headers, body } = x.request;
  const chunked = isChunked(x);
  const decoded = chunked ? unwrap(x) : body;
  const length = chunked
    ? numberOf(headers['x-amz-decoded-content-length'])
    : (body.length ?? numberOf(headers['content-length']));
  const sha256 = statedHash(x);
  return streamOf(length, () => verify(decoded, length, sha256), decoded instanceof SpendableStream);
}

function isChunked({ request: { headers } }: Exchange): boolean {
  if (headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true) return true;
  // A client may call its body so and send it plain: who cuts it says how long it was.
  return (
    headers['content-encoding']?.includes('aws-chunked') === true &&
    headers['x-amz-decoded-content-length'] !== undefined
  );
}

/** The hash that the request says its body has. */
function statedHash({ request }: Exchange): string | undefined {
  const stated = request.headers['x-amz-content-sha256'] ?? '';
  return /^[0-9a-f]{64}$/.test(stated) ? stated : undefined;
}

async function* unwrap(x: Exchange): AsyncGenerator<Uint8Array> {
  // Source: S3's answer in github.com/versity/versitygw/issues/1656.
  if (numberOf(x.request.headers['x-amz-decoded-content-length']) === undefined)
    throw new ServiceError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 });
  try {
    yield* decodeChunks(x.request.body, x.chunks, x.trailers);
    checkTrailers(x);
  } catch (error) {
    if (!(error instanceof ChunkFault)) throw error;
    if (error.kind === 'signature') throw trouble('s3', 'bad-signature', BAD_S3_SIGNATURE);
    if (error.kind === 'trailer') throw malformedTrailer();
    if (error.small !== undefined)
      throw new ServiceError(
        'InvalidChunkSizeError',
        'Only the last chunk is allowed to have a size less than 8192 bytes',
        { status: 400, fields: { Chunk: error.small.chunk, BadChunkSize: error.small.size } },
      );
    throw new ServiceError('IncompleteBody', 'The request body terminated unexpectedly', { status: 400 });
  }
}

/** The trailers are those that were announced. Source: S3's answers in github.com/versity/versitygw/issues/1600 and 1691. */
function checkTrailers({ request, trailers }: Exchange): void {
  const announced = request.headers['x-amz-trailer']?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const isMissing = announced.some((name) => trailers[name] === undefined);
  if (isMissing || Object.keys(trailers).some((name) => !announced.includes(name))) throw malformedTrailer();
}

const malformedTrailer = () =>
  new ServiceError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    { status: 400 },
  );

async function* verify(
  body: AsyncIterable<Uint8Array>,
  length: number | undefined,
  sha256: string | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = sha256 === undefined ? undefined : createHash('sha256');
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    hash?.update(piece);
    yield piece;
  }
  if (length !== undefined && size !== length)
    throw new ServiceError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
      { status: 400 },
    );
  checkHash(sha256, hash?.digest('hex'));
}

function checkHash(stated: string | undefined, actual: string | undefined): void {
  if (stated !== undefined && stated !== actual)
    throw commonError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: stated, S3ComputedContentSHA256: actual },
    );
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
