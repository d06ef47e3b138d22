/** Detectors at work: they learn what is usual, and look for what is not, as often as they are asked to. */
import { DAY, MINUTE, type Millis } from '#kernel/base';
import type { Ctx, TaskHandler, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type Finding, findings, learnt, type Seen, see } from './domain/anomaly.ts';
import { maskOf } from './domain/masking.ts';
import { parsePattern } from './domain/pattern/pattern.ts';
import { readEvents } from './domain/reader.ts';
import { type GroupRow, groups } from './state.ts';
import {
  type AnomalyDetectorRow,
  type AnomalyRow,
  anomalies,
  anomalyDetectors,
  type Frequency,
  learntPatterns,
} from './state-anomaly.ts';

/** It learns from so much of the past. Source: User Guide, "Log anomaly detection". */
const TRAINING: Millis = 14 * DAY;
/** Events after which others have their turn. */
const EVENTS_A_TURN = 500;
/** Patterns that are usual. Our own bound; AWS says that a group with more than about 300 is not suited. */
const LEARNT_MAX = 5_000;
/** Runs that a histogram shows. Our own bound. */
const RUNS_SHOWN = 500;

const SPANS: { readonly [frequency in Frequency]: Millis } = {
  ONE_MIN: MINUTE,
  FIVE_MIN: 5 * MINUTE,
  TEN_MIN: 10 * MINUTE,
  FIFTEEN_MIN: 15 * MINUTE,
  THIRTY_MIN: 30 * MINUTE,
  ONE_HOUR: 60 * MINUTE,
};

/** Sets the timer of the next look. In a transaction. */
export function armDetector({ id, frequency, isPaused }: AnomalyDetectorRow, ctx: Ctx): void {
  const span = SPANS[frequency];
  if (isPaused) ctx.disarm('lookForAnomalies', id);
  else ctx.arm('lookForAnomalies', id, ctx.now - (ctx.now % span) + span, { id });
}

/** A timer: it is time to look. */
export const lookForAnomalies: TimerHandler = ({ id }, ctx) => {
  const detector = ctx.store.get(anomalyDetectors, { id: String(id) });
  if (detector === undefined) return;
  armDetector(detector, ctx);
  ctx.start('analyze', detector.id, { id: detector.id, at: ctx.now });
};

/** A task: learns at the first time, looks afterwards. */
export const analyze: TaskHandler = async (payload, ctx) => {
  const [id, to] = [String(payload.id), Number(payload.at)];
  const detector = ctx.store.get(anomalyDetectors, { id });
  const group = detector && ctx.store.get(groups, { name: detector.group });
  if (detector === undefined || group === undefined || detector.isPaused || (detector.seenTo ?? 0) >= to) return;
  if (detector.seenTo === undefined) await learn(detector, group, to, ctx);
  else await look(detector, group, detector.seenTo, to, ctx);
};

/** Events are gathered span by span: how often something comes is known of each. */
async function learn(detector: AnomalyDetectorRow, group: GroupRow, to: Millis, ctx: Ctx): Promise<void> {
  const span = SPANS[detector.frequency];
  const rows = new Map<string, ReturnType<typeof learnt>>();
  let first: Millis | undefined;
  for await (const [at, seen] of spansOf(detector, group, to - TRAINING, to, ctx)) {
    first ??= at;
    for (const [id, one] of seen)
      if (rows.has(id) || rows.size < LEARNT_MAX) rows.set(id, learnt(rows.get(id), detector.id, id, one));
  }
  const spans = first === undefined ? 0 : Math.ceil((to - first) / span);
  ctx.transact((store) => {
    const now = store.get(anomalyDetectors, detector);
    if (now === undefined || now.seenTo !== undefined) return;
    for (const row of rows.values()) store.put(learntPatterns, row);
    store.put(anomalyDetectors, { ...now, seenTo: to, spans });
  });
}

/** What was seen in each span in which anything was. */
async function* spansOf(
  { frequency, filterPattern }: AnomalyDetectorRow,
  group: GroupRow,
  from: Millis,
  to: Millis,
  ctx: Ctx,
): AsyncGenerator<[at: Millis, seen: Map<string, Seen>]> {
  const span = SPANS[frequency];
  const mask = maskOf(group, ctx.store);
  const pattern = filterPattern === undefined ? undefined : parsePattern(filterPattern);
  let [at, seen, count] = [0, new Map<string, Seen>(), 0];
  for await (const event of readEvents(group, { from: Math.max(0, from), to }, ctx.store, ctx)) {
    count += 1;
    if (count % EVENTS_A_TURN === 0) await new Promise(setImmediate);
    const message = mask(event);
    if (pattern?.matches(message) === false) continue;
    const start = event.timestamp - (event.timestamp % span);
    if (start !== at && seen.size > 0) {
      yield [at, seen];
      seen = new Map();
    }
    at = start;
    see(seen, { timestamp: event.timestamp, message });
  }
  if (seen.size > 0) yield [at, seen];
}

