/** How CloudFormation's tables are encrypted. */
import type { TableDescription } from '#models/dynamodb';

export type Sealed = { SSEEnabled: boolean; KMSMasterKeyId?: string; SSEType?: 'KMS' };
type Wanted = { SSESpecification?: Sealed };

/** As DynamoDB takes it. */
export function sealing({ SSESpecification: sse }: Wanted) {
  if (sse === undefined) return undefined;
  const { SSEEnabled: Enabled, ...rest } = sse;
  return { Enabled, ...rest };
}

/** Whether a step that is tried again has given the table its key already. */
export function isSealedSo({ SSESpecification: wanted }: Wanted, { SSEDescription: has }: TableDescription): boolean {
  if (wanted?.SSEEnabled !== true) return has === undefined;
  const key = wanted.KMSMasterKeyId;
  return key !== undefined && (has?.KMSMasterKeyArn === key || has?.KMSMasterKeyArn?.endsWith(`/${key}`) === true);
}

/** As it is, with the key under the name that the template has for it; which key an alias names is not looked up. */
export function sealedAs(wanted: Wanted, found: TableDescription): Sealed | undefined {
  const { SSEDescription: has } = found;
  if (has === undefined) return wanted.SSESpecification && { SSEEnabled: false };
  const given = wanted.SSESpecification?.KMSMasterKeyId;
  const isNamed = isSealedSo(wanted, found) || given?.includes('alias/') === true;
  const KMSMasterKeyId = isNamed ? given : has.KMSMasterKeyArn;
  return {
    SSEEnabled: true,
    ...(has.SSEType === 'KMS' && { SSEType: has.SSEType }),
    ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }),
  };
}
