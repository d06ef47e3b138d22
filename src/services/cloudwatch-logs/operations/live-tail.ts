/** StartLiveTail: events of groups as they come, as an event stream. */
import { HOUR, type Millis, SECOND } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { LiveTailSessionLogEvent, StartLiveTailResponse } from '#models/cloudwatch-logs';
import { readPattern } from '../domain/filters.ts';
import { findGroup, findStream } from '../domain/find.ts';
import { maskOf } from '../domain/masking.ts';
import { groupOfArn } from '../domain/names.ts';
import type { Pattern } from '../domain/pattern/condition.ts';
import { eventsOf } from '../domain/reader.ts';
import { invalidOperation, invalidParameter } from '../errors.ts';
import { batches, type GroupRow, groups, streams } from '../state.ts';

/** Source: API Reference, StartLiveTail: an update each second with up to 500 events, for three hours. */
const EVENTS_AN_UPDATE = 500;
const SESSION_MAX: Millis = 3 * HOUR;
/** Batches that one update looks at, of each group. Our own bound; AWS samples, too. */
const BATCHES_AN_UPDATE = 200;

type Tail = {
  groups: readonly GroupRow[];
  wants: (stream: string) => boolean;
  pattern: Pattern;
  /** Of each group, the last batch that was looked at. */
  seen: Map<string, { ingestedAt: Millis; stream: string; sequence: number }>;
};

type Events = NonNullable<StartLiveTailResponse['responseStream']>;

export const startLiveTail: Handler<'cloudwatch-logs', 'StartLiveTail'> = async (input, ctx) => {
  const { logStreamNames: names, logStreamNamePrefixes: prefixes, logGroupIdentifiers: ids } = input;
  if (names !== undefined && prefixes !== undefined)
    throw invalidParameter('You cannot specify both logStreamNames and logStreamNamePrefixes.');
  if ((names ?? prefixes) !== undefined && ids.length > 1)
    throw invalidParameter('Log stream filters can only be used with exactly one log group.');
  const found = ids.map((id) => {
    const named = groupOfArn(id);
    if (named === undefined) throw invalidParameter(`The log group identifier ${id} is not an ARN.`);
    const { group } = findGroup(named, ctx);
    // Source: CloudWatch Logs User Guide, "Log classes".
    if (group.class !== 'STANDARD') throw invalidOperation();
    return group;
  });
  const [first] = found;
  for (const name of names ?? []) if (first !== undefined) findStream(first, name, ctx.store);
  const tail: Tail = {
    groups: found,
    wants: (stream) =>
      (names === undefined || names.includes(stream)) &&
      (prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix))),
    pattern: readPattern(input.logEventFilterPattern ?? ''),
    seen: new Map(found.map(({ pile }) => [pile, lastOf(pile, ctx)])),
  };
  const sessionStart = {
    requestId: ctx.requestId,
    sessionId: ctx.uuid(),
    logGroupIdentifiers: [...ids],
    logStreamNames: names ?? [],
    logStreamNamePrefixes: prefixes ?? [],
    logEventFilterPattern: input.logEventFilterPattern ?? '',
  };
  return { responseStream: follow(tail, sessionStart, ctx) };
};

/** Where a group ends now. */
function lastOf(group: string, ctx: Ctx) {
  const last = ctx.store.first(batches, { index: 'byArrival', where: { group }, reverse: true });
  return { ingestedAt: last?.ingestedAt ?? 0, stream: last?.stream ?? '', sequence: last?.sequence ?? 0 };
}

type Update = Events extends AsyncIterable<infer Event> ? Event : never;

async function* follow(
  tail: Tail,
  sessionStart: NonNullable<Update['sessionStart']>,
  ctx: Ctx,
): AsyncGenerator<Update> {
  yield { sessionStart };
  const end = ctx.clock() + SESSION_MAX;
  for (let at = ctx.clock() + SECOND; at <= end; at = Math.max(at + SECOND, ctx.clock())) {
    await ctx.until('cloudwatch-logs live tail', at);
    // Nobody waits any more.
    if (ctx.clock() < at) return;
    const sessionResults = await arrived(tail, ctx);
    const sampled = sessionResults.length > EVENTS_AN_UPDATE;
    yield {
      sessionUpdate: { sessionMetadata: { sampled }, sessionResults: sessionResults.slice(0, EVENTS_AN_UPDATE) },
    };
  }
  yield { SessionTimeoutException: { message: 'Session timed out.' } };
}

/** What has come since it was last asked. */
async function arrived(tail: Tail, ctx: Ctx): Promise<LiveTailSessionLogEvent[]> {
  const found: LiveTailSessionLogEvent[] = [];
  for (const { pile: group, name } of tail.groups) {
    const now = ctx.store.get(groups, { name });
    const after = tail.seen.get(group);
    if (now?.pile !== group || after === undefined) continue;
    const rows = ctx.store.list(batches, { index: 'byArrival', where: { group }, after, limit: BATCHES_AN_UPDATE });
    const mask = maskOf(now, ctx.store);
    for (const row of rows) {
      tail.seen.set(group, { ingestedAt: row.ingestedAt, stream: row.stream, sequence: row.sequence });
      const stream = ctx.store.first(streams, { index: 'byPile', where: { pile: row.stream } });
      if (stream === undefined || !tail.wants(stream.name) || found.length > EVENTS_AN_UPDATE) continue;
      for (const event of await eventsOf(row, stream.name, ctx.store, ctx)) {
        const message = mask(event);
        if (tail.pattern.matches(message))
          found.push({
            logStreamName: stream.name,
            logGroupIdentifier: `${ctx.account}:${name}`,
            message,
            timestamp: event.timestamp,
            ingestionTime: event.ingestedAt,
          });
      }
    }
  }
  return found;
}
