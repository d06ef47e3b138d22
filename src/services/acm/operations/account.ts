/** How long before the end of a certificate its owner is told. */
import type { Handler } from '#kernel/contract';
import { TELL_BEFORE_DAYS } from '../limits.ts';
import { settings } from '../state.ts';

export const getAccountConfiguration: Handler<'acm', 'GetAccountConfiguration'> = (_, ctx) => ({
  ExpiryEvents: { DaysBeforeExpiry: ctx.store.get(settings, { id: 'own' })?.days ?? TELL_BEFORE_DAYS },
});

export const putAccountConfiguration: Handler<'acm', 'PutAccountConfiguration'> = ({ ExpiryEvents }, ctx) => {
  const days = ExpiryEvents?.DaysBeforeExpiry ?? TELL_BEFORE_DAYS;
  ctx.store.put(settings, { id: 'own', days });
  return {};
};
