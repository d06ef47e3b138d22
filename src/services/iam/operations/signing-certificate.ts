/** X.509 signing certificates of users and of the account's root. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { certificateOf } from '../domain/certificates.ts';
import { findUser, userNameOf } from '../domain/entities.ts';
import { newCertificateId } from '../domain/names.ts';
import { pageOf } from '../domain/page.ts';
import {
  duplicateCertificate,
  malformedSigningCertificate,
  noSuchCertificate,
  quotaExceeded,
  statusNotForKeys,
} from '../errors.ts';
import { SIGNING_CERTIFICATES_MAX } from '../limits.ts';
import { type SigningCertificateRow, signingCertificates } from '../state.ts';

/** A user that exists, or '' for the account's root. */
function ownerOf(input: { UserName?: string }, ctx: Ctx): string {
  const name = userNameOf(input, ctx);
  return name === undefined ? '' : findUser(name, ctx.store).name;
}

const certificatesOf = (user: string, ctx: Ctx) => ctx.store.list(signingCertificates, { where: { user } });

/** @throws {ServiceError} NoSuchEntity */
function findCertificate(input: { UserName?: string; CertificateId: string }, ctx: Ctx): SigningCertificateRow {
  const row = ctx.store.get(signingCertificates, { user: ownerOf(input, ctx), id: input.CertificateId });
  if (row === undefined) throw noSuchCertificate(input.CertificateId);
  return row;
}

const shown = (row: SigningCertificateRow, account: string) => ({
  UserName: row.user === '' ? account : row.user,
  CertificateId: row.id,
  CertificateBody: row.body,
  Status: row.status,
  UploadDate: wholeSecond(row.uploadedAt),
});

/** @throws {ServiceError} MalformedCertificate */
function fingerprintOf(body: string): string {
  try {
    return certificateOf(body).fingerprint256;
  } catch {
    throw malformedSigningCertificate(body);
  }
}

export const uploadSigningCertificate: Handler<'iam', 'UploadSigningCertificate'> = (input, ctx) => {
  const user = ownerOf(input, ctx);
  const fingerprint = fingerprintOf(input.CertificateBody);
  const own = certificatesOf(user, ctx);
  if (own.some((row) => row.fingerprint === fingerprint)) throw duplicateCertificate();
  if (own.length >= SIGNING_CERTIFICATES_MAX) throw quotaExceeded('CertificatesPerUser', SIGNING_CERTIFICATES_MAX);
  const row: SigningCertificateRow = {
    user,
    id: newCertificateId(ctx),
    body: input.CertificateBody,
    fingerprint,
    status: 'Active',
    uploadedAt: ctx.now,
  };
  ctx.store.put(signingCertificates, row);
  return { Certificate: shown(row, ctx.account) };
};

export const listSigningCertificates: Handler<'iam', 'ListSigningCertificates'> = (input, ctx) => {
  const { items, end } = pageOf(input, certificatesOf(ownerOf(input, ctx), ctx));
  return { Certificates: items.map((row) => shown(row, ctx.account)), ...end };
};

export const updateSigningCertificate: Handler<'iam', 'UpdateSigningCertificate'> = (input, ctx) => {
  if (input.Status === 'Expired') throw statusNotForKeys();
  ctx.store.put(signingCertificates, { ...findCertificate(input, ctx), status: input.Status });
  return {};
};

export const deleteSigningCertificate: Handler<'iam', 'DeleteSigningCertificate'> = (input, ctx) => {
  ctx.store.delete(signingCertificates, findCertificate(input, ctx));
  return {};
};
