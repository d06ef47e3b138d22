/** Identifiers in the forms that CloudFront's have. */
import type { Ctx } from '#kernel/contract';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** `E1A2B3C4D5E6F7`. */
export function newId(ctx: Ctx, letter: string, length = 13): string {
  return letter + ctx.random.text(length, LETTERS);
}

/** `d111111abcdef8`. */
export function newDomain(ctx: Ctx): string {
  return `d${ctx.random.text(13, LETTERS.toLowerCase())}`;
}

/** The version of a configuration. */
export function newEtag(ctx: Ctx): string {
  return `E${ctx.random.text(13, LETTERS)}`;
}

/** ARN of what belongs to an account. */
export function arnOf(
  { account, partition }: { account: string; partition: string },
  kind: string,
  id: string,
): string {
  return `arn:${partition}:cloudfront::${account}:${kind}/${id}`;
}
