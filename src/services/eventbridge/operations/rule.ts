/** Rules and their targets. */
import { readSchedule, ScheduleError } from '#kernel/base';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { anchor, release } from '../domain/anchors.ts';
import { findBus, findRule, ruleArn } from '../domain/find.ts';
import { isBuilt } from '../domain/send.ts';
import { checkTargets } from '../domain/target.ts';
import { hasWildcard } from '../domain/wildcards.ts';
import { badSchedule, isManaged, ruleHasTargets, scheduledForManagement, tooMany, validation } from '../errors.ts';
import { LIST_DEFAULT, PATTERN_BYTES_MAX, rulesMax, TARGETS_MAX, WILDCARD_RULES_MAX } from '../limits.ts';
import { DEFAULT_BUS, type RuleRow, rules, targets } from '../state.ts';
import { checkedPattern } from './event.ts';

const ALL_MANAGEMENT = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

type Shown = NonNullable<OutputOf<'eventbridge', 'ListRules'>['Rules']>[number];

export const putRule: Handler<'eventbridge', 'PutRule'> = (input, ctx) => {
  const { bus, store, account, region } = findBus(input.EventBusName, ctx);
  const { Name: name, EventPattern: pattern, ScheduleExpression: given } = input;
  // An empty one beside a pattern is none, but on the default bus only. Source: aws-controllers-k8s/community, issue 1984.
  const schedule = pattern !== undefined && given === '' ? undefined : given;
  if (pattern === undefined && schedule === undefined)
    throw validation('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  const arn = ruleArn(name, bus.name, { partition: ctx.partition, region, account });
  if (given !== undefined && !isOfDefaultBus({ name, arn }, ctx))
    throw validation('ScheduleExpression is supported only on the default event bus.');
  if (pattern !== undefined && Buffer.byteLength(pattern) > PATTERN_BYTES_MAX)
    throw validation(`Parameter EventPattern for rule ${name} exceeds limit of ${PATTERN_BYTES_MAX}.`);
  if (pattern !== undefined) checkedPattern(pattern);
  if (schedule !== undefined) checkSchedule(schedule, ctx);
  if (schedule !== undefined && input.State === ALL_MANAGEMENT) throw scheduledForManagement();
  const before = store.get(rules, { bus: bus.name, name });
  if (before !== undefined) checkManaged(before);
  refuseTooMany({ bus: bus.name, name, pattern }, before, ctx.quota(rulesMax(region)), store);
  const row: RuleRow = {
    bus: bus.name,
    name,
    arn,
    ...(pattern !== undefined && { pattern }),
    ...(schedule !== undefined && { schedule }),
    state: input.State ?? 'ENABLED',
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.RoleArn !== undefined && { roleArn: input.RoleArn }),
    tags: before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    createdBy: before?.createdBy ?? ctx.account,
  };
  store.put(rules, row);
  anchor(row, store);
  setSchedule(row, ctx);
  return { RuleArn: row.arn };
};

type Wanted = Pick<RuleRow, 'bus' | 'name'> & { pattern: string | undefined };

/** @throws {ServiceError} LimitExceededException */
function refuseTooMany(wanted: Wanted, before: RuleRow | undefined, max: number, store: StoreView): void {
  const where = { bus: wanted.bus };
  if (before === undefined && store.count(rules, { where }) >= max) throw tooMany();
  if (!hasWildcard(wanted.pattern) || hasWildcard(before?.pattern)) return;
  const others = store.list(rules, { where }).filter(({ pattern }) => hasWildcard(pattern));
  if (others.length >= WILDCARD_RULES_MAX) throw tooMany();
}

/** @throws {ServiceError} ManagedRuleException */
function checkManaged({ name, managedBy }: RuleRow, force = false): void {
  if (managedBy !== undefined && !force) throw isManaged(name);
}

function checkSchedule(text: string, ctx: Ctx): void {
  try {
    readSchedule(text, ctx.now);
  } catch (error) {
    if (error instanceof ScheduleError) throw badSchedule();
    throw error;
  }
}

/** Whether a rule is one of the caller's own default bus: only such have schedules, and a rule of another bus may have the same name. */
function isOfDefaultBus({ name, arn }: Pick<RuleRow, 'name' | 'arn'>, ctx: Ctx): boolean {
  return arn === ruleArn(name, DEFAULT_BUS, ctx);
}

/** Sets the timer of a rule that has a schedule and is enabled, or takes it away. In a transaction. */
function setSchedule(rule: RuleRow, ctx: Ctx): void {
  if (!isOfDefaultBus(rule, ctx)) return;
  const { name, schedule, state } = rule;
  if (schedule === undefined || state === 'DISABLED') {
    ctx.disarm('tick', name);
    return;
  }
  const at = readSchedule(schedule, ctx.now)(ctx.now);
  if (at !== undefined) ctx.arm('tick', name, at, { name, start: ctx.now });
}

