/** What each operation must be allowed: on a topic, with what the topic's own policy says. */
import { type Access, type AccessRules, type ConditionKeys, type Ctx, passing } from '#kernel/contract';
import { subscriptionOf, topicAt } from './domain/find.ts';
import { readSubscriptionArn, readTopicArn } from './domain/names.ts';
import { decidingPolicy } from './domain/topic-policy.ts';
import { invalid } from './errors.ts';
import { type TopicRow, topics } from './state.ts';

/**
 * Services that say for which account they call, as the default policy of a topic asks: to the others a topic must be opened.
 * Source: S3 User Guide, "Granting permissions to publish event notification messages"; CloudTrail User Guide, "Amazon SNS topic policy for CloudTrail".
 */
const TELL_OWNER = new Set(['cloudformation.amazonaws.com', 'cloudwatch.amazonaws.com', 'sns.amazonaws.com']);

function sourceOwner({ caller: { principal, source } }: Ctx): ConditionKeys {
  if (source === undefined || principal.kind !== 'service' || !TELL_OWNER.has(principal.service)) return {};
  return { 'aws:SourceOwner': source.account };
}

function accessTo(topic: TopicRow, account: string, action: string, ctx: Ctx, more: ConditionKeys = {}): Access {
  const policy = decidingPolicy(topic, account);
  return {
    action: `SNS:${action}`,
    resource: topic.arn,
    account,
    ...(policy !== undefined && { policy }),
    context: () => ({ ...sourceOwner(ctx), ...more }),
  };
}

/** An operation on a topic. One that doesn't exist is refused before anybody is asked for permission. */
const onTopic =
  (action: string, more: (input: object) => ConditionKeys = () => ({})) =>
  (input: { TopicArn: string }, ctx: Ctx) => {
    const named = readTopicArn(input.TopicArn);
    if (named.region !== ctx.region) throw invalid('TopicArn');
    const { topic, account } = topicAt(named, ctx.store);
    return accessTo(topic, account, action, ctx, more(input));
  };

/**
 * A token is of a topic, so that one for a topic that isn't there is a wrong one. Who has it needs no word of the topic's policy: nobody in
 * particular may confirm by its link, and the owner of a queue does so for a topic of another account.
 * Source: SNS Developer Guide, "Sending Amazon SNS messages to an Amazon SQS queue in a different account".
 */
const confirmation = (input: { TopicArn: string }, ctx: Ctx): Access => {
  const named = readTopicArn(input.TopicArn);
  if (ctx.store.in(named).get(topics, { name: named.name }) === undefined) throw invalid('Token');
  return named.account === ctx.caller.principal.account
    ? onTopic('ConfirmSubscription')(input, ctx)
    : { action: 'SNS:ConfirmSubscription', resource: input.TopicArn };
};

/** One that isn't there is no error of permissions. */
function onNamed(action: string, arn: string, member: string, ctx: Ctx): Access {
  const named = readTopicArn(arn, member);
  const topic = ctx.store.in(named).get(topics, { name: named.name });
  return topic === undefined
    ? { action: `SNS:${action}`, resource: arn, account: named.account }
    : accessTo(topic, named.account, action, ctx);
}

const onResource = (action: string) => (input: { ResourceArn: string }, ctx: Ctx) =>
  onNamed(action, input.ResourceArn, 'ResourceArn', ctx);

/** Source: Service Authorization Reference, "Amazon SNS": these have the subscription's topic as their resource. */
const onSubscription = (action: string) => (input: { SubscriptionArn: string }, ctx: Ctx) => {
  const { account, region, topic: name } = readSubscriptionArn(input.SubscriptionArn);
  const resource = `arn:${ctx.partition}:sns:${region}:${account}:${name}`;
  const found = subscriptionOf(input.SubscriptionArn, ctx.store);
  // A subscription is also its owner's, whoever has the topic; one that isn't there is nobody's.
  const isOwned = found === undefined || found.subscription.owner === ctx.account;
  return isOwned && account !== ctx.account
    ? { action: `SNS:${action}`, resource }
    : onNamed(action, resource, 'SubscriptionArn', ctx);
};

/** Nobody signs the links that confirm and unsubscribe: their token, or the subscription itself, says whether they may. */
const linkOrSigned =
  <Input>(rule: (input: Input, ctx: Ctx) => Access) =>
  (input: Input, ctx: Ctx): Access | readonly Access[] =>
    ctx.caller.principal.kind === 'anonymous' ? [] : rule(input, ctx);

const account = (action: string) => (_: object, ctx: Ctx) => ({
  action: `SNS:${action}`,
  resource: `arn:${ctx.partition}:sns:${ctx.region}:${ctx.account}:*`,
});
const anything = (action: string) => () => ({ action: `SNS:${action}`, resource: '*' });

