/** What two requests that say the same have in common. */
import { sha256Hex } from './bytes.ts';

/** A digest of a part of a request, whatever the order in which its client wrote the members of maps: Go's is another each time. */
export function digestOfRequest(request: unknown): string {
  return sha256Hex(JSON.stringify(request, (_, value: unknown) => inOrder(value)));
}

function inOrder(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
