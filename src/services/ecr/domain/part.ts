/** How large a layer may grow, and of how many parts. */
import { quotaReached } from '../errors.ts';
import { LAYER_BYTES_MAX, PARTS_MAX } from '../limits.ts';
import type { UploadRow } from '../state.ts';

/** An upload with one more part. @param size in bytes @throws {ServiceError} LimitExceededException */
export function withPart(upload: UploadRow, size: number): UploadRow {
  const bytes = upload.bytes + size;
  const parts = (upload.parts ?? 0) + 1;
  if (bytes > LAYER_BYTES_MAX) throw quotaReached('The maximum size of a layer has been reached');
  if (parts > PARTS_MAX) throw quotaReached(`A layer can have at most ${PARTS_MAX} parts`);
  return { ...upload, bytes, parts };
}
