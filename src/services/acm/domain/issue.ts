/** From a request to a certificate: the names are shown to be its owner's, the cloud's authority signs, and in time signs anew. */
import { DAY, type Millis, sha256Hex, wholeSecond } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { LETTERS_BEFORE_DAYS, LIFE, RENEW_BEFORE, TELL_BEFORE_DAYS } from '../limits.ts';
import { type CertificateRow, certificates, settings, type ValidationRow } from '../state.ts';
import { usersOf } from './find.ts';
import { sealKey } from './seal.ts';

/** Whom letters go to. Source: ACM User Guide, "AWS Certificate Manager email validation". */
const MAILBOXES = ['administrator', 'hostmaster', 'postmaster', 'webmaster', 'admin'];

/** Addresses at which the owners of a name are asked. Those of `www.example.com` are asked at `example.com`. */
export function mailboxesOf({ at }: ValidationRow): string[] {
  return MAILBOXES.map((box) => `${box}@${at.replace(/^www\./, '')}`);
}

/** A name's record is the same for each certificate of an account. Source: ACM User Guide, "AWS Certificate Manager DNS validation". */
export function recordOf(domain: string, account: string): NonNullable<ValidationRow['record']> {
  const host = domain.replace(/^\*\./, '');
  const hash = sha256Hex(`${account}/${host}`);
  const letters = [...hash.slice(0, 20).matchAll(/../g)].map(([two]) => Number.parseInt(two, 16) % 26);
  const zone = String.fromCharCode(...letters.map((letter) => 97 + letter));
  return { name: `_${hash.slice(0, 32)}.${host}.`, value: `_${hash.slice(32)}.${zone}.acm-validations.aws.` };
}

/** Where a name's token is asked for, and where it is kept. Source: ACM User Guide, "AWS Certificate Manager HTTP validation". */
export function redirectOf(domain: string, { account, region }: Ctx): NonNullable<ValidationRow['redirect']> {
  const token = sha256Hex(`${account}/${domain}`).slice(0, 32);
  const path = `.well-known/pki-validation/${token}.txt`;
  return { from: `${domain}/${path}`, to: `validation.${region}.acm-validations.aws/${account}/${path}` };
}

/** In a transaction: asks the owners of names for their consent. */
export function sendLetters(row: CertificateRow, validations: readonly ValidationRow[], ctx: Ctx): void {
  ctx.claim('acm-approvals', row.id, row.id);
  for (const validation of validations)
    for (const to of mailboxesOf(validation))
      ctx.mail({
        channel: 'email',
        to,
        from: 'no-reply@certificates.amazon.com',
        subject: `Certificate approval for ${validation.domain}`,
        text: [
          `We have received a request to issue an SSL/TLS certificate for ${validation.domain}.`,
          `AWS account: ${ctx.account}\nRegion: ${ctx.region}\nCertificate: ${row.id}`,
          `To approve it, go to ${new URL(ctx.endpoint).origin}/_aws/acm-approvals/${row.id}/?code=${validation.code}`,
          'If you do not, it will not be issued.',
        ].join('\n\n'),
      });
}

/** In a transaction: issues a certificate once all its names are validated. */
export function issueIfValid(row: CertificateRow, ctx: Ctx): void {
  if (row.validations.every(({ isDone }) => isDone)) ctx.start('issue', row.id, { id: row.id });
}

/** In a transaction: issues it anew, once its owners consent where letters ask for that. */
export function renew(row: CertificateRow, ctx: Ctx): void {
  const { id, issued, renewal, method } = row;
  if (method === 'EMAIL' && !renewal?.validations.every(({ isDone }) => isDone)) askAnew(row, ctx);
  else ctx.start('issue', id, { id, of: issued?.notAfter });
}

/** Source: ACM User Guide, "Renewal for domains validated by email". */
function askAnew(row: CertificateRow, ctx: Ctx): void {
  const validations =
    row.renewal?.validations ?? row.validations.map((one) => ({ ...one, code: ctx.uuid(), isDone: false }));
  const at = row.renewal?.at ?? ctx.now;
  ctx.store.put(certificates, { ...row, renewal: { status: 'PENDING_VALIDATION', at, validations } });
  sendLetters(
    row,
    validations.filter(({ isDone }) => !isDone),
    ctx,
  );
}

/** What its owners are asked for at the time: that it be issued, or issued anew. */
export function pendingOf({ status, validations, renewal }: CertificateRow): readonly ValidationRow[] {
  if (status === 'PENDING_VALIDATION') return validations;
  return status === 'ISSUED' ? (renewal?.validations ?? []) : [];
}

