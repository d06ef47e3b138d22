/** What certificates say: PEM that is what it claims to be, and what is told of it. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { OutputOf } from '#kernel/contract';
import {
  badCertificate,
  badChain,
  badKey,
  notInForce,
  notOneCertificate,
  notSelfSigned,
  otherKey,
  unchained,
  unsupportedKey,
} from '../errors.ts';
import type { KeyAlgorithm } from '../state.ts';

type Detail = NonNullable<OutputOf<'acm', 'DescribeCertificate'>['Certificate']>;
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const CURVES: { readonly [name: string]: KeyAlgorithm | undefined } = {
  prime256v1: 'EC_prime256v1',
  secp384r1: 'EC_secp384r1',
  secp521r1: 'EC_secp521r1',
};
const USAGES: { readonly [oid: string]: NonNullable<Detail['ExtendedKeyUsages']>[number]['Name'] } = {
  '1.3.6.1.5.5.7.3.1': 'TLS_WEB_SERVER_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.2': 'TLS_WEB_CLIENT_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.3': 'CODE_SIGNING',
  '1.3.6.1.5.5.7.3.4': 'EMAIL_PROTECTION',
  '1.3.6.1.5.5.7.3.8': 'TIME_STAMPING',
  '1.3.6.1.5.5.7.3.9': 'OCSP_SIGNING',
  '2.5.29.37.0': 'ANY',
};

/** What is imported: checked as far as a listener needs it. @throws {ServiceError} ValidationException */
export function readImport(
  given: { certificate: string; key: string; chain: string | undefined },
  now: number,
): { certificate: X509Certificate; algorithm: KeyAlgorithm; names: string[] } {
  const [block, ...more] = given.certificate.match(BLOCK) ?? [];
  if (block === undefined || more.length > 0) throw notOneCertificate();
  const certificate = parse(block, badCertificate);
  const chain = chainOf(given.chain);
  const algorithm = algorithmOf(certificate.publicKey);
  if (algorithm === undefined) throw unsupportedKey();
  if (!certificate.checkPrivateKey(keyOf(given.key))) throw otherKey();
  if (chain.length === 0 && !isSelfSigned(certificate)) throw notSelfSigned();
  let issued = certificate;
  for (const issuer of chain) {
    if (!isSignedBy(issued, issuer)) throw unchained();
    issued = issuer;
  }
  if (now < certificate.validFromDate.getTime() || now >= certificate.validToDate.getTime()) throw notInForce();
  return { certificate, algorithm, names: namesOf(certificate) };
}

function parse(block: string, refuse: () => Error): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw refuse();
  }
}

function chainOf(text: string | undefined): X509Certificate[] {
  if (text === undefined) return [];
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) throw badChain();
  return blocks.map((block) => parse(block, badChain));
}

function keyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw badKey();
  }
}

/** One that stands alone signs itself even if it may not sign others, as those of servers mostly may not. */
function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

function isSignedBy(issued: X509Certificate, issuer: X509Certificate): boolean {
  return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): KeyAlgorithm | undefined {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'ec') return CURVES[namedCurve];
  const isKnown = asymmetricKeyType === 'rsa' && [1_024, 2_048, 3_072, 4_096].includes(modulusLength);
  return isKnown ? (`RSA_${modulusLength}` as KeyAlgorithm) : undefined;
}

/** The names of hosts, the subject's first. */
function namesOf({ subject, subjectAltName = '' }: X509Certificate): string[] {
  const others = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
  const common = part(subject, 'CN');
  return [...new Set([...(common === undefined ? [] : [common]), ...others])];
}

/** One part of a distinguished name as Node writes it. */
function part(name: string, key: string): string | undefined {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(name)?.[1];
}

/** What DescribeCertificate tells of the certificate itself. */
export function describeX509(pem: string): Partial<Detail> {
  const certificate = new X509Certificate(pem);
  const { serialNumber, subject, issuer, publicKey } = certificate;
  // Its type hides that it is missing where the certificate names no usages.
  const usages = certificate.keyUsage as string[] | undefined;
  const isRsa = publicKey.asymmetricKeyType === 'rsa';
  const signature = (certificate.signatureAlgorithm ?? '').replace(/^ecdsa-with-(.*)$/i, '$1WITHECDSA');
  return {
    Serial: (serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    Subject: subject.split('\n').join(','),
    Issuer: part(issuer, 'O') ?? part(issuer, 'CN') ?? '',
    SignatureAlgorithm: signature.replace(/^(.*)WithRSAEncryption$/i, '$1WITHRSA').toUpperCase(),
    KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }, ...(isRsa ? [{ Name: 'KEY_ENCIPHERMENT' as const }] : [])],
    ExtendedKeyUsages: usages?.map((OID) => ({ Name: USAGES[OID] ?? 'CUSTOM', OID })) ?? [{ Name: 'NONE' }],
  };
}
