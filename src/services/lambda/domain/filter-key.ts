/**
 * The customer's key of a mapping's filters: whoever names it may make data keys of it, and Lambda of the Region may open them.
 *
 * Deviation: filters are not encrypted under the key, and GetEventSourceMapping shows them also to those who may not open it.
 *
 * @see Lambda Developer Guide, "Control which events Lambda sends to your function", "Encryption of filter criteria"
 */
import { type Ctx, ServiceError } from '#kernel/contract';
import { dry } from '../durable/data-key.ts';
import { filterKeyClosed, filterKeyRefused } from '../errors-mapping.ts';
import type { MappingRow } from '../mapping-state.ts';
import { mappingArn } from './mapping.ts';
import { arnOf } from './names.ts';

type Keyed = Pick<MappingRow, 'id' | 'name' | 'qualifier' | 'source' | 'filters' | 'kmsKeyArn'>;

/** Whether a mapping's filters are the customer's secret. */
export const isSecret = ({ filters, kmsKeyArn }: Pick<MappingRow, 'filters' | 'kmsKeyArn'>) =>
  kmsKeyArn !== undefined && filters.length > 0;

/** @throws {ServiceError} InvalidParameterValueException */
export async function checkFilterKey(row: Keyed, ctx: Ctx): Promise<void> {
  if (row.kmsKeyArn === undefined || !isSecret(row)) return;
  const EncryptionContext = {
    'aws:lambda:FunctionArn': arnOf(ctx, ctx.account, row.name, row.qualifier),
    'aws:lambda:EventSourceArn': row.source,
  };
  const asked = { KeyId: row.kmsKeyArn, EncryptionContext, DryRun: true };
  const lambda = ctx.awsFor(mappingArn(ctx, row.id), `lambda.${ctx.region}`);
  try {
    await dry(ctx.awsForCaller().kms.GenerateDataKey({ ...asked, KeySpec: 'AES_256' }));
  } catch (error) {
    throw error instanceof ServiceError ? filterKeyRefused(error) : error;
  }
  try {
    await dry(lambda.kms.Decrypt({ ...asked, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }));
  } catch (error) {
    throw error instanceof ServiceError ? filterKeyClosed() : error;
  }
}
