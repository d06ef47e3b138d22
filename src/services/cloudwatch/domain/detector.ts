/** Anomaly detectors: which learns what, and the bands that they draw. */
import { type Millis, offsetAt } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { TRAINED_FOR, TRAINING } from '../limits.ts';
import { type DetectorRow, detectors, type Lesson, type MetricQuery, type SingleMetric } from '../state.ts';
import { type Expression, namesIn, parseExpression } from './expression.ts';
import { borderAt, learn } from './lesson.ts';
import type { Points, Series } from './math.ts';

/** The query that an expression draws a band around: `ANOMALY_DETECTION_BAND(m1, 2)`; undefined for any other expression. */
export function bandedId(text: string | undefined): string | undefined {
  const expression: Expression | undefined = text === undefined ? undefined : parseExpression(text);
  if (expression?.kind !== 'call' || expression.name !== 'ANOMALY_DETECTION_BAND') return undefined;
  const [banded] = expression.arguments;
  return banded?.kind === 'name' ? banded.name : undefined;
}

/** A query with those that it uses, in the order in which they are given. */
function closure(id: string, queries: readonly MetricQuery[]): MetricQuery[] {
  const wanted = new Set([id]);
  // A set grows while it is walked.
  for (const one of wanted) {
    const { Expression: text } = queries.find(({ Id }) => Id === one) ?? {};
    if (text !== undefined) for (const name of namesIn(parseExpression(text))) wanted.add(name);
  }
  return queries.filter(({ Id = '' }) => wanted.has(Id));
}

/** What a detector of a query would learn, and the name of that. */
export function subjectOf(
  id: string,
  queries: readonly MetricQuery[],
): Pick<DetectorRow, 'key' | 'single' | 'queries'> {
  const own = closure(id, queries).map((query) => ({ ...query, ReturnData: query.Id === id }));
  const stat = own.length === 1 ? own[0]?.MetricStat : undefined;
  if (stat === undefined) return { key: `math ${JSON.stringify(own)}`, queries: own };
  const { Metric, Stat = 'Average' } = stat;
  const single = {
    Namespace: Metric?.Namespace ?? '',
    MetricName: Metric?.MetricName ?? '',
    Dimensions: [...(Metric?.Dimensions ?? [])],
    Stat,
  };
  return { key: keyOf(single), single, queries: own };
}

/** Names what a detector of one metric learns. */
export function keyOf({ Namespace, MetricName, Dimensions, Stat }: SingleMetric): string {
  const dimensions = Dimensions.map(({ Name, Value }) => [Name, Value]).toSorted(([a = ''], [b = '']) =>
    a < b ? -1 : 1,
  );
  return `metric ${JSON.stringify([Namespace, MetricName, dimensions, Stat])}`;
}

/** The detector of that name. */
export function findDetector(key: string, { store }: Ctx): DetectorRow | undefined {
  return store.first(detectors, { index: 'byKey', where: { key } });
}

/** The detector of a query, made where there is none. In a transaction. */
export function detectorOf(id: string, queries: readonly MetricQuery[], ctx: Ctx): DetectorRow {
  const subject = subjectOf(id, queries);
  const known = findDetector(subject.key, ctx);
  if (known !== undefined) return known;
  const row = { id: ctx.uuid(), ...subject };
  ctx.store.put(detectors, row);
  return row;
}

export type Banded = {
  id: string;
  label: string;
  queries: readonly MetricQuery[];
  /** Seconds. */
  period: number;
  instants: readonly Millis[];
  /** Standard deviations. */
  width: number;
  /** The values of the query in a time. */
  values(window: { from: Millis; to: Millis }): Points;
};

/**
 * The band's upper and lower border. Without a detector it is drawn from all that is there.
 *
 * @param keeps what has been learnt may be kept: in a transaction
 */
export function bandOf(banded: Banded, keeps: boolean, ctx: Ctx): Series[] {
  const detector = findDetector(subjectOf(banded.id, banded.queries).key, ctx);
  const { excluded = [], zone = 'UTC' } = detector?.configuration ?? {};
  const offset = offsetAt(zone, ctx.now);
  const lesson = lessonOf(banded, detector, { excluded, offset }, keeps, ctx);
  const borders = lesson && banded.instants.map((at) => [at, borderAt(lesson, at + offset, banded.width)] as const);
  return (['upper', 'lower'] as const).map((end) => ({
    kind: 'series',
    id: '',
    label: `${banded.label} ${end}`,
    isMetric: false,
    points: new Map(borders?.map(([at, border]) => [at, border[end]])),
  }));
}

function lessonOf(
  { period, values }: Banded,
  detector: DetectorRow | undefined,
  { excluded, offset }: { excluded: readonly { from: Millis; to: Millis }[]; offset: Millis },
  keeps: boolean,
  ctx: Ctx,
): Lesson | undefined {
  const at = ctx.now - (ctx.now % TRAINED_FOR);
  const { learnt } = detector ?? {};
  if (learnt?.period === period && learnt.at === at) return learnt.lesson;
  const points = [...values({ from: at - TRAINING, to: at })].filter(
    ([instant]) => !excluded.some(({ from, to }) => instant >= from && instant < to),
  );
  const lesson = learn(points.map(([instant, value]) => [instant + offset, value]));
  if (keeps && detector !== undefined)
    ctx.store.put(detectors, { ...detector, learnt: { period, at, ...(lesson !== undefined && { lesson }) } });
  return lesson;
}
