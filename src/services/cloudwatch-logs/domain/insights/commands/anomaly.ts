/**
 * `anomaly`: what is unusual about the patterns of events. The last quarter of the query's time is judged by what was before.
 *
 * Deviation: AWS says neither which of the time it takes as usual, nor how its API calls what it adds; here patterns without an anomaly are left out,
 * and one with several is there once for each.
 *
 * @see CloudWatch Logs User Guide, "anomaly"
 */
import type { LearntPatternRow } from '../../../state-anomaly.ts';
import { type Finding, findings, LETTERS_MAX, learnt, type Seen, see } from '../../anomaly.ts';
import type { Eval } from '../aggregates.ts';
import type { Scope } from '../expression.ts';
import { Patterns } from '../patterns.ts';
import type { Around, Command, Step, StepCommand } from '../plan.ts';
import { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { PATTERN_COLUMNS } from '../shown.ts';
import { toText } from '../value.ts';

/** Parts of the query's time in which events are counted, and how many of the last are judged. */
const SPANS = 20;
const SPANS_JUDGED = 5;
/** Where a pattern's row keeps what was found until `anomaly` shows it; no column of a result. */
const FOUND = '@anomalies';

/** `anomaly`, behind a `pattern`; without one the events' messages are what has patterns. */
export function readAnomaly(_: Scanner, { needs }: Scope, before: Command[]): StepCommand {
  needs.standardOnly.add('anomaly');
  const at = before.findLastIndex(({ kind }) => kind === 'pattern');
  const pattern = before[at];
  const from: Eval = pattern?.kind === 'pattern' ? pattern.from : (row) => row.get('@message');
  before.splice(at === -1 ? before.length : at, 1, {
    kind: 'step',
    makes: PATTERN_COLUMNS,
    make: (next, around) => watched(from, next, around),
  });
  return { kind: 'step', make: told, adds: ['@anomalyType', '@anomalyPriority', '@anomalyDescription'] };
}

/** Patterns, with what is unusual about each. */
function watched(from: Eval, next: Step, { window }: Around): Step {
  const patterns = new Patterns();
  const spans = Array.from({ length: SPANS }, () => new Map<string, Seen>());
  return {
    take(row) {
      const message = toText(from(row))?.slice(0, LETTERS_MAX);
      if (message === undefined) return true;
      patterns.add(message);
      const timestamp = row.source?.timestamp ?? window.to - 1;
      const span = Math.floor(((timestamp - window.from) / (window.to - window.from)) * SPANS);
      see(spans[span] ?? new Map(), { timestamp, message });
      return true;
    },
    end() {
      const found = anomaliesOf(spans);
      for (const pattern of patterns.result()) {
        const row = new Row();
        for (const [name, value] of Object.entries(pattern)) row.set(name, value);
        row.set(FOUND, { json: found.get(pattern['@pattern']) ?? [] });
        if (!next.take(row)) break;
      }
      next.end();
    },
  };
}

/** By the patterns' shapes. */
function anomaliesOf(spans: readonly Map<string, Seen>[]): Map<string, Finding[]> {
  const usual = new Map<string, LearntPatternRow>();
  for (const span of spans.slice(0, -SPANS_JUDGED))
    for (const [id, seen] of span) usual.set(id, learnt(usual.get(id), '', id, seen));
  const found = new Map<string, Finding[]>();
  if (usual.size === 0) return found;
  const known = new Set<string>();
  for (const span of spans.slice(-SPANS_JUDGED))
    for (const [id, seen] of span)
      for (const finding of findings(id, seen, usual.get(id), SPANS - SPANS_JUDGED)) {
        if (known.has(finding.what)) continue;
        known.add(finding.what);
        found.set(seen.shape, [...(found.get(seen.shape) ?? []), finding]);
      }
  return found;
}

/** A row for each anomaly. */
function told(next: Step): Step {
  return {
    take(row) {
      const found = row.get(FOUND);
      const list = typeof found === 'object' && 'json' in found ? (found.json as readonly Finding[]) : [];
      for (const { type, priority, description } of list) {
        const one = row.copy();
        one.set('@anomalyType', type);
        one.set('@anomalyPriority', priority);
        one.set('@anomalyDescription', description);
        if (!next.take(one)) return false;
      }
      return true;
    },
    end: () => next.end(),
  };
}
