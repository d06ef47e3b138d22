/** What is measured: for each scenario how it is set up, the requests of one connection, and the aim for Cloudyard. */
import { type Call, Client, form, json } from './client.ts';
import { cycle, type Scenario, type Session } from './scenario.ts';
import { SERVERLESS } from './scenarios-serverless.ts';

const KIB = 1_024;
/** Different requests that are prepared; more of them than any cache of answers would remember by chance. */
const VARIANTS = 512;

const dynamo = (operation: string, input: object): Call =>
  json('dynamodb', `DynamoDB_20120810.${operation}`, '1.0', input);
const sqs = (operation: string, input: object): Call => json('sqs', `AmazonSQS.${operation}`, '1.0', input);
const object = (method: string, path: string, body?: Uint8Array): Call => ({
  service: 's3',
  method,
  path,
  ...(body !== undefined && { body, headers: { 'content-type': 'application/octet-stream' } }),
});

/** An item of about 1 KB with attributes of several types. */
export function item(id: number): object {
  return {
    pk: { S: `user-${String(id).padStart(8, '0')}` },
    name: { S: 'Ada Lovelace' },
    age: { N: '36' },
    active: { BOOL: true },
    tags: { L: [{ S: 'one' }, { S: 'two' }] },
    address: { M: { street: { S: 'St James Square 12' }, city: { S: 'London' }, zip: { N: '10115' } } },
    notes: { S: 'x'.repeat(820) },
  };
}

/** Bytes that do not repeat, so that nothing can be saved by noticing that they do. */
function bytesOf(size: number, seed: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  let state = seed + 1;
  for (let at = 0; at < size; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, Math.min(at, size - 4));
  }
  return bytes;
}

/** Makes a table; `sorted` gives it a sort key. Waits until it is there. */
export async function createTable(client: Client, name: string, sorted = false): Promise<void> {
  await client.call(
    dynamo('CreateTable', {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        ...(sorted ? [{ AttributeName: 'sk', KeyType: 'RANGE' }] : []),
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        ...(sorted ? [{ AttributeName: 'sk', AttributeType: 'N' }] : []),
      ],
    }),
  );
  for (;;) {
    const { body } = await client.call(dynamo('DescribeTable', { TableName: name }));
    if (body.toString().includes('"ACTIVE"')) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Writes up to 25 items. */
export const writeItems = (table: string, items: readonly object[]): Call =>
  dynamo('BatchWriteItem', { RequestItems: { [table]: items.map((Item) => ({ PutRequest: { Item } })) } });

/** Writes items in batches. */
export async function fillTable(client: Client, name: string, items: readonly object[]): Promise<void> {
  for (let at = 0; at < items.length; at += 25) await client.call(writeItems(name, items.slice(at, at + 25)));
}

const queueUrl = (client: Client, name: string) => `http://127.0.0.1:${client.port}/${client.account}/${name}`;

/** Sends up to 10 messages of 256 bytes. */
export const sendMessages = (client: Client, queue: string, from: number, count: number): Call =>
  sqs('SendMessageBatch', {
    QueueUrl: queueUrl(client, queue),
    Entries: Array.from({ length: count }, (_, index) => ({
      Id: `m${index}`,
      MessageBody: `${from + index} ${'x'.repeat(250)}`,
    })),
  });

/** Sends messages in batches. */
async function fillQueue(client: Client, name: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 10) await client.call(sendMessages(client, name, at, Math.min(10, count - at)));
}

/** GetItem by key; `ids` chooses the item of each prepared request. */
export const getItem = (client: Client, table: string, ids: (index: number) => number) =>
  cycle(client, VARIANTS, (index) =>
    dynamo('GetItem', { TableName: table, Key: { pk: (item(ids(index)) as { pk: object }).pk } }),
  );

/** PutItem of `item(id)`; `ids` chooses which. */
export const putItem = (client: Client, table: string, ids: (index: number) => number) =>
  cycle(client, VARIANTS, (index) => dynamo('PutItem', { TableName: table, Item: item(ids(index)) }));

