/**
 * A table's KMS key: looked up when it is named, granted to DynamoDB, and looked after. A table under the key that AWS owns has none.
 *
 * Deviation: items are not encrypted under the key where Cloudyard keeps them; without the key they are only not given out.
 *
 * @see Developer Guide, "DynamoDB encryption at rest: How it works", "Managing encrypted tables in DynamoDB"
 */
import { MINUTE, parseArn } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import type { SSESpecification } from '#models/dynamodb';
import { invalid, invalidParameter, kmsDenied, kmsInvalid } from '../errors.ts';
import type { TableRow } from '../state.ts';

/** How long a key that was found usable is believed to be. Source: Developer Guide: a caller's table key is kept for five minutes. */
export const KEY_CHECK_INTERVAL = 5 * MINUTE;

/** What a table keeps of its key. */
export type TableKey = Pick<TableRow, 'encryptionKey' | 'keyCheck'>;

/** Whether a specification asks for a KMS key: without `Enabled` its type tells. @throws {ServiceError} ValidationException */
export function wantsKey({ Enabled, SSEType, KMSMasterKeyId }: SSESpecification, of = 'sSESpecification'): boolean {
  if (KMSMasterKeyId === '')
    throw invalid(
      `1 validation error detected: Value '' at '${of}.kMSMasterKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    );
  const isWanted = Enabled ?? SSEType !== undefined;
  if (!isWanted) {
    for (const [member, value] of Object.entries({ SSEType, KMSMasterKeyId }))
      if (value !== undefined) throw invalidParameter(`${member} can not be specified if Enabled is false`);
    return false;
  }
  if (SSEType === 'AES256') throw invalidParameter('SSEType AES256 is not supported');
  if (SSEType === undefined && KMSMasterKeyId !== undefined)
    throw invalidParameter('SSEType KMS is required if KMSMasterKeyId is specified');
  return true;
}

/** The key that a specification names, in the caller's name. @throws {ServiceError} ValidationException, AccessDeniedException */
export async function keyFor(given: SSESpecification | undefined, tableArn: string, ctx: Ctx): Promise<TableKey> {
  if (given === undefined || !wantsKey(given)) return {};
  const region = parseArn(tableArn)?.region ?? ctx.region;
  const { kms } = region === ctx.region ? ctx.awsForCaller() : ctx.awsWith(ctx.pass(), region);
  const name = tableArn.slice(tableArn.indexOf('/') + 1);
  const context = { 'aws:dynamodb:tableName': name, 'aws:dynamodb:subscriberId': ctx.account };
  const { KMSMasterKeyId: KeyId = 'alias/aws/dynamodb' } = given;
  return throughKms(ctx, region === ctx.region ? undefined : region, async () => {
    const { KeyMetadata: key } = await kms.DescribeKey({ KeyId });
    const encryptionKey = key?.Arn ?? '';
    // That the key can be used is found out by using it.
    await kms.GenerateDataKeyWithoutPlaintext({ KeyId: encryptionKey, KeySpec: 'AES_256', EncryptionContext: context });
    if (key?.KeyManager === 'AWS') return { encryptionKey };
    const service = `dynamodb.amazonaws.com`;
    const { GrantId: grant = '' } = await kms.CreateGrant({
      KeyId: encryptionKey,
      GranteeServicePrincipal: service,
      RetiringServicePrincipal: service,
      Operations: ['DescribeKey', 'Decrypt', 'GenerateDataKey', 'RetireGrant'],
      Constraints: { SourceArn: tableArn, EncryptionContextSubset: context },
    });
    return { encryptionKey, keyCheck: { at: ctx.now, grant } };
  });
}

/** KMS's refusals as DynamoDB passes them on. Source: recorded answers. */
async function throughKms<T>(ctx: Ctx, region: string | undefined, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw refusalOf(error.code, error.message, ctx, region);
  }
}

function refusalOf(code: string, message: string, ctx: Ctx, region?: string): Error {
  return code.startsWith('AccessDenied')
    ? kmsDenied('AWSKMSException', code, message, ctx.requestId)
    : kmsInvalid(code, message, ctx.requestId, region);
}

/** Asks for the next look at a key, where the last one is too old; and refuses what needs a key that can't be used. @throws {ServiceError} AccessDeniedException, ValidationException */
export function demandKey({ name, arn, pile }: TableRow, check: NonNullable<TableRow['keyCheck']>, ctx: Ctx): void {
  const { at, inaccessible } = check;
  if (inaccessible !== undefined) throw refusalOf(inaccessible.code, inaccessible.why, ctx);
  if (at + KEY_CHECK_INTERVAL <= ctx.now) ctx.arm('checkKey', pile, ctx.now, { table: name, arn, pile });
}