/** Where a message goes: a topic, a device, or a phone. */
function publishAccess(input: { TopicArn?: string; TargetArn?: string; PhoneNumber?: string }, ctx: Ctx): Access {
  const arn = input.TopicArn ?? input.TargetArn;
  if (arn === undefined || /:endpoint\//.test(arn)) return { action: 'SNS:Publish', resource: arn ?? '*' };
  return onTopic('Publish')({ TopicArn: arn }, ctx);
}

/** The roles by which deliveries are logged are handed over. */
const passed = (attributes: { readonly [name: string]: string | undefined }): Access[] => {
  const roles = Object.entries(attributes).flatMap(([name, role]) => (name.endsWith('FeedbackRoleArn') && role) || []);
  return [...new Set(roles)].map((role) => passing(role, 'sns'));
};

export const access: AccessRules<'sns'> = {
  // Source: SNS API Reference, CreateTopic: tags take the permission to tag, too.
  CreateTopic: ({ Name, DataProtectionPolicy, Tags = [], Attributes = {} }, ctx) => [
    ...[
      'CreateTopic',
      ...(DataProtectionPolicy === undefined ? [] : ['PutDataProtectionPolicy']),
      ...(Tags.length > 0 ? ['TagResource'] : []),
    ].map((action) => ({
      action: `SNS:${action}`,
      resource: `arn:${ctx.partition}:sns:${ctx.region}:${ctx.account}:${Name}`,
    })),
    ...passed(Attributes),
  ],
  DeleteTopic: (input, ctx) => onNamed('DeleteTopic', input.TopicArn, 'TopicArn', ctx),
  GetTopicAttributes: onTopic('GetTopicAttributes'),
  SetTopicAttributes: (input, ctx) => [
    onTopic('SetTopicAttributes')(input, ctx),
    ...passed({ [input.AttributeName]: input.AttributeValue }),
  ],
  CreatePlatformApplication: ({ Attributes }) => [
    { action: 'SNS:CreatePlatformApplication', resource: '*' },
    ...passed(Attributes),
  ],
  SetPlatformApplicationAttributes: ({ PlatformApplicationArn: resource, Attributes }) => [
    { action: 'SNS:SetPlatformApplicationAttributes', resource },
    ...passed(Attributes),
  ],
  SetSMSAttributes: ({ attributes: { DeliveryStatusIAMRole: role } }) => [
    { action: 'SNS:SetSMSAttributes', resource: '*' },
    ...(role ? [passing(role, 'sns')] : []),
  ],
  AddPermission: onTopic('AddPermission'),
  RemovePermission: onTopic('RemovePermission'),
  Subscribe: (input, ctx) => {
    const { Endpoint = '', Protocol, Attributes: { SubscriptionRoleArn: role } = {} } = input;
    const keys = { 'sns:Endpoint': Endpoint, 'sns:Protocol': Protocol };
    return [onTopic('Subscribe', () => keys)(input, ctx), ...(role === undefined ? [] : [passing(role, 'sns')])];
  },
  ConfirmSubscription: linkOrSigned(confirmation),
  ListSubscriptionsByTopic: onTopic('ListSubscriptionsByTopic'),
  Publish: publishAccess,
  PublishBatch: onTopic('Publish'),
  Unsubscribe: linkOrSigned(onSubscription('Unsubscribe')),
  GetSubscriptionAttributes: onSubscription('GetSubscriptionAttributes'),
  SetSubscriptionAttributes: onSubscription('SetSubscriptionAttributes'),
  ListTopics: account('ListTopics'),
  ListSubscriptions: account('ListSubscriptions'),
  TagResource: onResource('TagResource'),
  UntagResource: onResource('UntagResource'),
  ListTagsForResource: onResource('ListTagsForResource'),
  GetDataProtectionPolicy: onResource('GetDataProtectionPolicy'),
  PutDataProtectionPolicy: onResource('PutDataProtectionPolicy'),
  ...Object.fromEntries(
    [
      'CheckIfPhoneNumberIsOptedOut',
      'CreatePlatformEndpoint',
      'CreateSMSSandboxPhoneNumber',
      'DeleteEndpoint',
      'DeletePlatformApplication',
      'DeleteSMSSandboxPhoneNumber',
      'GetEndpointAttributes',
      'GetPlatformApplicationAttributes',
      'GetSMSAttributes',
      'GetSMSSandboxAccountStatus',
      'ListEndpointsByPlatformApplication',
      'ListOriginationNumbers',
      'ListPhoneNumbersOptedOut',
      'ListPlatformApplications',
      'ListSMSSandboxPhoneNumbers',
      'OptInPhoneNumber',
      'SetEndpointAttributes',
      'VerifySMSSandboxPhoneNumber',
    ].map((name) => [name, anything(name)]),
  ),
};