/** SendMessage of 1 KB. */
export const sendMessage = (client: Client, queue: string) =>
  cycle(client, VARIANTS, (index) =>
    sqs('SendMessage', { QueueUrl: queueUrl(client, queue), MessageBody: `${index} ${'x'.repeat(1_000)}` }),
  );

/** Makes a standard queue. */
export const createQueue = (client: Client, name: string) => client.call(sqs('CreateQueue', { QueueName: name }));
/** Makes a bucket, addressed by path. */
export const createBucket = (client: Client, name: string) => client.call(object('PUT', `/${name}`));
/** Writes one object of `size` bytes. */
export const writeObject = (bucket: string, key: string, size: number): Call =>
  object('PUT', `/${bucket}/${key}`, bytesOf(size, key.length));

const putObject = (client: Client, bucket: string, key: string, size: number) =>
  client.call(writeObject(bucket, key, size));

/** A page of 1,000 keys from a place on. */
export const listObjects = (client: Client, bucket: string, after: string) =>
  cycle(client, 1, () => ({
    ...object('GET', `/${bucket}`),
    query: `list-type=2&max-keys=1000&start-after=${after}`,
  }));

/** Receives one message and deletes it, as long as there are any. */
function receiveAndDelete(client: Client, queue: string): () => Session {
  const receive = client.prepare(sqs('ReceiveMessage', { QueueUrl: queueUrl(client, queue) }));
  return () => {
    let next: Buffer | undefined = receive;
    return {
      next: () => next,
      took({ body }) {
        if (next !== receive) next = receive;
        else {
          const handle = /"ReceiptHandle": ?"([^"]+)"/.exec(body.toString('latin1'))?.[1];
          next =
            handle === undefined
              ? undefined
              : client.prepare(
                  sqs('DeleteMessage', {
                    QueueUrl: queueUrl(client, queue),
                    ReceiptHandle: JSON.parse(`"${handle}"`) as string,
                  }),
                );
        }
      },
    };
  };
}

const DYNAMO: readonly Scenario[] = [
  {
    name: 'dynamodb-get',
    title: 'DynamoDB GetItem, 1 KB',
    service: 'dynamodb',
    aim: 60,
    async setUp(client) {
      await createTable(client, 'bench-get');
      await fillTable(
        client,
        'bench-get',
        Array.from({ length: 1_000 }, (_, id) => item(id)),
      );
    },
    open: (client) => getItem(client, 'bench-get', (index) => index),
  },
  {
    name: 'dynamodb-put',
    title: 'DynamoDB PutItem, 1 KB',
    service: 'dynamodb',
    aim: 100,
    setUp: (client) => createTable(client, 'bench-put'),
    open: (client) => putItem(client, 'bench-put', (index) => index),
  },
  {
    name: 'dynamodb-query',
    title: 'DynamoDB Query of 20 items of 200 bytes',
    service: 'dynamodb',
    aim: 200,
    async setUp(client) {
      await createTable(client, 'bench-query', true);
      const rows = Array.from({ length: 1_000 }, (_, id) => ({
        pk: { S: `p${id % 10}` },
        sk: { N: String(Math.floor(id / 10)) },
        text: { S: 'x'.repeat(170) },
      }));
      await fillTable(client, 'bench-query', rows);
    },
    open: (client) =>
      cycle(client, 100, (index) =>
        dynamo('Query', {
          TableName: 'bench-query',
          KeyConditionExpression: 'pk = :p AND sk >= :s',
          ExpressionAttributeValues: { ':p': { S: `p${index % 10}` }, ':s': { N: String(index % 50) } },
          Limit: 20,
        }),
      ),
  },
];

