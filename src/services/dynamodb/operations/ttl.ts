/** Time to live: which attribute says when an item expires. The expiring itself is in timers.ts. */
import type { Ctx, Handler } from '#kernel/contract';
import { discard } from '../domain/discard.ts';
import { type Found, findTable, placeOf } from '../domain/find.ts';
import { invalid, tableNotFound } from '../errors.ts';
import { type TableRow, tables } from '../state.ts';
import { replicasOf } from './replica.ts';

/** Deviation: another change may follow at once; AWS refuses one for half an hour, as modified multiple times within a fixed interval. */
export const updateTimeToLive: Handler<'dynamodb', 'UpdateTimeToLive'> = (input, ctx) => {
  const { Enabled: enabled, AttributeName: attribute } = input.TimeToLiveSpecification;
  const { table, store } = findTable(input.TableName, ctx, tableNotFound);
  if (table.expiry !== undefined && table.expiry.attribute !== attribute)
    throw invalid(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${table.expiry.attribute}`,
    );
  if (enabled === (table.expiry !== undefined))
    throw invalid(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
  // That of a global table is one.
  for (const one of [{ table, store }, ...replicasOf(table, store)])
    setExpiry(one, enabled ? attribute : undefined, ctx);
  return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute } };
};

function setExpiry({ table, store }: Found, attribute: string | undefined, ctx: Ctx): void {
  const { expiry: _, ...rest } = table;
  const pile = ctx.uuid();
  const changed: TableRow = attribute === undefined ? rest : { ...rest, expiry: { attribute, pile } };
  store.put(tables, changed);
  if (attribute !== undefined) {
    ctx.arm('learn', `${pile} 0`, ctx.now, {
      table: table.name,
      ...placeOf(table.arn),
      pile: table.pile,
      expirations: pile,
      round: 0,
    });
  } else if (table.expiry !== undefined) {
    ctx.disarm('expire', table.expiry.pile);
    discard(table.expiry.pile, table, ctx);
  }
}

export const describeTimeToLive: Handler<'dynamodb', 'DescribeTimeToLive'> = (input, ctx) => {
  const { table } = findTable(input.TableName, ctx, tableNotFound);
  return {
    TimeToLiveDescription:
      table.expiry === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: table.expiry.attribute },
  };
};
