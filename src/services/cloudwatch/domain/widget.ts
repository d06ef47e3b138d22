/** A metric widget: what it shows, over which time, in which colours. Source: CloudWatch API Reference, "GetMetricWidgetImage: Metric Widget Structure and Syntax". */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { MetricQuery } from '../state.ts';

export type Side = 'left' | 'right';
export type WidgetMetric = { query: MetricQuery; color?: string; label?: string; side: Side; shown: boolean };
export type Axis = { min?: number; max?: number; label?: string; showUnits?: boolean };
type Note = { label?: string; color?: string; visible?: boolean };
export type HorizontalNote = Note & { value: number; fill?: 'above' | 'below' | 'none'; yAxis?: Side };
export type VerticalNote = Note & { value: string; fill?: 'after' | 'before' | 'none' };

/** As a client writes it. */
export type WidgetText = {
  metrics?: unknown[][];
  annotations?: {
    alarms?: string[];
    horizontal?: (HorizontalNote | HorizontalNote[])[];
    vertical?: (VerticalNote | VerticalNote[])[];
  };
  start?: string;
  end?: string;
  height?: number;
  width?: number;
  legend?: { position?: 'right' | 'bottom' | 'hidden' };
  period?: number;
  setPeriodToTimeRange?: boolean;
  singleValueFullPrecision?: boolean;
  sparkline?: boolean;
  stacked?: boolean;
  stat?: string;
  theme?: 'light' | 'dark';
  timezone?: string;
  title?: string;
  view?: 'timeSeries' | 'singleValue' | 'gauge' | 'bar' | 'pie';
  yAxis?: { left?: Axis; right?: Axis };
};

const PERIOD_DEFAULT = 300;
const RANGE_DEFAULT = '-PT3H';

type Renderer = {
  color?: string;
  expression?: string;
  id?: string;
  label?: string;
  period?: number;
  stat?: string;
  visible?: boolean;
  yAxis?: Side;
};

/** The metrics and expressions of a widget; `.` stands for what the one before has in that place, `...` for all up to the end. */
export function metricsOf(widget: WidgetText, range: { from: Millis; to: Millis }): WidgetMetric[] {
  const whole = Math.max(60, Math.ceil((range.to - range.from) / MINUTE) * 60);
  let before: string[] = [];
  return (widget.metrics ?? []).map((given, index) => {
    const last = given.at(-1);
    const renderer = (typeof last === 'object' ? last : {}) as Renderer;
    const texts = given.filter((one): one is string => typeof one === 'string');
    const { color, label, expression, visible = true, yAxis: side = 'left' } = renderer;
    const period = widget.setPeriodToTimeRange === true ? whole : (renderer.period ?? widget.period ?? PERIOD_DEFAULT);
    const Id = renderer.id ?? `cloudyard${index}`;
    const look = { ...(color !== undefined && { color }), ...(label !== undefined && { label }), side, shown: visible };
    if (expression !== undefined) return { query: { Id, Expression: expression, Period: period }, ...look };
    before = expanded(texts, before);
    const [Namespace = '', MetricName = '', ...pairs] = before;
    const Dimensions = pairs.flatMap((Name, at) => (at % 2 === 0 ? [{ Name, Value: pairs[at + 1] ?? '' }] : []));
    const Stat = renderer.stat ?? widget.stat ?? 'Average';
    return {
      query: { Id, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: period, Stat } },
      ...look,
    };
  });
}

function expanded(texts: readonly string[], before: readonly string[]): string[] {
  const all = texts.flatMap((text, index) =>
    text === '...' ? before.slice(index, before.length - (texts.length - index - 1)) : [text],
  );
  return all.map((text, index) => (text === '.' ? (before[index] ?? text) : text));
}

/** The time that a widget shows; undefined where its texts say none. */
export function rangeOf({ start, end }: WidgetText, now: Millis): { from: Millis; to: Millis } | undefined {
  const from = instantOf(start ?? RANGE_DEFAULT, now);
  const to = instantOf(end ?? 'P0D', now);
  return from === undefined || to === undefined || from >= to ? undefined : { from, to };
}

const DURATION = /^-?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS: readonly Millis[] = [365 * DAY, 30 * DAY, 7 * DAY, DAY, HOUR, MINUTE, SECOND];

/** `-PT3H` before now, or a date. */
function instantOf(text: string, now: Millis): Millis | undefined {
  const duration = DURATION.exec(text);
  if (duration !== null)
    return duration.slice(1).reduce((at, count, index) => at - Number(count ?? 0) * (UNITS[index] ?? 0), now);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** `+0130` as milliseconds. */
export function offsetOf(timezone = '+0000'): Millis {
  const sign = timezone.startsWith('-') ? -1 : 1;
  return sign * (Number(timezone.slice(1, 3)) * HOUR + Number(timezone.slice(3, 5)) * MINUTE);
}
