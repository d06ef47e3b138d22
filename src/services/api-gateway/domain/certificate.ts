/** Certificates of custom domain names. */
import type { Ctx } from '#kernel/contract';
import { isIssuedFor, leaveCertificate, showCertificate } from '../../acm/port.ts';

/** A custom domain name, and what it shows in place of what. */
export type Shown = { name: string; arn: string; certificate: string | undefined; before?: string | undefined };

/**
 * In a transaction: clients who ask for a custom domain name by TLS are shown its certificate.
 *
 * Deviation: on AWS a certificate is in use by the load balancer or the distribution behind a domain name; here by the domain name itself.
 *
 * @param region where the certificate has to be
 * @returns why it can't be shown
 */
export function showOnDomain({ name, arn, certificate, before }: Shown, region: string, ctx: Ctx): string | undefined {
  const showing = { user: arn, hosts: [name] };
  if (before !== undefined) leaveCertificate(before, showing, ctx);
  if (certificate === undefined) return undefined;
  if (!certificate.includes(`:acm:${region}:`))
    return `Invalid certificate ARN: ${certificate}. Certificate must be in '${region}'.`;
  const fault = showCertificate(certificate, showing, ctx);
  if (fault === 'missing') return `Invalid certificate ARN: ${certificate}. The certificate does not exist.`;
  return fault && 'The domain name to be created is not covered by the provided certificate.';
}

/**
 * Why a domain name can't ask clients for certificates: a certificate from elsewhere does not show whose the name is, so another has to.
 *
 * @param owned the ARN of the other
 */
export function ownershipFault({ name, certificate }: Shown, owned: string | undefined, ctx: Ctx): string | undefined {
  if (certificate !== undefined && isIssuedFor(name, certificate, ctx)) return undefined;
  if (owned === undefined) return 'Missing ownershipVerificationCertificate.';
  return isIssuedFor(name, owned, ctx) ? undefined : `Invalid ownershipVerificationCertificate: ${owned}.`;
}
