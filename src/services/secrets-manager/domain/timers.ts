/** Timers of secrets: when one that is deleted is gone for good, when the next rotation is due. They lie where the secret does, whoever has changed it. */
import { parseArn } from '#kernel/base';
import type { Ctx, TaskHandler } from '#kernel/contract';
import { type SecretRow, secrets } from '../state.ts';

/** Sets a secret's timers as it is now. In a transaction. */
export function setTimers(secret: SecretRow, ctx: Ctx): void {
  const { account = ctx.account, region = ctx.region } = parseArn(secret.arn) ?? {};
  if (account === ctx.account && region === ctx.region) arm(secret, ctx);
  else ctx.start('setTimersThere', secret.name, { name: secret.name }, { account, region });
}

/** A task: the same in the secret's own account and Region. */
export const setTimersThere: TaskHandler = async ({ name }, ctx) => {
  ctx.transact((store) => {
    const secret = store.get(secrets, { name: String(name) });
    if (secret !== undefined) arm(secret, ctx);
  });
};

function arm({ name, deletedAt, rotation, nextRotationAt }: SecretRow, ctx: Ctx): void {
  if (deletedAt === undefined) ctx.disarm('erase', name);
  else ctx.arm('erase', name, deletedAt, { name });
  const isDue = deletedAt === undefined && rotation?.enabled === true && nextRotationAt !== undefined;
  if (isDue) ctx.arm('rotate', name, nextRotationAt, { name });
  else ctx.disarm('rotate', name);
}
