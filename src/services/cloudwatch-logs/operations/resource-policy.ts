/** Resource policies: of the account, by which services write to its groups. */
import { page } from '#kernel/base';
import { type Handler, policyFault } from '#kernel/contract';
import type { ResourcePolicy } from '#models/cloudwatch-logs';
import { groupIdentified } from '../domain/find.ts';
import { groupOfIdentifier } from '../domain/names.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { refuseArns, withRoots } from '../domain/resource-policies.ts';
import { badPolicy, invalidParameter, limitExceeded, noSuchGroup, notFound } from '../errors.ts';
import { LIST_RESULTS_MAX, RESOURCE_POLICIES_MAX } from '../limits.ts';
import { type ResourcePolicyRow, resourcePolicies } from '../state.ts';

/** Source: API Reference, PutResourcePolicy. */
const ACCOUNT_POLICY_BYTES_MAX = 5_120;

function show(row: ResourcePolicyRow): ResourcePolicy {
  return {
    ...(row.resourceArn === undefined
      ? { policyName: row.name }
      : { resourceArn: row.resourceArn, revisionId: row.revision }),
    policyDocument: row.text,
    lastUpdatedTime: row.updatedAt,
    policyScope: row.resourceArn === undefined ? 'ACCOUNT' : 'RESOURCE',
  };
}

export const putResourcePolicy: Handler<'cloudwatch-logs', 'PutResourcePolicy'> = (input, ctx) => {
  const { policyName, resourceArn, policyDocument: given, expectedRevisionId } = input;
  if ((policyName === undefined) === (resourceArn === undefined))
    throw invalidParameter('Exactly one of policyName and resourceArn must be specified.');
  if (given === undefined) throw invalidParameter('Policy document must be specified.');
  if (resourceArn === undefined && given.length > ACCOUNT_POLICY_BYTES_MAX)
    throw invalidParameter(`Policy document exceeds the limit of ${ACCOUNT_POLICY_BYTES_MAX} characters.`);
  if (policyFault(given, 'resource') !== undefined) throw badPolicy();
  if (resourceArn === undefined) refuseArns(given);
  else if (groupOfIdentifier(resourceArn, ctx).account !== ctx.account) throw noSuchGroup();
  else groupIdentified(resourceArn, ctx);
  const text = withRoots(given, ctx.partition);
  const name = policyName ?? resourceArn ?? '';
  const before = ctx.store.get(resourcePolicies, { name });
  if (
    before === undefined &&
    ctx.store.count(resourcePolicies, { index: 'byScope', where: { scope: scopeOf(resourceArn) } }) >=
      RESOURCE_POLICIES_MAX &&
    resourceArn === undefined
  )
    throw limitExceeded();
  if (expectedRevisionId !== undefined && before?.revision !== expectedRevisionId)
    throw invalidParameter('The expected revision ID does not match the current revision of the policy.');
  const row: ResourcePolicyRow = {
    name,
    scope: scopeOf(resourceArn),
    text,
    revision: ctx.uuid(),
    updatedAt: ctx.now,
    ...(resourceArn !== undefined && { resourceArn }),
  };
  ctx.store.put(resourcePolicies, row);
  return { resourcePolicy: show(row), ...(resourceArn !== undefined && { revisionId: row.revision }) };
};

const scopeOf = (resourceArn: string | undefined) => (resourceArn === undefined ? 'ACCOUNT' : 'RESOURCE');

export const deleteResourcePolicy: Handler<'cloudwatch-logs', 'DeleteResourcePolicy'> = (input, ctx) => {
  const name = input.policyName ?? input.resourceArn;
  if (name === undefined) throw invalidParameter('Either policyName or resourceArn must be specified.');
  if (!ctx.store.delete(resourcePolicies, { name })) throw notFound(`Policy with name [${name}] does not exist.`);
  return {};
};

export const describeResourcePolicies: Handler<'cloudwatch-logs', 'DescribeResourcePolicies'> = (input, ctx) => {
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<ResourcePolicyRow>(
    (past, limit) => {
      const name = past?.name ?? first;
      const where = { scope: input.policyScope ?? 'ACCOUNT' };
      return ctx.store.list(resourcePolicies, {
        index: 'byScope',
        where,
        ...(name !== undefined && { after: { name } }),
        limit,
      });
    },
    input.limit ?? LIST_RESULTS_MAX,
    (row) => input.resourceArn === undefined || row.resourceArn === input.resourceArn,
  );
  return { resourcePolicies: rows.map(show), ...(last !== undefined && { nextToken: makeToken(last.name) }) };
};
