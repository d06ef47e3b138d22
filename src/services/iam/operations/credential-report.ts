/**
 * The credential report: a line for the root and for each user, with what credentials they have and when those were used.
 *
 * @see IAM User Guide, "Generate credential reports for your AWS account"
 */
import { DAY, HOUR, isoSeconds, type Millis } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { accessKeys, keyUses, mfaDevices, type UserRow, users } from '#kernel/identity';
import { ACCOUNT_CREATED_AT } from '../domain/entities.ts';
import { settingsOf } from '../domain/passwords.ts';
import { reportExpired, reportNotPresent } from '../errors.ts';
import { type LoginProfileRow, loginProfiles, reports, signingCertificates } from '../state.ts';

const LIFETIME: Millis = 4 * HOUR;
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_1_last_used_region',
  'access_key_1_last_used_service',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'access_key_2_last_used_date',
  'access_key_2_last_used_region',
  'access_key_2_last_used_service',
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
] as const;
const ROOT = '<root_account>';

/** A report is at most four hours old: one that was asked for again is not made again before. */
export const generateCredentialReport: Handler<'iam', 'GenerateCredentialReport'> = (_, ctx) => {
  const before = ctx.store.get(reports, { id: 'credentials' });
  if (before !== undefined && ctx.now - before.at < LIFETIME) return { State: 'COMPLETE' };
  ctx.store.put(reports, { id: 'credentials', at: ctx.now, text: reportOf(ctx) });
  return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' };
};

export const getCredentialReport: Handler<'iam', 'GetCredentialReport'> = (_, ctx) => {
  const report = ctx.store.get(reports, { id: 'credentials' });
  if (report === undefined) throw reportNotPresent();
  if (ctx.now - report.at >= LIFETIME) throw reportExpired();
  return { Content: Buffer.from(report.text), ReportFormat: 'text/csv', GeneratedTime: report.at };
};

function reportOf(ctx: Ctx): string {
  const lines = [undefined, ...ctx.store.list(users)].map((user) => lineOf(user, ctx));
  return [COLUMNS.join(','), ...lines].join('\n');
}

/** `2026-01-01T00:00:00+00:00`: Python's way to write it. */
const timeOf = (at: Millis) => isoSeconds(at).replace('Z', '+00:00');

/** When a user must have another password, where the account asks for that. */
function nextRotation(password: LoginProfileRow | undefined, { store }: Ctx): string {
  const { maximumAgeDays: days } = settingsOf(store).passwordPolicy ?? {};
  return password === undefined || days === undefined ? 'N/A' : timeOf(password.setAt + days * DAY);
}

/** @param user undefined for the account's root */
function lineOf(user: UserRow | undefined, ctx: Ctx): string {
  const name = user?.name ?? '';
  const { store } = ctx;
  const password = store.get(loginProfiles, { user: name });
  const device = store.first(mfaDevices, { index: 'byUser', where: { user: name } });
  const keys = store
    .list(accessKeys, { index: 'byUser', where: { account: ctx.account, user: name } })
    .sort((a, b) => a.createdAt - b.createdAt);
  const certificates = store
    .list(signingCertificates, { where: { user: name } })
    .sort((a, b) => a.uploadedAt - b.uploadedAt);
  const none = 'N/A';
  return [
    user?.name ?? ROOT,
    user?.arn ?? `arn:${ctx.partition}:iam::${ctx.account}:root`,
    timeOf(user?.createdAt ?? ACCOUNT_CREATED_AT),
    user === undefined ? 'not_supported' : String(password !== undefined),
    // Root always has a password, with which nobody signs in here.
    user?.passwordLastUsedAt !== undefined
      ? timeOf(user.passwordLastUsedAt)
      : user !== undefined && password === undefined
        ? none
        : 'no_information',
    user === undefined ? 'not_supported' : password === undefined ? none : timeOf(password.setAt),
    user === undefined ? 'not_supported' : nextRotation(password, ctx),
    String(device !== undefined),
    ...[0, 1].flatMap((at) => {
      const key = keys[at];
      if (key === undefined) return ['false', none, none, none, none];
      const use = store.get(keyUses, key);
      return [
        String(key.status === 'Active'),
        timeOf(key.createdAt),
        use === undefined ? none : timeOf(use.at),
        use?.region ?? none,
        use?.service ?? none,
      ];
    }),
    ...[0, 1].flatMap((at) => {
      const certificate = certificates[at];
      return certificate === undefined
        ? ['false', none]
        : [String(certificate.status === 'Active'), timeOf(certificate.uploadedAt)];
    }),
  ].join(',');
}