async function look(detector: AnomalyDetectorRow, group: GroupRow, from: Millis, to: Millis, ctx: Ctx): Promise<void> {
  const spans: Map<string, Seen>[] = [];
  for await (const [, seen] of spansOf(detector, group, from, to, ctx)) spans.push(seen);
  ctx.transact((store) => {
    const now = store.get(anomalyDetectors, detector);
    if (now === undefined || now.seenTo !== from) return;
    const isQuiet = (id: string) => {
      const until = Object.hasOwn(now.suppressed, id) ? now.suppressed[id] : undefined;
      return until !== undefined && (until === 0 || until > to);
    };
    const seenNow = new Set<string>();
    let passed = now.spans;
    for (const seen of spans) {
      passed += 1;
      for (const [id, one] of seen) {
        const known = store.get(learntPatterns, { detector: now.id, id });
        const found = isQuiet(id) ? [] : findings(id, one, known, passed - 1);
        for (const finding of found) {
          seenNow.add(finding.what);
          note(now, id, one, finding, to, store, ctx);
        }
        // What is unusual does not become usual by itself.
        if (known !== undefined && found.length === 0) store.put(learntPatterns, learnt(known, now.id, id, one));
      }
    }
    settle(now, seenNow, to, store);
    store.put(anomalyDetectors, {
      ...now,
      seenTo: to,
      spans: now.spans + Math.round((to - from) / SPANS[now.frequency]),
    });
  });
}

/** An anomaly that is found for the first time, or again. In a transaction. */
function note(
  { id: detector, name }: AnomalyDetectorRow,
  patternId: string,
  { shape, samples, tokens }: Seen,
  { what, priority, description, count }: Finding,
  at: Millis,
  store: StoreView,
  ctx: Ctx,
): void {
  const before = store.first(anomalies, { index: 'byWhat', where: { detector, what } });
  if (before !== undefined && (before.isBaseline || isSuppressed(before, at))) return;
  const runs = [...Object.entries(before?.histogram ?? {}), [String(at), count] as const];
  const row: AnomalyRow = {
    detector,
    id: before?.id ?? ctx.uuid(),
    what,
    patternId,
    shape,
    priority,
    description,
    firstSeen: before?.firstSeen ?? samples[0]?.timestamp ?? at,
    lastSeen: samples.at(-1)?.timestamp ?? at,
    isActive: true,
    isBaseline: false,
    histogram: Object.fromEntries(runs.slice(-RUNS_SHOWN)),
    samples,
    tokens: tokens.map((token) => token ?? {}),
  };
  store.put(anomalies, row);
  ctx.count('AnomalyCount', { LogAnomalyDetector: name, LogAnomalyPriority: priority }, 1, 'Count');
}

/** Whether nothing new is told of an anomaly. */
export function isSuppressed({ suppressedUntil: until }: Pick<AnomalyRow, 'suppressedUntil'>, now: Millis): boolean {
  return until !== undefined && (until === 0 || until > now);
}

/** What was not seen again is not active any more; what has been shown for its time is usual from now on. In a transaction. */
function settle(
  { id, visibilityDays }: AnomalyDetectorRow,
  seen: ReadonlySet<string>,
  now: Millis,
  store: StoreView,
): void {
  for (const row of store.list(anomalies, { where: { detector: id } })) {
    if (row.isBaseline) continue;
    if (now - row.firstSeen >= visibilityDays * DAY) accept(row, store);
    else if (row.isActive && !seen.has(row.what)) store.put(anomalies, { ...row, isActive: false });
  }
}

/** An anomaly is usual from now on. In a transaction. */
export function accept(row: AnomalyRow, store: StoreView): void {
  const { detector, patternId: id, shape, tokens } = row;
  const count = Object.values(row.histogram).reduce((sum, times) => sum + times, 0);
  const known = store.get(learntPatterns, { detector, id });
  store.put(learntPatterns, learnt(known, detector, id, { shape, count, tokens, samples: [] }));
  store.put(anomalies, { ...row, isActive: false, isBaseline: true });
}
