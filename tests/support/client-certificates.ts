/** Certificates of clients and of who signs for them, made outside of the cloud; and clients that show them. */
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { request } from 'node:https';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { START, type TestCloud } from './cloud.ts';

const DAY = 86_400_000;
const EC = { name: 'ECDSA', namedCurve: 'P-256' };
const WEAK = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 1_024,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};

export type Signed = { cert: string; key: string; signer: webcrypto.CryptoKey };

type Order = { by?: Signed; isCa?: boolean; until?: number; from?: number; isWeak?: boolean; hash?: string };

/** A certificate, which signs for itself where nobody else does. */
export async function signed(name: string, order: Order = {}): Promise<Signed> {
  const { by, isCa = false, from = START - DAY, until = START + 90 * DAY, isWeak = false, hash = 'SHA-256' } = order;
  const keys = (await webcrypto.subtle.generateKey(isWeak ? WEAK : EC, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const signer = by?.signer ?? keys.privateKey;
  const certificate = await X509CertificateGenerator.create({
    subject: name,
    issuer: by === undefined ? name : new X509Certificate(by.cert).subject,
    notBefore: new Date(from),
    notAfter: new Date(until),
    publicKey: keys.publicKey,
    signingKey: signer,
    signingAlgorithm: { ...signer.algorithm, hash },
    extensions: [
      new BasicConstraintsExtension(isCa, undefined, true),
      ...(isCa ? [new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)] : []),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
  return { cert: certificate.toString('pem'), key, signer: keys.privateKey };
}

/** Puts a truststore into S3, as `s3://trust/certificates.pem`; its version. */
export async function trust(cloud: TestCloud, ...certificates: Signed[]): Promise<string | undefined> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'trust' }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'trust', VersioningConfiguration }));
  return putTruststore(cloud, certificates.map(({ cert }) => cert).join('\n'));
}

/** Replaces it. */
export async function putTruststore(cloud: TestCloud, Body: string): Promise<string | undefined> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  return (await s3.send(new PutObjectCommand({ Bucket: 'trust', Key: 'certificates.pem', Body }))).VersionId;
}

/** Asks a host of the cloud by TLS: the answer's status and text, or the code of what went wrong with the connection. */
export function ask(
  cloud: TestCloud,
  host: string,
  shows: { cert?: string; key?: string } = {},
  headers: Record<string, string> = {},
  path = '/',
): Promise<[number, string] | string> {
  const { port } = new URL(cloud.url);
  const { cert, key } = shows;
  // Clients may show what a careful one would not.
  const loose = { ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false, agent: false };
  const to = { host: '127.0.0.1', port, servername: host, path, cert, key, ...loose };
  return new Promise((resolve) => {
    request({ ...to, headers: { host, ...headers } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(pieces).toString('utf8')]));
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}
