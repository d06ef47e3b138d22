/** The public access block of an account, which counts in all of its buckets. */
import type { Ctx, Handler } from '#kernel/contract';
import type { PublicAccessBlockConfiguration } from '#models/s3-control';
import { accountBlocks, type PublicAccess } from '../../s3/port.ts';
import { accessDenied, noPublicAccessBlock } from '../errors.ts';

/** Everything here is about the caller's own account. @throws {ServiceError} AccessDenied */
export function checkAccount({ AccountId }: { AccountId: string }, ctx: Ctx): void {
  if (AccountId !== ctx.account) throw accessDenied();
}

/** What a configuration blocks; what it leaves out is open. */
export function blockOf(asked: PublicAccessBlockConfiguration = {}): PublicAccess {
  return {
    blockAcls: asked.BlockPublicAcls === true,
    ignoreAcls: asked.IgnorePublicAcls === true,
    blockPolicy: asked.BlockPublicPolicy === true,
    restrict: asked.RestrictPublicBuckets === true,
  };
}

/** A block as answers show it. */
export function shownBlock(block: PublicAccess): PublicAccessBlockConfiguration {
  return {
    BlockPublicAcls: block.blockAcls,
    IgnorePublicAcls: block.ignoreAcls,
    BlockPublicPolicy: block.blockPolicy,
    RestrictPublicBuckets: block.restrict,
  };
}

export const getPublicAccessBlock: Handler<'s3-control', 'GetPublicAccessBlock'> = (input, ctx) => {
  checkAccount(input, ctx);
  const row = ctx.store.get(accountBlocks, { account: ctx.account });
  if (row === undefined) throw noPublicAccessBlock();
  return { PublicAccessBlockConfiguration: shownBlock(row.block) };
};

export const putPublicAccessBlock: Handler<'s3-control', 'PutPublicAccessBlock'> = (input, ctx) => {
  checkAccount(input, ctx);
  ctx.store.put(accountBlocks, { account: ctx.account, block: blockOf(input.PublicAccessBlockConfiguration) });
  return {};
};

export const deletePublicAccessBlock: Handler<'s3-control', 'DeletePublicAccessBlock'> = (input, ctx) => {
  checkAccount(input, ctx);
  ctx.store.delete(accountBlocks, { account: ctx.account });
  return {};
};
