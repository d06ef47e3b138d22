/** Lines with more points than a picture has room for. */
import type { Picture } from './scene.ts';

type Point = readonly [at: number, value: number];

/** Upon each other, lines keep the last value of each pixel, all at the same instants; else the lowest and the highest, so that every peak is seen. */
export function thin(picture: Picture): Picture {
  const { lines, width, stacked, range } = picture;
  const step = (range.to - range.from) / width;
  const longest = 4 * width;
  if (lines.every(({ points }) => points.length <= longest)) return picture;
  const kept = stacked ? lastOf : extremesOf;
  return {
    ...picture,
    lines: lines.map((line) => ({
      ...line,
      period: Math.max(line.period, 2 * step),
      points: kept(line.points, (at) => range.from + Math.floor((at - range.from) / step) * step),
    })),
  };
}

type PixelOf = (at: number) => number;

function lastOf(points: readonly Point[], pixelOf: PixelOf): Point[] {
  return [...new Map(points.map(([at, value]) => [pixelOf(at), value]))];
}

function extremesOf(points: readonly Point[], pixelOf: PixelOf): Point[] {
  const pixels = new Map<number, { low: Point; high: Point }>();
  for (const point of points) {
    const pixel = pixelOf(point[0]);
    const known = pixels.get(pixel);
    if (known === undefined) pixels.set(pixel, { low: point, high: point });
    else if (point[1] < known.low[1]) known.low = point;
    else if (point[1] > known.high[1]) known.high = point;
  }
  const last = points.at(-1);
  const kept = [...pixels.values()].flatMap(({ low, high }) => {
    if (low === high) return [low];
    return low[0] < high[0] ? [low, high] : [high, low];
  });
  return last === undefined || kept.at(-1) === last ? kept : [...kept, last];
}
