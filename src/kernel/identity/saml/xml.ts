/**
 * XML with its namespaces, as signatures need it: every element knows what it was written as. Strict: no document type, no
 * processing instructions, no entities but the five, bounded in depth. Comments are left out, as canonical XML leaves them out.
 *
 * @see XML 1.0 (fifth edition), Namespaces in XML 1.0
 */

export type XmlAttribute = { name: string; prefix: string; local: string; namespace: string; value: string };
export type XmlElement = {
  name: string;
  prefix: string;
  local: string;
  namespace: string;
  /** Without namespace declarations. */
  attributes: XmlAttribute[];
  /** Namespaces by prefix that hold here; the empty prefix is the default one. */
  scope: ReadonlyMap<string, string>;
  children: (XmlElement | string)[];
};

/** Thrown for a text that is no such XML. */
export class XmlError extends Error {
  override name = 'XmlError';
}

const DEPTH_MAX = 60;
/** Namespaces that hold in one place: canonical XML looks at each of them for each element. */
const NAMESPACES_MAX = 64;
const XML = 'http://www.w3.org/XML/1998/namespace';
const NAME = /(?:([A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*):)?([A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*)/y;
const ATTRIBUTE = /[ \t\n]+(?:([^\s:=/>"'<]+):)?([^\s:=/>"'<]+)[ \t\n]*=[ \t\n]*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /[ \t\n]*(\/?)>/y;
const DECLARATION = /^<\?xml[ \t\n][^?]*\?>/;
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const TOP_SCOPE: ReadonlyMap<string, string> = new Map([['xml', XML]]);

/** The document element of a text. @throws {XmlError} */
export function readXml(given: string): XmlElement {
  const text = given.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  if (FORBIDDEN.test(text)) throw new XmlError('a character that XML does not have');
  const declaration = DECLARATION.exec(text)?.[0] ?? '';
  if (/encoding/.test(declaration) && !/encoding\s*=\s*["']utf-8["']/i.test(declaration))
    throw new XmlError('an encoding other than UTF-8');
  const top: XmlElement = elementOf('', '', '', TOP_SCOPE);
  const open = [top];
  for (let at = declaration.length; at < text.length; ) at = readPiece(text, at, open);
  const [root, ...more] = top.children.filter((child) => typeof child !== 'string' || child.trim() !== '');
  if (open.length !== 1 || root === undefined || typeof root === 'string' || more.length > 0)
    throw new XmlError('a document is one element');
  return root;
}

function elementOf(prefix: string, local: string, namespace: string, scope: XmlElement['scope']): XmlElement {
  const name = prefix === '' ? local : `${prefix}:${local}`;
  return { name, prefix, local, namespace, attributes: [], scope, children: [] };
}

/** Reads text or markup at `at`; gives where it ends. */
function readPiece(text: string, at: number, open: XmlElement[]): number {
  const inside = open.at(-1) as XmlElement;
  if (text[at] !== '<') {
    const end = text.indexOf('<', at);
    append(inside, resolve(text.slice(at, end === -1 ? text.length : end)));
    return end === -1 ? text.length : end;
  }
  if (text.startsWith('<!--', at)) return past(text, '-->', at + 4);
  if (text.startsWith('<![CDATA[', at)) {
    const end = past(text, ']]>', at + 9);
    append(inside, text.slice(at + 9, end - 3));
    return end;
  }
  if (text[at + 1] === '!' || text[at + 1] === '?') throw new XmlError('a document type or an instruction');
  if (text[at + 1] === '/') {
    const end = past(text, '>', at);
    if (open.length === 1 || text.slice(at + 2, end - 1).trimEnd() !== inside.name)
      throw new XmlError('an end that ends nothing');
    open.pop();
    return end;
  }
  return readStart(text, at, open);
}

/** Pieces of text that follow each other are one: a comment between them must not split a name. */
function append(inside: XmlElement, text: string): void {
  const last = inside.children.at(-1);
  if (typeof last === 'string') inside.children[inside.children.length - 1] = last + text;
  else inside.children.push(text);
}

type Written = { prefix: string; local: string; value: string };

function readStart(text: string, at: number, open: XmlElement[]): number {
  NAME.lastIndex = at + 1;
  const [whole = '', prefix = '', local = ''] = NAME.exec(text) ?? [];
  if (whole === '') throw new XmlError('an element without a name');
  const written: Written[] = [];
  ATTRIBUTE.lastIndex = at + 1 + whole.length;
  let next = ATTRIBUTE.lastIndex;
  for (let found = ATTRIBUTE.exec(text); found !== null; found = ATTRIBUTE.exec(text)) {
    next = ATTRIBUTE.lastIndex;
    const value = resolve((found[3] ?? found[4] ?? '').replace(/[\t\n]/g, ' '));
    written.push({ prefix: found[1] ?? '', local: found[2] ?? '', value });
  }
  TAG_END.lastIndex = next;
  const end = TAG_END.exec(text);
  if (end === null) throw new XmlError(`<${whole} does not end`);
  const inside = open.at(-1) as XmlElement;
  const element = bind(prefix, local, written, inside.scope);
  inside.children.push(element);
  if (end[1] === '') {
    if (open.length > DEPTH_MAX) throw new XmlError('too deep');
    open.push(element);
  }
  return TAG_END.lastIndex;
}

function bind(prefix: string, local: string, written: readonly Written[], outer: XmlElement['scope']): XmlElement {
  const isDeclaration = (one: Written) => one.prefix === 'xmlns' || (one.prefix === '' && one.local === 'xmlns');
  const declared = written.filter(isDeclaration);
  let scope = outer;
  if (declared.length > 0) {
    const own = new Map(outer);
    for (const { prefix: by, local: name, value } of declared) {
      if (by === 'xmlns' && (value === '' || name === 'xml' || name === 'xmlns'))
        throw new XmlError('a namespace that can not be declared');
      own.set(by === '' ? '' : name, value);
    }
    if (own.size > NAMESPACES_MAX) throw new XmlError('too many namespaces');
    scope = own;
  }
  const element = elementOf(prefix, local, namespaceOf(prefix, scope), scope);
  const seen = new Set(declared.map((one) => `xmlns ${one.prefix}:${one.local}`));
  if (seen.size < declared.length) throw new XmlError('a namespace declared twice');
  for (const one of written.filter((each) => !isDeclaration(each))) {
    const namespace = one.prefix === '' ? '' : namespaceOf(one.prefix, scope);
    const id = `${namespace} ${one.local}`;
    if (seen.has(id)) throw new XmlError(`the attribute ${one.local} twice`);
    seen.add(id);
    const name = one.prefix === '' ? one.local : `${one.prefix}:${one.local}`;
    element.attributes.push({ name, namespace, ...one });
  }
  return element;
}

function namespaceOf(prefix: string, scope: XmlElement['scope']): string {
  const namespace = scope.get(prefix);
  if (namespace === undefined && prefix !== '') throw new XmlError(`no namespace ${prefix}`);
  return namespace ?? '';
}

function past(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  if (at === -1) throw new XmlError(`no ${end}`);
  return at + end.length;
}

function resolve(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, entity: string) => {
    const known = Object.hasOwn(ENTITIES, entity) ? ENTITIES[entity] : undefined;
    const code = /^#x[0-9a-fA-F]{1,6}$/.test(entity)
      ? Number.parseInt(entity.slice(2), 16)
      : /^#[0-9]{1,7}$/.test(entity)
        ? Number(entity.slice(1))
        : Number.NaN;
    const char = known ?? (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '');
    if (char === '' || !whole.endsWith(';') || FORBIDDEN.test(char)) throw new XmlError('an unknown entity');
    return char;
  });
}

/** The elements of a name directly inside. */
export function childrenOf(element: XmlElement, namespace: string, local: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && child.local === local && child.namespace === namespace,
  );
}

/** The one element of a name directly inside; undefined where there is none or several. */
export function childOf(element: XmlElement | undefined, namespace: string, local: string): XmlElement | undefined {
  const found = element === undefined ? [] : childrenOf(element, namespace, local);
  return found.length === 1 ? found[0] : undefined;
}

/** An attribute without a namespace. */
export function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.attributes.find((one) => one.name === name)?.value;
}

/** The text of an element that holds only text, trimmed. */
export function textOf(element: XmlElement | undefined): string | undefined {
  if (element?.children.some((child) => typeof child !== 'string') !== false) return undefined;
  return element.children.join('').trim();
}
