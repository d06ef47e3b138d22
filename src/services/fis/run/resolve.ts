/** Finding an experiment's targets, all of them before anything is done. */
import { parseArn } from '#kernel/base';
import type { Acting, Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { describeTables } from '#services/dynamodb/port';
import { describeRoles } from '#services/iam/port';
import { describeFunctions, hasVersion } from '#services/lambda/port';
import { describeBuckets } from '#services/s3/port';
import { ACTIONS } from '../catalog/actions.ts';
import { passes } from '../domain/filter.ts';
import type { Found } from '../domain/found.ts';
import { readSelection, select } from '../domain/selection.ts';
import type { ExperimentRow, ResolvedRow, TargetSpec } from '../state.ts';
import { Failed, failing } from './failed.ts';

/** The experiment's own role, and one in each account whose resources are its targets. */
export type Roles = { own: Acting; accounts: ReadonlyMap<string, Acting> };

type Finder = (
  store: StoreView,
  account: string,
  ctx: Ctx,
  target: TargetSpec,
  name?: string,
) => Omit<Found, 'account'>[];

/** The same resource under the name of a version or alias, where the target is about that alone. */
const qualified = ({ parameters }: TargetSpec, arn: string) =>
  parameters?.functionQualifier === undefined ? arn : `${arn}:${parameters.functionQualifier}`;

const FINDERS: { readonly [type: string]: { nameOf: RegExp; find: Finder } } = {
  'aws:iam:role': { nameOf: /:role\/(?:.*\/)?([^/]+)$/, find: (store, _, __, ___, name) => describeRoles(store, name) },
  'aws:lambda:function': {
    nameOf: /:function:([^:]+)$/,
    find: (store, account, ctx, target, name) =>
      describeFunctions(store, account, ctx, name)
        .filter(({ described }) => {
          const { functionQualifier: qualifier } = target.parameters ?? {};
          return qualifier === undefined || hasVersion(store, described.FunctionName ?? '', qualifier);
        })
        .map((one) => ({ ...one, arn: qualified(target, one.arn) })),
  },
  'aws:dynamodb:global-table': {
    nameOf: /:table\/([^/]+)$/,
    find: (store, _, ctx, __, name) =>
      describeTables(store, ctx.clock(), name).filter(({ replicas }) => replicas.length > 0),
  },
  'aws:s3:bucket': {
    nameOf: /^$/,
    find: (store, account, ctx) =>
      describeBuckets(store, { account, region: ctx.region }).map(({ name, ...one }) => ({
        ...one,
        arn: `arn:${ctx.partition}:s3:::${name}`,
      })),
  },
};

/** What was found for a target, and of that what is taken. */
export type Resolved = { rows: ResolvedRow[]; counts: { account: string; count: number }[] };

/**
 * @returns no rows where nothing was found that could be left out
 * @throws  {Failed}
 */
export async function resolve(row: ExperimentRow, target: string, roles: Roles, ctx: Ctx): Promise<Resolved> {
  const spec = row.targets[target] as TargetSpec;
  const isNamed = (spec.resourceArns ?? []).length > 0;
  const found = isNamed ? findNamed(row, target, spec, roles, ctx) : await findTagged(target, spec, roles, ctx);
  const selection = readSelection(spec.selectionMode) ?? { kind: 'ALL' };
  const taken = select(found, selection, (limit) => ctx.random.below(limit));
  const location = `targets.${target}`;
  if (taken.length === 0 && (isNamed || row.emptyTargets === 'fail'))
    throw new Failed('InvalidTarget', 'Target resolution returned empty set.', location, ctx.account);
  const rows = taken.map(({ arn, account }) => ({ experiment: row.id, target, arn, type: spec.resourceType, account }));
  const counts = [...roles.accounts.keys()].map((account) => ({
    account,
    count: rows.filter((one) => one.account === account).length,
  }));
  return { rows, counts };
}

/** Source: FIS User Guide, "Quotas and limitations"; the text is ours. @throws {Failed} */
export function checkCounts({ actions }: ExperimentRow, found: ReadonlyMap<string, Resolved>, ctx: Ctx): void {
  const targeted = new Map<string, Set<string>>();
  for (const { actionId, targets = {} } of Object.values(actions))
    for (const target of Object.values(targets)) {
      const most = ACTIONS.get(actionId)?.targetsMax ?? Number.POSITIVE_INFINITY;
      const arns = targeted.get(actionId) ?? new Set();
      targeted.set(actionId, arns);
      for (const { arn } of found.get(target)?.rows ?? []) arns.add(arn);
      if (arns.size <= most) continue;
      const reason = `The action ${actionId} can target at most ${most} resources in an experiment.`;
      throw new Failed('QuotaExceededFailure', reason, `targets.${target}`, ctx.account);
    }
}

function findNamed(row: ExperimentRow, target: string, spec: TargetSpec, roles: Roles, ctx: Ctx): Found[] {
  const { nameOf, find } = FINDERS[spec.resourceType] ?? { nameOf: /^$/, find: () => [] };
  return (spec.resourceArns ?? []).map((arn) => {
    const { account = '', region = '' } = parseArn(arn) ?? {};
    const name = nameOf.exec(arn)?.[1];
    const isNear = roles.accounts.has(account) && (region === '' || region === ctx.region);
    const [found] = isNear && name !== undefined ? find(storeOf(account, ctx), account, ctx, spec, name) : [];
    if (found === undefined || found.arn !== qualified(spec, arn))
      throw new Failed(
        'InvalidTarget',
        `Target ${target} was not found: ${arn}.`,
        `targets.${target}`,
        account || row.id,
      );
    return { ...found, account };
  });
}

/** Source: FIS User Guide: each action's permissions have `tag:GetResources` for targets by their tags. */
async function findTagged(target: string, spec: TargetSpec, roles: Roles, ctx: Ctx): Promise<Found[]> {
  const tags = Object.entries(spec.resourceTags ?? {});
  const found: Found[] = [];
  for (const [account, acting] of roles.accounts) {
    const doing = `Unable to resolve target ${target}`;
    await failing({ doing, location: `targets.${target}`, account }, () =>
      tags.length > 0 ? acting.authorize({ action: 'tag:GetResources', resource: '*' }) : undefined,
    );
    const all = FINDERS[spec.resourceType]?.find(storeOf(account, ctx), account, ctx, spec) ?? [];
    for (const one of all)
      if (tags.every(([key, value]) => one.tags[key] === value) && passes(one.described, spec.filters ?? []))
        found.push({ ...one, account });
  }
  return found;
}

function storeOf(account: string, ctx: Ctx): StoreView {
  return ctx.store.in({ account, region: ctx.region });
}
