/** Certificates for tests: issued by the cloud, and made outside of it. */
import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm';
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
export function foreignCertificate(names: readonly string[], days = 90) {
  const authority = new LocalAuthority(undefined, Date.now);
  const until = START + days * 86_400_000;
  return authority.issue({ names, key: 'RSA_2048', from: START - 86_400_000, until });
}
