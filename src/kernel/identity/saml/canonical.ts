/**
 * Canonical XML: the bytes that a signature is over. Exclusive and inclusive, without comments.
 *
 * @see W3C, "Exclusive XML Canonicalization 1.0" and "Canonical XML 1.0"
 */
import type { XmlElement } from './xml.ts';

export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';

export type Canonicalization = {
  method: typeof EXCLUSIVE | typeof INCLUSIVE;
  /** Prefixes that are written wherever they hold, used or not; the empty one is the default namespace. */
  prefixes: readonly string[];
};

/** The canonical text of an element. @param without an element inside it that is left out: its own signature */
export function canonicalText(element: XmlElement, by: Canonicalization, without?: XmlElement): string {
  return write(element, by, new Map(), without);
}

function write(
  element: XmlElement,
  by: Canonicalization,
  outer: ReadonlyMap<string, string>,
  without: XmlElement | undefined,
): string {
  const rendered = new Map(outer);
  let start = `<${element.name}`;
  for (const prefix of wantedPrefixes(element, by)) {
    const uri = element.scope.get(prefix) ?? '';
    if ((rendered.get(prefix) ?? '') === uri) continue;
    rendered.set(prefix, uri);
    start += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${attributeText(uri)}"`;
  }
  const attributes = element.attributes.toSorted(
    (a, b) => compare(a.namespace, b.namespace) || compare(a.local, b.local),
  );
  for (const { name, value } of attributes) start += ` ${name}="${attributeText(value)}"`;
  let inner = '';
  for (const child of element.children) {
    if (child === without) continue;
    inner += typeof child === 'string' ? plainText(child) : write(child, by, rendered, without);
  }
  return `${start}>${inner}</${element.name}>`;
}

function wantedPrefixes(element: XmlElement, { method, prefixes }: Canonicalization): string[] {
  const { scope, prefix, attributes } = element;
  const used =
    method === INCLUSIVE
      ? [...scope.keys()]
      : [prefix, ...attributes.map((one) => one.prefix).filter(Boolean), ...prefixes.filter((one) => scope.has(one))];
  return [...new Set(used)].filter((one) => one !== 'xml').sort(compare);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function plainText(text: string): string {
  return text.replace(/[&<>\r]/g, (char) => ESCAPES[char] ?? char);
}

function attributeText(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (char) => ESCAPES[char] ?? char);
}
