/** Certificates: described, listed, got, imported, exported, renewed, deleted; their options and tags. */
import { createPrivateKey } from 'node:crypto';
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import { describe, originOf, summarize, usesShown } from '../domain/describe.ts';
import { findCertificate, usersOf } from '../domain/find.ts';
import { isRenewable, renew, watch } from '../domain/issue.ts';
import { describeX509, readImport } from '../domain/read.ts';
import { takeRoom } from '../domain/room.ts';
import { openKey, sealKey } from '../domain/seal.ts';
import { tagList, withTags } from '../domain/tags.ts';
import {
  exportFixed,
  fewerUsages,
  inUse,
  invalidArgs,
  noTagsAgain,
  notExportable,
  notImported,
  notIssued,
  notRenewable,
  otherAlgorithm,
} from '../errors.ts';
import { PAGE_DEFAULT } from '../limits.ts';
import { type CertificateRow, certificates, type IssuedRow } from '../state.ts';

export const describeCertificate: Handler<'acm', 'DescribeCertificate'> = ({ CertificateArn }, ctx) => ({
  Certificate: describe(findCertificate(CertificateArn, ctx), ctx),
});

function issuedOf({ issued, arn }: CertificateRow): IssuedRow {
  if (issued === undefined) throw notIssued(arn);
  return issued;
}

export const getCertificate: Handler<'acm', 'GetCertificate'> = ({ CertificateArn }, ctx) => {
  const { certificate, chain } = issuedOf(findCertificate(CertificateArn, ctx));
  return { Certificate: certificate, ...(chain !== undefined && { CertificateChain: chain }) };
};

/** What is shown when nobody says which keys. Source: ACM API Reference, ListCertificates, "Includes". */
const KEYS_SHOWN: readonly string[] = ['RSA_1024', 'RSA_2048'];

export const listCertificates: Handler<'acm', 'ListCertificates'> = (input, ctx) => {
  const { Includes: wanted = {}, CertificateStatuses: statuses, CertificateKeyPairOrigins: origins } = input;
  if ((input.SortBy === undefined) !== (input.SortOrder === undefined))
    throw invalidArgs('SortBy and SortOrder must be given together.');
  const has = <T>(some: readonly T[], all: readonly T[]) => some.every((one) => all.includes(one));
  const found = ctx.store
    .list(certificates)
    .filter(
      (row) =>
        (statuses === undefined || statuses.includes(row.status)) &&
        (wanted.keyTypes ?? KEYS_SHOWN).includes(row.algorithm as never) &&
        (wanted.managedBy === undefined || wanted.managedBy === row.managedBy) &&
        (wanted.exportOption === undefined || (wanted.exportOption === 'ENABLED') === row.isExportable) &&
        (origins === undefined || origins.includes(originOf(row))) &&
        (wanted.keyUsage === undefined || has(wanted.keyUsage, usesShown(row).KeyUsages)) &&
        (wanted.extendedKeyUsage === undefined || has(wanted.extendedKeyUsage, usesShown(row).ExtendedKeyUsages)),
    );
  const sign = input.SortOrder === 'DESCENDING' ? -1 : 1;
  const at = ({ type, createdAt, importedAt = 0 }: CertificateRow) =>
    type === 'AMAZON_ISSUED' ? createdAt : importedAt;
  const sorted = input.SortBy === undefined ? found : found.toSorted((a, b) => sign * (at(a) - at(b)));
  const start = input.NextToken === undefined ? 0 : startOf(input.NextToken);
  const end = start + (input.MaxItems ?? PAGE_DEFAULT);
  return {
    CertificateSummaryList: sorted.slice(start, end).map((row) => summarize(row, ctx)),
    ...(sorted.length > end && { NextToken: Buffer.from(String(end)).toString('base64url') }),
  };
};

/** @throws {ServiceError} InvalidArgsException */
function startOf(token: string): number {
  const start = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isSafeInteger(start) || start < 1) throw invalidArgs('The next token is not valid.');
  return start;
}

export const deleteCertificate: Handler<'acm', 'DeleteCertificate'> = ({ CertificateArn }, ctx) => {
  const row = findCertificate(CertificateArn, ctx);
  if (usersOf(row, ctx.store).length > 0) throw inUse(row.arn, ctx.account);
  ctx.store.delete(certificates, row);
  ctx.disarm('expire', row.id);
  ctx.disarm('watch', row.id);
  ctx.release('acm-approvals', row.id);
  return {};
};

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

