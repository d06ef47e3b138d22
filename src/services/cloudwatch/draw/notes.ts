/** Annotations of a chart: thresholds and bands across it, marks and spans in time. */
import type { Scales } from './frame.ts';
import {
  type Box,
  type HorizontalBand,
  type Picture,
  rule,
  type Scene,
  shape,
  type VerticalBand,
  widthOf,
} from './scene.ts';

const SIZE = 11;
const DASHES = '5 3';

/** What is filled lies behind the lines of metrics, what is said of it before them. */
export function annotate(scene: Scene, picture: Picture, box: Box, scales: Scales, between: () => void): void {
  const rows = picture.horizontals.map((note) => {
    const scale = scales[note.side];
    const [low = 0, high = 0] = scale.domain();
    return { note, y: (value: number) => scale(clamp(value, low, high)) };
  });
  const { from, to } = picture.range;
  const spans = picture.verticals.map((note) => ({ note, x: (at: number) => scales.x(clamp(at, from, to)) }));
  for (const { note, y } of rows) fillRow(scene, box, note, y);
  for (const { note, x } of spans) fillSpan(scene, box, note, x);
  between();
  for (const { note } of rows)
    for (const { value, label } of note.lines) {
      const y = scales[note.side](value);
      if (y < box.top - 1 || y > box.bottom + 1) continue;
      rule(scene, [box.left, Math.round(y) + 0.5, box.right, Math.round(y) + 0.5], note.color, DASHES);
      if (label !== '') tag(scene, label, { x: box.left + 4, y: y - 9 < box.top ? y + 9 : y - 9 }, note.color, box);
    }
  for (const { note } of spans)
    for (const { at, label } of note.lines) {
      const x = scales.x(at);
      if (x < box.left - 1 || x > box.right + 1) continue;
      rule(scene, [Math.round(x) + 0.5, box.top, Math.round(x) + 0.5, box.bottom], note.color, DASHES);
      if (label !== '')
        tag(
          scene,
          label,
          { x: Math.min(x + 4, box.right - widthOf(label, SIZE) - 8), y: box.top + 9 },
          note.color,
          box,
        );
    }
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

function fillRow(scene: Scene, box: Box, { from, to, color }: HorizontalBand, y: (value: number) => number): void {
  if (from === to) return;
  const [foot, top] = [y(from), y(to)];
  shape(scene, 'rect', {
    x: box.left,
    y: top,
    width: box.right - box.left,
    height: Math.max(0, foot - top),
    fill: color,
    'fill-opacity': 0.14,
  });
}

function fillSpan(scene: Scene, box: Box, { from, to, color }: VerticalBand, x: (at: number) => number): void {
  if (from === to) return;
  const [start, end] = [x(from), x(to)];
  shape(scene, 'rect', {
    x: start,
    y: box.top,
    width: Math.max(0, end - start),
    height: box.bottom - box.top,
    fill: color,
    'fill-opacity': 0.14,
  });
}

/** On the paper's colour, so that it can be read before lines. */
function tag(scene: Scene, text: string, { x, y }: { x: number; y: number }, color: string, box: Box): void {
  const wide = Math.min(widthOf(text, SIZE) + 6, box.right - x);
  shape(scene, 'rect', {
    x: x - 3,
    y: y - 7,
    width: wide,
    height: 14,
    rx: 2,
    fill: scene.colors.paper,
    'fill-opacity': 0.75,
  });
  scene.labels.push({ x, y, text, size: SIZE, color, width: Math.max(wide + 10, 20) });
}
