/** SQS's types of CloudFormation. */
import type { Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { isGone, tagsOf, textOf } from '#kernel/contract';

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
  DelaySeconds: '0',
  KmsDataKeyReusePeriodSeconds: '300',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
};

export const resources: ResourceTypes = {
  'AWS::SQS::Queue': {
    async create(properties, scope) {
      const suffix = String(properties.FifoQueue) === 'true' ? '.fifo' : '';
      const QueueName = textOf(properties.QueueName) ?? scope.name(80 - suffix.length) + suffix;
      const { QueueUrl = '' } = await scope.aws.sqs.CreateQueue({
        QueueName,
        Attributes: attributesOf(properties),
        tags: tagsOf(properties, scope),
      });
      return made(QueueUrl, QueueName, scope);
    },
    async update(QueueUrl, properties, before, scope) {
      const Attributes = attributesOf(properties);
      for (const name of Object.keys(attributesOf(before)))
        if (!(name in Attributes)) Attributes[name] = DEFAULTS[name] ?? '';
      await scope.aws.sqs.SetQueueAttributes({ QueueUrl, Attributes });
      const [tags, old] = [tagsOf(properties, scope), tagsOf(before, scope)];
      const gone = Object.keys(old).filter((key) => !(key in tags));
      if (gone.length > 0) await scope.aws.sqs.UntagQueue({ QueueUrl, TagKeys: gone });
      if (Object.keys(tags).length > 0) await scope.aws.sqs.TagQueue({ QueueUrl, Tags: tags });
      return made(QueueUrl, QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1), scope);
    },
    delete: (QueueUrl, _, { aws }) => isGone('QueueDoesNotExist', aws.sqs.DeleteQueue({ QueueUrl })),
    async read(QueueUrl, properties, { aws }) {
      const { Attributes = {} } = await aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
      const { Tags } = await aws.sqs.ListQueueTags({ QueueUrl });
      const read = ATTRIBUTES.filter((name) => name in Attributes).map((name) => [
        name,
        name.endsWith('Policy') ? JSON.parse(Attributes[name] ?? '{}') : Attributes[name],
      ]);
      return {
        ...Object.fromEntries(read),
        QueueName: properties.QueueName,
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
