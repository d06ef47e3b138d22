/** Charts of metrics: lines, stacked areas, bars, a ring, numbers, a gauge. */
import { arc, area, line, pie, stack } from 'd3-shape';
import { axes, frame, type Scales } from './frame.ts';
import { annotate } from './notes.ts';
import { type Box, extentOf, type Line, numberText, type Picture, type Scene, shape, widthOf } from './scene.ts';
import { thin } from './thin.ts';

/** The picture of metrics. */
export function draw(whole: Picture): Scene {
  const picture = thin(whole);
  const { width, height, colors } = picture;
  const scene: Scene = { width, height, shapes: [], labels: [], colors };
  const box = frame(scene, picture);
  if (box.right - box.left < 40 || box.bottom - box.top < 30) return scene;
  const views = { timeSeries, bar: bars, pie: ring, singleValue: numbers, gauge };
  views[picture.view](scene, picture, box);
  return scene;
}

function timeSeries(scene: Scene, picture: Picture, box: Box): void {
  const { lines, stacked } = picture;
  const layers = stacked ? { left: stackOf(lines, 'left'), right: stackOf(lines, 'right') } : undefined;
  const valuesOf = (side: 'left' | 'right') => [
    ...(layers?.[side].flatMap(({ points }) => points.flatMap(([, low, high]) => [low, high])) ??
      lines.filter((one) => one.side === side).flatMap(({ points }) => points.map(([, value]) => value))),
    ...lines
      .filter((one) => one.side === side)
      .flatMap(({ band = [] }) => band.flatMap(([, low, high]) => [low, high])),
    ...picture.horizontals.filter((note) => note.side === side).flatMap((note) => note.lines.map(({ value }) => value)),
  ];
  const scales = axes(scene, picture, box, { left: valuesOf('left'), right: valuesOf('right') });
  annotate(scene, picture, box, scales, () => {
    for (const one of lines) if (one.band !== undefined) band(scene, one, scales);
    for (const { line: one, points } of [...(layers?.left ?? []), ...(layers?.right ?? [])])
      layer(scene, one, points, scales);
    if (layers === undefined) for (const one of lines) curve(scene, one, scales);
  });
  if (lines.every(({ points, band: edges = [] }) => points.length === 0 && edges.length === 0))
    scene.labels.push({
      x: (box.left + box.right) / 2,
      y: (box.top + box.bottom) / 2,
      text: 'No data available. Try adjusting the time range.',
      size: 13,
      color: scene.colors.faint,
      align: 'center',
    });
}

/** A line breaks where a period has no value; a value between two such is a dot. */
function curve(scene: Scene, { color, side, period, points }: Line, scales: Scales): void {
  const [x, y] = [scales.x, scales[side]];
  const runs: (readonly [number, number])[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run === undefined || point[0] - (run.at(-1)?.[0] ?? 0) > period) runs.push([point]);
    else run.push(point);
  }
  const path = line<readonly [number, number]>(
    (point) => x(point[0]),
    (point) => y(point[1]),
  ).digits(2);
  for (const run of runs) {
    const [first] = run;
    if (run.length === 1 && first !== undefined)
      shape(scene, 'circle', { cx: x(first[0]), cy: y(first[1]), r: 2.5, fill: color });
    else
      shape(scene, 'path', {
        d: path(run) ?? '',
        fill: 'none',
        stroke: color,
        'stroke-width': 2,
        'stroke-linejoin': 'round',
        'stroke-linecap': 'round',
      });
  }
}

type Layer = { line: Line; points: (readonly [at: number, low: number, high: number])[] };

