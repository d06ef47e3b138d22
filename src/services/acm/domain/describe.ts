/** Certificates as they are told of. */
import type { Ctx, OutputOf } from '#kernel/contract';
import { NAMES_SHOWN_MAX } from '../limits.ts';
import type { CertificateRow, ValidationRow } from '../state.ts';
import { usersOf } from './find.ts';
import { isRenewable, mailboxesOf } from './issue.ts';
import { describeX509 } from './read.ts';

type Detail = NonNullable<OutputOf<'acm', 'DescribeCertificate'>['Certificate']>;
type Summary = NonNullable<OutputOf<'acm', 'ListCertificates'>['CertificateSummaryList']>[number];

const eligibility = (row: CertificateRow, ctx: Ctx) => (isRenewable(row, ctx) ? 'ELIGIBLE' : 'INELIGIBLE');
/** Who made the pair of keys. */
export const originOf = ({ type }: CertificateRow) => (type === 'IMPORTED' ? 'CUSTOMER_PROVIDED' : 'AWS_MANAGED');
const onOff = (is: boolean) => (is ? 'ENABLED' : 'DISABLED');

function times({ createdAt, issuedAt, importedAt, issued, type }: CertificateRow) {
  return {
    ...(type === 'AMAZON_ISSUED' && { CreatedAt: createdAt }),
    ...(issuedAt !== undefined && { IssuedAt: issuedAt }),
    ...(importedAt !== undefined && { ImportedAt: importedAt }),
    ...(issued !== undefined && { NotBefore: issued.notBefore, NotAfter: issued.notAfter }),
  };
}

/** All of a certificate but its keys. */
export function describe(row: CertificateRow, ctx: Ctx): Detail {
  const { issued, method } = row;
  return {
    CertificateArn: row.arn,
    DomainName: row.domain,
    SubjectAlternativeNames: row.names,
    ...(issued !== undefined && describeX509(issued.certificate)),
    ...(row.type === 'AMAZON_ISSUED' && {
      Subject: `CN=${row.domain}`,
      DomainValidationOptions: row.validations.map((one) => validationOf(one, row)),
    }),
    ...(row.managedBy !== undefined && { ManagedBy: row.managedBy }),
    ...times(row),
    Status: row.status,
    ...(row.status === 'FAILED' && { FailureReason: 'ADDITIONAL_VERIFICATION_REQUIRED' as const }),
    KeyAlgorithm: row.algorithm,
    CertificateKeyPairOrigin: originOf(row),
    InUseBy: usersOf(row, ctx.store),
    Type: row.type,
    RenewalEligibility: eligibility(row, ctx),
    Options: {
      CertificateTransparencyLoggingPreference: onOff(row.logsTransparency),
      Export: onOff(row.isExportable),
      ...(method !== undefined && { ValidationMethod: method }),
    },
    ...renewalOf(row),
  };
}

function renewalOf(row: CertificateRow) {
  const { renewal, renewedAt, validations } = row;
  const told = (status: 'SUCCESS' | 'PENDING_VALIDATION' | 'FAILED', at: number, of: readonly ValidationRow[]) => ({
    RenewalSummary: {
      RenewalStatus: status,
      DomainValidationOptions: of.map((one) => validationOf(one, row)),
      UpdatedAt: at,
    },
  });
  if (renewal !== undefined) return told(renewal.status, renewal.at, renewal.validations);
  return renewedAt === undefined ? {} : told('SUCCESS', renewedAt, validations);
}

function validationOf(one: ValidationRow, { method, status, issued, validations }: CertificateRow) {
  const isOver = /^(VALIDATION_TIMED_OUT|EXPIRED|FAILED)$/.test(status);
  // Clients who wait for the validation of all names take the certificate for issued then.
  const isShown = one.isDone && (issued !== undefined || validations.some(({ isDone }) => !isDone));
  return {
    DomainName: one.domain,
    ...(method === 'EMAIL' && { ValidationEmails: mailboxesOf(one) }),
    ValidationDomain: one.at,
    ValidationStatus: isShown ? ('SUCCESS' as const) : isOver ? ('FAILED' as const) : ('PENDING_VALIDATION' as const),
    ...(one.record !== undefined && {
      ResourceRecord: { Name: one.record.name, Type: 'CNAME' as const, Value: one.record.value },
    }),
    ...(one.redirect !== undefined && {
      HttpRedirect: { RedirectFrom: one.redirect.from, RedirectTo: one.redirect.to },
    }),
    ...(method !== undefined && { ValidationMethod: method }),
  };
}

/** What a certificate is for, by names alone. It is parsed for that: not for those that nobody sees. */
export function usesShown({ issued }: CertificateRow) {
  const { KeyUsages = [], ExtendedKeyUsages = [] } = issued === undefined ? {} : describeX509(issued.certificate);
  return {
    KeyUsages: KeyUsages.flatMap(({ Name }) => Name ?? []),
    ExtendedKeyUsages: ExtendedKeyUsages.flatMap(({ Name }) => Name ?? []),
  };
}

/** A line of ListCertificates. */
export function summarize(row: CertificateRow, ctx: Ctx): Summary {
  return {
    CertificateArn: row.arn,
    DomainName: row.domain,
    SubjectAlternativeNameSummaries: row.names.slice(0, NAMES_SHOWN_MAX),
    HasAdditionalSubjectAlternativeNames: row.names.length > NAMES_SHOWN_MAX,
    Status: row.status,
    Type: row.type,
    ...(row.managedBy !== undefined && { ManagedBy: row.managedBy }),
    KeyAlgorithm: row.algorithm,
    ...usesShown(row),
    ExportOption: onOff(row.isExportable),
    InUse: usersOf(row, ctx.store).length > 0,
    Exported: row.exportedAt !== undefined,
    RenewalEligibility: eligibility(row, ctx),
    CertificateKeyPairOrigin: originOf(row),
    ...times(row),
  };
}
