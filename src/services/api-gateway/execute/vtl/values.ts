/** Values that templates have besides texts, numbers and maps, and how each is written out. */

/** What the cloud gives a template: `$input`, `$util`. */
export abstract class Host {
  abstract call(method: string, args: readonly unknown[]): unknown;
  property(_name: string): unknown {
    return undefined;
  }
}

/** A list that came as JSON, and is written out as such; one that a template made is written as Java writes its lists. */
export class JsonList extends Array<unknown> {}

/** Reads JSON for templates. @throws {SyntaxError} */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (Array.isArray(value) ? JsonList.from(value) : value));
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
  if (value instanceof JsonList) return jsonOf(value, room);
  if (Array.isArray(value)) return `[${value.map((one) => written(one, room)).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, one]) => `${name}=${written(one, room)}`)
      .join(', ')}}`;
  const text = String(value);
  take(room, text.length);
  return text;
}

function jsonOf(list: JsonList, room: Room): string {
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
