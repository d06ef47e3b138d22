/** Encryption of what waits in a stream. */
import { parseArn } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import type {
  DeliveryStreamEncryptionConfigurationInput,
  StartDeliveryStreamEncryptionInput,
  StartDeliveryStreamEncryptionOutput,
  StopDeliveryStreamEncryptionInput,
  StopDeliveryStreamEncryptionOutput,
} from '#models/firehose';
import { findStream } from '../domain/names.ts';
import { contextOf, throughKms } from '../domain/sealing.ts';
import { notOfKinesis } from '../domain/source.ts';
import { invalid, keyElsewhere } from '../errors.ts';
import { KEY_FORGOTTEN_AFTER } from '../limits.ts';
import { type StreamRow, streams } from '../state.ts';

type Encryption = NonNullable<StreamRow['encryption']>;

/**
 * What a request asks for; a customer's key is lent to Firehose by a grant, in the caller's name.
 *
 * @throws {ServiceError} InvalidArgumentException, InvalidKMSResourceException
 */
export async function settleEncryption(
  streamArn: string,
  { KeyType: keyType, KeyARN }: DeliveryStreamEncryptionConfigurationInput,
  ctx: Ctx,
): Promise<Encryption> {
  if (keyType === 'AWS_OWNED_CMK') {
    if (KeyARN !== undefined) throw invalid('KeyARN cannot be specified when KeyType is AWS_OWNED_CMK');
    return { status: 'ENABLED', keyType };
  }
  if (KeyARN === undefined) throw invalid('KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK');
  if (parseArn(KeyARN)?.region !== ctx.region) throw keyElsewhere();
  const service = 'firehose.amazonaws.com';
  const { kms } = ctx.awsForCaller();
  const { GrantId: grant } = await throughKms(async () => {
    const { KeyMetadata } = await kms.DescribeKey({ KeyId: KeyARN });
    if (KeyMetadata?.KeySpec !== 'SYMMETRIC_DEFAULT') throw invalid('Firehose supports symmetric KMS keys only.');
    return kms.CreateGrant({
      KeyId: KeyARN,
      GranteeServicePrincipal: service,
      RetiringServicePrincipal: service,
      Operations: ['DescribeKey', 'Decrypt', 'GenerateDataKey', 'RetireGrant'],
      Constraints: { SourceArn: streamArn, EncryptionContextSubset: contextOf(streamArn) },
    });
  });
  return { status: 'ENABLED', keyType, keyArn: KeyARN, ...(grant !== undefined && { grant }) };
}

/** Source: API Reference, StartDeliveryStreamEncryption: also gives a stream that is encrypted another key. */
export async function startDeliveryStreamEncryption(
  input: StartDeliveryStreamEncryptionInput,
  ctx: Ctx,
): Promise<StartDeliveryStreamEncryptionOutput> {
  const { DeliveryStreamEncryptionConfigurationInput: wanted = { KeyType: 'AWS_OWNED_CMK' } } = input;
  const { name, arn, source } = findStream(input.DeliveryStreamName, ctx);
  if (source !== undefined) throw notOfKinesis();
  const encryption = await settleEncryption(arn, wanted, ctx);
  change(name, encryption, ctx);
  return {};
}

/** What waits under the old key stays so until it is delivered. @throws {ServiceError} ResourceNotFoundException */
export function stopDeliveryStreamEncryption(
  input: StopDeliveryStreamEncryptionInput,
  ctx: Ctx,
): StopDeliveryStreamEncryptionOutput {
  const { encryption } = findStream(input.DeliveryStreamName, ctx);
  if (encryption !== undefined)
    change(input.DeliveryStreamName, { status: 'DISABLED', keyType: encryption.keyType }, ctx);
  return {};
}

/** Records that wait under the old key need its grant until they are delivered. */
function change(name: string, encryption: Encryption, ctx: Ctx): void {
  ctx.transact((store) => {
    const row = findStream(name, { store, account: ctx.account });
    const { grant, keyArn } = row.encryption ?? {};
    if (grant !== undefined)
      ctx.arm('retire', grant, ctx.clock() + KEY_FORGOTTEN_AFTER, { arn: row.arn, keyArn, grant });
    store.put(streams, { ...row, encryption });
  });
}

/** Gives back the grant of a stream that goes. */
export async function retireGrant({ arn, encryption }: Pick<StreamRow, 'arn' | 'encryption'>, ctx: Ctx): Promise<void> {
  const { grant, keyArn } = encryption ?? {};
  if (grant === undefined || keyArn === undefined) return;
  try {
    await ctx.awsFor(arn).kms.RetireGrant({ KeyId: keyArn, GrantId: grant });
  } catch (error) {
    // Its owner has taken it back, or the key away.
    if (!(error instanceof ServiceError)) throw error;
  }
}
