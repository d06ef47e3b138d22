/** Subscription filters. */
import { page, parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { checkRegexes } from '../domain/filter-limits.ts';
import { readPattern } from '../domain/filters.ts';
import { groupNamed } from '../domain/find.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { checkTarget, tryTarget } from '../domain/targets.ts';
import { foreignFunction, invalidOperation, limitExceeded, noSuchFilter } from '../errors.ts';
import { LIST_RESULTS_MAX, SUBSCRIPTIONS_MAX } from '../limits.ts';
import { type GroupRow, groups, type SubscriptionRow, subscriptions } from '../state.ts';

export const putSubscriptionFilter: Handler<'cloudwatch-logs', 'PutSubscriptionFilter'> = async (input, ctx) => {
  const { destinationArn, roleArn, filterName: name } = input;
  const { service, account } = parseArn(destinationArn) ?? {};
  if (service === 'lambda' && account !== ctx.account) throw foreignFunction();
  const group = groupNamed(input.logGroupName, ctx);
  if (group.class !== 'STANDARD') throw invalidOperation();
  const pattern = readPattern(input.filterPattern);
  checkRoom(group, name, ctx);
  if (pattern.regexes > 0) checkRegexes(group.pile, name, ctx.store);
  const target = checkTarget(destinationArn, roleArn, ctx);
  if (service !== 'logs') await tryTarget(target, group, [name], ctx);
  ctx.transact((store) => {
    const now = groupNamed(input.logGroupName, ctx, store);
    const before = checkRoom(now, name, ctx);
    store.put(subscriptions, {
      group: now.pile,
      name,
      pattern: input.filterPattern,
      destinationArn,
      ...(roleArn !== undefined && { roleArn }),
      distribution: input.distribution ?? 'ByLogStream',
      ...(input.applyOnTransformedLogs === true && { transformed: true }),
      createdAt: before?.createdAt ?? ctx.now,
    });
    if (before === undefined) store.put(groups, { ...now, subscriptions: (now.subscriptions ?? 0) + 1 });
  });
  return {};
};

/** The filter of this name, if there is one. @throws {ServiceError} LimitExceededException when there is no room for another */
function checkRoom(group: GroupRow, name: string, ctx: Ctx): SubscriptionRow | undefined {
  const before = ctx.store.get(subscriptions, { group: group.pile, name });
  if (before === undefined && (group.subscriptions ?? 0) >= SUBSCRIPTIONS_MAX) throw limitExceeded();
  return before;
}

export const deleteSubscriptionFilter: Handler<'cloudwatch-logs', 'DeleteSubscriptionFilter'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  if (!ctx.store.delete(subscriptions, { group: group.pile, name: input.filterName }))
    throw noSuchFilter('subscription');
  ctx.store.put(groups, { ...group, subscriptions: (group.subscriptions ?? 1) - 1 });
  return {};
};

export const describeSubscriptionFilters: Handler<'cloudwatch-logs', 'DescribeSubscriptionFilters'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<SubscriptionRow>((past, limit) => {
    const name = past?.name ?? first;
    return ctx.store.list(subscriptions, {
      where: { group: group.pile },
      startsWith: input.filterNamePrefix ?? '',
      ...(name !== undefined && { after: { name } }),
      limit,
    });
  }, input.limit ?? LIST_RESULTS_MAX);
  return {
    subscriptionFilters: rows.map((row) => ({
      filterName: row.name,
      logGroupName: group.name,
      filterPattern: row.pattern,
      destinationArn: row.destinationArn,
      ...(row.roleArn !== undefined && { roleArn: row.roleArn }),
      distribution: row.distribution,
      applyOnTransformedLogs: row.transformed === true,
      creationTime: row.createdAt,
    })),
    ...(last !== undefined && { nextToken: makeToken(last.name) }),
  };
};
