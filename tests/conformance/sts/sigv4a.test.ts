/** Signature Version 4a, whose signer is not part of the clients: requests are signed by AWS's own and sent as they are. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { SignatureV4a } from '@smithy/signature-v4a';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

/** The hash that the signer asks for, from Node. */
class Sha256 {
  #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

type Credentials = { accessKeyId: string; secretAccessKey: string };

async function newUser(cloud: TestCloud): Promise<Credentials> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** Asks who one is; `change` alters the request after it was signed. */
async function whoAmI(
  cloud: TestCloud,
  credentials: Credentials,
  region: string,
  change: (headers: Record<string, string>) => void = () => {},
): Promise<[status: number, text: string]> {
  const { host, hostname } = new URL(cloud.url);
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const signer = new SignatureV4a({ credentials, region, service: 'sts', sha256: Sha256 });
  const request = { method: 'POST', protocol: 'http:', hostname, path: '/', headers, body };
  const signed = (await signer.sign(request, {})) as { headers: Record<string, string> };
  change(signed.headers);
  const response = await fetch(cloud.url, { method: 'POST', headers: signed.headers, body });
  return [response.status, await response.text()];
}

test('a request signed by version 4a is who its key is, in any Region of its set', async () => {
  await using cloud = await startTestCloud();
  const bob = await newUser(cloud);
  for (const region of ['*', 'eu-west-1', 'us-west-2,eu-west-1']) {
    const [status, text] = await whoAmI(cloud, bob, region);
    assert.equal(status, 200, text);
    assert.match(text, /<Arn>arn:aws:iam::123456789012:user\/bob<\/Arn>/);
  }
});

test('a forged, altered or malformed signature of version 4a is refused', async () => {
  await using cloud = await startTestCloud();
  const bob = await newUser(cloud);
  const answers = [
    await whoAmI(cloud, { ...bob, secretAccessKey: 'guess' }, '*'),
    await whoAmI(cloud, bob, 'eu-west-1', (headers) => {
      headers['x-amz-region-set'] = '*';
    }),
    await whoAmI(cloud, bob, '*', (headers) => {
      headers.authorization = (headers.authorization ?? '').replace(/Signature=.*/, 'Signature=30');
    }),
    await whoAmI(cloud, bob, '*', (headers) => {
      headers.authorization = (headers.authorization ?? '').replace('AWS4-ECDSA-P256-SHA256', 'AWS4-HMAC-SHA256');
    }),
  ];
  assert.deepEqual(
    answers.map(([status, text]) => [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]]),
    [
      [403, 'SignatureDoesNotMatch'],
      [403, 'SignatureDoesNotMatch'],
      [403, 'SignatureDoesNotMatch'],
      [403, 'IncompleteSignature'],
    ],
  );
});
