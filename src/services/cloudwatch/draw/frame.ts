/** What is around a chart: title, legend, axes with their numbers and times. */
import { type ScaleLinear, scaleLinear, scaleUtc } from 'd3-scale';
import { type Box, extentOf, type Line, numberText, type Picture, rule, type Scene, shape, widthOf } from './scene.ts';

const SMALL = 11;
const TITLE = 15;
const LEGEND_ROW = 18;
const SWATCH = 10;

export type Scales = { x: (at: number) => number; left: Scale; right: Scale };
export type Scale = ScaleLinear<number, number>;

/** The title above, the legend below or beside; gives what is left. */
export function frame(scene: Scene, picture: Picture): Box {
  const { width, height, title, colors, legend, lines } = picture;
  const box: Box = { left: 12, top: 12, right: width - 12, bottom: height - 10 };
  if (title !== '') {
    scene.labels.push({ x: 14, y: 20, text: title, size: TITLE, color: colors.text, bold: true, width: width - 28 });
    box.top = 38;
  }
  if (legend === 'hidden' || lines.length === 0 || picture.view === 'singleValue' || picture.view === 'gauge')
    return box;
  if (legend === 'right') legendBeside(scene, lines, box);
  else legendBelow(scene, lines, box);
  return box;
}

function entry(scene: Scene, { label, color }: Line, x: number, y: number, room: number): void {
  shape(scene, 'rect', { x, y: y - SWATCH / 2, width: SWATCH, height: SWATCH, rx: 2, fill: color });
  scene.labels.push({
    x: x + SWATCH + 6,
    y,
    text: label,
    size: SMALL + 1,
    color: scene.colors.text,
    width: room - SWATCH - 6,
  });
}

/** In rows, up to a third of the picture. */
function legendBelow(scene: Scene, lines: readonly Line[], box: Box): void {
  const room = box.right - box.left;
  const rows: { line: Line; x: number; wide: number }[][] = [[]];
  let x = 0;
  for (const line of lines) {
    const wide = Math.min(widthOf(line.label, SMALL + 1) + SWATCH + 28, room);
    if (x > 0 && x + wide > room) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)?.push({ line, x, wide });
    x += wide;
  }
  const shown = rows.slice(0, Math.max(1, Math.floor((box.bottom - box.top) / 3 / LEGEND_ROW)));
  box.bottom -= shown.length * LEGEND_ROW;
  shown.forEach((row, index) => {
    const y = box.bottom + (index + 0.5) * LEGEND_ROW + 2;
    for (const { line, x: at, wide } of row) entry(scene, line, box.left + at, y, wide - 8);
  });
  box.bottom -= 8;
}

function legendBeside(scene: Scene, lines: readonly Line[], box: Box): void {
  const widest = Math.max(...lines.map(({ label }) => widthOf(label, SMALL + 1))) + SWATCH + 20;
  const room = Math.min(widest, (box.right - box.left) / 3);
  box.right -= room;
  const count = Math.floor((box.bottom - box.top) / LEGEND_ROW);
  lines.slice(0, count).forEach((line, index) => {
    entry(scene, line, box.right + 12, box.top + (index + 0.5) * LEGEND_ROW, room - 12);
  });
}

