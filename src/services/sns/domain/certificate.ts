/** The key that signs what SNS sends to endpoints, and a certificate of it that whoever verifies can read: X.509, written here because it is small. */
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { DAY, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { type SignerRow, signers } from '../state.ts';

const LIFE: Millis = 3_650 * DAY;
/** Source: RFC 8017, sha256WithRSAEncryption; RFC 5280, id-at-commonName. */
const SHA256_WITH_RSA = '2a864886f70d01010b';
const COMMON_NAME = '550403';
const NAME = 'sns.amazonaws.com';

/** In a transaction: the signer of this cloud, made at its first use. */
export function signerOf(store: StoreView, now: Millis): SignerRow {
  const kept = find(store);
  if (kept !== undefined) return kept;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const serial = createHash('md5').update(publicKey).digest('hex');
  const row: SignerRow = { id: 'current', serial, key: privateKey, certificate: certify(publicKey, privateKey, now) };
  store.put(signers, row);
  return row;
}

function find(store: StoreView): SignerRow | undefined {
  return store.get(signers, { id: 'current' });
}

/** The certificate under its file name; undefined for another name. */
export function certificateNamed(path: string, store: StoreView): string | undefined {
  const row = find(store);
  return row !== undefined && path === certificatePath(row) ? row.certificate : undefined;
}

/** Where the certificate is read. */
export function certificatePath({ serial }: SignerRow): string {
  return `/SimpleNotificationService-${serial}.pem`;
}

/** A certificate that its own key signs, in PEM. */
function certify(publicKey: Buffer, privateKey: string, now: Millis): string {
  const algorithm = sequence(oid(SHA256_WITH_RSA), Buffer.from([5, 0]));
  const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(NAME)))));
  const serial = Buffer.concat([Buffer.from([1]), createHash('sha256').update(publicKey).digest().subarray(0, 15)]);
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(now - DAY), time(now + LIFE)),
    name,
    publicKey,
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A value with its tag and length. Source: ITU-T X.690, 8.1. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from(length < 0x80 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const integer = (bytes: Buffer) => der(0x02, bytes);

/** GeneralizedTime, good for any year. */
function time(at: Millis): Buffer {
  const digits = new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '');
  return der(0x18, Buffer.from(`${digits}Z`));
}
