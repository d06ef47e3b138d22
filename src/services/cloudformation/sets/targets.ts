/** Which accounts and Regions a request about a stack set's instances means. */
import type { Ctx } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import { accountsAlone, exactlyOne, invalid, noSuchInstance } from '../errors.ts';
import type { Target } from './begin.ts';
import { instances, type SetRow } from './state.ts';

export type Targeted = {
  Accounts?: readonly string[] | undefined;
  Regions?: readonly string[] | undefined;
  DeploymentTargets?:
    | {
        Accounts?: readonly string[] | undefined;
        OrganizationalUnitIds?: readonly string[] | undefined;
        AccountsUrl?: string | undefined;
        AccountFilterType?: string | undefined;
      }
    | undefined;
};

/** Accounts of a set that has its own roles. @throws {ServiceError} ValidationError for other targets */
export function accountsOf(targets: NonNullable<Targeted['DeploymentTargets']>): readonly string[] {
  const { Accounts = [], AccountsUrl, OrganizationalUnitIds, AccountFilterType } = targets;
  if (Accounts.length > 0 && AccountsUrl !== undefined) throw exactlyOne('Accounts', 'AccountsURL');
  if (OrganizationalUnitIds !== undefined || AccountsUrl !== undefined || AccountFilterType !== undefined)
    throw accountsAlone();
  return Accounts;
}

/**
 * Every account in every Region that the request names.
 *
 * @throws {ServiceError} ValidationError for none, for organizational units, and for Regions that don't exist
 */
export function targetsOf({ Accounts, Regions = [], DeploymentTargets: targets }: Targeted): Target[] {
  if (Accounts !== undefined && targets !== undefined)
    throw invalid('You can specify either Accounts or DeploymentTargets, but not both');
  const accounts = accountsOf(targets ?? { Accounts });
  if (accounts.length === 0) throw invalid('Accounts are required');
  if (Regions.length === 0) throw invalid('Regions are required');
  const unknown = Regions.find((region) => !REGIONS.has(region));
  if (unknown !== undefined) throw invalid(`Region ${unknown} is not supported`);
  return [...new Set(accounts)].flatMap((account) => [...new Set(Regions)].map((region) => ({ account, region })));
}

/** The same where each has to be an instance of the set. @throws {ServiceError} StackInstanceNotFoundException */
export function existingTargets(set: SetRow, given: Targeted, ctx: Ctx): Target[] {
  const targets = targetsOf(given);
  for (const { account, region } of targets)
    if (ctx.store.get(instances, { setId: set.id, account, region }) === undefined)
      throw noSuchInstance(set.id, account, region);
  return targets;
}
