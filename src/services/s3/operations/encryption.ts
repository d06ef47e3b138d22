/** The default encryption of buckets, and changing an object's encryption in its place. */
import type { Handler } from '#kernel/contract';
import type { ServerSideEncryptionRule } from '#models/s3';
import { keepBucket } from '../domain/bucket-row.ts';
import { dataKeyOf, fits, sealingFor } from '../domain/data-key.ts';
import { directoryPreset } from '../domain/directory-encryption.ts';
import type { Wanted } from '../domain/encryption.ts';
import { findBucket } from '../domain/find.ts';
import { putBack } from '../domain/versions.ts';
import { invalidArgument, invalidRequest, keyNotApplicable, malformedXml } from '../errors.ts';
import type { BucketEncryption, BucketRow } from '../state.ts';
import { readable } from './read.ts';

/** Source: S3 User Guide, "Default SSE-C setting for new buckets FAQ": blocked unless it was let in. */
export const getBucketEncryption: Handler<'s3', 'GetBucketEncryption'> = (input, ctx) => {
  const { encryption, directory } = findBucket(input, ctx).bucket;
  const { kind = 'AES256', keyId, bucketKey = false, allowsCustomerKeys } = encryption ?? {};
  const rule: ServerSideEncryptionRule = {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: kind,
      ...(keyId !== undefined && { KMSMasterKeyID: keyId }),
    },
    BucketKeyEnabled: bucketKey,
    ...(directory === undefined && {
      BlockedEncryptionTypes: { EncryptionType: [allowsCustomerKeys === true ? 'NONE' : 'SSE-C'] },
    }),
  };
  return { ServerSideEncryptionConfiguration: { Rules: [rule] } };
};

export const putBucketEncryption: Handler<'s3', 'PutBucketEncryption'> = (input, ctx) => {
  const [rule, ...more] = input.ServerSideEncryptionConfiguration.Rules;
  if (rule === undefined || more.length > 0) throw malformedXml();
  const { bucket } = findBucket(input, ctx);
  const encryption = bucket.directory === undefined ? encryptionOf(rule, bucket) : directoryPreset(rule, bucket, ctx);
  keepBucket(ctx.store, { ...bucket, encryption });
  return {};
};

/** @throws {ServiceError} InvalidArgument */
function encryptionOf(rule: ServerSideEncryptionRule, { encryption: before }: BucketRow): BucketEncryption {
  const { SSEAlgorithm: algorithm = 'AES256', KMSMasterKeyID: keyId } = rule.ApplyServerSideEncryptionByDefault ?? {};
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse')
    throw invalidArgument('The encryption method specified is not supported', 'SSEAlgorithm', algorithm);
  if (keyId !== undefined && algorithm === 'AES256') throw keyNotApplicable('aws:kms or aws:kms:dsse');
  const blocked = rule.BlockedEncryptionTypes?.EncryptionType;
  const allows = blocked === undefined ? before?.allowsCustomerKeys === true : !blocked.includes('SSE-C');
  return {
    kind: algorithm,
    ...(keyId !== undefined && { keyId }),
    ...(rule.BucketKeyEnabled === true && { bucketKey: true }),
    ...(allows && { allowsCustomerKeys: true }),
  };
}

/** Goes back to SSE-S3; whether SSE-C is blocked stays. */
export const deleteBucketEncryption: Handler<'s3', 'DeleteBucketEncryption'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  const { encryption: before, ...rest } = bucket;
  const { allowsCustomerKeys, onlyKey } = before ?? {};
  const stays = {
    ...(allowsCustomerKeys === true && { allowsCustomerKeys }),
    ...(onlyKey !== undefined && { onlyKey }),
  };
  keepBucket(ctx.store, {
    ...rest,
    ...(Object.keys(stays).length > 0 && { encryption: { kind: 'AES256' as const, ...stays } }),
  });
  return {};
};

/** The body's key changes hands; its bytes stay as they are. */
export const updateObjectEncryption: Handler<'s3', 'UpdateObjectEncryption'> = async (input, ctx) => {
  const found = readable(input, ctx);
  const { version } = found;
  const { SSEKMS: asked, SSES3 } = input.ObjectEncryption;
  if (SSES3 !== undefined) throw invalidRequest("Target encryption type 'SSE-S3' is not supported.");
  if (asked === undefined) throw malformedXml();
  const { encryption } = version;
  const wanted: Wanted = {
    kind: 'aws:kms',
    keyId: asked.KMSKeyArn,
    context: undefined,
    bucketKey: asked.BucketKeyEnabled === true,
  };
  const isOpen = encryption?.kind === 'AES256' || encryption?.kind === 'aws:kms';
  const dataKey = isOpen ? await dataKeyOf(ctx, found, input.Key, encryption, undefined) : undefined;
  if (dataKey === undefined || !fits(dataKey, wanted))
    throw invalidRequest("The encryption of an object that is not encrypted with SSE-S3 or SSE-KMS can't be updated.");
  const { row } = await sealingFor(ctx, found, input.Key, wanted, dataKey);
  return ctx.transact((view) => {
    const now = readable(input, ctx, view);
    if (now.version.versionId !== version.versionId || now.version.body !== version.body)
      throw invalidRequest('The object was replaced meanwhile.');
    putBack(now.store, { ...now.version, encryption: row }, now.version);
    return {};
  });
};
