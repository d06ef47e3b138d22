/** Server certificates. Private keys are kept for the services that serve with them and never shown. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { ServerCertificateMetadata } from '#models/iam';
import { certificateOf, chainOf, checkPair } from '../domain/certificates.ts';
import { newServerCertificateId } from '../domain/names.ts';
import { pageByPath, pageOf } from '../domain/page.ts';
import { addTags, mergeTags, showTags, withoutTags } from '../domain/tags.ts';
import { noSuchServerCertificate, quotaExceeded, serverCertificateExists } from '../errors.ts';
import { SERVER_CERTIFICATES_MAX } from '../limits.ts';
import { type ServerCertificateRow, serverCertificates } from '../state.ts';

/** @throws {ServiceError} NoSuchEntity */
function find(name: string, ctx: Ctx): ServerCertificateRow {
  const row = ctx.store.get(serverCertificates, { name });
  if (row === undefined) throw noSuchServerCertificate(name);
  return row;
}

const arnOf = (ctx: Ctx, path: string, name: string) =>
  `arn:${ctx.partition}:iam::${ctx.account}:server-certificate${path}${name}`;

const shown = ({ path, name, id, arn, uploadedAt, expiresAt }: ServerCertificateRow): ServerCertificateMetadata => ({
  Path: path,
  ServerCertificateName: name,
  ServerCertificateId: id,
  Arn: arn,
  UploadDate: wholeSecond(uploadedAt),
  Expiration: wholeSecond(expiresAt),
});

export const uploadServerCertificate: Handler<'iam', 'UploadServerCertificate'> = (input, ctx) => {
  const { ServerCertificateName: name, Path: path = '/' } = input;
  // AWS keeps them without white space around, and Terraform would replace a certificate that reads back otherwise.
  const body = input.CertificateBody.trim();
  const chain = input.CertificateChain?.trim();
  if (ctx.store.get(serverCertificates, { name }) !== undefined) throw serverCertificateExists(name);
  const most = ctx.quota(SERVER_CERTIFICATES_MAX);
  if (ctx.store.count(serverCertificates, {}) >= most) throw quotaExceeded('ServerCertificatesPerAccount', most);
  const certificate = certificateOf(body);
  checkPair(certificate, input.PrivateKey, chain === undefined ? [] : chainOf(chain));
  const row: ServerCertificateRow = {
    name,
    path,
    id: newServerCertificateId(ctx),
    arn: arnOf(ctx, path, name),
    body,
    ...(chain !== undefined && { chain }),
    key: input.PrivateKey,
    uploadedAt: ctx.now,
    expiresAt: Date.parse(certificate.validTo),
    tags: mergeTags('server-certificate', {}, input.Tags),
  };
  ctx.store.put(serverCertificates, row);
  return { ServerCertificateMetadata: shown(row), ...(input.Tags !== undefined && { Tags: showTags(row.tags) }) };
};

export const getServerCertificate: Handler<'iam', 'GetServerCertificate'> = (input, ctx) => {
  const row = find(input.ServerCertificateName, ctx);
  return {
    ServerCertificate: {
      ServerCertificateMetadata: shown(row),
      CertificateBody: row.body,
      ...(row.chain !== undefined && { CertificateChain: row.chain }),
      Tags: showTags(row.tags),
    },
  };
};

export const listServerCertificates: Handler<'iam', 'ListServerCertificates'> = (input, ctx) => {
  const { items, end } = pageByPath(input, ctx.store, serverCertificates);
  return { ServerCertificateMetadataList: items.map(shown), ...end };
};

export const updateServerCertificate: Handler<'iam', 'UpdateServerCertificate'> = (input, ctx) => {
  const row = find(input.ServerCertificateName, ctx);
  const name = input.NewServerCertificateName ?? row.name;
  const path = input.NewPath ?? row.path;
  if (name !== row.name && ctx.store.get(serverCertificates, { name }) !== undefined)
    throw serverCertificateExists(name);
  ctx.store.delete(serverCertificates, row);
  ctx.store.put(serverCertificates, { ...row, name, path, arn: arnOf(ctx, path, name) });
  return {};
};

export const deleteServerCertificate: Handler<'iam', 'DeleteServerCertificate'> = (input, ctx) => {
  ctx.store.delete(serverCertificates, find(input.ServerCertificateName, ctx));
  return {};
};

export const tagServerCertificate: Handler<'iam', 'TagServerCertificate'> = (input, ctx) => {
  const row = find(input.ServerCertificateName, ctx);
  ctx.store.put(serverCertificates, { ...row, tags: addTags('server-certificate', row.tags, input.Tags) });
  return {};
};

export const untagServerCertificate: Handler<'iam', 'UntagServerCertificate'> = (input, ctx) => {
  const row = find(input.ServerCertificateName, ctx);
  ctx.store.put(serverCertificates, { ...row, tags: withoutTags('server-certificate', row.tags, input.TagKeys) });
  return {};
};

export const listServerCertificateTags: Handler<'iam', 'ListServerCertificateTags'> = (input, ctx) => {
  const { items, end } = pageOf(input, showTags(find(input.ServerCertificateName, ctx).tags));
  return { Tags: items, ...end };
};
