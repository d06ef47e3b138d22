/** Places in lists as texts that nobody needs to understand. */

/** The text of a place, whatever of JSON tells it. */
export function writeToken(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** The place that a text stands for, of which nothing is known yet; undefined for a text that is none. */
export function readToken(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
