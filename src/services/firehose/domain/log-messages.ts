/** Messages of CloudWatch Logs, taken out of what a subscription filter sends. */

/**
 * The messages of a delivery, a line each; undefined for one that only looks whether the stream is there.
 *
 * @see Developer Guide, "Message extraction after decompression of CloudWatch Logs"
 */
export function extractMessages(record: Buffer): Buffer | undefined {
  let found: { messageType?: unknown; logEvents?: { message?: unknown }[] };
  try {
    found = JSON.parse(record.toString('utf8'));
  } catch {
    return record;
  }
  if (found?.messageType === 'CONTROL_MESSAGE') return undefined;
  if (!Array.isArray(found?.logEvents)) return record;
  return Buffer.from(found.logEvents.map(({ message }) => `${String(message)}\n`).join(''));
}
