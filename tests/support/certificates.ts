/** Certificates for tests: issued by the cloud, and made outside of it. */
import { webcrypto } from 'node:crypto';
import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { LocalAuthority } from '#main/authority';
import { START, type TestCloud } from './cloud.ts';

/** Asks for a certificate and waits for it; its ARN. */
export async function certificateFor(cloud: TestCloud, ...names: string[]): Promise<string> {
  const [DomainName, ...others] = names;
  const { CertificateArn = '' } = await cloud.client(ACMClient).send(
    new RequestCertificateCommand({
      DomainName,
      ValidationMethod: 'DNS',
      ...(others.length > 0 && { SubjectAlternativeNames: others }),
    }),
  );
  await cloud.server.cloud.settle();
  return CertificateArn;
}

/** A certificate that another authority has signed, in PEM, good from the time at which test clocks start. */
export function foreignCertificate(
  names: readonly string[],
  days = 90,
  key: 'RSA_2048' | 'EC_prime256v1' = 'RSA_2048',
) {
  const authority = new LocalAuthority(undefined, Date.now);
  const until = START + days * 86_400_000;
  return authority.issue({ names, key, from: START - 86_400_000, until });
}

/** A server's certificate that nobody else has signed and that may sign no other, and its key, in PEM, good for 11 days. */
export async function selfSignedCertificate(name: string, from = START): Promise<{ body: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore: new Date(from),
    notAfter: new Date(from + 1_000_000_000),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { body: made.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` };
}