export const deleteRule: Handler<'eventbridge', 'DeleteRule'> = (input, ctx) => {
  const { bus, store } = findBus(input.EventBusName, ctx);
  const rule = store.get(rules, { bus: bus.name, name: input.Name });
  if (rule === undefined) return {};
  checkManaged(rule, input.Force);
  if (store.first(targets, { where: { bus: bus.name, rule: rule.name } }) !== undefined) throw ruleHasTargets();
  store.delete(rules, rule);
  release(rule, store);
  if (isOfDefaultBus(rule, ctx)) ctx.disarm('tick', rule.name);
  return {};
};

export const describeRule: Handler<'eventbridge', 'DescribeRule'> = (input, ctx) => {
  const { rule } = findRule(input.Name, input.EventBusName, ctx);
  return { ...shown(rule), CreatedBy: rule.createdBy };
};

function shown(rule: RuleRow): Shown {
  return {
    Name: rule.name,
    Arn: rule.arn,
    ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
    State: rule.state,
    ...(rule.description !== undefined && { Description: rule.description }),
    ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
    ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
    ...(rule.managedBy !== undefined && { ManagedBy: rule.managedBy }),
    EventBusName: rule.bus,
  };
}

export const listRules: Handler<'eventbridge', 'ListRules'> = (input, ctx) => {
  const { bus, store } = findBus(input.EventBusName, ctx);
  const limit = input.Limit ?? LIST_DEFAULT;
  const rows = store.list(rules, {
    where: { bus: bus.name },
    after: input.NextToken === undefined ? undefined : { name: input.NextToken },
    ...(input.NamePrefix !== undefined && { startsWith: input.NamePrefix }),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  return { Rules: page.map(shown), ...(rows.length > limit && { NextToken: page.at(-1)?.name }) };
};

const switched =
  (state: RuleRow['state']) => (input: { Name: string; EventBusName?: string | undefined }, ctx: Ctx) => {
    const { rule, store } = findRule(input.Name, input.EventBusName, ctx);
    checkManaged(rule);
    const row = { ...rule, state };
    store.put(rules, row);
    anchor(row, store);
    setSchedule(row, ctx);
    return {};
  };

export const enableRule: Handler<'eventbridge', 'EnableRule'> = switched('ENABLED');
export const disableRule: Handler<'eventbridge', 'DisableRule'> = switched('DISABLED');

export const putTargets: Handler<'eventbridge', 'PutTargets'> = (input, ctx) => {
  const { rule, store } = findRule(input.Rule, input.EventBusName, ctx);
  checkManaged(rule);
  checkTargets(input.Targets, rule, ctx.account);
  const where = { bus: rule.bus, rule: rule.name };
  const ids = new Set([...store.list(targets, { where }).map(({ id }) => id), ...input.Targets.map(({ Id }) => Id)]);
  if (ids.size > TARGETS_MAX) throw tooMany();
  const failed = input.Targets.flatMap((target) => {
    const { Id: id, Arn: arn } = target;
    if (!isBuilt(arn))
      return [{ TargetId: id, ErrorCode: 'NotImplemented', ErrorMessage: `Cloudyard brings events to no ${arn} yet.` }];
    store.put(targets, { ...where, id, arn, target });
    return [];
  });
  return { FailedEntryCount: failed.length, FailedEntries: failed };
};

export const removeTargets: Handler<'eventbridge', 'RemoveTargets'> = (input, ctx) => {
  const { rule, store } = findRule(input.Rule, input.EventBusName, ctx);
  checkManaged(rule, input.Force);
  const failed = input.Ids.filter((id) => !store.delete(targets, { bus: rule.bus, rule: rule.name, id })).map((id) => ({
    TargetId: id,
    ErrorCode: 'ResourceNotFoundException',
    ErrorMessage: `Rule ${rule.name} does not have target ${id}.`,
  }));
  return { FailedEntryCount: failed.length, FailedEntries: failed };
};

export const listTargetsByRule: Handler<'eventbridge', 'ListTargetsByRule'> = (input, ctx) => {
  const { rule, store } = findRule(input.Rule, input.EventBusName, ctx);
  const limit = input.Limit ?? LIST_DEFAULT;
  const rows = store.list(targets, {
    where: { bus: rule.bus, rule: rule.name },
    after: input.NextToken === undefined ? undefined : { id: input.NextToken },
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  return { Targets: page.map(({ target }) => target), ...(rows.length > limit && { NextToken: page.at(-1)?.id }) };
};

export const listRuleNamesByTarget: Handler<'eventbridge', 'ListRuleNamesByTarget'> = (input, ctx) => {
  const { bus, store } = findBus(input.EventBusName, ctx);
  const limit = input.Limit ?? LIST_DEFAULT;
  const rows = store.list(targets, {
    index: 'byArn',
    where: { arn: input.TargetArn, bus: bus.name },
    ...(input.NextToken !== undefined && { from: { rule: input.NextToken } }),
    // A rule may have it several times.
    limit: (limit + 2) * TARGETS_MAX,
  });
  const names = [...new Set(rows.map(({ rule }) => rule))].filter((rule) => rule !== input.NextToken);
  const page = names.slice(0, limit);
  return { RuleNames: page, ...(names.length > limit && { NextToken: page.at(-1) }) };
};
