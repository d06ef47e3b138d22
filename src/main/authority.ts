/**
 * The certificate authority of this cloud alone, which a client can trust. It is made when something is signed for the first time, and kept beside the
 * state: certificates that services issue later are trusted by the same file. Whoever can read the folder can sign as it.
 */
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { DAY, type Millis } from '#kernel/base';
import type { Authority, CertificateOrder, IssuedCertificate, TlsMaterial } from '#kernel/contract';

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const LIFE: Millis = 3_650 * DAY;
/** An authority that ends sooner is made anew. */
const REST_MIN: Millis = 400 * DAY;
const KEYS = {
  RSA_2048: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2_048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  EC_prime256v1: SIGNING,
  EC_secp384r1: { ...SIGNING, namedCurve: 'P-384' },
} as const;

/** Names of its files in the folder. */
export const AUTHORITY_FILES = { cert: 'ca.pem', key: 'ca.key' } as const;

type Signer = { pem: string; key: webcrypto.CryptoKey };

export class LocalAuthority implements Authority {
  readonly #folder: string | undefined;
  readonly #now: () => Millis;
  #signer: Promise<Signer> | undefined;

  /**
   * @param folder undefined keeps it for this process only
   * @param now    the machine's time, which clients check validity by
   */
  constructor(folder: string | undefined, now: () => Millis) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Its own certificate, for clients to trust. */
  async pem(): Promise<string> {
    return (await this.#open()).pem;
  }

  async issue({ names, addresses = [], key, from, until }: CertificateOrder): Promise<IssuedCertificate> {
    const signer = await this.#open();
    const x509 = await library();
    const ca = new x509.X509Certificate(signer.pem);
    const keys = await newKeys(KEYS[key]);
    const isRsa = key === 'RSA_2048';
    const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [names[0] ?? ''] }],
      issuer: ca.subject,
      notBefore: new Date(from),
      notAfter: new Date(until),
      publicKey: keys.publicKey,
      signingKey: signer.key,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(isRsa ? digitalSignature | keyEncipherment : digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: 'dns' as const, value })),
          ...addresses.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(ca),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { certificate: `${certificate.toString('pem')}\n`, chain: signer.pem, key: await pemOf(keys.privateKey) };
  }

  async client({ name, from, until }: { name: string; from: Millis; until: Millis }): Promise<TlsMaterial> {
    const x509 = await library();
    const keys = await newKeys(KEYS.RSA_2048);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      notBefore: new Date(from),
      notAfter: new Date(until),
      keys,
      signingAlgorithm: KEYS.RSA_2048,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) };
  }

  #open(): Promise<Signer> {
    this.#signer ??= this.#kept().then((kept) => kept ?? this.#make());
    return this.#signer;
  }

  async #kept(): Promise<Signer | undefined> {
    if (this.#folder === undefined) return undefined;
    const [cert, key] = [join(this.#folder, AUTHORITY_FILES.cert), join(this.#folder, AUTHORITY_FILES.key)];
    if (!existsSync(cert) || !existsSync(key)) return undefined;
    const pem = readFileSync(cert, 'utf8');
    const certificate = new X509Certificate(pem);
    const secret = createPrivateKey(readFileSync(key));
    const lasts = certificate.validToDate.getTime() - this.#now() > REST_MIN;
    if (!lasts || !certificate.checkPrivateKey(secret)) return undefined;
    return { pem, key: secret.toCryptoKey(SIGNING, false, ['sign']) };
  }

  async #make(): Promise<Signer> {
    const x509 = await library();
    const keys = await newKeys(SIGNING);
    const now = this.#now();
    const ca = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Cloudyard on this machine, O=Cloudyard',
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + LIFE),
      keys,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const pem = `${ca.toString('pem')}\n`;
    if (this.#folder !== undefined) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#folder, AUTHORITY_FILES.key), await pemOf(keys.privateKey), { mode: 0o600 });
      writeFileSync(join(this.#folder, AUTHORITY_FILES.cert), pem, { mode: 0o600 });
    }
    return { pem, key: keys.privateKey };
  }
}

/** Loaded when something is signed: most clouds never do. */
async function library() {
  // What its dependency injection needs.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

async function newKeys(algorithm: (typeof KEYS)[keyof typeof KEYS]): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
