/**
 * TLS on request: a certificate authority of this cloud alone, which a client can trust, and the certificate it signs for this
 * machine. The authority's key is forgotten at once: whoever trusts it trusts that one certificate and none that could be made later.
 */
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { DAY, type Millis } from '#kernel/base';
import { REGIONS } from '#kernel/world';

/** What the listener shows, and the file that a client trusts (`AWS_CA_BUNDLE`). */
export type Certificates = { key: string; cert: string; ca: string };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const CA_LIFE: Millis = 3_650 * DAY;
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
export async function openCertificates(folder: string | undefined, host: string, now: Millis): Promise<Certificates> {
  const kept = folder === undefined ? undefined : readKept(folder, host, now);
  if (kept !== undefined) return kept;
  const made = await makeCertificates(host, now);
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(made))
      writeFileSync(join(folder, FILES[name as keyof Certificates]), text, { mode: 0o600 });
  }
  return made;
}

/** Names of the files in the folder. */
export const FILES = { key: 'server.key', cert: 'server.pem', ca: 'ca.pem' } as const satisfies {
  [name in keyof Certificates]: string;
};

function readKept(folder: string, host: string, now: Millis): Certificates | undefined {
  const paths = Object.entries(FILES).map(([name, file]) => [name, join(folder, file)] as const);
  if (!paths.every(([, path]) => existsSync(path))) return undefined;
  const kept = Object.fromEntries(paths.map(([name, path]) => [name, readFileSync(path, 'utf8')])) as Certificates;
  const certificate = new X509Certificate(kept.cert);
  const lasts = certificate.validToDate.getTime() - now > REST_MIN;
  const isFor = (name: string) =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  return lasts &&
    [...NAMES.filter((name) => name !== '*.localhost'), host].every((name) => isFor(name.replace('*', 'any'))) &&
    certificate.checkPrivateKey(createPrivateKey(kept.key))
    ? kept
    : undefined;
}

async function makeCertificates(host: string, now: Millis): Promise<Certificates> {
  // What @peculiar/x509's dependency injection needs.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Cloudyard on this machine, O=Cloudyard',
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + CA_LIFE),
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await newKeys();
  const isAddress = /^[\d.]+$|:/.test(host);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost, O=Cloudyard',
    issuer: ca.subject,
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + SERVER_LIFE),
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...NAMES.map((value) => ({ type: 'dns' as const, value })),
        ...ADDRESSES.map((value) => ({ type: 'ip' as const, value })),
        ...(NAMES.includes(host) || ADDRESSES.includes(host)
          ? []
          : [{ type: isAddress ? 'ip' : 'dns', value: host } as const]),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(ca),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { key: pem(pkcs8), cert: `${certificate.toString('pem')}\n`, ca: `${ca.toString('pem')}\n` };
}

function pem(pkcs8: Buffer): string {
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
