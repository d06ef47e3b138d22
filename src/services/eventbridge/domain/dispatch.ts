/** An event on a bus: archived, matched by the bus's rules, handed over for delivery. All in one transaction. */
import { matches, type ReadEvent, readEvent } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import {
  type ArchiveRow,
  archived,
  archives,
  deliveries,
  type Event,
  type RuleRow,
  targets,
  WITH_READS,
} from '../state.ts';
import { candidates, patternOf } from './anchors.ts';

type Place = { account: string; region: string };

/** @param only ARNs of the rules that may see it; all where none are given */
export function dispatch(
  event: Event,
  bus: string,
  store: StoreView,
  place: Place,
  ctx: Ctx,
  only: readonly string[] = [],
): void {
  const text = JSON.stringify(event);
  const read = readEvent(text);
  if (read === undefined) return;
  if (event['replay-name'] === undefined)
    for (const archive of store.list(archives, { index: 'byBus', where: { bus } }))
      keep(archive, event, text, read, store, ctx);
  for (const rule of candidates(event, bus, store)) {
    if (rule.pattern === undefined || (isRead(event) && rule.state !== WITH_READS)) continue;
    if (only.length > 0 && !only.includes(rule.arn)) continue;
    if (!matches(patternOf(rule.pattern), read)) continue;
    ctx.count('MatchedEvents', { RuleName: rule.name }, 1, 'Count', place);
    hand(event, rule, store, place, ctx);
  }
}

/** A call that only read is for rules that ask for such. Source: EventBridge User Guide, "Read-only management events from AWS services". */
function isRead({ source, 'detail-type': type, detail }: Event): boolean {
  return (
    type === 'AWS API Call via CloudTrail' &&
    source.startsWith('aws.') &&
    (detail as { readOnly?: unknown } | null)?.readOnly === true
  );
}

/** Gives an event to each target of a rule. */
export function hand(event: Event, rule: RuleRow, store: StoreView, place: Place, ctx: Ctx): void {
  const { bus, name } = rule;
  ctx.count('TriggeredRules', { RuleName: name }, 1, 'Count', place);
  for (const { id: target } of store.list(targets, { where: { bus, rule: name } })) {
    const id = ctx.uuid();
    store.put(deliveries, { id, bus, rule: name, target, event, acceptedAt: ctx.clock(), attempts: 0 });
    ctx.start('deliver', id, { id }, place);
  }
}

function keep(archive: ArchiveRow, event: Event, text: string, read: ReadEvent, store: StoreView, ctx: Ctx): void {
  if (archive.pattern !== undefined && !matches(patternOf(archive.pattern), read)) return;
  const at = ctx.clock();
  const last = store.first(archived, { where: { archive: archive.name }, reverse: true });
  store.put(archived, { archive: archive.name, at, sequence: last?.at === at ? last.sequence + 1 : 0, event });
  store.put(archives, { ...archive, events: archive.events + 1, bytes: archive.bytes + Buffer.byteLength(text) });
}