/** The task of a certificate that is to be issued, for the first time or after the one that ends at `of`. */
export async function issue({ id, of }: Record<string, unknown>, ctx: Ctx): Promise<void> {
  const isDue = (one: CertificateRow | undefined): one is CertificateRow =>
    one !== undefined && one.issued?.notAfter === of && /^(PENDING_VALIDATION|ISSUED)$/.test(one.status);
  const row = ctx.store.get(certificates, { id: String(id) });
  if (!isDue(row)) return;
  const from = ctx.clock();
  const until = from + LIFE;
  const { certificate, chain, key } = await ctx.authority.issue({
    names: row.names,
    key: row.algorithm as 'RSA_2048',
    from,
    until,
  });
  // Certificates know seconds.
  const [notBefore, notAfter] = [wholeSecond(from), wholeSecond(until)];
  ctx.transact((store) => {
    const before = store.get(certificates, { id: row.id });
    if (!isDue(before)) return;
    const { renewal: _, ...kept } = before;
    const after: CertificateRow = {
      ...kept,
      status: 'ISSUED',
      issued: { certificate, chain, key: sealKey(key, row.arn, ctx), notBefore, notAfter },
      issuedAt: before.issuedAt ?? from,
      ...(of !== undefined && { renewedAt: from }),
    };
    store.put(certificates, after);
    ctx.disarm('expire', row.id);
    ctx.release('acm-approvals', row.id);
    watch(after, ctx);
    tell('ACM Certificate Available', after, ctx, { Action: of === undefined ? 'ISSUANCE' : 'RENEWAL' });
  });
}

/** In a transaction: looks after a certificate, each time when it has whole days left. */
export function watch({ id, issued }: CertificateRow, ctx: Ctx): void {
  if (issued === undefined) return;
  const days = Math.max(0, Math.floor((issued.notAfter - ctx.now) / DAY));
  ctx.arm('watch', id, Math.max(ctx.now, issued.notAfter - days * DAY), { id });
}

function tellBefore({ store }: Ctx): number {
  return store.get(settings, { id: 'own' })?.days ?? TELL_BEFORE_DAYS;
}

/** The timer of a certificate, once a day. Only what is in use, or was exported, is renewed. */
export function look({ id }: Record<string, unknown>, ctx: Ctx): void {
  const row = ctx.store.get(certificates, { id: String(id) });
  if (row?.issued === undefined || row.status !== 'ISSUED') return;
  const left = row.issued.notAfter - ctx.now;
  if (left <= 0) {
    const renewal = row.renewal && { ...row.renewal, status: 'FAILED' as const, at: ctx.now };
    ctx.store.put(certificates, { ...row, status: 'EXPIRED', ...(renewal !== undefined && { renewal }) });
    if (renewal !== undefined) ctx.release('acm-approvals', row.id);
    tell('ACM Certificate Expired', row, ctx);
    return;
  }
  const days = Math.ceil(left / DAY);
  ctx.count('DaysToExpiry', { CertificateArn: row.arn }, days, 'None');
  if (isToRenew(row, left, days, ctx)) {
    renew(row, ctx);
    if (row.method !== 'EMAIL') return;
  }
  if (days <= tellBefore(ctx)) tell('ACM Certificate Approaching Expiration', row, ctx, { DaysToExpiry: days });
  ctx.arm('watch', row.id, Math.min(ctx.now + DAY, row.issued.notAfter), { id });
}

function isToRenew(row: CertificateRow, left: Millis, days: number, ctx: Ctx): boolean {
  if (!isRenewable(row, ctx)) return false;
  if (row.method !== 'EMAIL') return left <= RENEW_BEFORE;
  const [first = 0] = LETTERS_BEFORE_DAYS;
  return row.renewal === undefined ? days <= first : LETTERS_BEFORE_DAYS.includes(days);
}

/** Source: ACM User Guide, "Managed certificate renewal": in use by another service, or exported since it was issued or last renewed. */
export function isRenewable(row: CertificateRow, { store }: Pick<Ctx, 'store'>): boolean {
  const { type, issued, exportedAt, renewedAt = 0 } = row;
  const isExported = exportedAt !== undefined && exportedAt >= renewedAt;
  return type === 'AMAZON_ISSUED' && issued !== undefined && (isExported || usersOf(row, store).length > 0);
}

/** The timer of a request whose names nobody has validated. */
export function expire({ id }: Record<string, unknown>, ctx: Ctx): void {
  const row = ctx.store.get(certificates, { id: String(id) });
  if (row?.status !== 'PENDING_VALIDATION') return;
  ctx.store.put(certificates, { ...row, status: 'VALIDATION_TIMED_OUT' });
  ctx.release('acm-approvals', row.id);
}

/** In a transaction: tells EventBridge. Source: ACM User Guide, "Amazon EventBridge support for ACM". */
function tell(what: string, row: CertificateRow, ctx: Ctx, more: Record<string, unknown> = {}): void {
  const { issued } = row;
  const detail = {
    CertificateType: row.type,
    CommonName: row.domain,
    ...(row.method !== undefined && { DomainValidationMethod: row.method }),
    CertificateCreatedDate: new Date(row.createdAt).toISOString(),
    ...(issued !== undefined && {
      CertificateExpirationDate: new Date(issued.notAfter).toISOString(),
      DaysToExpiry: Math.max(0, Math.ceil((issued.notAfter - ctx.now) / DAY)),
    }),
    InUse: usersOf(row, ctx.store).length > 0,
    Exported: row.exportedAt !== undefined,
    ...more,
  };
  ctx.announce(what, detail, [row.arn]);
}
