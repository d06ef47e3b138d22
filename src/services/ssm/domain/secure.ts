/** SecureStrings: sealed and opened by KMS in the name of who asks, bound to the parameter's ARN. Source: Systems Manager User Guide, "How Parameter Store uses AWS KMS". */
import { invariant } from '#kernel/base';
import { type Ctx, ServiceError, seal, unseal } from '#kernel/contract';
import { badKeyId } from '../errors.ts';
import type { VersionRow } from '../state.ts';
import { arnOf } from './names.ts';

export const DEFAULT_KEY = 'alias/aws/ssm';

/** A value as it is kept: of the standard tier KMS encrypts it, of the advanced one it lies under a data key. Source: the same, "Protecting … SecureString parameters". */
export async function sealValue(
  value: string,
  keyId: string,
  tier: VersionRow['tier'],
  name: string,
  ctx: Ctx,
): Promise<Pick<VersionRow, 'value' | 'dataKey'>> {
  const EncryptionContext = { PARAMETER_ARN: arnOf(name, ctx) };
  const plain = Buffer.from(value);
  const { kms } = ctx.awsForCaller();
  return throughKms(ctx, async () => {
    if (tier === 'Standard') {
      const { CiphertextBlob = new Uint8Array() } = await kms.Encrypt({
        KeyId: keyId,
        Plaintext: plain,
        EncryptionContext,
      });
      return { value: Buffer.from(CiphertextBlob).toString('base64') };
    }
    const made = await kms.GenerateDataKey({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext });
    return {
      value: seal(Buffer.from(made.Plaintext ?? []), plain).toString('base64'),
      dataKey: Buffer.from(made.CiphertextBlob ?? []).toString('base64'),
    };
  });
}

/** What it was. @param arn of the parameter, which may be another account's */
export async function openValue({ value, dataKey }: VersionRow, arn: string, ctx: Ctx): Promise<string> {
  const EncryptionContext = { PARAMETER_ARN: arn };
  const CiphertextBlob = Buffer.from(dataKey ?? value, 'base64');
  const { Plaintext = new Uint8Array() } = await throughKms(ctx, () =>
    ctx.awsForCaller().kms.Decrypt({ CiphertextBlob, EncryptionContext }),
  );
  const opened =
    dataKey === undefined ? Buffer.from(Plaintext) : unseal(Buffer.from(Plaintext), Buffer.from(value, 'base64'));
  invariant(opened !== undefined, 'a data key opens what it sealed');
  return opened.toString('utf8');
}

async function throughKms<T>(ctx: Ctx, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServiceError && error.code !== 'AccessDeniedException')
      throw badKeyId(
        `${error.message} (Service: AWSKMS; Status Code: 400; Error Code: ${error.code}; Request ID: ${ctx.uuid()}; Proxy: null)`,
      );
    throw error;
  }
}
