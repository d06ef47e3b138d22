/** Bringing events to what a subscription filter names: a function, a stream, or another account's destination. */
import { gzipSync } from 'node:zlib';
import { parseArn } from '#kernel/base';
import { type Acting, type Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type BatchRow, destinations, type GroupRow, type SubscriptionRow } from '../state.ts';
import { eventId } from './event-id.ts';
import { maskOf } from './masking.ts';
import { parsePattern } from './pattern/pattern.ts';
import type { StoredEvent } from './reader.ts';
import { transformOf } from './transform/transform.ts';

/** The event that a batch was written to a group with subscription filters. */
export const WRITTEN = 'cloudwatch-logs.written';

/** What names a batch. */
export type BatchKey = Pick<BatchRow, 'group' | 'level' | 'firstAt' | 'stream' | 'sequence'>;

/** The key of a batch, for an event. */
export const keyOf = ({ group, level, firstAt, stream, sequence }: BatchKey): BatchKey => ({
  group,
  level,
  firstAt,
  stream,
  sequence,
});

/** Where events go in the end. */
export type Target = { arn: string; roleArn: string | undefined };

/** Messages of one delivery, in bytes, before they are compressed. Source: Lambda quotas: 1 MB of an asynchronous payload, in base64. */
const DELIVERY_BYTES_MAX = 512 * 1_024;

/**
 * What a destination of this account or another one stands for; other ARNs stand for themselves. Undefined for one that is gone.
 *
 * Deviation: a destination's policy is asked when a filter is put; a sender that is taken out of it later still delivers.
 */
export function targetOf(arn: string, roleArn: string | undefined, store: StoreView): Target | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'logs') return { arn, roleArn };
  const { account, region, resource } = parsed;
  const row = store.in({ account, region }).get(destinations, { name: resource.slice('destination:'.length) });
  return row === undefined ? undefined : { arn: row.targetArn, roleArn: row.roleArn };
}

/** What of a batch's events a filter lets pass, as it is sent. */
export function matchingOf(
  events: readonly StoredEvent[],
  filter: SubscriptionRow,
  group: GroupRow,
  store: StoreView,
): StoredEvent[] {
  const pattern = parsePattern(filter.pattern);
  const mask = maskOf(group, store);
  const transform = transformOf(group, store);
  return events
    .map((event) => ({ ...event, message: mask(event) }))
    .map((event) => ({ ...event, message: (filter.transformed && transform(event)) ?? event.message }))
    .filter(({ message }) => pattern.matches(message));
}

/** Sends what a filter has let pass. @returns the bytes sent, compressed @throws {ServiceError} what the receiver refuses with */
export async function deliver(
  matching: readonly StoredEvent[],
  filter: SubscriptionRow,
  group: GroupRow,
  target: Target,
  ctx: Ctx,
): Promise<number> {
  let bytes = 0;
  for (const part of parts(matching)) {
    const data = {
      messageType: 'DATA_MESSAGE',
      owner: ctx.account,
      logGroup: group.name,
      logStream: part[0]?.streamName ?? '',
      subscriptionFilters: [filter.name],
      logEvents: part.map((event) => ({ id: eventId(event), timestamp: event.timestamp, message: event.message })),
    };
    const stream = filter.distribution === 'ByLogStream' ? (part[0]?.stream ?? '') : ctx.uuid();
    bytes += await send(data, target, sourceOf(group), stream, ctx);
  }
  return bytes;
}

/**
 * Sees that a target takes deliveries, as AWS does before it keeps one. What is kept for many groups comes from all of the account's.
 * Source: User Guide, "Account-level subscription filters", whose functions permit just that.
 *
 * @param of    the group whose filter it is
 * @param names of the filter
 * @throws {ServiceError} what the receiver refuses with
 */
export async function sendTest(target: Target, of: GroupRow | undefined, names: string[], ctx: Ctx): Promise<void> {
  const source = of === undefined ? `arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:log-group:*` : sourceOf(of);
  if (parseArn(target.arn)?.service === 'lambda') {
    await invoke(target.arn, source, { InvocationType: 'DryRun' }, ctx);
    return;
  }
  const message = 'CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.';
  const data = {
    messageType: 'CONTROL_MESSAGE',
    owner: 'CloudwatchLogs',
    logGroup: '',
    logStream: '',
    subscriptionFilters: names,
    logEvents: [{ id: '', timestamp: ctx.now, message }],
  };
  await send(data, target, source, ctx.uuid(), ctx);
}

function* parts(events: readonly StoredEvent[]): Generator<StoredEvent[]> {
  let part: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (part.length > 0 && bytes + event.message.length > DELIVERY_BYTES_MAX) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(event);
    bytes += event.message.length;
  }
  if (part.length > 0) yield part;
}

/** What deliveries of a group come from. */
const sourceOf = ({ arn }: GroupRow) => `${arn}:*`;

/** The bytes that were sent. */
async function send(data: object, { arn, roleArn }: Target, source: string, key: string, ctx: Ctx): Promise<number> {
  const packed = gzipSync(JSON.stringify(data));
  const { service, region, resource } = parseArn(arn) ?? { service: '', region: '', resource: '' };
  if (service === 'lambda') {
    const payload = JSON.stringify({ awslogs: { data: packed.toString('base64') } });
    await invoke(arn, source, { InvocationType: 'Event', Payload: Buffer.from(payload) }, ctx);
    return packed.length;
  }
  const role = await roleOf(roleArn ?? '', source, ctx);
  const name = resource.slice(resource.indexOf('/') + 1);
  if (service === 'kinesis')
    await role.aws(region).kinesis.PutRecord({ StreamName: name, Data: packed, PartitionKey: key });
  else await role.aws(region).firehose.PutRecord({ DeliveryStreamName: name, Record: { Data: packed } });
  return packed.length;
}

/**
 * Roles trust the service by its one name or by that of its Region.
 *
 * @see CloudWatch Logs User Guide, "Log group-level subscription filters": trust for `logs.region.amazonaws.com`, and for what comes from log groups only
 */
async function roleOf(roleArn: string, source: string, ctx: Ctx): Promise<Acting> {
  try {
    return await ctx.actAs(roleArn, 'CloudWatchLogsSubscription', { source });
  } catch (error) {
    if (!(error instanceof ServiceError) || !error.code.startsWith('AccessDenied')) throw error;
    return ctx.actAs(roleArn, 'CloudWatchLogsSubscription', { source, part: `logs.${ctx.region}` });
  }
}

/** Functions let in the service by its one name or by that of its Region. */
async function invoke(
  FunctionName: string,
  source: string,
  rest: { InvocationType: 'Event' | 'DryRun'; Payload?: Uint8Array },
  ctx: Ctx,
): Promise<void> {
  try {
    await ctx.awsFor(source).lambda.Invoke({ FunctionName, ...rest });
  } catch (error) {
    if (!(error instanceof ServiceError) || !error.code.startsWith('AccessDenied')) throw error;
    await ctx.awsFor(source, `logs.${ctx.region}`).lambda.Invoke({ FunctionName, ...rest });
  }
}
