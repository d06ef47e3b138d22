/** Values of secrets: each version under a data key of its own, which KMS gives and opens in the name of who asks. Source: Secrets Manager User Guide, "Secret encryption and decryption". */
import { createHash } from 'node:crypto';
import { invariant, parseArn } from '#kernel/base';
import { type Aws, type Ctx, ServiceError, seal, unseal } from '#kernel/contract';
import { bothValues, decryptionFailed, encryptionFailed, foreignDefaultKey, keyDenied, tooLong } from '../errors.ts';
import { VALUE_BYTES_MAX } from '../limits.ts';
import type { VersionRow } from '../state.ts';

export const DEFAULT_KEY = 'alias/aws/secretsmanager';

/** The key of a secret as it is kept: AWS's own is none. Source: Secrets Manager API Reference, UpdateSecret and DescribeSecret, KmsKeyId. */
export function keyOf(given: string | undefined): { kmsKeyId?: string } {
  return given === undefined || given === '' || given === DEFAULT_KEY ? {} : { kmsKeyId: given };
}

export type Given = { SecretString?: string | undefined; SecretBinary?: Uint8Array | undefined };
export type Value = { bytes: Buffer; binary: boolean; hash: string };

/** The value that a request gives; undefined where it gives none. @throws {ServiceError} InvalidParameterException */
export function readValue({ SecretString: text, SecretBinary: binary }: Given): Value | undefined {
  if (text !== undefined && binary !== undefined) throw bothValues();
  if (text === undefined && binary === undefined) return undefined;
  const bytes = text === undefined ? Buffer.from(binary ?? []) : Buffer.from(text);
  if (bytes.length > VALUE_BYTES_MAX) throw tooLong();
  const isBinary = text === undefined;
  const hash = createHash('sha256')
    .update(isBinary ? 'b' : 's')
    .update(bytes)
    .digest('base64');
  return { bytes, binary: isBinary, hash };
}

/** The AWS managed key serves its own account only. @throws {ServiceError} InvalidRequestException */
function checkKey(arn: string, kmsKeyId: string | undefined, ctx: Ctx): void {
  if ((kmsKeyId ?? DEFAULT_KEY) === DEFAULT_KEY && parseArn(arn)?.account !== ctx.account) throw foreignDefaultKey();
}

const contextOf = (arn: string, version: string) => ({ SecretARN: arn, SecretVersionId: version });

/**
 * Tries whether the caller may use a secret's key; what comes of it is thrown away.
 *
 * @throws {ServiceError} EncryptionFailure, DecryptionFailure, AccessDeniedException
 * @see Secrets Manager User Guide, "Secret encryption and decryption", Validating access to the KMS key
 */
export async function tryKey(secret: { arn: string; kmsKeyId?: string | undefined }, ctx: Ctx): Promise<void> {
  const id = 'RequestToValidateKeyAccess';
  const { kms } = ctx.awsForCaller();
  const EncryptionContext = contextOf(secret.arn, id);
  let failed = encryptionFailed;
  try {
    const KeyId = secret.kmsKeyId ?? DEFAULT_KEY;
    const { CiphertextBlob } = await kms.GenerateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext });
    failed = decryptionFailed;
    await kms.Decrypt({ CiphertextBlob: Buffer.from(CiphertextBlob ?? []), EncryptionContext });
  } catch (error) {
    throw keyFault(error, failed);
  }
}

/** @throws {ServiceError} EncryptionFailure, InvalidRequestException */
export async function sealValue(
  { bytes, binary, hash }: Value,
  secret: { arn: string; kmsKeyId?: string | undefined },
  version: string,
  ctx: Ctx,
  aws: Aws = ctx.awsForCaller(),
): Promise<Pick<VersionRow, 'sealed' | 'dataKey' | 'binary' | 'hash'>> {
  checkKey(secret.arn, secret.kmsKeyId, ctx);
  try {
    const made = await aws.kms.GenerateDataKey({
      KeyId: secret.kmsKeyId ?? DEFAULT_KEY,
      KeySpec: 'AES_256',
      EncryptionContext: contextOf(secret.arn, version),
    });
    return {
      sealed: seal(Buffer.from(made.Plaintext ?? []), bytes).toString('base64'),
      dataKey: Buffer.from(made.CiphertextBlob ?? []).toString('base64'),
      binary,
      hash,
    };
  } catch (error) {
    throw keyFault(error, encryptionFailed);
  }
}

/** @throws {ServiceError} DecryptionFailure, InvalidRequestException */
export async function openValue(
  version: VersionRow,
  arn: string,
  ctx: Ctx,
  aws: Aws = ctx.awsForCaller(),
): Promise<Buffer> {
  checkKey(arn, version.kmsKeyId, ctx);
  try {
    const { Plaintext = new Uint8Array() } = await aws.kms.Decrypt({
      CiphertextBlob: Buffer.from(version.dataKey ?? '', 'base64'),
      EncryptionContext: contextOf(arn, version.id),
    });
    const opened = unseal(Buffer.from(Plaintext), Buffer.from(version.sealed ?? '', 'base64'));
    invariant(opened !== undefined, 'a data key opens what it sealed');
    return opened;
  } catch (error) {
    throw keyFault(error, decryptionFailed);
  }
}

/** What is told of a key that can't be used. */
function keyFault(error: unknown, failed: (message: string) => ServiceError): unknown {
  if (!(error instanceof ServiceError)) return error;
  return error.code === 'AccessDeniedException' ? keyDenied() : failed(error.message);
}
