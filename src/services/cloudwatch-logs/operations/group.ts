/** Log groups: create, list, delete, retention, deletion protection. */
import { page } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { LogGroup } from '#models/cloudwatch-logs';
import { policiesOf } from '../domain/account-policies.ts';
import { groupIdentified, groupNamed } from '../domain/find.ts';
import { groupArn, groupOfIdentifier } from '../domain/names.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { matchesGlob } from '../domain/pattern/glob.ts';
import { newDataKey } from '../domain/sealing.ts';
import { groupExists, groupProtected, invalidParameter, notForDelivery, reservedName } from '../errors.ts';
import { LIST_RESULTS_MAX, RETENTION_DAYS } from '../limits.ts';
import { type GroupRow, groups, resourcePolicies, sizes } from '../state.ts';

export const createLogGroup: Handler<'cloudwatch-logs', 'CreateLogGroup'> = async (input, ctx) => {
  const { logGroupName: name, kmsKeyId } = input;
  if (/^aws\//i.test(name)) throw reservedName();
  if (ctx.store.get(groups, { name }) !== undefined) throw groupExists();
  const group: GroupRow = {
    name,
    pile: ctx.uuid(),
    arn: groupArn(ctx, name),
    class: input.logGroupClass ?? 'STANDARD',
    tags: input.tags ?? {},
    deletionProtected: input.deletionProtectionEnabled ?? false,
    createdAt: ctx.now,
    // Source: API Reference, PutRetentionPolicy: a group of the class DELIVERY keeps its events for two days, always.
    ...(input.logGroupClass === 'DELIVERY' && { retentionDays: 2 }),
    ...(kmsKeyId !== undefined && { kmsKeyId }),
  };
  const dataKey = kmsKeyId === undefined ? undefined : await newDataKey(group, kmsKeyId, ctx);
  ctx.transact((store) => {
    if (store.get(groups, { name }) !== undefined) throw groupExists();
    store.put(groups, { ...group, ...(dataKey !== undefined && { dataKey }) });
  });
  return {};
};

export const deleteLogGroup: Handler<'cloudwatch-logs', 'DeleteLogGroup'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  if (group.deletionProtected) throw groupProtected();
  ctx.store.delete(groups, group);
  ctx.store.delete(resourcePolicies, { name: groupArn(ctx, group.name) });
  ctx.arm('sweep', group.pile, ctx.now, { group: group.pile });
  return {};
};

export const describeLogGroups: Handler<'cloudwatch-logs', 'DescribeLogGroups'> = (input, ctx) => {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: wanted } = input;
  if (prefix !== undefined && pattern !== undefined)
    throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  const names = wanted?.map((one) => groupOfIdentifier(one, ctx).name);
  const isWanted = (group: GroupRow) =>
    (pattern === undefined || group.name.includes(pattern)) &&
    (input.logGroupClass === undefined || group.class === input.logGroupClass) &&
    (names === undefined || names.includes(group.name));
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<GroupRow>(
    (after, limit) => {
      const name = after?.name ?? first;
      return ctx.store.list(groups, {
        startsWith: prefix ?? '',
        ...(name !== undefined && { after: { name } }),
        limit,
      });
    },
    input.limit ?? LIST_RESULTS_MAX,
    isWanted,
  );
  return {
    logGroups: rows.map((group) => {
      const { storedBytes, deletionProtectionEnabled, ...rest } = showGroup(group, ctx);
      // Source: answers recorded from AWS, which tells less of those that it has found by a pattern.
      return pattern === undefined ? { ...rest, storedBytes, deletionProtectionEnabled } : rest;
    }),
    ...(last !== undefined && { nextToken: makeToken(last.name) }),
  };
};

function showGroup(group: GroupRow, ctx: Ctx): LogGroup {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionDays !== undefined && { retentionInDays: group.retentionDays }),
    metricFilterCount: group.metricFilters ?? 0,
    arn: `${group.arn}:*`,
    storedBytes: ctx.store.get(sizes, { group: group.pile })?.bytes ?? 0,
    ...(group.kmsKeyId !== undefined && { kmsKeyId: group.kmsKeyId }),
    ...(group.protection !== undefined
      ? { dataProtectionStatus: 'ACTIVATED' as const }
      : group.wasProtected === true && { dataProtectionStatus: 'DELETED' as const }),
    ...(policiesOf('DATA_PROTECTION_POLICY', ctx.store).length > 0 && {
      inheritedProperties: ['ACCOUNT_DATA_PROTECTION' as const],
    }),
    logGroupClass: group.class,
    logGroupArn: group.arn,
    deletionProtectionEnabled: group.deletionProtected,
  };
}

export const putRetentionPolicy: Handler<'cloudwatch-logs', 'PutRetentionPolicy'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  const days = input.retentionInDays;
  if (!RETENTION_DAYS.includes(days))
    throw invalidParameter(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum set: [${RETENTION_DAYS.join(', ')}]`,
    );
  if (group.class === 'DELIVERY') throw notForDelivery();
  ctx.store.put(groups, { ...group, retentionDays: days });
  ctx.arm('expire', group.pile, ctx.now, { group: group.pile });
  return {};
};

export const deleteRetentionPolicy: Handler<'cloudwatch-logs', 'DeleteRetentionPolicy'> = (input, ctx) => {
  const { retentionDays: _, ...group } = groupNamed(input.logGroupName, ctx);
  if (group.class !== 'DELIVERY') ctx.store.put(groups, group);
  return {};
};

export const putLogGroupDeletionProtection: Handler<'cloudwatch-logs', 'PutLogGroupDeletionProtection'> = (
  input,
  ctx,
) => {
  const group = groupIdentified(input.logGroupIdentifier, ctx);
  ctx.store.put(groups, { ...group, deletionProtected: input.deletionProtectionEnabled });
  return {};
};

export const listLogGroups: Handler<'cloudwatch-logs', 'ListLogGroups'> = (input, ctx) => {
  const parts = input.logGroupNamePattern?.split('|');
  const isWanted = ({ name, class: kind, tags }: GroupRow) =>
    (parts === undefined ||
      parts.some((part) => (part.startsWith('^') ? name.startsWith(part.slice(1)) : name.includes(part)))) &&
    (input.logGroupClass === undefined || kind === input.logGroupClass) &&
    (input.logGroupTags ?? []).every(({ key, values = [] }) => hasTag(tags, key, values));
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<GroupRow>(
    (past, limit) => {
      const name = past?.name ?? first;
      return ctx.store.list(groups, { ...(name !== undefined && { after: { name } }), limit });
    },
    input.limit ?? LIST_RESULTS_MAX,
    isWanted,
  );
  return {
    logGroups: rows.map((group) => ({ logGroupName: group.name, logGroupArn: group.arn, logGroupClass: group.class })),
    ...(last !== undefined && { nextToken: makeToken(last.name) }),
  };
};

/** Whether a group has a tag with one of these values: `*` at an end stands for any text, `!` at the beginning turns it round. */
function hasTag(tags: { [key: string]: string }, key: string, values: readonly string[]): boolean {
  const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
  if (value === undefined) return false;
  return (
    values.length === 0 ||
    values.some((form) => (form.startsWith('!') ? !matchesGlob(form.slice(1), value) : matchesGlob(form, value)))
  );
}
