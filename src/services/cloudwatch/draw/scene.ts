/** What a picture is made of: shapes as SVG, and texts at their places. */

export type Picture = {
  width: number;
  height: number;
  title: string;
  colors: Colors;
  /** Added to UTC. */
  offset: number;
  range: { from: number; to: number };
  view: 'timeSeries' | 'singleValue' | 'gauge' | 'bar' | 'pie';
  stacked: boolean;
  legend: 'right' | 'bottom' | 'hidden';
  axes: { left: AxisLook; right: AxisLook };
  lines: Line[];
  horizontals: HorizontalBand[];
  verticals: VerticalBand[];
  sparkline: boolean;
  precise: boolean;
};

export type Line = {
  label: string;
  color: string;
  side: 'left' | 'right';
  unit: string;
  /** Milliseconds. */
  period: number;
  points: readonly (readonly [at: number, value: number])[];
  /** An anomaly detection band: the lower and the upper border. */
  band?: readonly (readonly [at: number, low: number, high: number])[];
};
export type AxisLook = { min?: number | undefined; max?: number | undefined; label: string };
/** Between two borders, on one side of a line, or a line. */
export type HorizontalBand = {
  from: number;
  to: number;
  lines: { value: number; label: string }[];
  color: string;
  side: 'left' | 'right';
};
export type VerticalBand = { from: number; to: number; lines: { at: number; label: string }[]; color: string };

export type Colors = { paper: string; text: string; faint: string; grid: string; axis: string };
export const LIGHT: Colors = { paper: '#ffffff', text: '#16191f', faint: '#545b64', grid: '#eaeded', axis: '#aab7b8' };
export const DARK: Colors = { paper: '#161d26', text: '#e9ebed', faint: '#a4b1bd', grid: '#2b3541', axis: '#5f6b7a' };

/** `y` is the middle of the text; `x` its left end, middle or right end. */
export type Label = {
  x: number;
  y: number;
  text: string;
  size: number;
  color: string;
  align?: 'left' | 'center' | 'right';
  bold?: boolean;
  /** It is cut short beyond. */
  width?: number;
};

export type Scene = { width: number; height: number; shapes: string[]; labels: Label[]; colors: Colors };
export type Box = { left: number; top: number; right: number; bottom: number };

type Attributes = { readonly [name: string]: string | number | undefined };

/** Adds an SVG element; what would lie at no place, as the numbers are too large for it, is left out. */
export function shape({ shapes }: Scene, element: string, attributes: Attributes): void {
  if (Object.values(attributes).some((value) => typeof value === 'number' && !Number.isFinite(value))) return;
  const text = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => ` ${name}="${typeof value === 'number' ? Number(value.toFixed(2)) : escaped(String(value))}"`,
    )
    .join('');
  shapes.push(`<${element}${text}/>`);
}

/** Adds a straight line. */
export function rule(
  scene: Scene,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  stroke: string,
  dashes?: string,
): void {
  shape(scene, 'line', { x1, y1, x2, y2, stroke, 'stroke-width': 1, 'stroke-dasharray': dashes });
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

/** The lowest and the highest of values; infinite where there are none. */
export function extentOf(values: readonly number[]): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** About how wide a text is. */
export function widthOf(text: string, size: number): number {
  let units = 0;
  for (const char of text) units += /[ilj.,:;|'!fItr()[\] ]/.test(char) ? 0.34 : /[mwMWA-Z%@]/.test(char) ? 0.74 : 0.58;
  return units * size;
}

/** `1.5k`, `20M`, `0.003`: at most so many digits. */
export function numberText(value: number, digits = 3): string {
  const size = Math.abs(value);
  for (const [unit, letter] of [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (size >= unit) return `${Number((value / unit).toPrecision(digits))}${letter}`;
  if (size > 0 && size < 1e-4) return value.toExponential(1);
  return String(Number(value.toPrecision(digits)));
}
