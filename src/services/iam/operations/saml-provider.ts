/** SAML providers: whose assertions the account's roles may trust. */
import { createPrivateKey } from 'node:crypto';
import { DAY, type Millis, wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { readMetadata, type SamlProviderRow, samlProviders } from '#kernel/identity';
import { checkIamArn } from '../domain/attach.ts';
import { newPrivateKeyId, newSamlId } from '../domain/names.ts';
import { pageOf } from '../domain/page.ts';
import { addTags, mergeTags, showTags, withoutTags } from '../domain/tags.ts';
import {
  addsAndRemovesKey,
  encryptionNeedsKey,
  invalidPrivateKey,
  noSamlChange,
  noSuchPrivateKey,
  noSuchSamlProvider,
  quotaExceeded,
  samlProviderExists,
  tooManyPrivateKeys,
  unreadableMetadata,
} from '../errors.ts';
import { PRIVATE_KEYS_MAX, SAML_PROVIDERS_MAX } from '../limits.ts';

/** Of metadata that doesn't say how long it holds. */
const VALID_FOR: Millis = 36_525 * DAY;

/** @throws {ServiceError} InvalidInput */
function parsed(metadata: string, ctx: Ctx) {
  const read = readMetadata(metadata);
  if (read === undefined) throw unreadableMetadata();
  const { entityId, certificates, validUntil = ctx.now + VALID_FOR } = read;
  return { metadata, entityId, certificates, validUntil };
}

/** @throws {ServiceError} InvalidInput */
function newKey(pem: string, ctx: Ctx): SamlProviderRow['keys'][number] {
  try {
    if (createPrivateKey(pem).asymmetricKeyType !== 'rsa') throw invalidPrivateKey();
  } catch {
    throw invalidPrivateKey();
  }
  return { id: newPrivateKeyId(ctx), pem, addedAt: ctx.now };
}

/** @throws {ServiceError} NoSuchEntity */
function find(arn: string, ctx: Ctx): SamlProviderRow {
  checkIamArn(arn);
  const row = ctx.store.get(samlProviders, { arn });
  if (row === undefined) throw noSuchSamlProvider(arn);
  return row;
}

export const createSAMLProvider: Handler<'iam', 'CreateSAMLProvider'> = (input, ctx) => {
  const { Name: name, AssertionEncryptionMode: encryption = 'Allowed', AddPrivateKey: key } = input;
  const arn = `arn:${ctx.partition}:iam::${ctx.account}:saml-provider/${name}`;
  const metadata = parsed(input.SAMLMetadataDocument, ctx);
  if (ctx.store.get(samlProviders, { arn }) !== undefined) throw samlProviderExists(name);
  if (ctx.store.count(samlProviders, {}) >= SAML_PROVIDERS_MAX)
    throw quotaExceeded('SAMLProvidersPerAccount', SAML_PROVIDERS_MAX);
  if (encryption === 'Required' && key === undefined) throw encryptionNeedsKey();
  const tags = mergeTags('saml-provider', {}, input.Tags);
  ctx.store.put(samlProviders, {
    arn,
    name,
    uuid: newSamlId(ctx),
    ...metadata,
    createdAt: ctx.now,
    tags,
    keys: key === undefined ? [] : [newKey(key, ctx)],
    encryption,
  });
  return { SAMLProviderArn: arn, ...(input.Tags !== undefined && { Tags: showTags(tags) }) };
};

export const getSAMLProvider: Handler<'iam', 'GetSAMLProvider'> = (input, ctx) => {
  const row = find(input.SAMLProviderArn, ctx);
  return {
    SAMLProviderUUID: row.uuid,
    SAMLMetadataDocument: row.metadata,
    CreateDate: wholeSecond(row.createdAt),
    ValidUntil: wholeSecond(row.validUntil),
    Tags: showTags(row.tags),
    AssertionEncryptionMode: row.encryption ?? 'Allowed',
    PrivateKeyList: row.keys.map(({ id, addedAt }) => ({ KeyId: id, Timestamp: wholeSecond(addedAt) })),
  };
};

export const listSAMLProviders: Handler<'iam', 'ListSAMLProviders'> = (_, ctx) => ({
  SAMLProviderList: ctx.store.list(samlProviders).map(({ arn, validUntil, createdAt }) => ({
    Arn: arn,
    ValidUntil: wholeSecond(validUntil),
    CreateDate: wholeSecond(createdAt),
  })),
});

export const updateSAMLProvider: Handler<'iam', 'UpdateSAMLProvider'> = (input, ctx) => {
  const { SAMLMetadataDocument: metadata, AddPrivateKey: added, RemovePrivateKey: removed } = input;
  const row = find(input.SAMLProviderArn, ctx);
  const { AssertionEncryptionMode: encryption = row.encryption } = input;
  if ([metadata, input.AssertionEncryptionMode, added, removed].every((one) => one === undefined)) throw noSamlChange();
  if (added !== undefined && removed !== undefined) throw addsAndRemovesKey();
  if (removed !== undefined && row.keys.every(({ id }) => id !== removed)) throw noSuchPrivateKey();
  const keys = row.keys.filter(({ id }) => id !== removed);
  if (added !== undefined) keys.push(newKey(added, ctx));
  if (keys.length > PRIVATE_KEYS_MAX) throw tooManyPrivateKeys();
  if (encryption === 'Required' && keys.length === 0) throw encryptionNeedsKey();
  ctx.store.put(samlProviders, {
    ...row,
    ...(metadata !== undefined && parsed(metadata, ctx)),
    ...(encryption !== undefined && { encryption }),
    keys,
  });
  return { SAMLProviderArn: row.arn };
};

export const deleteSAMLProvider: Handler<'iam', 'DeleteSAMLProvider'> = (input, ctx) => {
  ctx.store.delete(samlProviders, find(input.SAMLProviderArn, ctx));
  return {};
};

export const tagSAMLProvider: Handler<'iam', 'TagSAMLProvider'> = (input, ctx) => {
  const row = find(input.SAMLProviderArn, ctx);
  ctx.store.put(samlProviders, { ...row, tags: addTags('saml-provider', row.tags, input.Tags) });
  return {};
};

export const untagSAMLProvider: Handler<'iam', 'UntagSAMLProvider'> = (input, ctx) => {
  const row = find(input.SAMLProviderArn, ctx);
  ctx.store.put(samlProviders, { ...row, tags: withoutTags('saml-provider', row.tags, input.TagKeys) });
  return {};
};

export const listSAMLProviderTags: Handler<'iam', 'ListSAMLProviderTags'> = (input, ctx) => {
  const { items, end } = pageOf(input, showTags(find(input.SAMLProviderArn, ctx).tags));
  return { Tags: items, ...end };
};
