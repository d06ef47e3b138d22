/** Trust stores: the authorities whose clients come in. Source: CloudFront Developer Guide, "Trust stores and certificate management". */
import { type Ctx, type Handler, notBuilt, raise } from '#kernel/contract';
import type { CaCertificatesBundleSource, TrustStore } from '#models/cloudfront';
import { readTruststore } from '../../api-gateway/port.ts';
import { checkMatch, isUsed, touch } from '../domain/find.ts';
import { arnOf, newEtag, newKsuid } from '../domain/ids.ts';
import { TRUST_STORE, type Trusted } from '../domain/mutual-tls.ts';
import { pageSize } from '../domain/page.ts';
import { setTags } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { TRUST_STORES_MAX } from '../limits.ts';
import { type ThingRow, tags, things } from '../state.ts';

function show(row: ThingRow, ctx: Ctx): Required<Omit<TrustStore, 'Reason'>> {
  const { count } = row.config as Trusted;
  return {
    Id: row.id,
    Arn: arnOf(ctx, TRUST_STORE, row.id),
    Name: row.name,
    Status: 'active',
    NumberOfCaCertificates: count,
    LastModifiedTime: row.modifiedAt,
    UseClientCertificateOCSPEndpoint: false,
  };
}

/** By id, name or ARN. @throws {ServiceError} EntityNotFound */
export function findTrustStore(identifier: string, ctx: Ctx): ThingRow {
  const start = arnOf(ctx, TRUST_STORE, '');
  const id = identifier.startsWith(start) ? identifier.slice(start.length) : identifier;
  return (
    ctx.store.get(things, { kind: TRUST_STORE, id }) ??
    ctx.store.first(things, { index: 'byName', where: { kind: TRUST_STORE, name: id } }) ??
    raise(errors.noSuchEntity())
  );
}

/**
 * The bundle, with the caller's permissions. Deviation: it is read before the call is answered, so that a trust store that can't be read is
 * refused, where AWS makes one that fails.
 */
async function read({ CaCertificatesBundleS3Location: at }: CaCertificatesBundleSource, ctx: Ctx): Promise<Trusted> {
  if (at === undefined) throw errors.invalidArgument('The parameter CaCertificatesBundleSource is not valid.');
  const place = { uri: `s3://${at.Bucket}/${at.Key}`, version: at.Version };
  const { pem } = await readTruststore(place, ctx, errors.invalidArgument);
  const count = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (count === 0) throw errors.invalidArgument('The trust store holds no certificate of an authority.');
  return { pem, count };
}

function refuseOcsp(isWanted: boolean | undefined): void {
  if (isWanted === true) throw notBuilt('UseClientCertificateOCSPEndpoint');
}

export const createTrustStore: Handler<'cloudfront', 'CreateTrustStore'> = async (input, ctx) => {
  const { Name: name } = input;
  refuseOcsp(input.UseClientCertificateOCSPEndpoint);
  if (!/^[\w.-]{1,64}$/.test(name)) throw errors.invalidArgument('The parameter Name is not valid.');
  const config = await read(input.CaCertificatesBundleSource, ctx);
  return ctx.transact((store) => {
    if (store.first(things, { index: 'byName', where: { kind: TRUST_STORE, name } }) !== undefined)
      throw errors.entityExists();
    if (store.count(things, { where: { kind: TRUST_STORE } }) >= TRUST_STORES_MAX) throw errors.tooManyEntities();
    const times = { createdAt: ctx.now, modifiedAt: ctx.now };
    const row: ThingRow = { kind: TRUST_STORE, id: newKsuid(ctx, 'ts_'), name, config, etag: newEtag(ctx), ...times };
    store.put(things, row);
    setTags(arnOf(ctx, TRUST_STORE, row.id), input.Tags?.Items ?? [], ctx);
    return { TrustStore: show(row, ctx), ETag: row.etag };
  });
};

export const getTrustStore: Handler<'cloudfront', 'GetTrustStore'> = ({ Identifier }, ctx) => {
  const row = findTrustStore(Identifier, ctx);
  return { TrustStore: show(row, ctx), ETag: row.etag };
};

export const updateTrustStore: Handler<'cloudfront', 'UpdateTrustStore'> = async (input, ctx) => {
  const seen = findTrustStore(input.Id, ctx);
  checkMatch(input.IfMatch, seen.etag);
  refuseOcsp(input.UseClientCertificateOCSPEndpoint);
  const { CaCertificatesBundleSource: source } = input;
  const config = source === undefined ? seen.config : await read(source, ctx);
  return ctx.transact((store) => {
    const before = findTrustStore(seen.id, ctx);
    checkMatch(input.IfMatch, before.etag);
    const row: ThingRow = { ...before, config, etag: newEtag(ctx), modifiedAt: ctx.now };
    store.put(things, row);
    touch(ctx);
    return { TrustStore: show(row, ctx), ETag: row.etag };
  });
};

export const deleteTrustStore: Handler<'cloudfront', 'DeleteTrustStore'> = ({ Id, IfMatch }, ctx) => {
  const row = findTrustStore(Id, ctx);
  checkMatch(IfMatch, row.etag);
  const { store } = ctx;
  if (isUsed(store, `${TRUST_STORE}/${row.id}`)) throw errors.entityInUse();
  for (const one of store.list(tags, { where: { arn: arnOf(ctx, TRUST_STORE, row.id) } })) store.delete(tags, one);
  store.delete(things, row);
  return {};
};

export const listTrustStores: Handler<'cloudfront', 'ListTrustStores'> = (input, ctx) => {
  const { Marker: id = '' } = input;
  const size = pageSize(input);
  const rows = ctx.store.list(things, {
    where: { kind: TRUST_STORE },
    ...(id !== '' && { after: { id } }),
    limit: size + 1,
  });
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return {
    TrustStoreList: shown.map((row) => {
      const { UseClientCertificateOCSPEndpoint: _, ...summary } = show(row, ctx);
      return { ...summary, ETag: row.etag };
    }),
    ...(rows.length > size && last !== undefined && { NextMarker: last.id }),
  };
};
