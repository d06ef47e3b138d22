/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge". */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import { busArn, findBus, ruleArn } from './domain/find.ts';
import { busPolicy } from './operations/bus.ts';
import { DEFAULT_BUS } from './state.ts';

const nameOf = (given: string | undefined) => given?.split('event-bus/').at(-1) ?? DEFAULT_BUS;

const onRule =
  (action: string) =>
  (input: { Name: string; EventBusName?: string | undefined }, ctx: Ctx): Access => ({
    action: `events:${action}`,
    resource: ruleArn(input.Name, nameOf(input.EventBusName), ctx),
  });

const onRuleOf = (action: string) => (input: { Rule: string; EventBusName?: string | undefined }, ctx: Ctx) =>
  onRule(action)({ Name: input.Rule, EventBusName: input.EventBusName }, ctx);

const onBus =
  (action: string) =>
  (input: { Name?: string | undefined }, ctx: Ctx): Access => ({
    action: `events:${action}`,
    resource: busArn(nameOf(input.Name), ctx.account, ctx),
  });

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
    return [...names].map((given): Access => {
      try {
        const { bus, account } = findBus(given, ctx);
        return { action: 'events:PutEvents', resource: bus.arn, account, policy: busPolicy(bus) };
      } catch {
        return { action: 'events:PutEvents', resource: busArn(nameOf(given), ctx.account, ctx) };
      }
    });
  },
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
  DescribeEventBus: onBus('DescribeEventBus'),
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
