/** An event on a bus: archived, matched by the bus's rules, handed over for delivery, each step told where the bus keeps logs. All in one transaction. */
import { matches, type ReadEvent, readEvent } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import {
  type ArchiveRow,
  archived,
  archives,
  deliveries,
  type Event,
  lifeOf,
  type RuleRow,
  targets,
  WITH_READS,
} from '../state.ts';
import { candidates, patternOf } from './anchors.ts';
import { BUS_ARN } from './find.ts';
import { eventShown, logOf, type Place, type Tell } from './log.ts';

/** `only`: ARNs of the rules that may see it, all where none are given; `isForwarded`: it comes from another bus. */
export type Arrival = { only?: readonly string[]; isForwarded?: boolean };

/** Takes an event that has come to a bus. */
export function dispatch(
  event: Event,
  bus: string,
  store: StoreView,
  place: Place,
  ctx: Ctx,
  { only = [], isForwarded = false }: Arrival = {},
): void {
  const text = JSON.stringify(event);
  const read = readEvent(text);
  if (read === undefined) return;
  if (event['replay-name'] === undefined)
    for (const archive of store.list(archives, { index: 'byBus', where: { bus } }))
      keep(archive, text, read, store, ctx);
  const matched = candidates(event, bus, store).filter(
    (rule) =>
      rule.pattern !== undefined &&
      (!isRead(event) || rule.state === WITH_READS) &&
      (only.length === 0 || only.includes(rule.arn)) &&
      matches(patternOf(rule.pattern), read),
  );
  for (const rule of matched) ctx.count('MatchedEvents', { RuleName: rule.name }, 1, 'Count', place);
  give(event, bus, matched, store, place, ctx, isForwarded, text);
}

/** Hands an event over to the rules that it is for. */
export function give(
  event: Event,
  bus: string,
  matched: readonly RuleRow[],
  store: StoreView,
  place: Place,
  ctx: Ctx,
  isForwarded = false,
  text = JSON.stringify(event),
): void {
  // What AWS's own services announce is told only where somebody listens.
  const isOwn = !event.source.startsWith('aws.') || event['replay-name'] !== undefined;
  const tell = isOwn || matched.length > 0 ? logOf(bus, event, store, place, ctx) : undefined;
  const details = () => eventShown(event, ctx.account);
  for (const step of ['EVENT_INGEST_SUCCESS', 'EVENT_RECEIPT', 'RULE_MATCH_START'] as const) tell?.(step, { details });
  if (matched.length === 0) tell?.('NO_STANDARD_RULES_MATCHED');
  for (const rule of matched) hand(text, rule, store, place, ctx, tell, isForwarded);
}

/** A call that only read is for rules that ask for such. Source: EventBridge User Guide, "Read-only management events from AWS services". */
function isRead({ source, 'detail-type': type, detail }: Event): boolean {
  const { readOnly, eventName } = (detail ?? {}) as { readOnly?: unknown; eventName?: unknown };
  return (
    type === 'AWS API Call via CloudTrail' &&
    source.startsWith('aws.') &&
    readOnly === true &&
    !(source === 'aws.sts' && TOKENS.has(String(eventName)))
  );
}

/** What reads and is told all the same. Source: EventBridge User Guide, "Events from AWS services". */
const TOKENS = new Set(['GetFederationToken', 'GetSessionToken']);

/** Gives an event to each target of a rule. Source: EventBridge User Guide, "Sending events between event buses": what has been forwarded once goes to no third bus. */
function hand(
  event: string,
  rule: RuleRow,
  store: StoreView,
  place: Place,
  ctx: Ctx,
  tell: Tell | undefined,
  isForwarded: boolean,
): void {
  const { bus, name } = rule;
  const { requestId } = ctx;
  ctx.count('TriggeredRules', { RuleName: name }, 1, 'Count', place);
  const begun = store.list(targets, { where: { bus, rule: name } }).flatMap(({ id: target, arn }) => {
    if (isForwarded && BUS_ARN.test(arn)) return [];
    const id = ctx.uuid();
    store.put(deliveries, { id, bus, rule: name, target, event, requestId, acceptedAt: ctx.clock(), attempts: 0 });
    ctx.start('deliver', id, { id }, place);
    return [{ id, arn }];
  });
  const details = () => ({
    rule_arn: rule.arn,
    target_arns: begun.map(({ arn }) => arn),
    invocation_ids: begun.map(({ id }) => id),
  });
  tell?.('RULE_MATCH', { about: name, details });
}

function keep(archive: ArchiveRow, event: string, read: ReadEvent, store: StoreView, ctx: Ctx): void {
  if (archive.pattern !== undefined && !matches(patternOf(archive.pattern), read)) return;
  const [at, life] = [ctx.clock(), lifeOf(archive)];
  const last = store.first(archived, { where: { archive: life }, reverse: true });
  store.put(archived, { archive: life, at, sequence: last?.at === at ? last.sequence + 1 : 0, event });
  store.put(archives, { ...archive, events: archive.events + 1, bytes: archive.bytes + Buffer.byteLength(event) });
}
