/** What a widget's picture shows: its metrics read, its annotations worked out. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { seriesId, seriesTable } from '#kernel/metering';
import {
  type AxisLook,
  DARK,
  type HorizontalBand,
  LIGHT,
  type Line,
  type Picture,
  type VerticalBand,
} from '../draw/scene.ts';
import { readInsights } from '../insight-log.ts';
import { alarms, type MetricAlarmRow } from '../state.ts';
import { labelText } from './label.ts';
import type { MathValue, Series } from './math.ts';
import { propertiesOf, runQueries } from './query.ts';
import {
  type Axis,
  type HorizontalNote,
  metricsOf,
  offsetOf,
  type Side,
  type VerticalNote,
  type WidgetMetric,
  type WidgetText,
} from './widget.ts';

/** CloudWatch's own colours, in its order. */
const COLORS = [
  '#1f77b4',
  '#ff7f0e',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
  '#aec7e8',
  '#ffbb78',
  '#98df8a',
  '#ff9896',
  '#c5b0d5',
];
const NOTE_COLOR = '#d13212';
const SPAN_COLOR = '#5f6b7a';
/** Lines of one picture; a search may find more. */
const LINES_MAX = 100;

export type Size = { width: number; height: number };

/** @throws {ServiceError} for expressions that are wrong */
export async function pictureOf(
  widget: WidgetText,
  range: { from: Millis; to: Millis },
  size: Size,
  ctx: Ctx,
): Promise<Picture> {
  const watched = (widget.annotations?.alarms ?? []).flatMap((arn) => alarmOf(arn, ctx) ?? []);
  const metrics = widget.metrics === undefined ? watched.flatMap(metricsOfAlarm) : metricsOf(widget, range);
  const queries = metrics.map(({ query }) => query);
  const insights = await readInsights(queries, range, ctx);
  const lines = linesOf(metrics, runQueries(queries, range, ctx, { insights }), range, ctx);
  const { left, right } = widget.yAxis ?? {};
  return {
    ...size,
    title: widget.title ?? (widget.metrics === undefined ? (watched[0]?.name ?? '') : ''),
    colors: widget.theme === 'dark' ? DARK : LIGHT,
    offset: offsetOf(widget.timezone),
    range,
    view: widget.view ?? 'timeSeries',
    stacked: widget.stacked === true,
    legend: widget.legend?.position ?? 'bottom',
    axes: { left: axisOf(left, 'left', lines), right: axisOf(right, 'right', lines) },
    lines,
    horizontals: [...watched.flatMap(thresholdOf), ...(widget.annotations?.horizontal ?? []).flatMap(horizontalOf)],
    verticals: (widget.annotations?.vertical ?? []).flatMap(verticalOf),
    sparkline: widget.sparkline !== false,
    precise: widget.singleValueFullPrecision === true,
  };
}

function alarmOf(arn: string, ctx: Ctx): MetricAlarmRow | undefined {
  const row = ctx.store.get(alarms, { name: arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length) });
  return row?.kind === 'MetricAlarm' ? row : undefined;
}

function metricsOfAlarm({ queries }: MetricAlarmRow): WidgetMetric[] {
  return queries.map((query) => ({ query, side: 'left', shown: query.ReturnData !== false }));
}

const SIGNS: { readonly [comparison: string]: string } = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};

/** The words of the console: `Errors >= 1 for 2 datapoints within 10 minutes`. */
function thresholdOf(alarm: MetricAlarmRow): HorizontalBand[] {
  const { threshold: value, comparison, evaluationPeriods, datapointsToAlarm = evaluationPeriods, period } = alarm;
  if (value === undefined) return [];
  const points = `${datapointsToAlarm} datapoint${datapointsToAlarm === 1 ? '' : 's'}`;
  const seconds = evaluationPeriods * period;
  const within = seconds % 60 === 0 ? `${seconds / 60} minute${seconds === 60 ? '' : 's'}` : `${seconds} seconds`;
  const label = `${alarm.single?.MetricName ?? alarm.name} ${SIGNS[comparison] ?? comparison} ${value} for ${points} within ${within}`;
  return [{ from: value, to: value, lines: [{ value, label }], color: NOTE_COLOR, side: 'left' }];
}

