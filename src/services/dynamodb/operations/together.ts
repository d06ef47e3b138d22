/** What one UpdateTable can change together: billing with what it brings, or one thing alone. Source: answers measured pair by pair. */
import type { UpdateTableInput } from '#models/dynamodb';
import { invalidParameter } from '../errors.ts';

/** Members that stand alone, in the order in which AWS tells of them. */
const ALONE: readonly (readonly [member: keyof UpdateTableInput, text: string])[] = [
  ['ReplicaUpdates', 'Replica modification must be the only operation in the request'],
  ['SSESpecification', 'Server-Side Encryption modification must be the only operation in the request'],
  ['TableClass', 'TableClass modification must be the only operation in the request'],
  ['DeletionProtectionEnabled', 'DeletionProtection modification must be the only operation in the request'],
];

/** Of these an empty one asks for nothing. Source: findings of ack-api-quirks, measured against AWS. */
const MAY_BE_EMPTY = new Set(['WarmThroughput', 'OnDemandThroughput']);

/** @throws {ServiceError} ValidationException */
export function refuseTogether(input: UpdateTableInput): void {
  const { TableName: _, AttributeDefinitions: __, MultiRegionConsistency: ___, ...rest } = input;
  const changes = Object.entries(rest)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .filter(([name, value]) => !MAY_BE_EMPTY.has(name) || Object.keys(value as object).length > 0)
    .map(([name]) => name);
  if (changes.length < 2) return;
  for (const [member, text] of ALONE) if (changes.includes(member)) throw invalidParameter(text);
  const has = (member: keyof UpdateTableInput) => changes.includes(member);
  const updates = input.GlobalSecondaryIndexUpdates ?? [];
  const isIndexMade = updates.some((one) => one.Create !== undefined);
  const isIndexMoved = isIndexMade || updates.some((one) => one.Delete !== undefined);
  if (has('OnDemandThroughput') && (has('StreamSpecification') || has('WarmThroughput')))
    throw invalidParameter('OnDemandThroughput can only be combined with BillingMode in an UpdateTable request');
  if (has('WarmThroughput') && isIndexMade)
    throw invalidParameter('Create global secondary index cannot be specified when updating WarmThroughput');
  if (has('WarmThroughput') && changes.some((one) => one !== 'WarmThroughput' && one !== 'GlobalSecondaryIndexUpdates'))
    throw invalidParameter('WarmThroughput must be the only operation in the request');
  const isThroughput = has('ProvisionedThroughput') || input.BillingMode === 'PROVISIONED';
  if (isThroughput && has('StreamSpecification'))
    throw invalidParameter('You cannot modify stream status while updating table IOPS');
  if (has('ProvisionedThroughput') && isIndexMoved)
    throw invalidParameter('You cannot create or delete index while updating table IOPS');
  if (has('StreamSpecification') && isIndexMoved)
    throw invalidParameter('You cannot create or delete index while changing stream status');
}