const SQS: readonly Scenario[] = [
  {
    name: 'sqs-send',
    title: 'SQS SendMessage, 1 KB',
    service: 'sqs',
    aim: 100,
    async setUp(client) {
      await createQueue(client, 'bench-send');
    },
    open: (client) => sendMessage(client, 'bench-send'),
  },
  {
    name: 'sqs-receive',
    title: 'SQS ReceiveMessage and DeleteMessage in turn (each counted)',
    service: 'sqs',
    aim: 100,
    async setUp(client) {
      await createQueue(client, 'bench-receive');
    },
    refill: (client, count) => fillQueue(client, 'bench-receive', Math.ceil(count / 2)),
    open: (client) => receiveAndDelete(client, 'bench-receive'),
  },
];

const S3: readonly Scenario[] = [
  {
    name: 's3-put-1k',
    title: 'S3 PutObject, 1 KB',
    service: 's3',
    aim: 200,
    async setUp(client) {
      await createBucket(client, 'bench-put-1k');
    },
    open: (client) =>
      cycle(client, VARIANTS, (index) => object('PUT', `/bench-put-1k/key-${index}`, bytesOf(KIB, index))),
  },
  {
    name: 's3-get-1k',
    title: 'S3 GetObject, 1 KB',
    service: 's3',
    aim: 100,
    async setUp(client) {
      await createBucket(client, 'bench-get-1k');
      for (let index = 0; index < VARIANTS; index += 1) await putObject(client, 'bench-get-1k', `key-${index}`, KIB);
    },
    open: (client) => cycle(client, VARIANTS, (index) => object('GET', `/bench-get-1k/key-${index}`)),
  },
  {
    name: 's3-put-1m',
    title: 'S3 PutObject, 1 MB',
    service: 's3',
    async setUp(client) {
      await createBucket(client, 'bench-put-1m');
    },
    open: (client) =>
      cycle(client, 8, (index) => object('PUT', `/bench-put-1m/key-${index}`, bytesOf(KIB * KIB, index))),
  },
  {
    name: 's3-get-1m',
    title: 'S3 GetObject, 1 MB',
    service: 's3',
    async setUp(client) {
      await createBucket(client, 'bench-get-1m');
      for (let index = 0; index < 8; index += 1) await putObject(client, 'bench-get-1m', `key-${index}`, KIB * KIB);
    },
    open: (client) => cycle(client, 8, (index) => object('GET', `/bench-get-1m/key-${index}`)),
  },
  {
    name: 's3-list',
    title: 'S3 ListObjectsV2 of 1,000 keys',
    service: 's3',
    aim: 10_000,
    async setUp(client) {
      await createBucket(client, 'bench-list');
      for (let index = 0; index < 1_000; index += 1)
        await putObject(client, 'bench-list', `logs/2026/key-${String(index).padStart(8, '0')}`, 10);
    },
    open: (client) => listObjects(client, 'bench-list', 'a'),
  },
];

const KMS: Scenario = {
  name: 'kms-encrypt',
  title: 'KMS Encrypt of 1 KB',
  service: 'kms',
  aim: 100,
  async setUp({ port }) {
    const root = new Client(port);
    const { body } = await root.call(json('kms', 'TrentService.CreateKey', '1.1', {}));
    const { KeyMetadata } = JSON.parse(body.toString()) as { KeyMetadata: { KeyId: string } };
    const alias = { AliasName: 'alias/bench', TargetKeyId: KeyMetadata.KeyId };
    await root.call(json('kms', 'TrentService.CreateAlias', '1.1', alias));
    root.close();
  },
  open: (client) =>
    cycle(client, VARIANTS, (index) =>
      json('kms', 'TrentService.Encrypt', '1.1', {
        KeyId: 'alias/bench',
        Plaintext: Buffer.from(bytesOf(KIB, index)).toString('base64'),
      }),
    ),
};

export const SCENARIOS: readonly Scenario[] = [
  ...DYNAMO,
  ...SQS,
  ...S3,
  KMS,
  ...SERVERLESS,
  {
    name: 'sts-identity',
    title: 'STS GetCallerIdentity',
    service: 'sts',
    setUp: async () => {},
    open: (client) => cycle(client, 1, () => form('sts', '2011-06-15', 'GetCallerIdentity')),
  },
];