function linesOf(
  metrics: readonly WidgetMetric[],
  results: ReadonlyMap<string, MathValue>,
  range: { from: Millis; to: Millis },
  ctx: Ctx,
): Line[] {
  const names = metrics.map(({ query }) => query.MetricStat?.Metric?.MetricName);
  const lines: Line[] = [];
  for (const metric of metrics) {
    if (!metric.shown) continue;
    const value = results.get(metric.query.Id);
    const found = seriesOf(value);
    for (const series of found) {
      if (lines.length === LINES_MAX) break;
      const color =
        metric.color !== undefined && found.length === 1 ? metric.color : (COLORS[lines.length % COLORS.length] ?? '');
      const namesakes = names.filter((name) => name === metric.query.MetricStat?.Metric?.MetricName).length;
      const telling = namesakes === 1 ? 'metric' : namesakes === names.length ? 'dimensions' : 'both';
      lines.push(lineOf(metric, series, color, range, telling, ctx));
    }
  }
  return lines;
}

function seriesOf(value: MathValue | undefined): readonly Series[] {
  if (value?.kind === 'series') return [value];
  return value?.kind === 'list' ? value.items : [];
}

/** @param telling what tells a metric from the others of the picture */
function lineOf(
  { query, label, side }: WidgetMetric,
  series: Series,
  color: string,
  { from, to }: { from: Millis; to: Millis },
  telling: 'metric' | 'dimensions' | 'both',
  ctx: Ctx,
): Line {
  const { Metric, Period } = query.MetricStat ?? {};
  const dimensions = Object.fromEntries((Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
  const told = Object.values(dimensions).join(' ');
  const given = series.label === '' ? query.Id : series.label;
  const own = telling === 'metric' || told === '' ? given : telling === 'both' ? `${told} ${given}` : told;
  const name = { namespace: Metric?.Namespace ?? '', metric: Metric?.MetricName ?? '', dimensions };
  const row = Metric === undefined ? undefined : ctx.store.get(seriesTable, { series: seriesId(name) });
  const properties = propertiesOf(query, series, ctx);
  return {
    label: labelText(label ?? own, { label: own, points: series.points, properties }, ctx.now),
    color,
    side,
    unit: row?.units[0] ?? '',
    period: (Period ?? query.Period ?? 60) * 1_000,
    points: [...series.points]
      .filter(([at]) => at >= from - (Period ?? 60) * 1_000 && at < to)
      .sort(([a], [b]) => a - b),
  };
}

/** What is written at the top of an axis: its label, or the unit of what it measures. */
function axisOf({ min, max, label, showUnits = true }: Axis = {}, side: Side, lines: readonly Line[]): AxisLook {
  const units = new Set(lines.filter((line) => line.side === side && line.unit !== '').map(({ unit }) => unit));
  const [unit = ''] = units;
  const words = units.size > 1 ? 'Various units' : unit === 'None' ? 'No unit' : unit;
  return { min, max, label: label ?? (showUnits ? words : '') };
}

function horizontalOf(given: HorizontalNote | HorizontalNote[]): HorizontalBand[] {
  const notes = [given].flat();
  const [first] = notes;
  if (first === undefined || first.visible === false) return [];
  const values = notes.map(({ value }) => value);
  const isBand = notes.length === 2;
  const from = first.fill === 'below' && !isBand ? Number.NEGATIVE_INFINITY : Math.min(...values);
  const to = first.fill === 'above' && !isBand ? Number.POSITIVE_INFINITY : Math.max(...values);
  const lines = notes.map(({ value, label = '' }) => ({ value, label }));
  return [{ from, to, lines, color: first.color ?? NOTE_COLOR, side: first.yAxis ?? 'left' }];
}

function verticalOf(given: VerticalNote | VerticalNote[]): VerticalBand[] {
  const notes = [given].flat();
  const [first] = notes;
  if (first === undefined || first.visible === false) return [];
  const lines = notes.map(({ value, label = '' }) => ({ at: Date.parse(value), label }));
  const instants = lines.map(({ at }) => at);
  if (instants.some(Number.isNaN)) return [];
  const isBand = notes.length === 2;
  const from = first.fill === 'before' && !isBand ? Number.NEGATIVE_INFINITY : Math.min(...instants);
  const to = first.fill === 'after' && !isBand ? Number.POSITIVE_INFINITY : Math.max(...instants);
  return [{ from, to, lines, color: first.color ?? SPAN_COLOR }];
}
