/** Texts that are kept as bodies: templates. */
import { collect } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { BlobRef } from '#kernel/store';
import { TEMPLATE_BYTES_MAX } from '../limits.ts';

/** What processing may make of a template that fits. */
const TEXT_BYTES_MAX = 16 * TEMPLATE_BYTES_MAX;

/** Writes a text; a row that names it must `keep` it. */
export function keepText(text: string, ctx: Ctx): Promise<BlobRef> {
  return ctx.blobs.write(
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
}

/** Reads it again. */
export async function textOf(ref: BlobRef, ctx: Ctx): Promise<string> {
  const bytes = await collect(ctx.blobs.read(ref), TEXT_BYTES_MAX, () => new Error('a template that grew'));
  return Buffer.from(bytes).toString('utf8');
}
