/** Values that templates have besides texts, numbers and maps, and how each is written out. */

/** What the cloud gives a template: `$input`, `$util`. */
export abstract class Host {
  /** @param spend what a call costs more than a step */
  abstract call(method: string, args: readonly unknown[], spend: Cost): unknown;
  property(_name: string): unknown {
    return undefined;
  }
}

/** Counts what a template does, in steps. @throws where that is too much */
export type Cost = (steps: number) => void;

/** What it costs to read a text once. */
export function costOf(value: unknown): number {
  return typeof value === 'string' ? value.length >> 8 : 0;
}

/** A list that a template made, which is written out as Java writes its lists; one that came as JSON is written as such. */
export class MadeList extends Array<unknown> {}

/** What a text's place is given: a list and a map as they are written out, nothing as an empty text. */
export function plainText(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'object' ? textOf(value) : String(value);
}

/** A number; not one for what is a list or a map. */
export function numberOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Number.NaN : Number(value);
}

/** Characters that one value may be written out in: what holds itself, or the same again and again, has no end. */
const CHARACTERS_MAX = 10 * 1_048_576;

/** How much may still be written. */
type Room = { left: number };

function take(room: Room, characters: number): void {
  room.left -= characters;
  if (room.left < 0) throw new RangeError('The text is too long');
}

/** A value as Java would write it out. @throws {RangeError} where that is too long */
export function textOf(value: unknown): string {
  return written(value, { left: CHARACTERS_MAX });
}

function written(value: unknown, room: Room): string {
  if (value === undefined || value === null) return 'null';
  if (value instanceof Host) return '';
  take(room, 2);
  if (Array.isArray(value) && !(value instanceof MadeList)) return jsonOf(value, room);
  if (Array.isArray(value)) return `[${value.map((one) => written(one, room)).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, one]) => `${name}=${written(one, room)}`)
      .join(', ')}}`;
  const text = String(value);
  take(room, text.length);
  return text;
}

function jsonOf(list: readonly unknown[], room: Room): string {
  try {
    return JSON.stringify(list, (name, one) => {
      take(room, name.length + (typeof one === 'string' ? one.length : 1));
      return one;
    });
  } catch (error) {
    // A list that holds itself.
    if (error instanceof TypeError) throw new RangeError(error.message.split('\n')[0]);
    throw error;
  }
}
