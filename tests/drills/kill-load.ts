/** The load of the kill drill: clients that write until the cloud is gone, and what each place may hold afterwards. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { RandomStream } from '#kernel/random';

const MIB = 1_048_576;
const TABLE = 'items';
const BUCKET = 'drill';
const KEYS = 12;
const WRITERS = 3;
/** Around the border between bodies in their row and bodies in files, and well past it. */
const SIZES = [100, 16_384, 16_385, 300_000];

type Value = string | undefined;

/** What a place holds: what was acknowledged last, or what was under way when the cloud went. */
class Slots {
  #slots = new Map<string, { sure: Value; under?: { way: Value } }>();

  get keys(): string[] {
    return [...this.#slots.keys()];
  }

  async write(key: string, value: Value, send: () => Promise<unknown>): Promise<void> {
    const slot = this.#slots.get(key) ?? { sure: undefined };
    this.#slots.set(key, { ...slot, under: { way: value } });
    await send();
    this.#slots.set(key, { sure: value });
  }

  /** From now on it is what was found. */
  check(key: string, found: Value): void {
    const { sure, under } = this.#slots.get(key) ?? { sure: undefined };
    assert.ok(
      found === sure || (under !== undefined && found === under.way),
      `${key} holds ${found}; acknowledged was ${sure}, under way ${under?.way}`,
    );
    this.#slots.set(key, { sure: found });
  }
}

/** What was sent to the queue, and what became of it. */
type Mail = 'sending' | 'sent' | 'deleting' | 'deleted';

export class Load {
  readonly #random: RandomStream;
  #items = new Slots();
  #pairs = new Slots();
  #objects = new Slots();
  #mail = new Map<string, Mail>();
  #parts = new Map<string, Map<number, string>>();
  #number = 0;
  #dynamodb!: DynamoDBClient;
  #s3!: S3Client;
  #sqs!: SQSClient;
  #queue = '';
  #done: () => void = () => {};

  constructor(random: RandomStream) {
    this.#random = random;
  }

  connect(url: string): void {
    this.disconnect();
    const config = {
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
      maxAttempts: 1,
    };
    this.#dynamodb = new DynamoDBClient(config);
    this.#s3 = new S3Client({ ...config, forcePathStyle: true });
    this.#sqs = new SQSClient(config);
    this.#queue = `${url}/123456789012/mail`;
  }

