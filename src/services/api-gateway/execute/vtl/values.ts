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

/** A value as Java would write it out. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (value instanceof JsonList) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (value instanceof Host) return '';
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, one]) => `${name}=${textOf(one)}`)
      .join(', ')}}`;
  return String(value);
}
