/** Tasks that compute a checksum of what is stored. Source: S3 User Guide, "Compute checksums", "Examples: S3 Batch Operations completion reports". */
import { type Acting, type Ctx, mayPass, ServiceError } from '#kernel/contract';
import type { S3ComputeObjectChecksumOperation } from '#models/s3-control';
import { computeChecksum, findVersion } from '../../s3/port.ts';
import type { Outcome, TaskRow } from '../state.ts';

/**
 * The outcome of the task, in the words of S3's samples.
 *
 * Deviation: the server access log gets no records of it; what a sample does not show is worded like one.
 *
 * @throws {ServiceError} what may pass
 */
export async function computeTask(
  ctx: Ctx,
  acting: Acting,
  { ChecksumAlgorithm: algorithm = 'CRC64NVME', ChecksumType: type = 'FULL_OBJECT' }: S3ComputeObjectChecksumOperation,
  task: TaskRow,
): Promise<Outcome> {
  const found = findVersion(ctx, task);
  if (found === undefined || found.version.marker === true) return failed(ctx, 'Key not found', 404);
  const { version } = found;
  if (version.encryption?.kind === 'customer')
    return failed(ctx, 'SSE-C encryption type is not supported for this operation', 400);
  try {
    const isNamed = task.versionId !== undefined;
    const sum = await computeChecksum(ctx, acting, found, version, isNamed, algorithm, type);
    const [value = '', count] = sum.split('-');
    const hex = Buffer.from(value, 'base64').toString('hex').toUpperCase();
    const told = {
      checksum_base64: sum,
      etag: version.etag,
      checksumAlgorithm: algorithm,
      checksumType: type,
      checksum_hex: count === undefined ? hex : `${hex}-${count}`,
    };
    const message = JSON.stringify(told).replaceAll('=', '\\u003d');
    return { status: 'succeeded', code: '', http: 200, message };
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
    return error.code.startsWith('AccessDenied')
      ? failed(ctx, 'Access Denied', 403)
      : failed(ctx, error.message, error.status ?? 400);
  }
}

function failed(ctx: Ctx, why: string, status: number): Outcome {
  const details = `{"failureMessage":${JSON.stringify(`Task ${ctx.uuid()} ${why}`)}, "errorCode": "${status}"}`;
  return { status: 'failed', code: 'PermanentFailure', http: 200, message: `error details: ${details}` };
}
