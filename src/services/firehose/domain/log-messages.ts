/** Messages of CloudWatch Logs, taken out of what a subscription filter sends. */

/**
 * The messages of a delivery, a line each: none of one that only looks whether the stream is there. Undefined for what is no delivery.
 *
 * @see Developer Guide, "Message extraction after decompression of CloudWatch Logs"; radkawar/stackd, measured in 2026
 */
export function extractMessages(record: Buffer): Buffer | undefined {
  const found = JSON.parse(record.toString('utf8')) as {
    messageType?: unknown;
    logEvents?: { message?: unknown }[];
  } | null;
  if (found?.messageType === 'CONTROL_MESSAGE') return Buffer.alloc(0);
  if (!Array.isArray(found?.logEvents)) return undefined;
  return Buffer.from(found.logEvents.map(({ message }) => `${String(message)}\n`).join(''));
}
