/**
 * The way into an account: the administration role, which trusts CloudFormation, assumes the execution role there.
 * Source: CloudFormation User Guide, "Grant self-managed permissions"; the reasons as users have published them.
 */
import { type Aws, type Ctx, ServiceError } from '#kernel/contract';
import { notMade } from '../errors.ts';
import type { SetOperationRow, UnitRow } from './state.ts';

/**
 * Calls into a unit's account and Region, as the execution role there.
 *
 * Deviation: its session is not renewed, so that a stack of a set which takes longer than an hour fails.
 *
 * @throws {ServiceError} ValidationError that says which role is missing, or trusts the wrong one
 */
export async function reach(
  { adminRoleArn, executionRole, id }: SetOperationRow,
  { account, region }: UnitRow,
  ctx: Ctx,
): Promise<Aws> {
  const admin = adminRoleArn.slice(adminRoleArn.indexOf('/') + 1);
  const [sessionName] = `stacksets-exec-${id}`.match(/^[\w-]{1,64}/) ?? ['stacksets-exec'];
  const acting = await ctx
    .actAs(adminRoleArn, sessionName)
    .catch(
      refused(`Account ${ctx.account} should have '${admin}' role with trust relationship to CloudFormation service.`),
    );
  const { Credentials } = await acting
    .aws()
    .sts.AssumeRole({
      RoleArn: `arn:${ctx.partition}:iam::${account}:role/${executionRole}`,
      RoleSessionName: sessionName,
    })
    .catch(
      refused(`Account ${account} should have '${executionRole}' role with trust relationship to Role '${admin}'.`),
    );
  const executing = ctx.actWith(Credentials?.AccessKeyId ?? '');
  if (executing === undefined) throw notMade(`The session of role ${executionRole} in account ${account} is over.`);
  return executing.aws(region);
}

function refused(reason: string) {
  return (error: unknown): never => {
    throw error instanceof ServiceError ? notMade(reason) : error;
  };
}
