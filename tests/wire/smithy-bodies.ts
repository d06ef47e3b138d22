/** Bodies compared by what they mean: JSON, XML, forms and CBOR as trees, everything else byte by byte. */
import assert from 'node:assert/strict';
import { Decoder } from 'cbor-x';
import { type Element, parseXml } from '../../src/kernel/wire/xml.ts';

const cbor = new Decoder({ useRecords: false, mapsAsObjects: true });

/** Asserts that a reply's body says what the case wants, in the form its media type has. */
export function assertBody(actual: Buffer, expected: string, mediaType: string | undefined): void {
  const type = mediaType ?? '';
  if (type === 'application/cbor') assert.deepStrictEqual(cborOf(actual), cborOf(Buffer.from(expected, 'base64')));
  else if (type.includes('json') && expected !== '')
    assert.deepStrictEqual(JSON.parse(actual.toString()), JSON.parse(expected));
  else if ((type.includes('xml') && expected !== '') || (type === '' && expected.startsWith('<')))
    assertXml(parseXml(actual.toString()), parseXml(expected));
  else assert.equal(actual.toString(), expected);
}

function cborOf(body: Buffer): unknown {
  return body.length === 0 ? undefined : cbor.decode(body);
}

/** The document's namespace and ids of the request are compared only where the case has them. */
function assertXml(actual: Element, expected: Element): void {
  const has = (name: string) => expected.children.some((child) => child.name === name);
  const children = actual.children.filter(
    (child) => !['ResponseMetadata', 'requestId'].includes(child.name) || has(child.name),
  );
  const { xmlns, ...attributes } = actual.attributes;
  const named = xmlns === undefined || expected.attributes.xmlns === undefined ? attributes : { xmlns, ...attributes };
  assert.deepStrictEqual(treeOf({ ...actual, attributes: named, children }), treeOf(expected));
}

/** Attributes and differently named children in any order; text beside elements is nothing; instants are compared as such. */
function treeOf(element: Element): unknown {
  const children = element.children
    .map((child) => [child.name, treeOf(child)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const attributes = Object.fromEntries(Object.entries(element.attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { name: element.name, attributes, text: children.length > 0 ? '' : instant(element.text), children };
}

function instant(text: string): string {
  return /^\d{4}-\d\d-\d\dT[\d:.]+([+-]\d\d:\d\d|Z)$/.test(text) ? new Date(text).toISOString() : text;
}
