/** TLS on request: the certificate that the cloud's authority signs for this machine. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { DAY, type Millis } from '#kernel/base';
import type { Kernel } from '#kernel/gateway';
import { REGIONS } from '#kernel/world';
import { AUTHORITY_FILES } from './authority.ts';

/** What the listener shows, and the file that a client trusts (`AWS_CA_BUNDLE`). */
export type Certificates = { key: string; cert: string; ca: string };

/** Clients refuse server certificates that live longer. Source: Apple, "About upcoming limits on trusted certificates". */
const SERVER_LIFE: Millis = 397 * DAY;
/** A certificate that ends sooner is made anew. */
const REST_MIN: Millis = 30 * DAY;
/** Names under which a cloud on this machine is reached. Most clients take no `*.localhost`, so buckets in the host name need `s3.localhost`. */
const NAMES = [
  'localhost',
  '*.localhost',
  's3.localhost',
  '*.s3.localhost',
  '*.cloudfront.localhost',
  '*.mrap.accesspoint.s3-global.localhost',
  ...[...REGIONS.keys()].flatMap((region) =>
    ['s3', 'execute-api', 'lambda-url', 'dkr.ecr'].map((what) => `*.${what}.${region}.localhost`),
  ),
];
const ADDRESSES = ['127.0.0.1', '::1'];

/**
 * The certificates kept in a folder, made where they are missing or near their end.
 *
 * @param folder undefined makes them for this process only
 * @param host   address it listens on, named in the certificate
 * @param now    the machine's time, which clients check validity by
 */
export async function openCertificates(
  authority: Kernel['authority'],
  folder: string | undefined,
  host: string,
  now: Millis,
): Promise<Certificates> {
  const ca = await authority.pem();
  const kept = folder === undefined ? undefined : readKept(folder, ca, host, now);
  if (kept !== undefined) return { ...kept, ca };
  const others = NAMES.includes(host) || ADDRESSES.includes(host) ? [] : [host];
  const { certificate: cert, key } = await authority.issue({
    names: NAMES,
    addresses: [...ADDRESSES, ...others],
    key: 'EC_prime256v1',
    from: now - DAY,
    until: now + SERVER_LIFE,
  });
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [file, text] of [
      [FILES.key, key],
      [FILES.cert, cert],
      // A fork's authority is its source's.
      [AUTHORITY_FILES.cert, ca],
    ] as const)
      writeFileSync(join(folder, file), text, { mode: 0o600 });
  }
  return { key, cert, ca };
}

/** Names of the files in the folder. */
const FILES = { key: 'server.key', cert: 'server.pem' } as const;

function readKept(folder: string, ca: string, host: string, now: Millis): { key: string; cert: string } | undefined {
  const [keyFile, certFile] = [join(folder, FILES.key), join(folder, FILES.cert)];
  if (!existsSync(keyFile) || !existsSync(certFile)) return undefined;
  const kept = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  const certificate = new X509Certificate(kept.cert);
  const lasts = certificate.validToDate.getTime() - now > REST_MIN;
  const isFor = (name: string) =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  return lasts &&
    certificate.verify(new X509Certificate(ca).publicKey) &&
    [...NAMES.filter((name) => name !== '*.localhost'), host].every((name) => isFor(name.replace('*', 'any'))) &&
    certificate.checkPrivateKey(createPrivateKey(kept.key))
    ? kept
    : undefined;
}