export const importCertificate: Handler<'acm', 'ImportCertificate'> = (input, ctx) => {
  const before = input.CertificateArn === undefined ? undefined : findCertificate(input.CertificateArn, ctx);
  if (before !== undefined && before.type !== 'IMPORTED') throw notImported(before.arn);
  if (before !== undefined && (input.Tags ?? []).length > 0) throw noTagsAgain();
  const chain = input.CertificateChain === undefined ? undefined : textOf(input.CertificateChain);
  const given = { certificate: textOf(input.Certificate), key: textOf(input.PrivateKey), chain };
  const { certificate, algorithm, names } = readImport(given, ctx.now);
  if (before !== undefined) checkSame(before, { certificate: given.certificate, algorithm });
  if (before === undefined) takeRoom('IMPORTED', ctx);
  const id = before?.id ?? ctx.uuid();
  const arn = before?.arn ?? `arn:${ctx.partition}:acm:${ctx.region}:${ctx.account}:certificate/${id}`;
  const row: CertificateRow = {
    id,
    arn,
    type: 'IMPORTED',
    status: 'ISSUED',
    domain: names[0] ?? '',
    names,
    algorithm,
    validations: [],
    logsTransparency: false,
    isExportable: false,
    issued: {
      certificate: given.certificate,
      ...(chain !== undefined && { chain }),
      key: sealKey(given.key, arn, ctx),
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
    },
    tags: withTags(before?.tags ?? {}, input.Tags ?? []),
    createdAt: before?.createdAt ?? ctx.now,
    importedAt: ctx.now,
  };
  ctx.store.put(certificates, row);
  watch(row, ctx);
  return { CertificateArn: arn };
};

/** Source: ACM User Guide, "Reimporting a certificate". @throws {ServiceError} ValidationException */
function checkSame(before: CertificateRow, now: { certificate: string; algorithm: string }): void {
  if (before.algorithm !== now.algorithm) throw otherAlgorithm();
  if (before.issued === undefined) return;
  const usagesOf = (pem: string) => describeX509(pem).ExtendedKeyUsages ?? [];
  const next = new Set(usagesOf(now.certificate).map(({ OID }) => OID));
  // Whoever named no usages may name some.
  for (const { OID } of usagesOf(before.issued.certificate))
    if (OID !== undefined && !next.has(OID)) throw fewerUsages();
}

export const exportCertificate: Handler<'acm', 'ExportCertificate'> = ({ CertificateArn, Passphrase }, ctx) => {
  const row = findCertificate(CertificateArn, ctx);
  if (!row.isExportable) throw notExportable(row.arn);
  const { certificate, chain } = issuedOf(row);
  ctx.store.put(certificates, { ...row, exportedAt: ctx.now });
  const key = createPrivateKey(openKey(row, ctx.store)).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: textOf(Passphrase),
  });
  return {
    Certificate: certificate,
    ...(chain !== undefined && { CertificateChain: chain }),
    PrivateKey: String(key),
  };
};

export const renewCertificate: Handler<'acm', 'RenewCertificate'> = ({ CertificateArn }, ctx) => {
  const row = findCertificate(CertificateArn, ctx);
  issuedOf(row);
  if (!isRenewable(row, ctx)) throw notRenewable(row.arn);
  renew(row, ctx);
  return {};
};

/** Deviation: nothing is written to a log of certificate transparency; the preference is only kept. */
export const updateCertificateOptions: Handler<'acm', 'UpdateCertificateOptions'> = (input, ctx) => {
  const row = findCertificate(input.CertificateArn, ctx);
  const { CertificateTransparencyLoggingPreference: logs, Export, ValidationMethod } = input.Options;
  if (ValidationMethod !== undefined && ValidationMethod !== row.method)
    throw notBuilt('changes of a validation method (ValidationMethod)');
  if (Export !== undefined && row.isExportable !== (Export === 'ENABLED')) throw exportFixed(row.arn);
  ctx.store.put(certificates, {
    ...row,
    ...(logs !== undefined && { logsTransparency: logs === 'ENABLED' }),
  });
  return {};
};

function tag(arn: string, tags: readonly { Key: string; Value?: string | undefined }[], ctx: Ctx) {
  const row = findCertificate(arn, ctx);
  ctx.store.put(certificates, { ...row, tags: withTags(row.tags, tags) });
  return {};
}

export const addTagsToCertificate: Handler<'acm', 'AddTagsToCertificate'> = ({ CertificateArn, Tags }, ctx) =>
  tag(CertificateArn, Tags, ctx);
export const tagResource: Handler<'acm', 'TagResource'> = ({ ResourceArn, Tags }, ctx) => tag(ResourceArn, Tags, ctx);

function untag(arn: string, goes: (key: string, value: string) => boolean, ctx: Ctx) {
  const row = findCertificate(arn, ctx);
  const left = Object.entries(row.tags).filter(([key, value]) => !goes(key, value));
  ctx.store.put(certificates, { ...row, tags: Object.fromEntries(left) });
  return {};
}

/** A tag with a value is removed only where it has that one. */
export const removeTagsFromCertificate: Handler<'acm', 'RemoveTagsFromCertificate'> = ({ CertificateArn, Tags }, ctx) =>
  untag(
    CertificateArn,
    (key, value) => Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)),
    ctx,
  );
export const untagResource: Handler<'acm', 'UntagResource'> = ({ ResourceArn, TagKeys }, ctx) =>
  untag(ResourceArn, (key) => TagKeys.includes(key), ctx);

export const listTagsForCertificate: Handler<'acm', 'ListTagsForCertificate'> = ({ CertificateArn }, ctx) => ({
  Tags: tagList(findCertificate(CertificateArn, ctx).tags),
});
export const listTagsForResource: Handler<'acm', 'ListTagsForResource'> = ({ ResourceArn }, ctx) => ({
  Tags: tagList(findCertificate(ResourceArn, ctx).tags),
});
