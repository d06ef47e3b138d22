/** Identifiers in the forms that CloudFront's have. */
import type { Ctx } from '#kernel/contract';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** `E1A2B3C4D5E6F7`. */
export function newId(ctx: Ctx, letter: string, length = 13): string {
  return letter + ctx.random.text(length, LETTERS);
}

const DIGITS_AND_LETTERS = `0123456789${LETTERS.slice(0, 26)}${LETTERS.slice(0, 26).toLowerCase()}`;

/** `dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB`. */
export function newKsuid(ctx: Ctx, prefix: string): string {
  return `${prefix}2${ctx.random.text(26, DIGITS_AND_LETTERS)}`;
}

/** `d111111abcdef8`. */
export function newDomain(ctx: Ctx): string {
  return `d${ctx.random.text(13, LETTERS.toLowerCase())}`;
}

/** The version of a configuration. */
export function newEtag(ctx: Ctx): string {
  return `E${ctx.random.text(13, LETTERS)}`;
}

/** The version of what a key value store holds: `KV3O6B1CX531EBP`. */
export function newVersion(ctx: Ctx): string {
  return `KV${ctx.random.text(13, LETTERS)}`;
}

/** ARN of what belongs to an account. */
export function arnOf(
  { account, partition }: { account: string; partition: string },
  kind: string,
  id: string,
): string {
  return `arn:${partition}:cloudfront::${account}:${kind}/${id}`;
}
