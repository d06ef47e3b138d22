/** SNS's types of CloudFormation. */
import { parseArn } from '#kernel/base';
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, refuseTaken, tagListOf, tagsGone, textOf } from '#kernel/contract';
import { defaultPolicy } from './domain/topic-policy.ts';
import { MESSAGE_BYTES_MAX } from './limits.ts';

const GONE = 'NotFoundException';
const TOPIC_ATTRIBUTES = [
  'ArchivePolicy',
  'ContentBasedDeduplication',
  'DisplayName',
  'FifoThroughputScope',
  'FifoTopic',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'SignatureVersion',
  'TracingConfig',
];
/** What SetTopicAttributes takes in place of a value that the template has no more. */
const TOPIC_DEFAULTS: { readonly [name: string]: string } = {
  ContentBasedDeduplication: 'false',
  FifoThroughputScope: 'Topic',
  MaximumMessageSize: String(MESSAGE_BYTES_MAX),
  SignatureVersion: '1',
  TracingConfig: 'PassThrough',
};
const SUBSCRIPTION_ATTRIBUTES = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'ReplayPolicy',
  'SubscriptionRoleArn',
];
const SUBSCRIPTION_DEFAULTS: { readonly [name: string]: string } = {
  FilterPolicyScope: 'MessageAttributes',
  RawMessageDelivery: 'false',
};
/** Protocols by the beginning of their attributes' names. */
const FEEDBACK: { readonly [protocol: string]: string } = {
  'http/s': 'HTTP',
  sqs: 'SQS',
  lambda: 'Lambda',
  firehose: 'Firehose',
  application: 'Application',
};

type Logging = { Protocol: string; [name: string]: string };
type Inner = { Endpoint: string; Protocol: string };

function topicAttributes(properties: Properties): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of TOPIC_ATTRIBUTES) {
    const text = textOf(properties[name]);
    // SNS knows no topic that is told to be none.
    if (text !== undefined && !(name === 'FifoTopic' && text !== 'true')) attributes[name] = text;
  }
  for (const { Protocol, ...roles } of (properties.DeliveryStatusLogging ?? []) as Logging[])
    for (const [name, value] of Object.entries(roles)) attributes[`${FEEDBACK[Protocol] ?? Protocol}${name}`] = value;
  return attributes;
}

