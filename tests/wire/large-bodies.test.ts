import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request as plain } from 'node:http';
import { connect } from 'node:http2';
import { request as secure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

const MIB = 1_048_576;
/** No two stretches of it are alike. */
const BYTES = Buffer.concat(
  Array.from({ length: 13 * 32_768 }, (_, at) => createHash('sha256').update(String(at)).digest()),
);
const Bucket = 'large';

let cloud: TestCloud;
let ca: string;
const folder = mkdtempSync(join(tmpdir(), 'cloudyard-large-'));

before(async () => {
  cloud = await startTestCloud({ tls: true, data: folder });
  ca = ((await (await fetch(`${cloud.url}/_cloudyard/v1/authority`)).json()) as { pem: string }).pem;
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: BYTES }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId };
  const Parts = [];
  for (const [at, Body] of [BYTES.subarray(0, 6 * MIB + 5), BYTES.subarray(6 * MIB + 5)].entries()) {
    const PartNumber = at + 1;
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts } }));
});

after(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

/** How a request goes, each over a connection of its own; gives the body of its answer. */
const WAYS: { readonly [way: string]: (url: URL, method: 'GET' | 'PUT', body: Buffer) => Promise<Buffer> } = {
  'HTTP/1.1': (url, method, body) => answerOf((take) => plain(url, { method }, take).end(body)),
  'HTTP/1.1 with TLS': (url, method, body) => answerOf((take) => secure(url, { method, ca }, take).end(body)),
  async 'HTTP/2 with TLS'(url, method, body) {
    const session = connect(url.origin, { ca });
    try {
      const head = { ':method': method, ':path': `${url.pathname}${url.search}` };
      const stream = session.request(head, { endStream: method === 'GET' });
      return await buffer(method === 'GET' ? stream : stream.end(body));
    } finally {
      session.close();
    }
  },
};

async function answerOf(ask: (take: (answer: IncomingMessage) => void) => void): Promise<Buffer> {
  return buffer(await new Promise<IncomingMessage>((resolve) => ask(resolve)));
}

const NOTHING = Buffer.alloc(0);

for (const [way, send] of Object.entries(WAYS)) {
  const signed = async (command: GetObjectCommand | PutObjectCommand) => {
    const endpoint = way.includes('TLS') ? cloud.url.replace('http:', 'https:') : cloud.url;
    return new URL(await getSignedUrl(cloud.client(S3Client, { endpoint, forcePathStyle: true }), command));
  };
  for (const Key of ['whole', 'parts'])
    test(`large bodies over ${way} arrive as they were put, several at once: ${Key}`, async () => {
      const url = await signed(new GetObjectCommand({ Bucket, Key }));
      const get = () => send(url, 'GET', NOTHING);
      for (const body of await Promise.all([get(), get(), get()])) assert.ok(body.equals(BYTES));
    });
  test(`large bodies over ${way} are kept as they are sent, several at once`, async () => {
    const keys = ['first', 'second', 'third'];
    const put = async (Key: string) => send(await signed(new PutObjectCommand({ Bucket, Key })), 'PUT', BYTES);
    await Promise.all(keys.map(put));
    for (const Key of keys)
      assert.ok((await send(await signed(new GetObjectCommand({ Bucket, Key })), 'GET', NOTHING)).equals(BYTES));
  });
}
