import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireFailure } from './failure.ts';
import { escapeAttribute, escapeText, parseXml } from './xml.ts';

test('elements, attributes, text, CDATA, comments and entities', () => {
  const root = parseXml(
    '\ufeff<?xml version="1.0"?>\n<!-- a --><s3:A xmlns:s3="u" b=\'1 &lt; 2\'>x&amp;&#65;&#x42;<![CDATA[<raw>&amp;]]><C/><!-- b --><C>1</C></s3:A>\n',
  );
  assert.equal(root.name, 'A');
  assert.deepStrictEqual(root.attributes, { 'xmlns:s3': 'u', b: '1 < 2' });
  assert.equal(root.text, 'x&AB<raw>&amp;');
  assert.deepStrictEqual(
    root.children.map(({ name, text }) => [name, text]),
    [
      ['C', ''],
      ['C', '1'],
    ],
  );
});

const LAUGHS = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, n) => `<!ENTITY lol${n + 1} "${`&lol${n || ''};`.repeat(10)}">`).join('')}]><lolz>&lol9;</lolz>`;

const HOSTILE: Record<string, string> = {
  'a document type': '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
  'a billion laughs': LAUGHS,
  'an external entity': '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  'an unknown entity': '<a>&lol;</a>',
  'an entity that is no character': '<a>&#x110000;</a>',
  'an entity without end': '<a>&amp</a>',
  'elements too deep': '<a>'.repeat(100_000),
  'elements too deep, closed': '<a>'.repeat(1_000) + '</a>'.repeat(1_000),
  'an unclosed element': '<a><b></b>',
  'an unclosed tag': '<a',
  'an unclosed comment': '<a><!-- ',
  'unclosed CDATA': '<a><![CDATA[ ',
  'an unclosed instruction': '<?xml ',
  'crossed elements': '<a><b></a></b>',
  'a closing tag alone': '</a>',
  'two documents': '<a/><b/>',
  'text before': 'x<a/>',
  'text after': '<a/>x',
  'an attribute without value': '<a b></a>',
  'an attribute without quotes': '<a b=1></a>',
  nothing: '',
  'no XML': '{"a":1}',
};

for (const [name, text] of Object.entries(HOSTILE))
  test(`${name} is refused`, () => assert.throws(() => parseXml(text), WireFailure));

test('what is escaped is read back', () => {
  for (const text of ['plain', '<&>"\'', 'a\r\nb', '\u0085\u2028', 'é😀', ']]>']) {
    assert.equal(parseXml(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`).text, text);
    assert.equal(parseXml(`<a b="${escapeAttribute(text)}"/>`).attributes.b, text);
  }
});
