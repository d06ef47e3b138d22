/** Labels that say values: `${MAX}`, `${PROP('Dim.Name')}`. Source: CloudWatch User Guide, "Use dynamic labels in CloudWatch graphs". */
import type { Millis } from '#kernel/base';
import { offsetOf } from './widget.ts';

export type Labelled = {
  label: string;
  points: ReadonlyMap<Millis, number>;
  properties: { readonly [name: string]: string };
};

const VALUE =
  /\$\{(LABEL|AVG|DATAPOINT_COUNT|FIRST|LAST|MAX|MIN|SUM|(?:FIRST|LAST|MAX|MIN)_TIME(?:_RELATIVE)?|(?:FIRST_LAST|MIN_MAX)(?:_TIME)?_RANGE|PROP\('([^']+)'\))\}/g;

/**
 * The label with its values; what has none is `--`. Deviation: AWS does not say how it writes times of another zone; here with its offset.
 *
 * @param zone of the times, `+0900`
 */
export function labelText(template: string, labelled: Labelled, now: Millis, zone = '+0000'): string {
  const { label, points, properties } = labelled;
  if (!template.includes('${')) return template;
  const sorted = [...points].sort(([a], [b]) => a - b);
  return template.replaceAll(VALUE, (_, name: string, property: string | undefined) => {
    if (property !== undefined) return Object.hasOwn(properties, property) ? (properties[property] ?? '') : '';
    if (name === 'LABEL') return label;
    if (name === 'DATAPOINT_COUNT') return String(sorted.length);
    const [first] = sorted;
    if (first === undefined) return '--';
    const [which = '', isTime, isRelative] = name.split('_');
    if (name.endsWith('_RANGE'))
      return between(pointOf(which, sorted, first), pointOf(isTime ?? '', sorted, first), name);
    if (isTime === undefined) return decimal(amount(which, sorted, first));
    const at = pointOf(which, sorted, first)[0];
    return isRelative === undefined ? timeIn(zone, at) : ago(now - at);
  });
}

function timeIn(zone: string, at: Millis): string {
  const time = new Date(at + offsetOf(zone)).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return `${time}${offsetOf(zone) === 0 ? 'Z' : zone}`;
}

type Point = [Millis, number];

function pointOf(which: string, sorted: readonly Point[], first: Point): Point {
  if (which === 'LAST') return sorted.at(-1) ?? first;
  if (which === 'MAX') return sorted.reduce((best, one) => (one[1] > best[1] ? one : best));
  if (which === 'MIN') return sorted.reduce((best, one) => (one[1] < best[1] ? one : best));
  return first;
}

/** How far two points lie apart, in value or in time. */
function between([from, low]: Point, [to, high]: Point, name: string): string {
  return name.endsWith('_TIME_RANGE') ? ago(Math.abs(to - from)) : decimal(Math.abs(high - low));
}

function amount(which: string, sorted: readonly Point[], first: Point): number {
  const sum = sorted.reduce((all, [, value]) => all + value, 0);
  if (which === 'SUM') return sum;
  if (which === 'AVG') return sum / sorted.length;
  return pointOf(which, sorted, first)[1];
}

/** Rounded to three digits after the point. */
function decimal(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** `1d 2h`, `5m`. */
function ago(span: Millis): string {
  const minutes = Math.floor(span / 60_000);
  const parts = [
    [Math.floor(minutes / 1_440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'm'],
  ] as const;
  const text = parts.flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : [])).join(' ');
  return text === '' ? '0m' : text;
}
