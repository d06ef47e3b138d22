/** XML as AWS's protocols use it: a bounded parser to a small tree (no DOCTYPE, no entities but the five), and escaping. */
import { WireFailure } from './failure.ts';

export type Element = {
  /** Name without prefix. */
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Text directly inside, entities resolved. */
  text: string;
};

/** Elements inside one another; AWS's deepest shapes need about 20. */
const DEPTH_MAX = 200;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const NAME = /[^\s/>=<]+/y;
const ATTRIBUTE = /\s+([^\s=/>]+)\s*=\s*("([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;

/** The document element of an XML text. */
export function parseXml(text: string): Element {
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open: Element[] = [top];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const inside = open.at(-1) as Element;
    const tag = text.indexOf('<', at);
    if (tag !== at) {
      const piece = text.slice(at, tag === -1 ? text.length : tag);
      if (inside === top ? piece.trim() !== '' : false) throw malformed('text outside the document element');
      inside.text += resolve(piece);
      if (tag === -1) break;
    }
    at = readMarkup(text, tag, open);
  }
  if (open.length !== 1) throw malformed(`<${(open.at(-1) as Element).name}> is not closed`);
  const [root, second] = top.children;
  if (root === undefined || second !== undefined) throw malformed('a document has one element');
  return root;
}

/** Reads what begins with `<` at `at`; gives where it ends. */
function readMarkup(text: string, at: number, open: Element[]): number {
  const inside = open.at(-1) as Element;
  if (text.startsWith('<!--', at)) return past(text, '-->', at);
  if (text.startsWith('<?', at)) return past(text, '?>', at);
  if (text.startsWith('<![CDATA[', at)) {
    const end = past(text, ']]>', at);
    inside.text += text.slice(at + 9, end - 3);
    return end;
  }
  if (text.startsWith('<!', at)) throw malformed('a document type is not accepted');
  if (text.charCodeAt(at + 1) === 0x2f) {
    const end = past(text, '>', at);
    if (open.length === 1 || local(text.slice(at + 2, end - 1).trim()) !== inside.name)
      throw malformed(`unexpected ${text.slice(at, Math.min(end, at + 60))}`);
    open.pop();
    return end;
  }
  return readStart(text, at, open);
}

function readStart(text: string, at: number, open: Element[]): number {
  NAME.lastIndex = at + 1;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw malformed(`no name after < at ${at}`);
  const element: Element = { name: local(name), attributes: {}, children: [], text: '' };
  let next = at + 1 + name.length;
  for (;;) {
    ATTRIBUTE.lastIndex = next;
    const match = ATTRIBUTE.exec(text);
    if (match === null) break;
    element.attributes[match[1] as string] = resolve(match[3] ?? match[4] ?? '');
    next = ATTRIBUTE.lastIndex;
  }
  TAG_END.lastIndex = next;
  const end = TAG_END.exec(text);
  if (end === null) throw malformed(`<${name}> does not end`);
  (open.at(-1) as Element).children.push(element);
  if (end[1] === '') {
    if (open.length > DEPTH_MAX) throw malformed('too deep');
    open.push(element);
  }
  return TAG_END.lastIndex;
}

function past(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  if (at === -1) throw malformed(`no ${end}`);
  return at + end.length;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function resolve(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;\s&]{0,12});?/g, (whole, entity: string) => {
    const known = ENTITIES[entity];
    if (known !== undefined && whole.endsWith(';')) return known;
    const code = /^#x[0-9a-f]+$/i.test(entity)
      ? Number.parseInt(entity.slice(2), 16)
      : /^#\d+$/.test(entity)
        ? Number(entity.slice(1))
        : Number.NaN;
    if (!(code > 0 && code <= 0x10ffff) || !whole.endsWith(';')) throw malformed(`unknown entity ${whole}`);
    return String.fromCodePoint(code);
  });
}

function malformed(detail: string): WireFailure {
  return new WireFailure('serialization', `The XML is not well-formed: ${detail}`);
}

const ESCAPED: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\u0085': '&#x85;',
  '\u2028': '&#x2028;',
};

/** What text between tags can't hold as it is, by its code. */
const ESCAPED_CODES: (string | undefined)[] = [];
for (let code = 0; code < 0x20; code += 1)
  if (code !== 0x09 && code !== 0x0a) ESCAPED_CODES[code] = `&#x${code.toString(16)};`;
for (const char of '&<>\r\u0085\u2028') ESCAPED_CODES[char.charCodeAt(0)] = ESCAPED[char];

/**
 * For text between tags; a carriage return would otherwise reach the client as a line feed. A stranger chooses the text: a callback for
 * each character, or a string that grows by each, would cost a second for 2 MB of them.
 */
export function escapeText(text: string): string {
  if (!/[&<>\r\u0085\u2028]|[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) return text;
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const escaped = ESCAPED_CODES[text.charCodeAt(at)];
    if (escaped === undefined) continue;
    if (at > from) pieces.push(text.slice(from, at));
    pieces.push(escaped);
    from = at + 1;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** For text inside double quotes. */
export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\r\n\u0085\u2028]/g, (char) => ESCAPED[char] as string);
}
