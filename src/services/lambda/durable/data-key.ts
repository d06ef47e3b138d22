/**
 * The customer's key of a durable function: whoever names it may use it, Lambda gets a data key of it for each execution, and only who may open that reads or
 * moves the execution.
 *
 * Deviation: what executions keep is not encrypted under the data key. None is kept open either: a key that can't be used any more is so at once, on AWS within
 * 15 minutes.
 *
 * @see Lambda Developer Guide, "Encrypting AWS Lambda durable execution data"
 */
import { parseArn } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { arnOf } from '../domain/names.ts';
import { keyNotForDurable, keyUnusable } from './errors-kms.ts';
import type { ExecutionRow } from './state.ts';

const contextOf = (functionArn: string) => ({ 'aws:lambda:FunctionArn': functionArn });

/**
 * Sees that the caller may use a key for a function.
 *
 * @param arn of the function, without a qualifier
 * @throws {ServiceError} InvalidParameterValueException
 */
export async function checkDurableKey(KeyId: string, arn: string, ctx: Ctx): Promise<void> {
  const { kms } = ctx.awsForCaller();
  if (parseArn(KeyId)?.region !== ctx.region) throw keyNotForDurable('It must be in the Region of the function.');
  const asked = { KeyId, EncryptionContext: contextOf(arn), DryRun: true };
  try {
    const { KeyMetadata } = await kms.DescribeKey({ KeyId });
    if (KeyMetadata?.KeySpec !== 'SYMMETRIC_DEFAULT') throw keyNotForDurable('It must be a symmetric encryption key.');
    if (KeyMetadata.KeyState !== 'Enabled') throw keyNotForDurable(`It is ${KeyMetadata.KeyState}.`);
    await dry(kms.GenerateDataKey({ ...asked, KeySpec: 'AES_256' }));
    await dry(kms.Decrypt({ ...asked, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }));
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'InvalidParameterValueException') throw error;
    throw keyNotForDurable(`KMS Exception: ${error.code} KMS Message: ${error.message}`);
  }
}

/** A call that is only tried: what would have been done is not done. */
export async function dry(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'DryRunOperationException') throw error;
  }
}

/** A data key for an execution, as Lambda itself gets it; base64. @throws {ServiceError} KMSAccessDeniedException and the like */
export async function newDataKey(KeyId: string, functionArn: string, ctx: Ctx): Promise<string> {
  const made = await throughKms(() =>
    ctx.awsFor(functionArn).kms.GenerateDataKey({
      KeyId,
      KeySpec: 'AES_256',
      EncryptionContext: contextOf(functionArn),
    }),
  );
  return Buffer.from(made.CiphertextBlob ?? []).toString('base64');
}

type Kept = Pick<ExecutionRow, 'function' | 'dataKey' | 'kmsKeyArn'>;

/** Lambda opens an execution, to invoke its function. @throws {ServiceError} KMSAccessDeniedException and the like */
export async function openForLambda(row: Kept, account: string, ctx: Ctx): Promise<void> {
  if (row.dataKey === undefined) return;
  const arn = arnOf(ctx, account, row.function);
  await throughKms(() => ctx.awsFor(arn).kms.Decrypt(askedOf(row, arn)));
}

/** Does `work` in a transaction, once the caller has opened the execution. @throws {ServiceError} KMSAccessDeniedException and the like */
export function openedByCaller<T>(row: Kept, account: string, ctx: Ctx, work: () => T): T | Promise<T> {
  if (row.dataKey === undefined) return work();
  const asked = askedOf(row, arnOf(ctx, account, row.function));
  return throughKms(() => ctx.awsForCaller().kms.Decrypt(asked)).then(() => ctx.transact(work));
}

function askedOf({ dataKey = '', kmsKeyArn }: Kept, functionArn: string) {
  return {
    CiphertextBlob: Buffer.from(dataKey, 'base64'),
    EncryptionContext: contextOf(functionArn),
    ...(kmsKeyArn !== undefined && { KeyId: kmsKeyArn }),
  };
}

async function throughKms<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? keyUnusable(error) : error;
  }
}
