/** Values as SAM, a program in Python, writes them down: in its messages, and where it takes their hash for a name. */
import type { Json } from '../../domain/parse.ts';

/** `['a', 'b']` */
export function shownList(items: readonly Json[]): string {
  return `[${items.map(shown).join(', ')}]`;
}

/** A value in a message. */
export function shown(value: Json | undefined): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return shownList(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${quoted(name)}: ${shown(member)}`)
    .join(', ')}}`;
}

/** A text bare, anything else as it is shown. */
export function told(value: Json | undefined): string {
  return typeof value === 'string' ? value : shown(value);
}

function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** What the kind of a value is called. */
export function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as 'string' | 'boolean' | 'object'];
}

/** JSON in ASCII, members in their order or sorted. */
export function pythonJson(value: Json, style: { sorted: boolean; separators: readonly [string, string] }): string {
  const [comma, colon] = style.separators;
  const write = (one: Json): string => {
    if (Array.isArray(one)) return `[${one.map(write).join(comma)}]`;
    if (one === null || typeof one !== 'object') return ascii(JSON.stringify(one));
    const entries = Object.entries(one);
    const ordered = style.sorted ? entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) : entries;
    return `{${ordered.map(([name, member]) => `${ascii(JSON.stringify(name))}${colon}${write(member)}`).join(comma)}}`;
  };
  return write(value);
}

/** Lines of JSON, four deep, members sorted. */
export function prettyJson(value: Json): string {
  const write = (one: Json, indent: string): string => {
    if (one === null || typeof one !== 'object') return ascii(JSON.stringify(one));
    const inner = `${indent}    `;
    const members = Array.isArray(one)
      ? one.map((item) => write(item, inner))
      : Object.entries(one)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, member]) => `${ascii(JSON.stringify(name))}: ${write(member, inner)}`);
    const [open, close] = Array.isArray(one) ? ['[', ']'] : ['{', '}'];
    return members.length === 0
      ? `${open}${close}`
      : `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
  };
  return write(value, '');
}

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
