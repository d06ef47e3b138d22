/** CloudFormation's tables that are made of objects in S3. */
import type { Properties, ResourceScope } from '#kernel/contract';
import { ifThere, ServiceError, tagListOf } from '#kernel/contract';
import type { ImportTableInput } from '#models/dynamodb';
import { pick } from './indexes.ts';

/** What an import makes a table of; what else its template says is changed afterwards. */
const TAKEN = [
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'OnDemandThroughput',
  'ProvisionedThroughput',
  'SSESpecification',
];

/**
 * The table, with what is imported in it.
 *
 * @param creation what CreateTable would be told of it
 * @returns what of the template it has now
 * @throws {ServiceError} what is wrong with the table, or with the import
 */
export async function importTable(
  TableName: string,
  properties: Properties,
  creation: object,
  scope: ResourceScope,
): Promise<Properties> {
  const { dynamodb } = scope.aws;
  const importing = dynamodb.ImportTable({
    ...(properties.ImportSourceSpecification as Pick<ImportTableInput, 'S3BucketSource' | 'InputFormat'>),
    ClientToken: `${scope.stackId.split('/').at(-1)} ${scope.logicalId}`,
    TableCreationParameters: {
      ...(pick(TAKEN, { ...creation }) as ImportTableInput['TableCreationParameters']),
      TableName,
    },
  });
  const begun = await (scope.again ? ifThere('ResourceInUseException', importing) : importing);
  scope.begun(TableName);
  const { ImportArn } = begun?.ImportTableDescription ?? {};
  if (ImportArn !== undefined) {
    const { ImportTableDescription: done } = await dynamodb.DescribeImport({ ImportArn });
    if (done?.ImportStatus === 'FAILED')
      throw new ServiceError(done.FailureCode ?? 'ImportFailed', done.FailureMessage ?? 'The import failed.');
  }
  const Tags = tagListOf(properties, scope);
  const { Table } = await dynamodb.DescribeTable({ TableName });
  if (Tags.length > 0) await dynamodb.TagResource({ ResourceArn: Table?.TableArn ?? '', Tags });
  return pick(TAKEN, properties);
}
