/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge". */
import { type Access, type AccessRules, type ConditionKeys, type Ctx, passing, ServiceError } from '#kernel/contract';
import { busArn, type FoundBus, reachBus, ruleArn } from './domain/find.ts';
import { forwardedBy } from './domain/forward.ts';
import { busPolicy } from './operations/bus.ts';
import { DEFAULT_BUS, rules } from './state.ts';

const nameOf = (given: string | undefined) => given?.split('event-bus/').at(-1) ?? DEFAULT_BUS;

/** The bus that a request names, where there is one. */
function busIn(given: string | undefined, ctx: Ctx): FoundBus | undefined {
  try {
    return reachBus(given, ctx);
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
  (
    input: { Name: string; EventBusName?: string | undefined },
    ctx: Ctx,
    more: () => ConditionKeys = () => ({}),
  ): Access => {
    const found = busIn(input.EventBusName, ctx);
    if (found === undefined)
      return {
        action: `events:${action}`,
        resource: ruleArn(input.Name, nameOf(input.EventBusName), ctx),
        context: more,
      };
    const { bus, account, region, store } = found;
    const rule = store.get(rules, { bus: bus.name, name: input.Name });
    return {
      action: `events:${action}`,
      resource: ruleArn(input.Name, bus.name, { partition: ctx.partition, region, account }),
      account,
      policy: busPolicy(bus),
      context: () => ({
        'events:creatorAccount': rule?.createdBy ?? ctx.account,
        ...(rule?.managedBy !== undefined && { 'events:ManagedBy': rule.managedBy }),
        ...more(),
      }),
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

/** On an archive, or on a replay. */
const onStored = (action: string, kind: 'archive' | 'replay', name: string, { partition, region, account }: Ctx) => ({
  action: `events:${action}`,
  resource: `arn:${partition}:events:${region}:${account}:${kind}/${name}`,
});

/** A role is handed over to EventBridge. Source: the policy AmazonEventBridgeFullAccess, IAMPassRoleAccessForEventBridge. */
const passed = (roles: readonly (string | undefined)[]): Access[] =>
  [...new Set(roles)].flatMap((role) => (role === undefined || role === '' ? [] : [passing(role, 'events')]));

/** What conditions see of a rule's pattern. Source: EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge". */
function patternKeys(text: string | undefined): ConditionKeys {
  const pattern = parsed(text);
  const detail = (pattern.detail ?? {}) as Pattern;
  const identity = (detail.userIdentity ?? {}) as Pattern;
  const seen = {
    'events:source': pattern.source,
    'events:detail-type': pattern['detail-type'],
    'events:detail.service': detail.service,
    'events:detail.eventTypeCode': detail.eventTypeCode,
    'events:detail.userIdentity.principalId': identity.principalId,
  };
  return Object.fromEntries(
    Object.entries(seen).flatMap(([key, values]) => {
      if (!Array.isArray(values)) return [];
      const texts = values.filter((value) => typeof value === 'string');
      const [only] = texts;
      // One is a single value, as the guide's examples with StringEquals have it.
      return [[key, only !== undefined && texts.length === 1 ? only : texts]];
    }),
  );
}

type Pattern = { readonly [member: string]: unknown };

/** One that can't be read is refused later. */
function parsed(text: string | undefined): Pattern {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Pattern) : {};
  } catch {
    return {};
  }
}

const SOURCE = 'events:source';
const DETAIL_TYPE = 'events:detail-type';
type Entry = {
  EventBusName?: string | undefined;
  Source?: string | undefined;
  DetailType?: string | undefined;
  TraceHeader?: string | undefined;
};

/** What conditions see of an event: also whether a rule of another bus brings it. */
function entryKeys({ Source = '', DetailType = '', TraceHeader }: Entry): ConditionKeys {
  const isBrought = forwardedBy(TraceHeader) !== undefined;
  return { [SOURCE]: Source, [DETAIL_TYPE]: DetailType, 'events:eventBusInvocation': String(isBrought) };
}

/**
 * What a caller may not put of a bus's events: those of a source, or of a type.
 *
 * @param entry one for whose bus the caller may put some events
 */
export function refusedPart(entry: Entry, ctx: Ctx): 'source' | 'type' | undefined {
  const asked = { ...accessTo('PutEvents', entry.EventBusName, ctx), context: entryKeys(entry) };
  if (isAllowed(asked, ctx)) return undefined;
  return isAllowed({ ...asked, open: [DETAIL_TYPE] }, ctx) ? 'type' : 'source';
}

function isAllowed(asked: Access, ctx: Ctx): boolean {
  try {
    ctx.authorize(asked);
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

export const access: AccessRules<'eventbridge'> = {
  // Each bus decides for itself whether it takes any events; of which sources and types, by entry. One that is not there fails by entry, too.
  PutEvents: ({ Entries }, ctx) =>
    [...new Map(Entries.map((entry) => [entry.EventBusName, entry])).values()].map((entry) => ({
      ...accessTo('PutEvents', entry.EventBusName, ctx),
      context: entryKeys(entry),
      open: [SOURCE, DETAIL_TYPE],
    })),
  CreateArchive: ({ ArchiveName, EventSourceArn }, ctx) => [
    onStored('CreateArchive', 'archive', ArchiveName, ctx),
    { action: 'events:CreateArchive', resource: EventSourceArn },
  ],
  UpdateArchive: ({ ArchiveName }, ctx) => onStored('UpdateArchive', 'archive', ArchiveName, ctx),
  DeleteArchive: ({ ArchiveName }, ctx) => onStored('DeleteArchive', 'archive', ArchiveName, ctx),
  DescribeArchive: ({ ArchiveName }, ctx) => onStored('DescribeArchive', 'archive', ArchiveName, ctx),
  StartReplay: ({ ReplayName, EventSourceArn, Destination }, ctx) => [
    onStored('StartReplay', 'replay', ReplayName, ctx),
    ...[EventSourceArn, Destination.Arn].map((resource) => ({ action: 'events:StartReplay', resource })),
  ],
  CancelReplay: ({ ReplayName }, ctx) => onStored('CancelReplay', 'replay', ReplayName, ctx),
  DescribeReplay: ({ ReplayName }, ctx) => onStored('DescribeReplay', 'replay', ReplayName, ctx),
  ListRules: ({ EventBusName }, ctx) => onBusOf('ListRules', EventBusName, ctx),
  ListRuleNamesByTarget: ({ EventBusName }, ctx) => onBusOf('ListRuleNamesByTarget', EventBusName, ctx),
  // Source: EventBridge API Reference, PutRule: tags take the permission to tag, too.
  PutRule: (input, ctx) => [
    onRule('PutRule')(input, ctx, () => patternKeys(input.EventPattern)),
    ...((input.Tags ?? []).length > 0 ? [onRule('TagResource')(input, ctx)] : []),
    ...passed([input.RoleArn]),
  ],
  DeleteRule: onRule('DeleteRule'),
  DescribeRule: onRule('DescribeRule'),
  EnableRule: onRule('EnableRule'),
  DisableRule: onRule('DisableRule'),
  PutTargets: (input, ctx) => [
    onRule('PutTargets')({ Name: input.Rule, EventBusName: input.EventBusName }, ctx, () => ({
      'events:TargetArn': input.Targets.map(({ Arn }) => Arn),
    })),
    ...passed(input.Targets.map(({ RoleArn }) => RoleArn)),
  ],
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
