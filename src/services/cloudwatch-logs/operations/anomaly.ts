/** Anomalies that detectors have found: listed, suppressed, accepted. */
import { HOUR, MINUTE, type Millis, page, SECOND } from '#kernel/base';
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import { accept, isSuppressed } from '../anomalies.ts';
import { regexOf, tokensOf } from '../domain/anomaly.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { LIST_RESULTS_MAX } from '../limits.ts';
import { type AnomalyDetectorRow, type AnomalyRow, anomalies, anomalyDetectors } from '../state-anomaly.ts';
import { findDetector } from './anomaly-detector.ts';

type Place = Pick<AnomalyRow, 'detector' | 'id'>;
const isPlace = (value: unknown): value is Place => isText((value as Place | null)?.detector);

/** How long something that is suppressed is; undefined where it is not. */
function quietUntil(row: AnomalyRow, detector: AnomalyDetectorRow, now: Millis): Millis | undefined {
  if (isSuppressed(row, now)) return row.suppressedUntil;
  const suppressedUntil = Object.hasOwn(detector.suppressed, row.patternId)
    ? detector.suppressed[row.patternId]
    : undefined;
  return suppressedUntil !== undefined && isSuppressed({ suppressedUntil }, now) ? suppressedUntil : undefined;
}

function shown(row: AnomalyRow, detector: AnomalyDetectorRow, now: Millis) {
  const until = quietUntil(row, detector, now);
  return {
    anomalyId: row.id,
    patternId: row.patternId,
    anomalyDetectorArn: detector.arn,
    patternString: row.shape,
    patternRegex: regexOf(row.shape),
    priority: row.priority,
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    description: row.description,
    active: row.isActive,
    state: row.isBaseline ? ('Baseline' as const) : until === undefined ? ('Active' as const) : ('Suppressed' as const),
    histogram: row.histogram,
    logSamples: row.samples,
    patternTokens: tokensOf(row.shape, row.tokens),
    logGroupArnList: [detector.groupArn],
    suppressed: until !== undefined,
    ...(until !== undefined && {
      suppressedDate: row.suppressedAt ?? 0,
      suppressedUntil: until,
      isPatternLevelSuppression: !isSuppressed(row, now),
    }),
  };
}

export const listAnomalies: Handler<'cloudwatch-logs', 'ListAnomalies'> = (input, ctx) => {
  const { anomalyDetectorArn: arn, suppressionState, limit = LIST_RESULTS_MAX, nextToken } = input;
  const first = nextToken === undefined ? undefined : readToken(nextToken, isPlace);
  const only = arn === undefined ? undefined : findDetector(arn, ctx).id;
  const detectors = new Map<string, AnomalyDetectorRow | undefined>();
  const detectorOf = (id: string) => {
    if (!detectors.has(id)) detectors.set(id, ctx.store.get(anomalyDetectors, { id }));
    return detectors.get(id);
  };
  const { rows, last } = page<AnomalyRow>(
    (past, count) => {
      const place = past ?? first;
      if (only !== undefined)
        return ctx.store.list(anomalies, {
          where: { detector: only },
          ...(place !== undefined && { after: { id: place.id } }),
          limit: count,
        });
      const after = place === undefined ? {} : { after: { detector: place.detector, id: place.id } };
      return ctx.store.list(anomalies, { ...after, limit: count });
    },
    limit,
    (row) => {
      const detector = detectorOf(row.detector);
      // What has been shown for its time, or was accepted, is no anomaly any more.
      if (detector === undefined || row.isBaseline) return false;
      const isQuiet = quietUntil(row, detector, ctx.now) !== undefined;
      return suppressionState === undefined || isQuiet === (suppressionState === 'SUPPRESSED');
    },
  );
  return {
    anomalies: rows.flatMap((row) => {
      const detector = detectorOf(row.detector);
      return detector === undefined ? [] : [shown(row, detector, ctx.now)];
    }),
    ...(last !== undefined && { nextToken: makeToken({ detector: last.detector, id: last.id }) }),
  };
};

const UNITS = { SECONDS: SECOND, MINUTES: MINUTE, HOURS: HOUR } as const;

/** Until when something is to be suppressed, 0 for ever; undefined ends it. */
function askedUntil(input: InputOf<'cloudwatch-logs', 'UpdateAnomaly'>, now: Millis): Millis | undefined {
  const { suppressionType, suppressionPeriod: period } = input;
  if (suppressionType === undefined) return undefined;
  if (suppressionType === 'INFINITE') return 0;
  const value = Number(period?.value ?? 0);
  if (period?.suppressionUnit === undefined || value <= 0)
    throw invalidParameter('A suppressionPeriod with a value and a unit must be specified for the type LIMITED.');
  return now + value * UNITS[period.suppressionUnit];
}

export const updateAnomaly: Handler<'cloudwatch-logs', 'UpdateAnomaly'> = (input, ctx) => {
  const { anomalyId: id, patternId } = input;
  if ((id === undefined) === (patternId === undefined))
    throw invalidParameter('Exactly one of anomalyId and patternId must be specified.');
  const detector = findDetector(input.anomalyDetectorArn, ctx);
  const until = askedUntil(input, ctx.now);
  const named = ctx.store
    .list(anomalies, { where: { detector: detector.id } })
    .filter((row) => row.id === id || row.patternId === patternId);
  if (named.length === 0) throw notFound('The specified anomaly or pattern does not exist.');
  for (const row of named) suppress(row, id === undefined ? undefined : until, input.baseline === true, ctx);
  if (patternId !== undefined) {
    const { [patternId]: _, ...others } = detector.suppressed;
    const suppressed = until === undefined ? others : { ...others, [patternId]: until };
    ctx.store.put(anomalyDetectors, { ...detector, suppressed });
  }
  return {};
};

function suppress(row: AnomalyRow, until: Millis | undefined, isUsual: boolean, { store, now }: Ctx): void {
  if (isUsual) {
    accept(row, store);
    return;
  }
  const { suppressedUntil: _, suppressedAt: __, ...free } = row;
  store.put(anomalies, { ...free, suppressedAt: now, ...(until !== undefined && { suppressedUntil: until }) });
}