  disconnect(): void {
    for (const client of [this.#dynamodb, this.#s3, this.#sqs]) client?.destroy();
  }

  async furnish(): Promise<void> {
    await this.#dynamodb.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    await this.#s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await this.#sqs.send(new CreateQueueCommand({ QueueName: 'mail', Attributes: { VisibilityTimeout: '0' } }));
  }

  /** Writes from many connections until they break; `done` hears of each acknowledgement. */
  async run(done: () => void): Promise<void> {
    this.#done = done;
    const workers: Promise<void>[] = [this.#untilGone(() => this.#upload()), this.#untilGone(() => this.#receive())];
    for (let writer = 0; writer < WRITERS; writer += 1) {
      const own = (name: string) => `${name}-${writer}-${this.#random.below(KEYS)}`;
      workers.push(
        this.#untilGone(() => this.#putItem(own('item'))),
        this.#untilGone(() => this.#transact(own('pair'))),
        this.#untilGone(() => this.#putObject(own('object'))),
        this.#untilGone(() => this.#send()),
      );
    }
    await Promise.all(workers);
  }

  /** Everything that was acknowledged is there and whole. */
  async check(): Promise<void> {
    for (const key of this.#items.keys) this.#items.check(key, await this.#item(key));
    for (const key of this.#pairs.keys) {
      const [left, right] = [await this.#item(`${key}-left`), await this.#item(`${key}-right`)];
      assert.equal(left, right, `${key} was written as a whole or not at all`);
      this.#pairs.check(key, left);
    }
    for (const key of this.#objects.keys) this.#objects.check(key, await this.#object(key));
    await this.#checkUploads();
    await this.#checkMail();
  }

  /** Empties the queue: what comes out is what was sent and not deleted. Then removes every object. */
  async clear(): Promise<void> {
    const found = new Map<string, number>();
    for (;;) {
      const { Messages: messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#queue, MaxNumberOfMessages: 10, VisibilityTimeout: 60 }),
      );
      if (messages.length === 0) break;
      for (const { Body = '', ReceiptHandle } of messages) {
        found.set(Body, (found.get(Body) ?? 0) + 1);
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queue, ReceiptHandle }));
      }
    }
    for (const [body, mail] of this.#mail) {
      if (mail === 'sent') assert.equal(found.get(body), 1, `${body} was sent`);
      if (mail === 'deleted') assert.equal(found.get(body), undefined, `${body} was deleted`);
      assert.ok((found.get(body) ?? 0) <= 1, `${body} was sent once`);
    }
    for (const body of found.keys()) assert.ok(this.#mail.has(body), `${body} was sent by us`);
    for (const Key of this.#objects.keys) await this.#s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
  }

  async #untilGone(work: () => Promise<void>): Promise<void> {
    try {
      for (;;) {
        await work();
        this.#done();
      }
    } catch (error) {
      const { $metadata: answer } = error as { $metadata?: { httpStatusCode?: number } };
      // An answer, of whatever kind, is no connection that broke.
      if (answer?.httpStatusCode !== undefined || error instanceof assert.AssertionError) throw error;
    }
  }

  #next(): string {
    this.#number += 1;
    return String(this.#number);
  }

  async #putItem(key: string): Promise<void> {
    const value = this.#random.below(8) === 0 ? undefined : this.#next();
    const id = { S: key };
    await this.#items.write(key, value, () =>
      value === undefined
        ? this.#dynamodb.send(new DeleteItemCommand({ TableName: TABLE, Key: { id } }))
        : this.#dynamodb.send(
            new PutItemCommand({ TableName: TABLE, Item: { id, value: { S: value }, pad: { S: 'x'.repeat(500) } } }),
          ),
    );
  }

  async #transact(key: string): Promise<void> {
    const value = this.#next();
    await this.#pairs.write(key, value, () =>
      this.#dynamodb.send(
        new TransactWriteItemsCommand({
          TransactItems: ['left', 'right'].map((side) => ({
            Put: { TableName: TABLE, Item: { id: { S: `${key}-${side}` }, value: { S: value } } },
          })),
        }),
      ),
    );
  }

  async #putObject(key: string): Promise<void> {
    if (this.#random.below(6) === 0) {
      const command = new DeleteObjectCommand({ Bucket: BUCKET, Key: key });
      return this.#objects.write(key, undefined, () => this.#s3.send(command));
    }
    const body = bodyOf(this.#next(), SIZES[this.#random.below(SIZES.length)] as number);
    await this.#objects.write(key, sha256(body), () =>
      this.#s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })),
    );
  }

  /** An object of two parts; every third upload is left as it is. */
  async #upload(): Promise<void> {
    const key = `large-${this.#random.below(3)}`;
    const target = { Bucket: BUCKET, Key: key };
    const { UploadId } = await this.#s3.send(new CreateMultipartUploadCommand(target));
    const bodies = [bodyOf(this.#next(), 5 * MIB), bodyOf(this.#next(), 20_000)];
    const parts = new Map<number, string>();
    this.#parts.set(UploadId ?? '', parts);
    for (const [at, Body] of bodies.entries()) {
      const { ETag = '' } = await this.#s3.send(
        new UploadPartCommand({ ...target, UploadId, PartNumber: at + 1, Body }),
      );
      parts.set(at + 1, ETag);
    }
    if (this.#random.below(3) === 0) return;
    this.#parts.delete(UploadId ?? '');
    const MultipartUpload = { Parts: [...parts].map(([PartNumber, ETag]) => ({ PartNumber, ETag })) };
    await this.#objects.write(key, sha256(Buffer.concat(bodies)), () =>
      this.#s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload })),
    );
  }

  async #send(): Promise<void> {
    const body = this.#next();
    this.#mail.set(body, 'sending');
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.#queue, MessageBody: body }));
    this.#mail.set(body, 'sent');
  }

  async #receive(): Promise<void> {
    const { Messages: messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queue, MaxNumberOfMessages: 3 }),
    );
    for (const { Body = '', ReceiptHandle } of messages) {
      assert.notEqual(this.#mail.get(Body), 'deleted', `${Body} was deleted`);
      this.#mail.set(Body, 'deleting');
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queue, ReceiptHandle }));
      this.#mail.set(Body, 'deleted');
    }
  }

  async #item(key: string): Promise<Value> {
    const { Item: item } = await this.#dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: key } } }));
    return item?.value?.S;
  }

  async #object(key: string): Promise<Value> {
    try {
      const { Body, ContentLength } = await this.#s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      assert.equal(bytes.length, ContentLength, `${key} is whole`);
      return sha256(bytes);
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  /** Uploads that were not completed have the parts that were acknowledged; then they are aborted. */
  async #checkUploads(): Promise<void> {
    const { Uploads: uploads = [] } = await this.#s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    const open = new Map(uploads.map(({ UploadId, Key }) => [UploadId ?? '', Key ?? '']));
    for (const [id, known] of this.#parts) {
      assert.ok(open.has(id), `upload ${id} is there`);
      const { Parts: parts = [] } = await this.#s3.send(
        new ListPartsCommand({ Bucket: BUCKET, Key: open.get(id), UploadId: id }),
      );
      const found = new Map(parts.map(({ PartNumber, ETag }) => [PartNumber, ETag]));
      for (const [number, etag] of known) assert.equal(found.get(number), etag, `part ${number} of ${id}`);
    }
    this.#parts.clear();
    for (const [UploadId, Key] of open)
      await this.#s3.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key, UploadId }));
  }

  async #checkMail(): Promise<void> {
    const { Attributes: all = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queue, AttributeNames: ['All'] }),
    );
    const held = Number(all.ApproximateNumberOfMessages) + Number(all.ApproximateNumberOfMessagesNotVisible);
    const states = Map.groupBy(this.#mail.values(), (mail) => mail);
    const count = (mail: Mail) => states.get(mail)?.length ?? 0;
    assert.ok(
      held >= count('sent') && held <= count('sent') + count('sending') + count('deleting'),
      `${held} messages; ${JSON.stringify(Object.fromEntries([...states].map(([mail, some]) => [mail, some.length])))}`,
    );
  }
}

/** A body that no other number has, in no part of it. */
function bodyOf(number: string, size: number): Buffer {
  return Buffer.alloc(size, createHash('sha256').update(number).digest());
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
