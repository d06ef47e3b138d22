/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge". */
import { type Access, type AccessRules, type Ctx, ServiceError } from '#kernel/contract';
import { busArn, type FoundBus, findBus, ruleArn } from './domain/find.ts';
import { busPolicy } from './operations/bus.ts';
import { DEFAULT_BUS, rules } from './state.ts';

const nameOf = (given: string | undefined) => given?.split('event-bus/').at(-1) ?? DEFAULT_BUS;

/** The bus that a request names, where there is one. */
function busIn(given: string | undefined, ctx: Ctx): FoundBus | undefined {
  try {
    return findBus(given, ctx);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** On a bus itself; another account's has to allow it. */
function accessTo(action: string, given: string | undefined, ctx: Ctx): Access {
  const found = busIn(given, ctx);
  if (found === undefined) return { action: `events:${action}`, resource: busArn(nameOf(given), ctx.account, ctx) };
  const { bus, account } = found;
  return { action: `events:${action}`, resource: bus.arn, account, policy: busPolicy(bus) };
}

/** On a rule: that of another account's bus is that account's. Source: EventBridge User Guide, "Permissions for event buses", rules in a bus of another account. */
const onRule =
  (action: string) =>
  (input: { Name: string; EventBusName?: string | undefined }, ctx: Ctx): Access => {
    const found = busIn(input.EventBusName, ctx);
    if (found === undefined)
      return { action: `events:${action}`, resource: ruleArn(input.Name, nameOf(input.EventBusName), ctx) };
    const { bus, account, region, store } = found;
    const rule = store.get(rules, { bus: bus.name, name: input.Name });
    return {
      action: `events:${action}`,
      resource: ruleArn(input.Name, bus.name, { partition: ctx.partition, region, account }),
      account,
      policy: busPolicy(bus),
      context: { 'events:creatorAccount': rule?.createdBy ?? ctx.account },
    };
  };

const onRuleOf = (action: string) => (input: { Rule: string; EventBusName?: string | undefined }, ctx: Ctx) =>
  onRule(action)({ Name: input.Rule, EventBusName: input.EventBusName }, ctx);

const onBus =
  (action: string) =>
  (input: { Name?: string | undefined }, ctx: Ctx): Access => ({
    action: `events:${action}`,
    resource: busArn(nameOf(input.Name), ctx.account, ctx),
  });

/** Lists have no resource; those of another account's bus are that account's. */
function onBusOf(action: string, given: string | undefined, ctx: Ctx): Access {
  const access = accessTo(action, given, ctx);
  return access.account === undefined || access.account === ctx.account
    ? { action: access.action, resource: '*' }
    : access;
}

const onArn =
  (action: string) =>
  (input: { ResourceARN: string }): Access => ({ action: `events:${action}`, resource: input.ResourceARN });

/** Connections and destinations end in an id that the caller does not say. */
const onNamed =
  (action: string, kind: 'connection' | 'api-destination') =>
  ({ Name }: { Name: string }, { partition, region, account }: Ctx): Access => ({
    action: `events:${action}`,
    resource: `arn:${partition}:events:${region}:${account}:${kind}/${Name}/*`,
  });

export const access: AccessRules<'eventbridge'> = {
  /** Each bus decides for itself; one that is not there fails by entry. */
  PutEvents: (input, ctx) => {
    const names = new Set(input.Entries.map(({ EventBusName }) => EventBusName));
    return [...names].map((given) => accessTo('PutEvents', given, ctx));
  },
  ListRules: ({ EventBusName }, ctx) => onBusOf('ListRules', EventBusName, ctx),
  ListRuleNamesByTarget: ({ EventBusName }, ctx) => onBusOf('ListRuleNamesByTarget', EventBusName, ctx),
  PutRule: onRule('PutRule'),
  DeleteRule: onRule('DeleteRule'),
  DescribeRule: onRule('DescribeRule'),
  EnableRule: onRule('EnableRule'),
  DisableRule: onRule('DisableRule'),
  PutTargets: onRuleOf('PutTargets'),
  RemoveTargets: onRuleOf('RemoveTargets'),
  ListTargetsByRule: onRuleOf('ListTargetsByRule'),
  CreateEventBus: onBus('CreateEventBus'),
  UpdateEventBus: onBus('UpdateEventBus'),
  DeleteEventBus: onBus('DeleteEventBus'),
  DescribeEventBus: ({ Name }, ctx) => accessTo('DescribeEventBus', Name, ctx),
  CreateConnection: onNamed('CreateConnection', 'connection'),
  UpdateConnection: onNamed('UpdateConnection', 'connection'),
  DeleteConnection: onNamed('DeleteConnection', 'connection'),
  DescribeConnection: onNamed('DescribeConnection', 'connection'),
  DeauthorizeConnection: onNamed('DeauthorizeConnection', 'connection'),
  CreateApiDestination: onNamed('CreateApiDestination', 'api-destination'),
  UpdateApiDestination: onNamed('UpdateApiDestination', 'api-destination'),
  DeleteApiDestination: onNamed('DeleteApiDestination', 'api-destination'),
  DescribeApiDestination: onNamed('DescribeApiDestination', 'api-destination'),
  TagResource: onArn('TagResource'),
  UntagResource: onArn('UntagResource'),
  ListTagsForResource: onArn('ListTagsForResource'),
};
