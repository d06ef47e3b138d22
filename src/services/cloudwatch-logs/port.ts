/** Logs that services vend: whether somebody wants to have those of a resource, and how they are handed over. Lines that services write. What managed queries answer. What is sensitive in a text. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { deliveries, deliverySources, type VendedValues } from './state.ts';

export { allowDelivery, deliveryStatement, withStatement } from './domain/delivery-policy.ts';
export { type CustomIdentifier, type Form, formOf, matchesOf, replaced, shortName } from './domain/identifiers.ts';
export { groupOfArn } from './domain/names.ts';
export { RegexError } from './domain/regex/syntax.ts';
export { bytesOf, openStream, putLines } from './domain/write.ts';

/** The event by which records are handed over. */
export const VENDED = 'cloudwatch-logs.vended';

/** The event by which the service that manages a scheduled query hears of a run. */
export const ANSWERED = 'cloudwatch-logs.answered';

/** `resource`: what the query is managed for; without `queryId` the run has failed. */
export type Answer = { resource: string; scheduledQuery: string; at: number; queryId?: string };

export type VendedRecord = {
  resourceArn: string;
  logType: string;
  /** Names the record among those of its instant. */
  id: string;
  at: number;
  values: VendedValues;
  /** Fields that it has not are left out, where others say `-`. */
  isSparse?: true;
};

/** Whether logs of a resource are delivered. @param store of the Region where they are configured */
export function isVended(store: StoreView, resourceArn: string, logType: string): boolean {
  return store
    .list(deliverySources, { index: 'byResource', where: { resourceArn, logType } })
    .some(({ name }) => store.first(deliveries, { index: 'bySource', where: { source: name } }) !== undefined);
}

/** Hands a record over. In a transaction. @param place where its deliveries are configured */
export function vend(record: VendedRecord, place: { account: string; region: string }, ctx: Ctx): void {
  ctx.emit(VENDED, record, place);
}
