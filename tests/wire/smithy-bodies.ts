/** Bodies compared by what they mean: JSON, XML, forms and CBOR as trees, everything else byte by byte. */
import assert from 'node:assert/strict';
import { Decoder } from 'cbor-x';
import { type Element, parseXml } from '../../src/kernel/wire/xml.ts';

const cbor = new Decoder({ useRecords: false, mapsAsObjects: true });

/** Asserts that a reply's body says what the case wants, in the form its media type has. */
export function assertBody(actual: Buffer, expected: string, mediaType: string | undefined): void {
  const type = mediaType ?? '';
  if (type === 'application/cbor') assert.deepStrictEqual(cborOf(actual), cborOf(Buffer.from(expected, 'base64')));
  else if (type.includes('json') && expected !== '') assert.deepStrictEqual(JSON.parse(actual.toString()), JSON.parse(expected));
  else if (type.includes('xml') && expected !== '') assert.deepStrictEqual(treeOf(parseXml(actual.toString())), treeOf(parseXml(expected)));
  else assert.equal(actual.toString(), expected);
}

function cborOf(body: Buffer): unknown {
  return body.length === 0 ? undefined : cbor.decode(body);
}

/** Attributes and differently named children in any order; whitespace between elements is nothing. */
function treeOf(element: Element): unknown {
  const children = element.children.map((child) => [child.name, treeOf(child)] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const attributes = Object.fromEntries(Object.entries(element.attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { name: element.name, attributes, text: children.length > 0 ? element.text.trim() : element.text, children };
}
