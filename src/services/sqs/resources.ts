/** SQS's types of CloudFormation. */
import { SECOND } from '#kernel/base';
import type { Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, refuseTaken, tagsGone, tagsOf, textOf } from '#kernel/contract';

const ATTRIBUTES = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

/** What SetQueueAttributes takes away with an empty text; the others go back to their defaults. */
const DEFAULTS: { readonly [name: string]: string } = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  DelaySeconds: '0',
  FifoThroughputLimit: 'perQueue',
  KmsDataKeyReusePeriodSeconds: '300',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};

type Policy = { PolicyDocument: unknown; Queues: readonly string[] };

async function setPolicy(queues: readonly string[], document: unknown, { aws }: ResourceScope): Promise<void> {
  const Policy = textOf(document) ?? '';
  for (const QueueUrl of queues) {
    const set = aws.sqs.SetQueueAttributes({ QueueUrl, Attributes: { Policy } });
    // What is taken away from a queue that is gone is gone.
    await (Policy === '' ? isGone('QueueDoesNotExist', set) : set);
  }
}

async function readPolicy(QueueUrl: string, { aws }: ResourceScope): Promise<Properties | undefined> {
  const found = await ifThere(
    'QueueDoesNotExist',
    aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['Policy'] }),
  );
  const { Policy } = found?.Attributes ?? {};
  return Policy === undefined ? undefined : { PolicyDocument: JSON.parse(Policy) };
}

export const resources: ResourceTypes = {
  'AWS::SQS::QueueInlinePolicy': {
    async create({ Queue, PolicyDocument }, scope) {
      await setPolicy([String(Queue)], PolicyDocument, scope);
      return { id: String(Queue), attributes: {} };
    },
    async update(id, { PolicyDocument }, _, scope) {
      await setPolicy([id], PolicyDocument, scope);
      return { id, attributes: {} };
    },
    delete: (id, _, scope) => setPolicy([id], undefined, scope),
    async read(id, _, scope) {
      const found = await readPolicy(id, scope);
      return found && { ...found, Queue: id };
    },
  },
  /** Deviation: a stack whose policy is to be of an ARN goes back; AWS's fails to, for its handler names the same again. */
  'AWS::SQS::QueuePolicy': {
    async create(properties, scope) {
      const { Queues, PolicyDocument } = properties as Policy;
      const id = scope.name(64);
      for (const url of Queues) {
        await setPolicy([url], PolicyDocument, scope);
        scope.begun(id);
      }
      return { id, attributes: { Id: id } };
    },
    async update(id, properties, before, scope) {
      const { Queues, PolicyDocument } = properties as Policy;
      await setPolicy(Queues, PolicyDocument, scope);
      const gone = (before as Policy).Queues.filter((url) => !Queues.includes(url));
      await setPolicy(gone, undefined, scope);
      return { id, attributes: { Id: id } };
    },
    delete: (_, properties, scope) => setPolicy((properties as Policy).Queues, undefined, scope),
    async read(_, properties, scope) {
      const { Queues } = properties as Policy;
      const found = await readPolicy(Queues[0] ?? '', scope);
      return found && { ...found, Queues };
    },
  },
  'AWS::SQS::Queue': {
    async create(properties, scope) {
      const suffix = String(properties.FifoQueue) === 'true' ? '.fifo' : '';
      const QueueName = textOf(properties.QueueName) ?? scope.name(80 - suffix.length) + suffix;
      await refuseTaken(properties.QueueName, `${QueueName} already exists`, scope, () =>
        ifThere('QueueDoesNotExist', scope.aws.sqs.GetQueueUrl({ QueueName })),
      );
      const creation = scope.aws.sqs.CreateQueue({
        QueueName,
        Attributes: attributesOf(properties),
        tags: tagsOf(properties, scope),
      });
      // On AWS a stack takes that minute when it deletes a queue, so that the name is free when it is done.
      const created = await ifThere('QueueDeletedRecently', creation);
      if (created === undefined) return scope.later(SECOND);
      return made(created.QueueUrl ?? '', QueueName, scope);
    },
    async update(QueueUrl, properties, before, scope) {
      const Attributes = attributesOf(properties);
      for (const name of Object.keys(attributesOf(before)))
        if (!(name in Attributes) && !(name === 'SqsManagedSseEnabled' && 'KmsMasterKeyId' in Attributes))
          Attributes[name] = DEFAULTS[name] ?? '';
      await scope.aws.sqs.SetQueueAttributes({ QueueUrl, Attributes });
      const tags = tagsOf(properties, scope);
      const gone = tagsGone(properties, before, scope);
      if (gone.length > 0) await scope.aws.sqs.UntagQueue({ QueueUrl, TagKeys: gone });
      if (Object.keys(tags).length > 0) await scope.aws.sqs.TagQueue({ QueueUrl, Tags: tags });
      return made(QueueUrl, QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1), scope);
    },
    delete: (QueueUrl, _, { aws }) => isGone('QueueDoesNotExist', aws.sqs.DeleteQueue({ QueueUrl })),
    async read(QueueUrl, properties, { aws }) {
      const found = await ifThere(
        'QueueDoesNotExist',
        aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['All'] }),
      );
      if (found === undefined) return undefined;
      const { Attributes = {} } = found;
      const { Tags } = await aws.sqs.ListQueueTags({ QueueUrl });
      const read = ATTRIBUTES.map((name) => [
        name,
        name.endsWith('Policy') && Attributes[name] !== undefined ? JSON.parse(Attributes[name]) : Attributes[name],
      ]);
      return {
        ...Object.fromEntries(read),
        QueueName: properties.QueueName ?? QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1),
        ...(Tags !== undefined && { Tags: Object.entries(Tags).map(([Key, Value]) => ({ Key, Value })) }),
      };
    },
  },
};

function attributesOf(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    ATTRIBUTES.flatMap((name) => {
      const text = textOf(properties[name]);
      // SQS knows no queue that is told to be none.
      return text === undefined || (name === 'FifoQueue' && text !== 'true') ? [] : [[name, text]];
    }),
  );
}

function made(QueueUrl: string, QueueName: string, { partition, region, account }: ResourceScope): Made {
  const Arn = `arn:${partition}:sqs:${region}:${account}:${QueueName}`;
  return { id: QueueUrl, attributes: { Arn, QueueName, QueueUrl } };
}
