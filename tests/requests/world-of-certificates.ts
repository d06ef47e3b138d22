/** What is there before each request to Certificate Manager: one certificate that was brought, and one that waits. */
import { foreignCertificate } from '../support/certificates.ts';
import type { Furnish } from './world.ts';

export const acm: Furnish = async ({ acm }) => {
  const { certificate, chain, key } = await foreignCertificate(['a.example.com']);
  const brought = await acm.ImportCertificate({
    Certificate: Buffer.from(certificate),
    CertificateChain: Buffer.from(chain),
    PrivateKey: Buffer.from(key),
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  const waiting = await acm.RequestCertificate({ DomainName: 'b.example.com' });
  const both = [brought.CertificateArn, waiting.CertificateArn];
  return {
    CertificateArn: both,
    'ImportCertificateRequest.CertificateArn': [brought.CertificateArn],
    ResourceArn: both,
    CertificateAuthorityArn: [],
    ManagedBy: [],
    DomainName: ['b.example.com'],
    Domain: ['b.example.com'],
    ValidationDomain: ['b.example.com', 'example.com'],
    ValidationMethod: ['DNS', 'EMAIL'],
    'CertificateOptions.ValidationMethod': [],
    KeyAlgorithm: ['EC_prime256v1'],
    Certificate: [Buffer.from(certificate)],
    CertificateChain: [Buffer.from(chain)],
    PrivateKey: [Buffer.from(key)],
    NextToken: [],
  };
};
