/** Mutual TLS at custom domain names: whose clients' certificates are good. Source: API Gateway Developer Guide, "How to turn on mutual TLS authentication for your REST APIs". */
import { X509Certificate } from 'node:crypto';
import { MIB, type Millis } from '#kernel/base';
import { type Ctx, ServiceError, type TrafficRequest } from '#kernel/contract';

/** The authorities of a domain name, one behind the other in PEM. */
export type Truststore = { pem: string };

const BYTES_MAX = MIB;
const CERTIFICATES_MAX = 1_000;
/** Of a client's chain, with its own certificate and the root. */
const CHAIN_MAX = 4;
const KEY_BITS_MIN = 2_048;

/**
 * Reads a truststore from S3, with the caller's permissions.
 *
 * Deviation: AWS's texts for what is wrong with a truststore, and for its warnings, are not known.
 *
 * @param fail   makes the error for one that can't be read
 * @returns the certificates that are some, and what is to be said of those that are none or of no use
 */
export async function readTruststore(
  { uri, version }: { uri: string; version: string | undefined },
  ctx: Ctx,
  fail: (message: string) => ServiceError,
): Promise<Truststore & { warnings: string[] }> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (Bucket === undefined || Key === undefined)
    throw fail('Invalid truststore URI: it must be s3://bucket-name/key-name');
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    const { Body } = await ctx.awsForCaller().s3.GetObject({ Bucket, Key, VersionId: version || undefined });
    for await (const piece of Body ?? []) {
      size += piece.length;
      if (size > BYTES_MAX) break;
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof ServiceError) throw fail(`Unable to read the truststore ${uri}: ${error.message}`);
    throw error;
  }
  if (size > BYTES_MAX) throw fail('The truststore must not be larger than 1 MB');
  const found = Buffer.concat(pieces).toString('utf8').match(PEM) ?? [];
  if (found.length === 0) throw fail('The truststore must hold at least one certificate in PEM');
  if (found.length > CERTIFICATES_MAX)
    throw fail(`The truststore must not hold more than ${CERTIFICATES_MAX} certificates`);
  const parsed = found.map(certificateOf);
  const warnings = parsed.flatMap((one, index) => {
    if (one === undefined) return [`Certificate ${index + 1} is no X.509 certificate`];
    const fault = faultOf(one, ctx.now);
    return fault === undefined ? [] : [`${fault}: ${nameOf(one.subject)}`];
  });
  return { pem: found.filter((_, index) => parsed[index] !== undefined).join('\n'), warnings };
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificateOf(text: string | Uint8Array): X509Certificate | undefined {
  try {
    const found = new X509Certificate(text);
    // Reading a key of an unknown kind throws.
    return found.publicKey === undefined ? undefined : found;
  } catch {
    return undefined;
  }
}

/** What is wrong with a certificate by itself. */
function faultOf(one: X509Certificate, now: Millis): string | undefined {
  // A date that is none is never reached.
  if (!(now >= one.validFromDate.getTime())) return 'certificate is not yet valid';
  if (!(now <= one.validToDate.getTime())) return 'certificate has expired';
  if (!/sha-?(256|384|512)/i.test(one.signatureAlgorithm ?? ''))
    return 'certificate using an insecure Signature Algorithm';
  const { asymmetricKeyType: type, asymmetricKeyDetails: { modulusLength = 0 } = {} } = one.publicKey;
  const isStrong = type === 'ec' || (type === 'rsa' && modulusLength >= KEY_BITS_MIN);
  return isStrong ? undefined : 'certificate using an insecure key';
}

/** By their subjects. */
type Authorities = Map<string, X509Certificate[]>;

const opened = new WeakMap<Truststore, Authorities>();

/** Rows never change. */
function authoritiesOf(store: Truststore): Authorities {
  let known = opened.get(store);
  if (known === undefined) {
    const all = (store.pem.match(PEM) ?? []).map((one) => new X509Certificate(one));
    opened.set(store, (known = Map.groupBy(all, ({ subject }) => subject)));
  }
  return known;
}

/**
 * Whether a client is one of a truststore's: an unbroken chain of it leads from the certificate to a root, all of it good now.
 *
 * @param at when the client's own certificate has to be good
 */
function isTrusted(client: X509Certificate, store: Truststore, now: Millis, at: Millis = now): boolean {
  const authorities = authoritiesOf(store);
  const isKept = authorities.get(client.subject)?.some(({ raw }) => raw.equals(client.raw)) === true;
  // Only roots of the truststore end a chain: anyone can sign for himself.
  if (isSelfSigned(client)) return isKept && faultOf(client, at) === undefined;
  const seen = new Set<X509Certificate>();
  let level = faultOf(client, at) === undefined ? [client] : [];
  for (let length = 2; length <= CHAIN_MAX && level.length > 0; length += 1) {
    const issuers = level.flatMap((one) =>
      (authorities.get(one.issuer) ?? []).filter(
        (by) => by.ca && isIssuedBy(one, by) && faultOf(by, now) === undefined,
      ),
    );
    if (issuers.some(isSelfSigned)) return true;
    level = [...new Set(issuers)].filter((one) => !seen.has(one));
    for (const one of level) seen.add(one);
  }
  return false;
}

const isSelfSigned = (one: X509Certificate) => isIssuedBy(one, one);

function isIssuedBy(one: X509Certificate, by: X509Certificate): boolean {
  return one.issuer === by.subject && one.checkIssued(by) && one.verify(by.publicKey);
}

/**
 * A request as an API sees it: with the client's certificate only where the truststore of its address vouches for it.
 *
 * @param store undefined where clients show none
 * @returns undefined for a client who must not come in
 */
export function vouched(
  request: TrafficRequest,
  store: Truststore | undefined,
  now: Millis,
): TrafficRequest | undefined {
  if (store === undefined) return { ...request, clientCertificate: undefined };
  const shown = request.clientCertificate && certificateOf(request.clientCertificate);
  return shown !== undefined && isTrusted(shown, store, now) ? request : undefined;
}

/**
 * Whether a truststore vouches for a certificate that a client has shown.
 *
 * @param isExpiredGood also where it has expired meanwhile
 */
export function isVouchedFor(bytes: Uint8Array, store: Truststore, now: Millis, isExpiredGood: boolean): boolean {
  const shown = certificateOf(bytes);
  if (shown === undefined) return false;
  return isTrusted(shown, store, now, isExpiredGood ? Math.min(now, shown.validToDate.getTime()) : now);
}

/** What events and logs tell of a client's certificate; nothing of none. */
export function clientCertificateFacts({ clientCertificate: bytes }: TrafficRequest): object | undefined {
  if (bytes === undefined) return undefined;
  const shown = new X509Certificate(bytes);
  return {
    clientCertPem: shown.toString(),
    subjectDN: nameOf(shown.subject),
    issuerDN: nameOf(shown.issuer),
    serialNumber: shown.serialNumber.toLowerCase().replace(/..(?=.)/g, '$&:'),
    validity: { notBefore: shown.validFrom, notAfter: shown.validTo },
  };
}

/** `CN=a,O=b`: the last part first. Source: RFC 2253, 2.1 */
function nameOf(name: string | undefined): string {
  return (name ?? '').split('\n').reverse().join(',');
}
