import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCbor } from './cbor-decode.ts';
import { CborWriter } from './cbor-encode.ts';
import { WireFailure } from './failure.ts';

const MEGABYTE = 1_024 * 1_024;
const hex = (text: string) => decodeCbor(Buffer.from(text, 'hex'));

/** @see RFC 8949, appendix A */
const EXAMPLES: [text: string, value: unknown][] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1_000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 2n ** 64n - 1n],
  ['c249010000000000000000', 18_446_744_073_709_551_616n],
  ['3bffffffffffffffff', -18_446_744_073_709_551_616n],
  ['20', -1],
  ['3903e7', -1_000],
  ['f90000', 0],
  ['f93c00', 1],
  ['f97bff', 65_504],
  ['f90001', 2 ** -24],
  ['f9c400', -4],
  ['f97c00', Number.POSITIVE_INFINITY],
  ['f97e00', Number.NaN],
  ['fa47c35000', 100_000],
  ['fb3ff199999999999a', 1.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', null],
  ['c11a514b67b0', new Date(1_363_896_240_000)],
  ['c1fb41d452d9ec200000', new Date(1_363_896_240_500)],
  ['c48221196ab3', 273.15],
  ['4401020304', Buffer.from([1, 2, 3, 4])],
  ['62c3bc', 'ü'],
  ['83010203', [1, 2, 3]],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5])],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
];

for (const [text, value] of EXAMPLES) test(`${text} is read`, () => assert.deepStrictEqual(hex(text), value));

const HOSTILE: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  'a megabyte of arrays': Buffer.alloc(MEGABYTE, 0x81),
  'a megabyte of arrays without length': Buffer.alloc(MEGABYTE, 0x9f),
  'a megabyte of maps': Buffer.from('a16161'.repeat(MEGABYTE / 4), 'hex'),
  'a megabyte of tags': Buffer.alloc(MEGABYTE, 0xc2),
  'a list longer than the body': Buffer.from('9affffffff', 'hex'),
  'a text longer than the body': Buffer.from('7bffffffffffffffff', 'hex'),
  'a text that ends too early': Buffer.from('6261', 'hex'),
  'a number that ends too early': Buffer.from('19ff', 'hex'),
  'a list without break': Buffer.from('9f01', 'hex'),
  'a break alone': Buffer.from('ff', 'hex'),
  'pieces of another type': Buffer.from('7f4101ff', 'hex'),
  'reserved information': Buffer.from('1c', 'hex'),
  'a key that is no text': Buffer.from('a10102', 'hex'),
  'two values': Buffer.from('0000', 'hex'),
  'an instant that is no number': Buffer.from('c16161', 'hex'),
};

for (const [name, bytes] of Object.entries(HOSTILE))
  test(`${name} is refused`, () => assert.throws(() => decodeCbor(bytes), WireFailure));

test('__proto__ is only a key', () => {
  const value = hex('a1695f5f70726f746f5f5fa1616101') as Record<string, unknown>;
  assert.deepStrictEqual(Object.keys(value), ['__proto__']);
  assert.equal((value as { a?: number }).a, undefined);
});

test('what is written is read back, at every size of head', () => {
  const values = [
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -1,
    -25,
    -(2 ** 33),
    1.5,
    '',
    'é',
    'x'.repeat(70_000),
    null,
    true,
    [],
    [1, ['a']],
    { a: { b: [] } },
    Buffer.alloc(300, 7),
  ];
  const out = new CborWriter();
  out.document(values);
  assert.deepStrictEqual(decodeCbor(out.finish()), values);
});

test('structures, instants and floats', () => {
  const out = new CborWriter();
  out.openStructure();
  out.text('at');
  out.instant(1_500);
  out.text('float');
  out.float(0.5);
  out.closeStructure();
  assert.deepStrictEqual(decodeCbor(out.finish()), { at: new Date(1_500), float: 0.5 });
});
