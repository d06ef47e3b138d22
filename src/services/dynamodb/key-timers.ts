/** Looks after the KMS keys of tables: whether they can still be used, and that DynamoDB's grant ends with the table. */
import { DAY } from '#kernel/base';
import { ServiceError, type TimerHandler } from '#kernel/contract';
import { KEY_CHECK_INTERVAL } from './domain/encryption.ts';
import { placeOf } from './domain/find.ts';
import { type TableRow, tables } from './state.ts';

type Inaccessible = NonNullable<NonNullable<TableRow['keyCheck']>['inaccessible']>;

/** Source: API Reference, SSEDescription. Deviation: the table is then no longer looked after, but it is not archived. */
const INACCESSIBLE_MAX = 7 * DAY;

/** `PendingDeletion` as KMS says it: pending deletion. */
const inWords = (state: string) => state.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

export const checkKey: TimerHandler = async (payload, ctx) => {
  const place = placeOf(String(payload.arn));
  const where = { name: String(payload.table) };
  const table = ctx.store.in(place).get(tables, where);
  if (
    table === undefined ||
    table.pile !== payload.pile ||
    table.encryptionKey === undefined ||
    table.keyCheck === undefined
  )
    return;
  const KeyId = table.encryptionKey;
  let trouble: { code: string; why: string } | undefined;
  try {
    const { KeyMetadata: key } = await ctx.awsFor(table.arn, undefined, place.region).kms.DescribeKey({ KeyId });
    const state = key?.KeyState ?? '';
    if (state === 'Disabled') trouble = { code: 'DisabledException', why: `${KeyId} is disabled.` };
    else if (state !== 'Enabled') trouble = { code: 'KMSInvalidStateException', why: `${KeyId} is ${inWords(state)}.` };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    trouble = { code: error.code, why: error.message };
  }
  ctx.transact((view) => {
    const store = view.in(place);
    const now = ctx.clock();
    const row = store.get(tables, where);
    if (row === undefined || row.pile !== payload.pile || row.keyCheck === undefined) return;
    const { inaccessible: before, ...check } = row.keyCheck;
    const inaccessible: Inaccessible | undefined = trouble && { ...trouble, since: before?.since ?? now };
    store.put(tables, { ...row, keyCheck: { ...check, at: now, ...(inaccessible !== undefined && { inaccessible }) } });
    // A table that can't be used asks for no further look by being used.
    if (inaccessible !== undefined && now < inaccessible.since + INACCESSIBLE_MAX)
      ctx.arm('checkKey', `${row.pile} ${now}`, now + KEY_CHECK_INTERVAL, payload);
  });
};

/** Ends DynamoDB's grant on the key of a table that is gone, or has another key now. */
export const releaseKey: TimerHandler = async (payload, ctx) => {
  try {
    const arn = String(payload.arn);
    await ctx
      .awsFor(arn, undefined, placeOf(arn).region)
      .kms.RetireGrant({ KeyId: String(payload.key), GrantId: String(payload.grant) });
  } catch (error) {
    // The key, or the grant, has gone before.
    if (!(error instanceof ServiceError)) throw error;
  }
};
