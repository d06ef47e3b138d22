/** A scene as a PNG, by takumi (WebAssembly; its own font, Geist). Deviation: letters that the font lacks are boxes. */
import { Renderer } from '@takumi-rs/wasm/node';
import type { Label, Scene } from './scene.ts';

/** Lines of text are so much higher than their letters. */
const LINE_HEIGHT = 1.25;

let kept: Renderer | undefined;

/** The image's bytes. */
export async function toPng({ width, height, shapes, labels, colors }: Scene): Promise<Uint8Array> {
  kept ??= new Renderer();
  const frame = `<rect width="${width}" height="${height}" fill="${colors.paper}"/>`;
  const src = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${frame}${shapes.join('')}</svg>`;
  const placed = labels.filter(({ x, y, size }) => [x, y, size].every(Number.isFinite));
  const whole = { position: 'absolute', left: 0, top: 0, width, height } as const;
  const node = {
    type: 'container',
    style: { ...whole, overflow: 'hidden' },
    children: [{ type: 'image', src, width, height, style: whole }, ...placed.map((label) => textNode(label, width))],
  } as const;
  return kept.render(node as never, { width, height, format: 'png' });
}

function textNode({ x, y, text, size, color, align = 'left', bold = false, width }: Label, all: number): object {
  const room = width ?? all;
  const left = align === 'left' ? x : align === 'right' ? x - room : x - room / 2;
  return {
    type: 'text',
    text,
    style: {
      position: 'absolute',
      left,
      top: y - (size * LINE_HEIGHT) / 2,
      width: room,
      textAlign: align,
      fontSize: size,
      lineHeight: LINE_HEIGHT,
      fontWeight: bold ? 600 : 400,
      color,
      whiteSpace: 'nowrap',
      overflow: 'hidden',
      textOverflow: 'ellipsis',
    },
  };
}
