/** Bodies in chunks, with their checksum behind them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuses, request } from './refusals.ts';
import { type S3Cloud, send, startS3 } from './setup.ts';

const CRC = 'NhCmhg==';
const ANNOUNCED = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
const UNSIGNED = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'content-encoding': 'aws-chunked' };
const malformed = {
  Code: 'MalformedTrailerError',
  Message: 'The request contained trailing data that was not well-formed or did not conform to our published schema.',
};

const chunked = (trailer: string, ...chunks: string[]) =>
  `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n${trailer}\r\n`;

type Headers = { [name: string]: string };

function headersOf(chunks: string[], more: Headers): Headers {
  return { ...UNSIGNED, 'x-amz-decoded-content-length': String(chunks.join('').length), ...more };
}

/** Refuses the bytes `hello` with this trailer and these headers. */
function refused(cloud: S3Cloud, trailer: string, more: Headers, members: Headers, status = 400) {
  return refuses(cloud, [['PUT', '$/k', headersOf(['hello'], more), status, members, chunked(trailer, 'hello')]]);
}

test('a trailer is the one that was announced, and a checksum', async () => {
  await using cloud = await startS3();
  await refused(cloud, '', ANNOUNCED, malformed);
  await refused(cloud, `:${CRC}\r\n`, ANNOUNCED, malformed);
  await refused(cloud, `x-amz-checksum-sha1:${CRC}\r\n`, ANNOUNCED, malformed);
  await refused(cloud, `x-amz-checksum-crc32:${CRC}\r\n`, {}, malformed);
  const invalid = request('Value for x-amz-checksum-crc32 trailing header is invalid.');
  await refused(cloud, 'x-amz-checksum-crc32:short\r\n', ANNOUNCED, invalid);
  const wrong = { Code: 'BadDigest', Message: 'The CRC32 you specified did not match the calculated checksum.' };
  await refused(cloud, 'x-amz-checksum-crc32:AAAAAA==\r\n', ANNOUNCED, wrong);
  const twice = request('Expecting a single x-amz-checksum- header');
  await refused(cloud, `x-amz-checksum-crc32:${CRC}\r\n`, { ...ANNOUNCED, 'x-amz-checksum-crc32': CRC }, twice);
  const headers = headersOf(['hello'], ANNOUNCED);
  const answer = await send(cloud, 'PUT', `/${cloud.Bucket}/k`, {
    headers,
    body: chunked(`x-amz-checksum-crc32:${CRC}\r\n`, 'hello'),
  });
  assert.deepEqual([answer.status, answer.headers.get('x-amz-checksum-crc32')], [200, CRC]);
});

test('the length of what is in the chunks is said', async () => {
  await using cloud = await startS3();
  const missing = { Code: 'MissingContentLength', Message: 'You must provide the Content-Length HTTP header.' };
  await refused(cloud, '', { 'x-amz-decoded-content-length': 'abc' }, missing, 411);
});

test('only the last chunk is small', async () => {
  await using cloud = await startS3();
  const small = (Chunk: string, BadChunkSize: string) => ({
    Code: 'InvalidChunkSizeError',
    Message: 'Only the last chunk is allowed to have a size less than 8192 bytes',
    Chunk,
    BadChunkSize,
  });
  const large = 'x'.repeat(8_192);
  const cut = async (members: Headers, ...chunks: string[]) =>
    refuses(cloud, [['PUT', '$/k', headersOf(chunks, {}), 400, members, chunked('', ...chunks)]]);
  await cut(small('2', '3'), 'hel', 'lo');
  await cut(small('3', '8191'), large, large.slice(1), 'lo');
  const chunks = [large, large, 'lo'];
  const answer = await send(cloud, 'PUT', `/${cloud.Bucket}/k`, {
    headers: headersOf(chunks, {}),
    body: chunked('', ...chunks),
  });
  assert.equal(answer.status, 200);
});

test('documents come as one', async () => {
  await using cloud = await startS3();
  const body = '<Tagging><TagSet/></Tagging>';
  const invalid = request('The value of x-amz-content-sha256 header is invalid.');
  await refuses(cloud, [['PUT', '$?tagging', headersOf([body], {}), 400, invalid, chunked('', body)]]);
});
