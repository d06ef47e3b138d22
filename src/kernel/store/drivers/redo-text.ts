/** Writes as the text of one record of the redo log: for each the lengths of its parts, then the parts. */
import { invariant } from '#kernel/base';
import type { Write } from '../driver.ts';

const DELETED = '-';

/** A write as a part of the text of a record. */
export function encodeWrite({ space, key, value }: Write): string {
  return `${space.length} ${key.length} ${value === undefined ? DELETED : value.length}\n${space}${key}${value ?? ''}`;
}

/** The writes of a record, in order. Fails for a text that no writes were made into. */
export function decodeWrites(text: string): Write[] {
  const writes: Write[] = [];
  for (let at = 0; at < text.length; ) {
    const line = text.indexOf('\n', at);
    const [space, key, value] = text.slice(at, line).split(' ');
    invariant(line > at && value !== undefined, 'a record of the redo log that can be read');
    at = line + 1;
    const take = (length: number) => text.slice(at, (at += length));
    writes.push({
      space: take(Number(space)),
      key: take(Number(key)),
      value: value === DELETED ? undefined : take(Number(value)),
    });
  }
  return writes;
}
