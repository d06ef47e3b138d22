/** Writing for other services: into streams that are made when there is something to write. */
import type { Millis } from '#kernel/base';
import { type Aws, isGone, ServiceError } from '#kernel/contract';

type Logs = Aws['cloudwatch-logs'];
export type LogPlace = { logGroupName: string; logStreamName: string };
export type LogLine = { timestamp: Millis; message: string };

const orThere = (making: Promise<unknown>) => isGone('ResourceAlreadyExistsException', making);

/** Does a thing; where what it needs isn't there, once more after that was made. */
async function making(work: () => Promise<unknown>, make: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'ResourceNotFoundException')) throw error;
    await make();
    await work();
  }
}

/**
 * Sees that there is a stream, and its group where `makesGroup`: only then must the caller be allowed to make one.
 *
 * @throws {ServiceError} what CloudWatch Logs refuses with
 */
export async function openStream(logs: Logs, place: LogPlace, makesGroup = false): Promise<void> {
  const open = () => orThere(logs.CreateLogStream(place));
  const { logGroupName } = place;
  await (makesGroup ? making(open, () => orThere(logs.CreateLogGroup({ logGroupName }))) : open());
}

/** What lines hold in memory. */
export function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + 2 * line.length, 0);
}

/** Writes lines to a stream, which is made where it is missing. @throws {ServiceError} what CloudWatch Logs refuses with */
export async function putLines(
  logs: Logs,
  place: LogPlace,
  logEvents: readonly LogLine[],
  makesGroup = false,
): Promise<void> {
  const put = () => logs.PutLogEvents({ ...place, logEvents: [...logEvents] });
  await making(put, () => openStream(logs, place, makesGroup));
}
