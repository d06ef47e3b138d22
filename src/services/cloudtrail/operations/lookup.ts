/** The history of calls of the last ninety days. */

import { wholeSecond } from '#kernel/base';
import type { Handler, InputOf } from '#kernel/contract';
import { type KeptCall, listCalls } from '#kernel/events';
import { eventName } from '../domain/event-name.ts';
import { userNameOf } from '../domain/identity.ts';
import { markOf, tokenOf } from '../domain/mark.ts';
import { eventId, recordOf, resourcesOf } from '../domain/record.ts';
import { eventSource } from '../domain/source.ts';
import { badAttributes, badTime } from '../errors.ts';
import { HISTORY_KEPT, LOOKED_AT_MAX, LOOKUP_DEFAULT } from '../limits.ts';
import { signingKeys } from '../state.ts';
import { insightsFound } from './insight-data.ts';

type Attribute = NonNullable<InputOf<'cloudtrail', 'LookupEvents'>['LookupAttributes']>[number];

export const lookupEvents: Handler<'cloudtrail', 'LookupEvents'> = (input, ctx) => {
  const [attribute, ...others] = input.LookupAttributes ?? [];
  if (others.length > 0) throw badAttributes();
  const from = Math.max(Number(input.StartTime ?? 0), ctx.now - HISTORY_KEPT);
  const to = Number(input.EndTime ?? ctx.now) + 1;
  if (from >= to) throw badTime();
  const limit = input.MaxResults ?? LOOKUP_DEFAULT;
  if (input.EventCategory === 'insight') {
    const asked = { key: attribute?.AttributeKey, value: attribute?.AttributeValue, from, to, limit };
    return insightsFound({ ...asked, token: input.NextToken }, ({ data }) => data !== true, ctx);
  }
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
      EventName: eventName(row),
      ReadOnly: String(row.readonly),
      ...(row.accessKeyId !== undefined && { AccessKeyId: row.accessKeyId }),
      EventTime: wholeSecond(row.at),
      EventSource: eventSource(row),
      ...(userNameOf(row) !== undefined && { Username: userNameOf(row) }),
      Resources: resourcesOf(row),
      CloudTrailEvent: JSON.stringify(recordOf(row)),
    })),
    ...(isMore &&
      last !== undefined && {
        NextToken: tokenOf(last),
      }),
  };
};

function fits({ AttributeKey: key, AttributeValue: value }: Attribute, row: KeptCall): boolean {
  switch (key) {
    case 'EventId':
      return eventId(row) === value;
    case 'EventName':
      return eventName(row) === value;
    case 'ReadOnly':
      return String(row.readonly) === value;
    case 'Username':
      return userNameOf(row) === value;
    case 'EventSource':
      return eventSource(row) === value;
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

export const listPublicKeys: Handler<'cloudtrail', 'ListPublicKeys'> = (input, ctx) => {
  const { StartTime: from, EndTime: to } = input;
  if (from !== undefined && to !== undefined && from > to) throw badTime();
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
