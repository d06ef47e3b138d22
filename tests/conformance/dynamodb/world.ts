/** A cloud with one client, and tables in few words. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  type KeySchemaElement,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

export type World = { cloud: TestCloud; db: DynamoDBClient } & AsyncDisposable;

/** `id:S` or `id:S at:N`. */
export function schema(text: string): { KeySchema: KeySchemaElement[]; AttributeDefinitions: AttributeDefinition[] } {
  const parts = text.split(' ').map((part) => part.split(':'));
  return {
    KeySchema: parts.map(([name], at) => ({ AttributeName: name, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: parts.map(([name, type]) => ({
      AttributeName: name,
      AttributeType: type as ScalarAttributeType,
    })),
  };
}

/** A cloud with the table `things` whose key is `key`. */
export async function startWorld(key = 'id:S', more: Partial<CreateTableCommandInput> = {}): Promise<World> {
  const cloud = await startTestCloud();
  const db = cloud.client(DynamoDBClient);
  const { AttributeDefinitions, KeySchema } = schema(key);
  await db.send(
    new CreateTableCommand({
      TableName: 'things',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema,
      ...more,
      AttributeDefinitions: [...AttributeDefinitions, ...(more.AttributeDefinitions ?? [])],
    }),
  );
  return { cloud, db, [Symbol.asyncDispose]: () => cloud.close() };
}
