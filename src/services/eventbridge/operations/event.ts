/** Events put, and patterns tried. */
import { JsonTextError, matches, PatternError, parseExactly, placeIn, readEvent, readPattern } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, ServiceError } from '#kernel/contract';
import { dispatch } from '../domain/dispatch.ts';
import { eventOf } from '../domain/event.ts';
import { reachBus } from '../domain/find.ts';
import { forwardedBy } from '../domain/forward.ts';
import { eventShown, logOf } from '../domain/log.ts';
import { hasTooManyWildcards } from '../domain/wildcards.ts';
import { badPattern, busNotFound, entriesTooLarge, tooManyWildcards, validation } from '../errors.ts';
import { ENTRIES_BYTES_MAX, TIME_BYTES } from '../limits.ts';
import { refusedPart } from '../policy.ts';
import type { Event } from '../state.ts';

type Entry = NonNullable<InputOf<'eventbridge', 'PutEvents'>['Entries']>[number];
type Refusal = { ErrorCode: string; ErrorMessage: string };

export const putEvents: Handler<'eventbridge', 'PutEvents'> = (input, ctx) => {
  const size = input.Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size > ENTRIES_BYTES_MAX) throw entriesTooLarge();
  const refusals = new Map<string, Refusal | undefined>();
  const results = input.Entries.map((entry) => {
    const refusal = refused(entry, ctx) ?? forbidden(entry, refusals, ctx);
    return refusal ?? accept(entry, ctx);
  });
  return { FailedEntryCount: results.filter((one) => 'ErrorCode' in one).length, Entries: results };
};

/** Source: EventBridge User Guide, "Calculating PutEvents event entry size". */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number {
  return [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    Time === undefined ? 0 : TIME_BYTES,
  );
}

/** What the caller may not put on the bus. Source: EventBridge API Reference, PutEventsResultEntry. @param known what was found of other entries */
function forbidden(entry: Entry, known: Map<string, Refusal | undefined>, ctx: Ctx): Refusal | undefined {
  const kind = JSON.stringify([entry.EventBusName, entry.Source, entry.DetailType]);
  if (!known.has(kind)) {
    const part = refusedPart(entry, ctx);
    known.set(kind, part && FORBIDDEN[part]);
  }
  return known.get(kind);
}

/** Deviation: the text about types is made after that about sources, which AWS's users have shown. */
const FORBIDDEN: { readonly [part in 'source' | 'type']: Refusal } = {
  source: { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
  type: { ErrorCode: 'NotAuthorizedForDetailTypeException', ErrorMessage: 'Not authorized for the detail type.' },
};

/** What is wrong with an entry; its bus's log hears of it. */
function refused(entry: Entry, ctx: Ctx): Refusal | undefined {
  const refusal = forwardedBy(entry.TraceHeader) === undefined ? refusalOf(entry) : undefined;
  if (refusal === undefined) return undefined;
  const found = busOf(entry.EventBusName, ctx);
  if (found?.bus.logs === undefined) return refusal;
  const { bus, store, account, region } = found;
  const event = read({ ...entry, Detail: '{}' }, ctx);
  logOf(
    bus.name,
    event,
    store,
    { account, region },
    ctx,
  )?.('EVENT_INGEST_FAILURE', {
    details: () => ({ ...eventShown(event, ctx.account), event_detail: entry.Detail ?? '' }),
    error: new ServiceError(refusal.ErrorCode, refusal.ErrorMessage),
    service: 'events',
  });
  return refusal;
}

function busOf(name: string | undefined, ctx: Ctx) {
  try {
    return reachBus(name, ctx);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

function refusalOf({ Source, DetailType, Detail }: Entry): Refusal | undefined {
  const missing = (name: string) => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  });
  if (Source === undefined || Source === '') return missing('Source');
  if (DetailType === undefined || DetailType === '') return missing('DetailType');
  if (Detail === undefined || Detail === '') return missing('Detail');
  if (Source.startsWith('aws.')) return FORBIDDEN.source;
  try {
    const value: unknown = JSON.parse(Detail);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return undefined;
  } catch {
    // Told below.
  }
  return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

/** On the bus that it names. Source: answers recorded from AWS: what is put on a bus that isn't there is taken, and lost; only a rule's target fails. */
function accept(entry: Entry, ctx: Ctx): { EventId: string } | Refusal {
  const forwarded = forwardedBy(entry.TraceHeader);
  const event = forwarded ?? read(entry, ctx);
  const found = busOf(entry.EventBusName, ctx);
  if (found === undefined && forwarded !== undefined) {
    const { code, message } = busNotFound(entry.EventBusName ?? '');
    return { ErrorCode: code, ErrorMessage: message };
  }
  if (found === undefined) return { EventId: event.id };
  const { bus, store, account, region } = found;
  dispatch(event, bus.name, store, { account, region }, ctx, { isForwarded: forwarded !== undefined });
  return { EventId: event.id };
}

function read({ Source = '', DetailType = '', Detail = '{}', Resources = [], Time }: Entry, ctx: Ctx): Event {
  const facts = { source: Source, detailType: DetailType, detail: parseExactly(Detail), resources: [...Resources] };
  return eventOf(facts, ctx.uuid(), Time === undefined ? ctx.now : Number(Time), ctx);
}

export const testEventPattern: Handler<'eventbridge', 'TestEventPattern'> = (input) => {
  const pattern = checkedPattern(input.EventPattern);
  const event = readEvent(input.Event);
  if (event === undefined) throw validation('Parameter Event is not valid. Reason: Event is not valid JSON.');
  const given = JSON.parse(input.Event) as Record<string, unknown>;
  // AWS names `resources`, too, but lets events without pass.
  for (const name of ['id', 'account', 'source', 'time', 'region', 'detail-type'])
    if (!(name in given))
      throw validation(
        'Parameter Event is not valid. Reason: Event must contain the following fields: id, account, source, time, region, resources, detail-type.',
      );
  return { Result: matches(pattern, event) };
};

/** @throws {ServiceError} InvalidEventPatternException */
export function checkedPattern(text: string) {
  try {
    const pattern = readPattern(text);
    if (hasTooManyWildcards(pattern)) throw tooManyWildcards();
    return pattern;
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof JsonTextError)) throw error;
    // Source: cloud-custodian/cloud-custodian, issue 6507; buildkite/docs, pull request 896.
    throw badPattern(error.message + (error.offset === undefined ? '' : placeIn(text, error.offset)));
  }
}
