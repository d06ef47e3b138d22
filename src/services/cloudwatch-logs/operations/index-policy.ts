/** Field indexes: of one group, or by a policy of the account. Queries find the same without them, but for what `filterIndex` asks. */
import type { Ctx, Handler } from '#kernel/contract';
import type { IndexPolicy } from '#models/cloudwatch-logs';
import { policyFor, readIndexPolicy } from '../domain/account-policies.ts';
import { groupIdentified } from '../domain/find.ts';
import { invalidOperation } from '../errors.ts';
import { type GroupRow, groups } from '../state.ts';

function show(group: GroupRow, ctx: Ctx): IndexPolicy[] {
  const { index } = group;
  if (index !== undefined)
    return [
      {
        logGroupIdentifier: group.arn,
        lastUpdateTime: index.updatedAt,
        policyDocument: index.text,
        source: 'LOG_GROUP',
      },
    ];
  const policy = policyFor('FIELD_INDEX_POLICY', group, ctx.store);
  if (policy === undefined) return [];
  return [
    {
      logGroupIdentifier: group.arn,
      lastUpdateTime: policy.updatedAt,
      policyDocument: policy.text,
      policyName: policy.name,
      source: 'ACCOUNT',
    },
  ];
}

export const putIndexPolicy: Handler<'cloudwatch-logs', 'PutIndexPolicy'> = (input, ctx) => {
  const group = groupIdentified(input.logGroupIdentifier, ctx);
  if (group.class !== 'STANDARD') throw invalidOperation();
  readIndexPolicy(input.policyDocument);
  const changed = { ...group, index: { text: input.policyDocument, updatedAt: ctx.now } };
  ctx.store.put(groups, changed);
  const [indexPolicy] = show(changed, ctx);
  return indexPolicy === undefined ? {} : { indexPolicy };
};

export const deleteIndexPolicy: Handler<'cloudwatch-logs', 'DeleteIndexPolicy'> = (input, ctx) => {
  const { index: _, ...group } = groupIdentified(input.logGroupIdentifier, ctx);
  ctx.store.put(groups, group);
  return {};
};

export const describeIndexPolicies: Handler<'cloudwatch-logs', 'DescribeIndexPolicies'> = (input, ctx) => ({
  indexPolicies: input.logGroupIdentifiers.flatMap((id) => show(groupIdentified(id, ctx), ctx)),
});

export const describeFieldIndexes: Handler<'cloudwatch-logs', 'DescribeFieldIndexes'> = (input, ctx) => ({
  fieldIndexes: input.logGroupIdentifiers.flatMap((id) => {
    const group = groupIdentified(id, ctx);
    return show(group, ctx).flatMap(({ policyDocument = '' }) =>
      readIndexPolicy(policyDocument).map((fieldIndexName) => ({
        logGroupIdentifier: group.arn,
        fieldIndexName,
        lastScanTime: ctx.now,
        type: 'FIELD_INDEX' as const,
      })),
    );
  }),
});
