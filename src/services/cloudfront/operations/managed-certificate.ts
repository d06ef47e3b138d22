/** Certificates that CloudFront asks Certificate Manager for, in the name of who makes a tenant. Source: CloudFront Developer Guide, "Request certificates for your CloudFront distribution tenant". */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { ManagedCertificateDetails, ManagedCertificateRequest } from '#models/cloudfront';
import { findTenant } from '../domain/find.ts';
import * as errors from '../errors.ts';
import type { ManagedCertificate } from '../state.ts';

/**
 * Keeps a tenant, in a transaction, with the certificate that is asked for its domains, if one is. All that may refuse the tenant
 * is tried before, so that no certificate is left over.
 */
export async function withCertificate<T>(
  request: ManagedCertificateRequest | undefined,
  names: readonly string[],
  ctx: Ctx,
  keep: (managed: ManagedCertificate | undefined) => T,
): Promise<T> {
  if (request === undefined) return ctx.transact(() => keep(undefined));
  const undone = new Error('what was tried is undone');
  try {
    ctx.transact(() => {
      keep({ arn: '', host: request.ValidationTokenHost });
      throw undone;
    });
  } catch (error) {
    if (error !== undone) throw error;
  }
  const managed = await requestCertificate(request, names, ctx);
  return ctx.transact(() => keep(managed));
}

async function requestCertificate(
  request: ManagedCertificateRequest,
  names: readonly string[],
  ctx: Ctx,
): Promise<ManagedCertificate> {
  const primary = request.PrimaryDomainName?.toLowerCase() ?? names[0] ?? '';
  if (!names.includes(primary))
    throw errors.invalidArgument(
      'The parameter PrimaryDomainName must be one of the domains of the distribution tenant.',
    );
  const { CertificateTransparencyLoggingPreference: logging } = request;
  const { CertificateArn } = await ctx.awsForCaller().acm.RequestCertificate({
    DomainName: primary,
    SubjectAlternativeNames: [...names],
    ValidationMethod: 'HTTP',
    ManagedBy: 'CLOUDFRONT',
    ...(logging !== undefined && {
      Options: { CertificateTransparencyLoggingPreference: logging === 'enabled' ? 'ENABLED' : 'DISABLED' },
    }),
  });
  return { arn: CertificateArn ?? '', host: request.ValidationTokenHost };
}

export const getManagedCertificateDetails: Handler<'cloudfront', 'GetManagedCertificateDetails'> = async (
  { Identifier },
  ctx,
) => {
  const { managed } = findTenant(Identifier, ctx);
  if (managed === undefined) throw errors.noSuchEntity();
  const { Certificate } = await ctx.awsForCaller().acm.DescribeCertificate({ CertificateArn: managed.arn });
  const { Status = '', DomainValidationOptions = [] } = Certificate ?? raise(errors.noSuchEntity());
  return {
    ManagedCertificateDetails: {
      CertificateArn: managed.arn,
      CertificateStatus: Status.toLowerCase().replaceAll('_', '-') as NonNullable<
        ManagedCertificateDetails['CertificateStatus']
      >,
      ValidationTokenHost: managed.host,
      ValidationTokenDetails: DomainValidationOptions.map(({ DomainName, HttpRedirect }) => ({
        Domain: DomainName,
        ...HttpRedirect,
      })),
    },
  };
};
