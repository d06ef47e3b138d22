/**
 * What a policy of a table, or of a stream, can be about.
 *
 * Actions are those that IAM has and the guide lists as supported. Source of texts: findings of ack-api-quirks,
 * DDB-TABLE-211 and 212, measured against AWS; aws/aws-cdk, issue 32230.
 *
 * @see Developer Guide, "DynamoDB API operations supported by resource-based policies", and "How DynamoDB global
 *      tables work" for the actions of replication
 */
type Statement = { Action?: unknown; NotAction?: unknown; Resource?: unknown; NotResource?: unknown };

/** What carries the policy. */
export type Carrier = 'table' | 'stream';

const OF_POLICIES = ['GetResourcePolicy', 'PutResourcePolicy', 'DeleteResourcePolicy'];

const ACTIONS: { readonly [carrier in Carrier]: ReadonlySet<string> } = {
  table: lower([
    ...['BatchGetItem', 'BatchWriteItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'],
    ...['Query', 'Scan', 'PartiQLDelete', 'PartiQLInsert', 'PartiQLSelect', 'PartiQLUpdate'],
    ...['DeleteTable', 'DescribeTable', 'UpdateTable'],
    ...['DescribeTableReplicaAutoScaling', 'UpdateTableReplicaAutoScaling'],
    ...['ListTagsOfResource', 'TagResource', 'UntagResource'],
    ...['CreateBackup', 'DescribeContinuousBackups', 'RestoreTableToPointInTime', 'UpdateContinuousBackups'],
    ...['DescribeContributorInsights', 'UpdateContributorInsights', 'ExportTableToPointInTime'],
    ...['DescribeKinesisStreamingDestination', 'DisableKinesisStreamingDestination'],
    ...['EnableKinesisStreamingDestination', 'UpdateKinesisStreamingDestination'],
    ...['DescribeTimeToLive', 'UpdateTimeToLive', ...OF_POLICIES],
    ...['AssociateTableReplica', 'ReadDataForReplication', 'ReplicateSettings', 'WriteDataForReplication'],
  ]),
  stream: lower(['DescribeStream', 'GetRecords', 'GetShardIterator', ...OF_POLICIES]),
};

function lower(actions: readonly string[]): ReadonlySet<string> {
  return new Set(actions.map((action) => `dynamodb:${action}`.toLowerCase()));
}

/** What statements ask for that can't be had of what carries them. */
export function scopeFault(statements: readonly Statement[], carrier: Carrier): string | undefined {
  const actions = statements.flatMap(({ Action, NotAction }) => textsOf(Action ?? NotAction));
  const unknown = actions.filter((action) => !/[*?]/.test(action) && !ACTIONS[carrier].has(action.toLowerCase()));
  if (unknown.length > 0)
    return `The following action names are invalid: ${[...new Set(unknown)].map((action) => `"${action}"`).join(', ')}`;
  const resources = statements.flatMap(({ Resource, NotResource }) => textsOf(Resource ?? NotResource));
  const elsewhere = resources.find((resource) => !isOf(carrier, resource));
  return elsewhere === undefined
    ? undefined
    : `The relative-id "${relativeId(elsewhere)}" is invalid for ARN "${elsewhere}"`;
}

/** Other tables, too, and indexes; what has wildcards may be anything. */
function isOf(carrier: Carrier, resource: string): boolean {
  const id = relativeId(resource);
  return carrier === 'table' ? !id.includes('/stream/') : id.includes('/stream/') || /[*?]/.test(id);
}

function relativeId(arn: string): string {
  return arn.split(':').slice(5).join(':') || arn;
}

function textsOf(given: unknown): string[] {
  return [given].flat().filter((one) => typeof one === 'string');
}
