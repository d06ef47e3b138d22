import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { get as getSecure } from 'node:https';
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

/** How the bytes are asked for, each over a connection of its own. */
const WAYS: { readonly [way: string]: (url: URL) => Promise<Buffer> } = {
  'HTTP/1.1': (url) => answerOf((take) => getPlain(url, take)),
  'HTTP/1.1 with TLS': (url) => answerOf((take) => getSecure(url, { ca }, take)),
  async 'HTTP/2 with TLS'(url) {
    const session = connect(url.origin, { ca });
    try {
      return await buffer(session.request({ ':path': `${url.pathname}${url.search}` }));
    } finally {
      session.close();
    }
  },
};

async function answerOf(ask: (take: (answer: IncomingMessage) => void) => void): Promise<Buffer> {
  const answer = await new Promise<IncomingMessage>((resolve) => ask(resolve));
  return buffer(answer);
}

for (const [way, get] of Object.entries(WAYS))
  for (const Key of ['whole', 'parts'])
    test(`large bodies over ${way} arrive as they were put, several at once: ${Key}`, async () => {
      const endpoint = way.includes('TLS') ? cloud.url.replace('http:', 'https:') : cloud.url;
      const s3 = cloud.client(S3Client, { endpoint, forcePathStyle: true });
      const url = new URL(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key })));
      for (const body of await Promise.all([get(url), get(url), get(url)])) assert.ok(body.equals(BYTES));
    });
