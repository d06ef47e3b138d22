/** Resource policies: of the account, by which services write to its groups. */
import { page } from '#kernel/base';
import { type Handler, policyFault } from '#kernel/contract';
import type { ResourcePolicy } from '#models/cloudwatch-logs';
import { groupIdentified } from '../domain/find.ts';
import { groupOfIdentifier } from '../domain/names.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { refuseArns, withRoots } from '../domain/resource-policies.ts';
import {
  arnOfAccount,
  badPolicy,
  badRevision,
  invalidParameter,
  limitExceeded,
  nameAndArn,
  noPolicyOfResource,
  noSuchGroup,
  notFound,
  policyChanged,
} from '../errors.ts';
import { LIST_RESULTS_MAX, RESOURCE_POLICIES_MAX } from '../limits.ts';
import { type ResourcePolicyRow, resourcePolicies } from '../state.ts';

/** Source: API Reference, PutResourcePolicy. */
const ACCOUNT_POLICY_BYTES_MAX = 5_120;

/** They are counted; those that were kept before that are no numbers. */
const revisionOf = ({ revision }: ResourcePolicyRow) => (/^\d+$/.test(revision) ? revision : '1');

/** That of a group is told but in the answer to who has put it. Source of what is said of revisions: radkawar/stackd, measured in 2026. */
function show(row: ResourcePolicyRow, isDescribed = true): ResourcePolicy {
  return {
    ...(row.resourceArn === undefined
      ? { policyName: row.name }
      : { resourceArn: row.resourceArn, ...(isDescribed && { revisionId: revisionOf(row) }) }),
    policyDocument: row.text,
    lastUpdatedTime: row.updatedAt,
    policyScope: row.resourceArn === undefined ? 'ACCOUNT' : 'RESOURCE',
  };
}

export const putResourcePolicy: Handler<'cloudwatch-logs', 'PutResourcePolicy'> = (input, ctx) => {
  const { policyName, resourceArn, policyDocument: given, expectedRevisionId } = input;
  if (policyName !== undefined && resourceArn !== undefined) throw nameAndArn();
  if (policyName === undefined && resourceArn === undefined)
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
  if (resourceArn !== undefined) checkRevision(expectedRevisionId, before);
  const row: ResourcePolicyRow = {
    name,
    scope: scopeOf(resourceArn),
    text,
    revision: String(Number(before === undefined ? 0 : revisionOf(before)) + 1),
    updatedAt: ctx.now,
    ...(resourceArn !== undefined && { resourceArn }),
  };
  ctx.store.put(resourcePolicies, row);
  return { resourcePolicy: show(row, false), ...(resourceArn !== undefined && { revisionId: row.revision }) };
};

/** @throws {ServiceError} InvalidParameterException, OperationAbortedException */
function checkRevision(given: string | undefined, before: ResourcePolicyRow | undefined): void {
  if (given !== undefined && !/^[1-9]\d*$/.test(given)) throw badRevision();
  if (given !== (before && revisionOf(before))) throw policyChanged();
}

const scopeOf = (resourceArn: string | undefined) => (resourceArn === undefined ? 'ACCOUNT' : 'RESOURCE');

export const deleteResourcePolicy: Handler<'cloudwatch-logs', 'DeleteResourcePolicy'> = (input, ctx) => {
  const { policyName, resourceArn, expectedRevisionId } = input;
  if (policyName !== undefined && resourceArn !== undefined) throw nameAndArn();
  const name = policyName ?? resourceArn;
  if (name === undefined) throw invalidParameter('Either policyName or resourceArn must be specified.');
  const before = ctx.store.get(resourcePolicies, { name });
  if (resourceArn !== undefined) {
    if (expectedRevisionId === undefined) throw badRevision();
    if (before === undefined) throw noPolicyOfResource();
    checkRevision(expectedRevisionId, before);
  }
  if (!ctx.store.delete(resourcePolicies, { name })) throw notFound(`Policy with name [${name}] does not exist.`);
  return {};
};

export const describeResourcePolicies: Handler<'cloudwatch-logs', 'DescribeResourcePolicies'> = (input, ctx) => {
  if (input.resourceArn !== undefined && input.policyScope !== 'RESOURCE') throw arnOfAccount();
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
  return {
    resourcePolicies: rows.map((row) => show(row)),
    ...(last !== undefined && { nextToken: makeToken(last.name) }),
  };
};