/** Lines upon each other; one without a value at an instant counts as zero there. */
function stackOf(lines: readonly Line[], side: 'left' | 'right'): Layer[] {
  const own = lines.filter((one) => one.side === side && one.band === undefined);
  const values = own.map(({ points }) => new Map(points));
  const instants = [...new Set(own.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const keys = own.map((_, index) => index);
  const series = stack<unknown, number, number>()
    .keys(keys)
    .value((at, index) => values[index]?.get(at) ?? 0)(instants);
  return series.map((points, index) => ({
    line: own[index] as Line,
    points: points.map(([low, high], at) => [instants[at] ?? 0, low, high] as const),
  }));
}

type Edge = readonly [at: number, low: number, high: number];

const areaOf = ({ x, left, right }: Scales, side: 'left' | 'right') => {
  const y = side === 'left' ? left : right;
  return area<Edge>(
    (edge) => x(edge[0]),
    (edge) => y(edge[1]),
    (edge) => y(edge[2]),
  ).digits(2);
};

function layer(scene: Scene, { color, side }: Line, points: readonly Edge[], scales: Scales): void {
  const shapeOf = areaOf(scales, side);
  shape(scene, 'path', { d: shapeOf(points) ?? '', fill: color, 'fill-opacity': 0.55 });
  shape(scene, 'path', { d: shapeOf.lineY1()(points) ?? '', fill: 'none', stroke: color, 'stroke-width': 1.5 });
}

function band(scene: Scene, { color, side, band: edges = [] }: Line, scales: Scales): void {
  shape(scene, 'path', { d: areaOf(scales, side)(edges) ?? '', fill: color, 'fill-opacity': 0.25 });
}

/** The value that a line has come to. */
const last = ({ points }: Line) => points.at(-1)?.[1];

function bars(scene: Scene, picture: Picture, box: Box): void {
  const shown = picture.lines.filter((one) => last(one) !== undefined);
  const values = shown.map((one) => last(one) ?? 0);
  const scales = axes(scene, { ...picture, range: { from: 0, to: 0 } }, box, { left: [0, ...values], right: [] });
  const step = (box.right - box.left) / Math.max(1, shown.length);
  const wide = Math.min(step * 0.7, 90);
  shown.forEach((one, index) => {
    const value = last(one) ?? 0;
    const middle = box.left + (index + 0.5) * step;
    const [top, foot] = [scales.left(Math.max(value, 0)), scales.left(Math.min(value, 0))];
    shape(scene, 'rect', {
      x: middle - wide / 2,
      y: top,
      width: wide,
      height: Math.max(1, foot - top),
      rx: 2,
      fill: one.color,
    });
    scene.labels.push({
      x: middle,
      y: top - 9,
      text: numberText(value),
      size: 11,
      color: scene.colors.text,
      align: 'center',
      width: step,
    });
    scene.labels.push({
      x: middle,
      y: box.bottom + 13,
      text: one.label,
      size: 11,
      color: scene.colors.faint,
      align: 'center',
      width: step - 6,
    });
  });
}

function ring(scene: Scene, { lines }: Picture, box: Box): void {
  const shown = lines.filter((one) => (last(one) ?? 0) > 0);
  const sum = shown.reduce((all, one) => all + (last(one) ?? 0), 0);
  const radius = Math.min(box.right - box.left, box.bottom - box.top) / 2 - 8;
  const [cx, cy] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const sectors = pie<Line>()
    .sort(null)
    .padAngle(0.012)
    .value((one) => last(one) ?? 0)(shown);
  for (const sector of sectors) {
    const draft = arc<typeof sector>()
      .innerRadius(radius * 0.58)
      .outerRadius(radius)
      .cornerRadius(2)
      .digits(2);
    shape(scene, 'path', { d: draft(sector) ?? '', transform: `translate(${cx},${cy})`, fill: sector.data.color });
    const [x, y] = draft.centroid(sector);
    const share = `${numberText((sector.value / sum) * 100)}%`;
    if ((sector.endAngle - sector.startAngle) * radius * 0.79 > widthOf(share, 11) + 4)
      scene.labels.push({
        x: cx + x,
        y: cy + y,
        text: share,
        size: 11,
        color: '#ffffff',
        align: 'center',
        bold: true,
        width: 60,
      });
  }
  scene.labels.push({
    x: cx,
    y: cy - 8,
    text: numberText(sum),
    size: Math.max(14, radius / 4),
    color: scene.colors.text,
    align: 'center',
    bold: true,
    width: radius,
  });
  scene.labels.push({
    x: cx,
    y: cy + radius / 6 + 4,
    text: 'Total',
    size: 11,
    color: scene.colors.faint,
    align: 'center',
    width: radius,
  });
}

/** The last value of each line, side by side. */
function numbers(scene: Scene, { lines, precise, sparkline, range }: Picture, box: Box): void {
  const columns = Math.max(1, Math.min(lines.length, Math.floor((box.right - box.left) / 140)));
  const rows = Math.ceil(lines.length / columns) || 1;
  const [wide, high] = [(box.right - box.left) / columns, (box.bottom - box.top) / rows];
  lines.forEach((one, index) => {
    const x = box.left + (index % columns) * wide + 4;
    const top = box.top + Math.floor(index / columns) * high;
    const value = last(one);
    const text = value === undefined ? '--' : precise ? String(value) : numberText(value, 4);
    const size = Math.max(14, Math.min(38, high * 0.32, ((wide - 16) / Math.max(1, widthOf(text, 1))) * 0.8));
    const middle = sparkline ? top + high * 0.3 : top + high / 2;
    scene.labels.push({
      x: x + 14,
      y: middle - size * 0.75,
      text: one.label,
      size: 12,
      color: scene.colors.faint,
      width: wide - 24,
    });
    shape(scene, 'rect', { x, y: middle - size * 0.75 - 5, width: 10, height: 10, rx: 2, fill: one.color });
    scene.labels.push({ x, y: middle + size * 0.3, text, size, color: scene.colors.text, bold: true, width: wide - 8 });
    const unit = one.unit === 'None' || one.unit === 'Count' ? '' : one.unit;
    scene.labels.push({
      x: x + widthOf(text, size) * 1.08 + 6,
      y: middle + size * 0.45,
      text: unit,
      size: 12,
      color: scene.colors.faint,
      width: wide / 2,
    });
    if (sparkline)
      spark(scene, one, range, { left: x, right: x + wide - 16, top: top + high * 0.62, bottom: top + high - 6 });
  });
}

function spark(scene: Scene, one: Line, { from, to }: Picture['range'], box: Box): void {
  const [low, high] = extentOf(one.points.map(([, value]) => value));
  const x = (at: number) => box.left + ((at - from) / (to - from)) * (box.right - box.left);
  const y = (value: number) => box.bottom - ((value - low) / (high - low || 1)) * (box.bottom - box.top);
  const floor = area<readonly [number, number]>(
    (point) => x(point[0]),
    box.bottom,
    (point) => y(point[1]),
  ).digits(2);
  shape(scene, 'path', { d: floor(one.points) ?? '', fill: one.color, 'fill-opacity': 0.2 });
  shape(scene, 'path', { d: floor.lineY1()(one.points) ?? '', fill: 'none', stroke: one.color, 'stroke-width': 1.5 });
}

/** Half a ring that fills from the left axis' minimum to its maximum. */
function gauge(scene: Scene, picture: Picture, box: Box): void {
  const { lines, axes: looks, colors } = picture;
  const [min, max] = [looks.left.min ?? 0, looks.left.max ?? 100];
  const wide = (box.right - box.left) / Math.max(1, lines.length);
  lines.forEach((one, index) => {
    const radius = Math.max(10, Math.min(wide / 2 - 12, box.bottom - box.top - 34));
    const [cx, cy] = [box.left + (index + 0.5) * wide, box.bottom - 26];
    const value = last(one);
    const share = value === undefined ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min || 1)));
    const part = (startAngle: number, endAngle: number, fill: string) => {
      const d = arc().cornerRadius(3).digits(2)({
        innerRadius: radius * 0.72,
        outerRadius: radius,
        startAngle,
        endAngle,
      });
      shape(scene, 'path', { d: d ?? '', transform: `translate(${cx},${cy})`, fill });
    };
    part(-Math.PI / 2, Math.PI / 2, colors.grid);
    if (share > 0) part(-Math.PI / 2, -Math.PI / 2 + Math.PI * share, one.color);
    const text = value === undefined ? '--' : numberText(value, 4);
    scene.labels.push({
      x: cx,
      y: cy - radius * 0.22,
      text,
      size: Math.max(14, radius * 0.32),
      color: colors.text,
      align: 'center',
      bold: true,
      width: radius * 1.4,
    });
    scene.labels.push({
      x: cx,
      y: cy + 14,
      text: one.label,
      size: 12,
      color: colors.faint,
      align: 'center',
      width: wide - 70,
    });
    for (const [x, edge] of [
      [cx - radius * 0.86, min],
      [cx + radius * 0.86, max],
    ] as const)
      scene.labels.push({
        x,
        y: cy + 11,
        text: numberText(edge),
        size: 11,
        color: colors.faint,
        align: 'center',
        width: 60,
      });
  });
}
