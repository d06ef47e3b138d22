/** Certificates and keys as clients upload them: PEM that is what it says, and fits together. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { keyPairMismatch, malformedCertificate, malformedKey } from '../errors.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The one certificate of a text. @throws {ServiceError} MalformedCertificate */
export function certificateOf(pem: string): X509Certificate {
  const [first, ...more] = pem.match(BLOCK) ?? [];
  if (first === undefined || more.length > 0) throw malformedCertificate();
  return parse(first);
}

/** The certificates of a chain. @throws {ServiceError} MalformedCertificate */
export function chainOf(pem: string): X509Certificate[] {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) throw malformedCertificate();
  return blocks.map(parse);
}

function parse(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw malformedCertificate();
  }
}

/** Sees that the key belongs to the certificate and each one of the chain signed the one before. @throws {ServiceError} KeyPairMismatch, MalformedCertificate */
export function checkPair(certificate: X509Certificate, key: string, chain: readonly X509Certificate[]): void {
  if (!certificate.checkPrivateKey(privateKeyOf(key))) throw keyPairMismatch();
  let issued = certificate;
  for (const issuer of chain) {
    if (!issued.checkIssued(issuer))
      throw malformedCertificate(
        'Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order.',
      );
    issued = issuer;
  }
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw malformedKey();
  }
}
