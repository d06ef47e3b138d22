/** Certificates asked for, and the consent of who owns their names. */
import { type Ctx, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import { findCertificate } from '../domain/find.ts';
import { issueIfValid, pendingOf, recordOf, redirectOf, renew, sendLetters } from '../domain/issue.ts';
import { takeRoom } from '../domain/room.ts';
import { withTags } from '../domain/tags.ts';
import {
  domainTooLong,
  noSuperdomain,
  notByMail,
  onlyImported,
  onlyManagedByHttp,
  otherDomain,
  tooManyNames,
} from '../errors.ts';
import { COMMON_NAME_MAX, NAMES_QUOTA, TOKEN_LIFE, VALIDATE_WITHIN } from '../limits.ts';
import { type CertificateRow, certificates, type ValidationRow } from '../state.ts';

/** Amazon's own. Source: ACM User Guide, "Certificate request fails". */
const NOT_TO_BE_HAD = /(^|\.)(amazonaws\.com|cloudfront\.net|elasticbeanstalk\.com)$/;
const KEYS: readonly string[] = ['RSA_2048', 'EC_prime256v1', 'EC_secp384r1'];

export const requestCertificate: Handler<'acm', 'RequestCertificate'> = (input, ctx) => {
  checkRequest(input, ctx);
  const same = sameAsBefore(input, ctx);
  if (same !== undefined) return { CertificateArn: same.arn };
  const domain = input.DomainName.toLowerCase();
  const names = [...new Set([domain, ...(input.SubjectAlternativeNames ?? []).map((name) => name.toLowerCase())])];
  if (domain.length > COMMON_NAME_MAX) throw domainTooLong();
  const namesMax = ctx.quota(NAMES_QUOTA);
  if (names.length > namesMax) throw tooManyNames(namesMax, names.length);
  const other = input.DomainValidationOptions?.find(({ DomainName }) => !names.includes(DomainName.toLowerCase()));
  if (other !== undefined) throw otherDomain(other.DomainName);
  takeRoom('AMAZON_ISSUED', ctx);
  const { ValidationMethod: method = 'EMAIL', ManagedBy: managedBy } = input;
  const id = ctx.uuid();
  const { Options: options = {} } = input;
  const row: CertificateRow = {
    id,
    arn: `arn:${ctx.partition}:acm:${ctx.region}:${ctx.account}:certificate/${id}`,
    type: 'AMAZON_ISSUED',
    status: 'PENDING_VALIDATION',
    domain,
    names,
    algorithm: input.KeyAlgorithm ?? 'RSA_2048',
    method,
    ...(managedBy !== undefined && { managedBy }),
    validations: names.map((name) => validationFor(name, method, input.DomainValidationOptions ?? [], ctx)),
    logsTransparency: options.CertificateTransparencyLoggingPreference !== 'DISABLED',
    isExportable: options.Export === 'ENABLED',
    ...(input.IdempotencyToken !== undefined && { token: input.IdempotencyToken }),
    tags: withTags({}, input.Tags ?? []),
    createdAt: ctx.now,
  };
  if (names.some((name) => NOT_TO_BE_HAD.test(name))) {
    ctx.store.put(certificates, { ...row, status: 'FAILED' });
    return { CertificateArn: row.arn };
  }
  ctx.store.put(certificates, row);
  ctx.arm('expire', id, ctx.now + VALIDATE_WITHIN, { id });
  if (method === 'EMAIL') sendLetters(row, row.validations, ctx);
  issueIfValid(row, ctx);
  return { CertificateArn: row.arn };
};

function checkRequest(
  { CertificateAuthorityArn, ManagedBy, ValidationMethod, KeyAlgorithm }: InputOf<'acm', 'RequestCertificate'>,
  ctx: Ctx,
) {
  if (CertificateAuthorityArn !== undefined) throw notBuilt('certificates of AWS Private CA (CertificateAuthorityArn)');
  if ((ManagedBy !== undefined) !== (ValidationMethod === 'HTTP')) throw onlyManagedByHttp();
  if (KeyAlgorithm !== undefined && !KEYS.includes(KeyAlgorithm)) throw onlyImported(KeyAlgorithm, ctx.account);
}

/** The certificate that the same request made within an hour, or that still waits. */
function sameAsBefore({ IdempotencyToken: token, DomainName }: InputOf<'acm', 'RequestCertificate'>, ctx: Ctx) {
  if (token === undefined) return undefined;
  return ctx.store
    .list(certificates, { index: 'byToken', where: { token } })
    .find(
      ({ domain, createdAt, status }) =>
        domain === DomainName.toLowerCase() && (ctx.now - createdAt < TOKEN_LIFE || status === 'PENDING_VALIDATION'),
    );
}

/**
 * Deviation: there is no Route 53 here and nobody else's DNS is asked: a name is validated by DNS as soon as it is asked for, as if the record that is handed out
 * had been there; by HTTP the same, as if the token were served. By e-mail somebody has to follow the link in a letter (`cloudyard mail`).
 */
function validationFor(
  domain: string,
  method: NonNullable<CertificateRow['method']>,
  options: readonly { DomainName: string; ValidationDomain: string }[],
  ctx: Ctx,
): ValidationRow {
  const host = domain.replace(/^\*\./, '');
  const option = options.find(({ DomainName }) => DomainName.toLowerCase() === domain);
  const at = option?.ValidationDomain.toLowerCase() ?? (method === 'EMAIL' ? host : domain);
  if (at !== domain && at !== host && !host.endsWith(`.${at}`)) throw noSuperdomain(domain, at);
  if (method === 'EMAIL') return { domain, at, code: ctx.uuid(), isDone: false };
  return method === 'DNS'
    ? { domain, at, record: recordOf(domain, ctx.account), isDone: true }
    : { domain, at, redirect: redirectOf(domain, ctx), isDone: true };
}

export const resendValidationEmail: Handler<'acm', 'ResendValidationEmail'> = (input, ctx) => {
  const row = findCertificate(input.CertificateArn, ctx);
  const domain = input.Domain.toLowerCase();
  const at = input.ValidationDomain.toLowerCase();
  const pending = pendingOf(row);
  const validation = pending.find((one) => one.domain === domain);
  if (row.method !== 'EMAIL' || pending.length === 0) throw notByMail(row.arn);
  const host = domain.replace(/^\*\./, '');
  if (validation === undefined || (at !== host && !host.endsWith(`.${at}`))) throw noSuperdomain(domain, at);
  sendLetters(row, [{ ...validation, at }], ctx);
  return {};
};

/** In a transaction: an owner's consent. @returns whether the code is one of the certificate's */
export function approve(row: CertificateRow, code: string, ctx: Ctx): boolean {
  const pending = pendingOf(row);
  if (!pending.some((one) => one.code === code)) return false;
  const validations = pending.map((one) => (one.code === code ? { ...one, isDone: true } : one));
  const { renewal } = row;
  const after = renewal === undefined ? { ...row, validations } : { ...row, renewal: { ...renewal, validations } };
  ctx.store.put(certificates, after);
  if (renewal === undefined) issueIfValid(after, ctx);
  else if (validations.every(({ isDone }) => isDone)) renew(after, ctx);
  return true;
}