const topic: ResourceType = {
  async create(properties, scope) {
    const suffix = String(properties.FifoTopic) === 'true' ? '.fifo' : '';
    const Name = textOf(properties.TopicName) ?? scope.name(256 - suffix.length) + suffix;
    const arn = `arn:${scope.partition}:sns:${scope.region}:${scope.account}:${Name}`;
    // Source: awslabs/fhir-works-on-aws-deployment, issue 754.
    await refuseTaken(properties.TopicName, `${Name} already exists`, scope, () =>
      ifThere(GONE, scope.aws.sns.GetTopicAttributes({ TopicArn: arn })),
    );
    const { TopicArn = '' } = await scope.aws.sns.CreateTopic({
      Name,
      Attributes: topicAttributes(properties),
      Tags: tagListOf(properties, scope),
      DataProtectionPolicy: textOf(properties.DataProtectionPolicy),
    });
    scope.begun(TopicArn);
    for (const { Protocol, Endpoint } of innerOf(properties))
      await scope.aws.sns.Subscribe({ TopicArn, Protocol, Endpoint });
    return made(TopicArn);
  },
  async update(TopicArn, properties, before, scope) {
    const { sns } = scope.aws;
    const [protection, was] = [textOf(properties.DataProtectionPolicy), textOf(before.DataProtectionPolicy)];
    if (protection !== was)
      await sns.PutDataProtectionPolicy({ ResourceArn: TopicArn, DataProtectionPolicy: protection ?? '' });
    const [attributes, old] = [topicAttributes(properties), topicAttributes(before)];
    for (const name of new Set([...Object.keys(attributes), ...Object.keys(old)]))
      if (attributes[name] !== old[name])
        await sns.SetTopicAttributes({
          TopicArn,
          AttributeName: name,
          AttributeValue: attributes[name] ?? TOPIC_DEFAULTS[name] ?? '',
        });
    const [wanted, had] = [innerOf(properties).map(nameOf), innerOf(before).map(nameOf)];
    // What somebody has unsubscribed stays so. Source: AWS's own handler of the type (aws-cloudformation/aws-cloudformation-resource-providers-sns).
    for (const { Protocol, Endpoint } of innerOf(properties))
      if (!had.includes(nameOf({ Protocol, Endpoint }))) await sns.Subscribe({ TopicArn, Protocol, Endpoint });
    const gone = new Set(had.filter((name) => !wanted.includes(name)));
    if (gone.size > 0) await unsubscribe(TopicArn, gone, scope);
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await sns.UntagResource({ ResourceArn: TopicArn, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await sns.TagResource({ ResourceArn: TopicArn, Tags });
    return made(TopicArn);
  },
  delete: (TopicArn, _, { aws }) => isGone(GONE, aws.sns.DeleteTopic({ TopicArn })),
  async read(TopicArn, properties, { aws }) {
    const found = await ifThere(GONE, aws.sns.GetTopicAttributes({ TopicArn }));
    if (found === undefined) return undefined;
    const { Attributes = {} } = found;
    const { Tags = [] } = await aws.sns.ListTagsForResource({ ResourceArn: TopicArn });
    return {
      TopicName: TopicArn.slice(TopicArn.lastIndexOf(':') + 1),
      ...Object.fromEntries(TOPIC_ATTRIBUTES.map((name) => [name, attributeOf(name, Attributes[name])])),
      // SNS says nothing of it where it is false.
      ...(properties.FifoTopic !== undefined && { FifoTopic: Attributes.FifoTopic === 'true' }),
      ...(properties.Subscription !== undefined && { Subscription: properties.Subscription }),
      ...(properties.DeliveryStatusLogging !== undefined && {
        DeliveryStatusLogging: properties.DeliveryStatusLogging,
      }),
      Tags,
    };
  },
};

/** Policies as objects; empty is none. */
function attributeOf(name: string, text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  return name.endsWith('Policy') ? JSON.parse(text) : text;
}

const innerOf = ({ Subscription }: Properties) => (Subscription ?? []) as readonly Inner[];
const nameOf = ({ Protocol, Endpoint }: { Protocol?: string; Endpoint?: string }) => `${Protocol} ${Endpoint}`;

async function unsubscribe(TopicArn: string, names: ReadonlySet<string>, { aws: { sns } }: ResourceScope) {
  let NextToken: string | undefined;
  do {
    const page = await sns.ListSubscriptionsByTopic({ TopicArn, ...(NextToken !== undefined && { NextToken }) });
    for (const { SubscriptionArn = '', ...one } of page.Subscriptions ?? [])
      if (names.has(nameOf(one)) && SubscriptionArn.startsWith('arn:')) await sns.Unsubscribe({ SubscriptionArn });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}

function made(TopicArn: string) {
  return { id: TopicArn, attributes: { TopicArn, TopicName: TopicArn.slice(TopicArn.lastIndexOf(':') + 1) } };
}

function subscriptionAttributes(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    SUBSCRIPTION_ATTRIBUTES.flatMap((name) => {
      const text = textOf(properties[name]);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

/** Policies on bodies may be nested, those on attributes may not: the wider scope comes before its policy. */
function inOrder(scope: string | undefined): readonly string[] {
  return scope === 'MessageBody' ? SUBSCRIPTION_ATTRIBUTES.toReversed() : SUBSCRIPTION_ATTRIBUTES;
}

/** SNS of the Region in which a subscription's topic is. */
function snsOf(arn: string, scope: ResourceScope) {
  return scope.awsIn(parseArn(arn)?.region ?? scope.region).sns;
}

/**
 * The same subscription once more is the same.
 *
 * Deviation: one to an endpoint that has not confirmed it yet may be asked for its consent twice, where the cloud was killed in the middle of the step.
 */
const subscription: ResourceType = {
  async create(properties, scope) {
    const { TopicArn, Protocol, Endpoint, Region } = properties as {
      TopicArn: string;
      Protocol: string;
      Endpoint?: string;
      Region?: string;
    };
    const { SubscriptionArn = '' } = await scope.awsIn(Region ?? scope.region).sns.Subscribe({
      TopicArn,
      Protocol,
      ...(Endpoint !== undefined && { Endpoint }),
      Attributes: subscriptionAttributes(properties),
      ReturnSubscriptionArn: true,
    });
    return { id: SubscriptionArn, attributes: { Arn: SubscriptionArn } };
  },
  async update(SubscriptionArn, properties, before, scope) {
    const sns = snsOf(SubscriptionArn, scope);
    const [attributes, old] = [subscriptionAttributes(properties), subscriptionAttributes(before)];
    for (const name of inOrder(attributes.FilterPolicyScope))
      if (attributes[name] !== old[name])
        await sns.SetSubscriptionAttributes({
          SubscriptionArn,
          AttributeName: name,
          AttributeValue: attributes[name] ?? SUBSCRIPTION_DEFAULTS[name] ?? '',
        });
    return { id: SubscriptionArn, attributes: { Arn: SubscriptionArn } };
  },
  /** One that is pending stays until it expires: nobody can take it away. */
  async delete(SubscriptionArn, _, scope) {
    const sns = snsOf(SubscriptionArn, scope);
    const found = await ifThere(GONE, sns.GetSubscriptionAttributes({ SubscriptionArn }));
    if (found?.Attributes?.PendingConfirmation === 'false') await isGone(GONE, sns.Unsubscribe({ SubscriptionArn }));
  },
  async read(SubscriptionArn, _, scope) {
    const found = await ifThere(GONE, snsOf(SubscriptionArn, scope).GetSubscriptionAttributes({ SubscriptionArn }));
    if (found === undefined) return undefined;
    const { Attributes = {} } = found;
    return {
      ...Object.fromEntries(
        ['TopicArn', 'Protocol', 'Endpoint', ...SUBSCRIPTION_ATTRIBUTES].map((name) => [
          name,
          attributeOf(name, Attributes[name]),
        ]),
      ),
    };
  },
};

/** Gives topics a policy, or their own again. */
async function setPolicy(topics: readonly string[], document: unknown, { aws, account }: ResourceScope) {
  for (const TopicArn of topics) {
    const AttributeValue = textOf(document) ?? defaultPolicy(TopicArn, account);
    const set = aws.sns.SetTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue });
    await (document === undefined ? isGone(GONE, set) : set);
  }
}

async function readPolicy(TopicArn: string, { aws }: ResourceScope) {
  const found = await ifThere(GONE, aws.sns.GetTopicAttributes({ TopicArn }));
  return found && { PolicyDocument: JSON.parse(found.Attributes?.Policy ?? '{}') };
}

const topicsOf = ({ Topics }: Properties) => Topics as readonly string[];

const topicPolicy: ResourceType = {
  async create(properties, scope) {
    const id = scope.name(64);
    for (const arn of topicsOf(properties)) {
      await setPolicy([arn], properties.PolicyDocument, scope);
      scope.begun(id);
    }
    return { id, attributes: { Id: id } };
  },
  async update(id, properties, before, scope) {
    await setPolicy(topicsOf(properties), properties.PolicyDocument, scope);
    const gone = topicsOf(before).filter((arn) => !topicsOf(properties).includes(arn));
    await setPolicy(gone, undefined, scope);
    return { id, attributes: { Id: id } };
  },
  delete: (_, properties, scope) => setPolicy(topicsOf(properties), undefined, scope),
  async read(_, properties, scope) {
    const found = await readPolicy(topicsOf(properties)[0] ?? '', scope);
    return found && { ...found, Topics: properties.Topics };
  },
};

const topicInlinePolicy: ResourceType = {
  async create({ TopicArn, PolicyDocument }, scope) {
    await setPolicy([String(TopicArn)], PolicyDocument, scope);
    return { id: String(TopicArn), attributes: {} };
  },
  async update(id, { PolicyDocument }, _, scope) {
    await setPolicy([id], PolicyDocument, scope);
    return { id, attributes: {} };
  },
  delete: (id, _, scope) => setPolicy([id], undefined, scope),
  async read(id, _, scope) {
    const found = await readPolicy(id, scope);
    return found && { ...found, TopicArn: id };
  },
};

export const resources: ResourceTypes = {
  'AWS::SNS::Subscription': subscription,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::TopicInlinePolicy': topicInlinePolicy,
  'AWS::SNS::TopicPolicy': topicPolicy,
};
