/** Environments that are kept started for versions and aliases. */
import { type Ctx, type FunctionSpec, type Provision, ServiceError, type TaskHandler } from '#kernel/contract';
import { provisioned } from '../state.ts';
import { type Target, targetOf } from './find.ts';
import { credentialsOf, specOf } from './spec.ts';
import { opened } from './variables.ts';

/** Keeps environments of a version or an alias started, as many as are provisioned for it; none for what is gone. */
export const provision: TaskHandler = async (payload, ctx) => {
  const [name, qualifier] = [String(payload.name), String(payload.qualifier)];
  const target = targetOf(name, qualifier, ctx);
  if (target === undefined) return;
  const key = { name, qualifier };
  const count = ctx.store.get(provisioned, key)?.count ?? 0;
  const { started, fault } = await provisionOf(target, count, ctx);
  ctx.transact((store) => {
    const row = store.get(provisioned, key);
    // What has been asked for meanwhile has a task of its own.
    if (row?.count !== count) return;
    ctx.signal(provisionEnded(row));
    const { reason: _, ...rest } = row;
    const reason = fault === undefined ? undefined : PROVISION_FAULTS[fault](started);
    store.put(provisioned, {
      ...rest,
      ended: reason === undefined ? 'READY' : 'FAILED',
      ...(reason !== undefined && { reason }),
    });
  });
};

/** What can't be opened with the key of its variables does not start. */
async function provisionOf(target: Target, count: number, ctx: Ctx): Promise<Provision> {
  const role = await credentialsOf(target.account, target.version, ctx);
  try {
    return await ctx.engines.function.provision(specOf(await opened(target, role, ctx), role, ctx), count);
  } catch (error) {
    if (error instanceof ServiceError) return { started: 0, fault: 'start' };
    throw error;
  }
}

/** Signalled when what was asked for has started, or could not. */
export const provisionEnded = ({ name, qualifier }: { name: string; qualifier: string }) =>
  `lambda.provisioned.${name}:${qualifier}`;

/**
 * Source of the first: AWS's answers of GetProvisionedConcurrencyConfig, as CloudFormation and Terraform show them.
 * Deviation: AWS has room, this machine may have none; the words for that are Cloudyard's own.
 */
const PROVISION_FAULTS = {
  start: () => 'FUNCTION_ERROR_INIT_FAILURE',
  room: (started: number) => `This machine has room for ${started} environments of the function.`,
};

/** Starts environments again that are not there: the cloud was started anew, they ended by themselves, or their credentials are old. */
export function restoreProvisioned(
  { account, function: { name }, qualifier }: Target,
  spec: FunctionSpec,
  ctx: Ctx,
): void {
  const row = ctx.store.in({ account }).get(provisioned, { name, qualifier });
  if (row?.ended !== 'READY' || ctx.engines.function.provisioned(spec) >= row.count) return;
  ctx.transact(() => startProvision(name, qualifier, account, ctx));
}

/** Brings what runs of a version or alias to what is provisioned for it. In a transaction. */
export function startProvision(name: string, qualifier: string, account: string, ctx: Ctx): void {
  ctx.start('provision', `${name}:${qualifier}`, { name, qualifier }, { account, region: ctx.region });
}
