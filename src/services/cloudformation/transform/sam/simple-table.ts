/** AWS::Serverless::SimpleTable: a table with one key. */
import { expectPresent, ofResource } from './expect.ts';
import { resourceFault } from './faults.ts';
import { type Made, made } from './made.ts';
import { any, map, mapOfNumbers, mapOfTexts, type Rules, textOrMap } from './properties.ts';
import { told } from './python.ts';
import type { Declared } from './setting.ts';
import { isGiven, type Maybe, mapOf, tagList } from './values.ts';

export const SIMPLE_TABLE_PROPERTIES: Rules = {
  PointInTimeRecoverySpecification: any,
  PrimaryKey: mapOfTexts,
  ProvisionedThroughput: mapOfNumbers,
  TableName: textOrMap,
  Tags: map,
  SSESpecification: map,
};

const LETTERS: { readonly [type: string]: string } = { String: 'S', Number: 'N', Binary: 'B' };

/**
 * What a table stands for.
 *
 * @throws {SamFault}
 */
export function simpleTableOf({ id, given, attributes, dependsOn }: Declared): Made[] {
  const { Name: AttributeName, Type: AttributeType } = keyOf(id, given.PrimaryKey);
  const orNone = (value: Maybe) => (isGiven(value) ? value : undefined);
  const table = made(
    id,
    'AWS::DynamoDB::Table',
    {
      AttributeDefinitions: [{ AttributeName, AttributeType }],
      KeySchema: [{ AttributeName, KeyType: 'HASH' }],
      PointInTimeRecoverySpecification: orNone(given.PointInTimeRecoverySpecification),
      ...(isGiven(given.ProvisionedThroughput)
        ? { ProvisionedThroughput: given.ProvisionedThroughput }
        : { BillingMode: 'PAY_PER_REQUEST' }),
      SSESpecification: orNone(given.SSESpecification),
      TableName: orNone(given.TableName),
      Tags: isGiven(given.Tags) ? tagList(given.Tags) : undefined,
    },
    { attributes, dependsOn },
  );
  return [table];
}

function keyOf(id: string, key: Maybe) {
  if (!isGiven(key)) return { Name: 'id', Type: 'S' };
  const Name = expectPresent(mapOf(key).Name, ofResource(id, 'PrimaryKey.Name'));
  const type = expectPresent(mapOf(key).Type, ofResource(id, 'PrimaryKey.Type'));
  const Type = typeof type === 'string' && Object.hasOwn(LETTERS, type) ? LETTERS[type] : undefined;
  if (Type === undefined) throw resourceFault(id, `Invalid 'Type' "${told(type)}".`);
  return { Name, Type };
}