/** Both axes, and where instants and values are. The box becomes what lies between the axes. */
export function axes(scene: Scene, picture: Picture, box: Box, values: { left: number[]; right: number[] }): Scales {
  const { colors } = picture;
  box.top += 18;
  box.bottom -= 18;
  const has = {
    left: picture.lines.some(({ side }) => side === 'left') || values.right.length === 0,
    right: values.right.length > 0,
  };
  const scales = {
    left: scaleOf(picture, 'left', values.left, box),
    right: scaleOf(picture, 'right', values.right, box),
  };
  const count = Math.max(2, Math.min(6, Math.floor((box.bottom - box.top) / 38)));
  const texts = (side: 'left' | 'right') =>
    scales[side].ticks(count).map((value) => [value, numberText(value, 4)] as const);
  const room = (side: 'left' | 'right') =>
    has[side] ? Math.max(28, ...texts(side).map(([, text]) => widthOf(text, SMALL) + 12)) : 6;
  const [roomLeft, roomRight] = [room('left'), room('right')];
  for (const side of ['left', 'right'] as const) {
    if (!has[side]) continue;
    const { label } = picture.axes[side];
    const x = side === 'left' ? box.left + 2 : box.right - 2;
    const align = side === 'left' ? ('left' as const) : ('right' as const);
    if (label !== '')
      scene.labels.push({
        x,
        y: box.top - 12,
        text: label,
        size: SMALL,
        color: colors.faint,
        align,
        width: (box.right - box.left) / 2,
      });
  }
  box.left += roomLeft;
  box.right -= roomRight;
  const gridded = has.left ? 'left' : 'right';
  for (const [value] of texts(gridded)) {
    const y = Math.round(scales[gridded](value)) + 0.5;
    rule(scene, [box.left, y, box.right, y], colors.grid);
  }
  for (const side of ['left', 'right'] as const) {
    if (!has[side]) continue;
    for (const [value, text] of texts(side)) {
      const x = side === 'left' ? box.left - 7 : box.right + 7;
      const align = side === 'left' ? ('right' as const) : ('left' as const);
      scene.labels.push({ x, y: scales[side](value), text, size: SMALL, color: colors.faint, align, width: 80 });
    }
  }
  rule(scene, [box.left, box.bottom + 0.5, box.right, box.bottom + 0.5], colors.axis);
  return { ...scales, x: times(scene, picture, box) };
}

/** From zero where values are not far from it. */
function scaleOf({ axes: looks }: Picture, side: 'left' | 'right', values: readonly number[], box: Box): Scale {
  const { min, max } = looks[side];
  let [low, high] = extentOf(values);
  low = min ?? low;
  high = max ?? high;
  if (!Number.isFinite(low)) low = 0;
  if (!Number.isFinite(high)) high = low + 1;
  if (min === undefined && low > 0 && low < high * 0.75) low = 0;
  if (low >= high) [low, high] = min === undefined && low > 0 ? [0, low * 1.25] : [low, low + 1];
  const scale = scaleLinear([low, high], [box.bottom, box.top]);
  if (min === undefined && max === undefined) return scale.nice(5);
  return scale;
}

/** Instants in the picture's time zone, marked below; a range without length has none. */
function times(scene: Scene, { range: { from, to }, offset, colors }: Picture, box: Box): (at: number) => number {
  if (from === to) return () => box.left;
  const scale = scaleUtc([new Date(from + offset), new Date(to + offset)], [box.left, box.right]);
  const count = Math.max(2, Math.min(8, Math.floor((box.right - box.left) / 80)));
  for (const at of scale.ticks(count)) {
    const x = Math.round(scale(at)) + 0.5;
    rule(scene, [x, box.bottom, x, box.bottom + 4], colors.axis);
    scene.labels.push({
      x,
      y: box.bottom + 13,
      text: timeText(at, to - from),
      size: SMALL,
      color: colors.faint,
      align: 'center',
      width: 70,
    });
  }
  return (at) => scale(at + offset);
}

const TWO_DAYS = 2 * 86_400_000;

function timeText(at: Date, span: number): string {
  const iso = at.toISOString();
  const isMidnight = iso.slice(11, 16) === '00:00';
  if (span > TWO_DAYS || isMidnight)
    return isMidnight || span > 7 * TWO_DAYS
      ? `${iso.slice(5, 7)}/${iso.slice(8, 10)}`
      : `${iso.slice(5, 7)}/${iso.slice(8, 10)} ${iso.slice(11, 16)}`;
  return span < 600_000 && iso.slice(17, 19) !== '00' ? iso.slice(11, 19) : iso.slice(11, 16);
}
