/** How long before the end of a certificate its owner is told. */
import type { Ctx, Handler } from '#kernel/contract';
import { TELL_BEFORE_DAYS, TOKEN_LIFE } from '../limits.ts';
import { settings, tokens } from '../state.ts';

export const getAccountConfiguration: Handler<'acm', 'GetAccountConfiguration'> = (_, ctx) => ({
  ExpiryEvents: { DaysBeforeExpiry: ctx.store.get(settings, { id: 'own' })?.days ?? TELL_BEFORE_DAYS },
});

/** A request whose token came within the last hour is that request again. Source: ACM API Reference, PutAccountConfiguration. */
export const putAccountConfiguration: Handler<'acm', 'PutAccountConfiguration'> = (input, ctx) => {
  if (isAgain(input.IdempotencyToken, ctx)) return {};
  const days = input.ExpiryEvents?.DaysBeforeExpiry ?? TELL_BEFORE_DAYS;
  ctx.store.put(settings, { id: 'own', days });
  return {};
};

const SWEPT = 10;

/** In a transaction: whether a token is known, which it is for an hour from now; old ones are forgotten, some at a time. */
function isAgain(token: string, ctx: Ctx): boolean {
  const isOver = ({ at }: { at: number }) => ctx.now - at >= TOKEN_LIFE;
  for (const row of ctx.store.list(tokens, { index: 'byTime', limit: SWEPT }))
    if (isOver(row)) ctx.store.delete(tokens, row);
  const known = ctx.store.get(tokens, { token });
  if (known !== undefined && !isOver(known)) return true;
  ctx.store.put(tokens, { token, at: ctx.now });
  return false;
}
