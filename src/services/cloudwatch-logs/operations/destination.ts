/** Destinations: what subscription filters of other accounts deliver to. */
import { page, parseArn } from '#kernel/base';
import { type Ctx, type Handler, policyFault } from '#kernel/contract';
import type { Destination } from '#models/cloudwatch-logs';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { refuseArns } from '../domain/resource-policies.ts';
import { tryTarget } from '../domain/targets.ts';
import {
  badPolicy,
  everybodyAsPrincipal,
  foreignCondition,
  invalidParameter,
  needsForce,
  noDestinationToShare,
  noSuchDestination,
} from '../errors.ts';
import { LIST_RESULTS_MAX } from '../limits.ts';
import { type DestinationRow, destinations } from '../state.ts';

/** @throws {ServiceError} ResourceNotFoundException */
function find(name: string, ctx: Ctx): DestinationRow {
  const row = ctx.store.get(destinations, { name });
  if (row === undefined) throw noSuchDestination();
  return row;
}

function show(row: DestinationRow): Destination {
  return {
    destinationName: row.name,
    targetArn: row.targetArn,
    roleArn: row.roleArn,
    ...(row.policy !== undefined && { accessPolicy: row.policy }),
    arn: row.arn,
    creationTime: row.createdAt,
  };
}

/** Source: awslabs/landing-zone-accelerator-on-aws, issue 792. */
const UNREACHABLE = 'Could not deliver test message to specified destination. Check if the destination is valid.';

export const putDestination: Handler<'cloudwatch-logs', 'PutDestination'> = async (input, ctx) => {
  const { destinationName: name, targetArn, roleArn } = input;
  if (!['kinesis', 'firehose'].includes(parseArn(targetArn)?.service ?? '')) throw invalidParameter(UNREACHABLE);
  await tryTarget({ arn: targetArn, roleArn }, undefined, [], ctx, UNREACHABLE);
  return ctx.transact((store) => {
    const before = store.get(destinations, { name });
    const row: DestinationRow = {
      ...before,
      name,
      arn: `arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:destination:${name}`,
      targetArn,
      roleArn,
      tags: { ...before?.tags, ...input.tags },
      createdAt: before?.createdAt ?? ctx.now,
    };
    store.put(destinations, row);
    return { destination: show(row) };
  });
};

/** Whether who may subscribe is told by organization. Source: CloudWatch Logs User Guide, "Updating an existing cross-account subscription". */
const namesOrganization = (policy: string) => /"aws:PrincipalOrg(ID|Paths)"/i.test(policy);

type Statement = { Principal?: '*' | { AWS?: string | string[] }; Condition?: { [operator: string]: object } };

/**
 * Who subscribes is told by accounts, or everybody by organization.
 *
 * @throws {ServiceError} InvalidParameterException
 */
function checkSharing(text: string): void {
  const statements = [(JSON.parse(text) as { Statement: Statement | Statement[] }).Statement].flat();
  const keys = statements.flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys));
  if (keys.some((key) => key !== 'aws:PrincipalOrgID' && key !== 'aws:PrincipalOrgPaths')) throw foreignCondition();
  refuseArns(text);
  const isEverybody = ({ Principal }: Statement) =>
    Principal === '*' || [Principal?.AWS ?? []].flat().some((one) => one === '*');
  if (keys.length === 0 && statements.some(isEverybody)) throw everybodyAsPrincipal();
}

export const putDestinationPolicy: Handler<'cloudwatch-logs', 'PutDestinationPolicy'> = (input, ctx) => {
  const row = ctx.store.get(destinations, { name: input.destinationName });
  if (row === undefined) throw noDestinationToShare(input.destinationName);
  if (policyFault(input.accessPolicy, 'resource') !== undefined) throw badPolicy();
  checkSharing(input.accessPolicy);
  const isForced = input.forceUpdate === true || row.policy === undefined || namesOrganization(row.policy);
  if (!isForced && namesOrganization(input.accessPolicy)) throw needsForce();
  ctx.store.put(destinations, { ...row, policy: input.accessPolicy });
  return {};
};

export const deleteDestination: Handler<'cloudwatch-logs', 'DeleteDestination'> = (input, ctx) => {
  ctx.store.delete(destinations, find(input.destinationName, ctx));
  return {};
};

export const describeDestinations: Handler<'cloudwatch-logs', 'DescribeDestinations'> = (input, ctx) => {
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<DestinationRow>((past, limit) => {
    const name = past?.name ?? first;
    return ctx.store.list(destinations, {
      startsWith: input.DestinationNamePrefix ?? '',
      ...(name !== undefined && { after: { name } }),
      limit,
    });
  }, input.limit ?? LIST_RESULTS_MAX);
  return { destinations: rows.map(show), ...(last !== undefined && { nextToken: makeToken(last.name) }) };
};
