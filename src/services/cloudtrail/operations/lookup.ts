/** The history of calls of the last ninety days. */

import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import { type KeptCall, listCalls } from '#kernel/events';
import { eventId, recordOf, resourcesOf, userNameOf } from '../domain/record.ts';
import { eventSource } from '../domain/source.ts';
import { badAttributes, badTime, badToken } from '../errors.ts';
import { HISTORY_KEPT, LOOKED_AT_MAX, LOOKUP_DEFAULT } from '../limits.ts';
import { insights, signingKeys } from '../state.ts';

type Attribute = NonNullable<InputOf<'cloudtrail', 'LookupEvents'>['LookupAttributes']>[number];

export const lookupEvents: Handler<'cloudtrail', 'LookupEvents'> = (input, ctx) => {
  const [attribute, ...others] = input.LookupAttributes ?? [];
  if (others.length > 0) throw badAttributes();
  const from = Math.max(Number(input.StartTime ?? 0), ctx.now - HISTORY_KEPT);
  const to = Number(input.EndTime ?? ctx.now) + 1;
  if (from >= to) throw badTime();
  const limit = input.MaxResults ?? LOOKUP_DEFAULT;
  if (input.EventCategory === 'insight') return insightsFound(attribute, from, to, limit, input.NextToken, ctx);
  const after = input.NextToken === undefined ? undefined : markOf(input.NextToken);
  const rows = listCalls(ctx.store, 'management', { from, to, limit: LOOKED_AT_MAX, after, reverse: true });
  const found: KeptCall[] = [];
  let last: KeptCall | undefined;
  for (const row of rows) {
    if (found.length === limit) break;
    last = row;
    if (attribute === undefined || fits(attribute, row)) found.push(row);
  }
  const isMore = last !== undefined && (rows.length === LOOKED_AT_MAX || last !== rows.at(-1));
  return {
    Events: found.map((row) => ({
      EventId: eventId(row),
      EventName: row.operation,
      ReadOnly: String(row.readonly),
      ...(row.accessKeyId !== undefined && { AccessKeyId: row.accessKeyId }),
      EventTime: row.at,
      EventSource: eventSource(row.service),
      ...(userNameOf(row) !== undefined && { Username: userNameOf(row) }),
      Resources: resourcesOf(row),
      CloudTrailEvent: JSON.stringify(recordOf(row)),
    })),
    ...(isMore &&
      last !== undefined && {
        NextToken: Buffer.from(JSON.stringify([last.at, last.sequence, last.requestId])).toString('base64'),
      }),
  };
};

/** Insights by their time, newest first. Source: CloudTrail API Reference, LookupEvents: they are found by id, name and source. */
function insightsFound(
  attribute: Attribute | undefined,
  from: number,
  to: number,
  limit: number,
  token: string | undefined,
  { store }: Ctx,
): OutputOf<'cloudtrail', 'LookupEvents'> {
  const after = token === undefined ? undefined : markOf(token);
  const bound = after === undefined ? { at: to } : { at: after.at, id: after.requestId };
  const rows = store.list(insights, { from: { at: from }, before: bound, limit: LOOKED_AT_MAX, reverse: true });
  const found = rows.flatMap(({ id, at, record }) => {
    const { eventName, eventSource: source } = record.insightDetails as { eventName: string; eventSource: string };
    const values: { [key: string]: string } = { EventId: id, EventName: eventName, EventSource: source };
    if (attribute !== undefined && values[attribute.AttributeKey] !== attribute.AttributeValue) return [];
    const CloudTrailEvent = JSON.stringify(record);
    return [{ EventId: id, EventName: eventName, EventSource: source, EventTime: at, Resources: [], CloudTrailEvent }];
  });
  const last = found[limit - 1];
  return {
    Events: found.slice(0, limit),
    ...(last !== undefined &&
      found.length > limit && {
        NextToken: Buffer.from(JSON.stringify([last.EventTime, 0, last.EventId])).toString('base64'),
      }),
  };
}

function fits({ AttributeKey: key, AttributeValue: value }: Attribute, row: KeptCall): boolean {
  switch (key) {
    case 'EventId':
      return eventId(row) === value;
    case 'EventName':
      return row.operation === value;
    case 'ReadOnly':
      return String(row.readonly) === value;
    case 'Username':
      return userNameOf(row) === value;
    case 'EventSource':
      return eventSource(row.service) === value;
    case 'AccessKeyId':
      return row.accessKeyId === value;
    case 'ResourceType':
      return resourcesOf(row).some(({ ResourceType }) => ResourceType === value);
    case 'ResourceName':
      return resourcesOf(row).some(({ ResourceName }) => ResourceName === value);
    default:
      return false;
  }
}

function markOf(token: string): { at: number; sequence: number; requestId: string } {
  try {
    const [at, sequence, requestId] = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as unknown[];
    if (typeof at === 'number' && typeof sequence === 'number' && typeof requestId === 'string')
      return { at, sequence, requestId };
  } catch {
    // Not one of ours.
  }
  throw badToken();
}

export const listPublicKeys: Handler<'cloudtrail', 'ListPublicKeys'> = (_, ctx) => {
  const key = ctx.store.get(signingKeys, { id: 'signing' });
  if (key === undefined) return { PublicKeyList: [] };
  const der = Buffer.from(key.publicKey.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return {
    PublicKeyList: [
      {
        Value: der,
        ValidityStartTime: key.validFrom,
        ValidityEndTime: key.validFrom + 10 * 365 * 86_400_000,
        Fingerprint: key.fingerprint,
      },
    ],
  };
};
