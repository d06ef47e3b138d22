import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addNumbers, compareNumbers, encodeNumber, normalizeNumber, pairsOf, subtractNumbers } from './number.ts';
import { numberSize } from './value.ts';

/** A decimal as an integer and a scale; the reference is BigInt arithmetic at one scale for all. */
const SCALE = 40;
const decimal = fc.record({
  digits: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  scale: fc.integer({ min: 0, max: 35 }),
});
type Decimal = { digits: bigint; scale: number };

const exact = ({ digits, scale }: Decimal): bigint => digits * 10n ** BigInt(SCALE - scale);

function text({ digits, scale }: Decimal): string {
  const padded = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const whole = padded.slice(0, padded.length - scale);
  return `${digits < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${padded.slice(padded.length - scale)}`}`;
}

const order = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

test('how many bytes a number takes: a pair of digits is one, counted from the point', () => {
  const sizes = {
    '0': 1,
    '1': 2,
    '12': 2,
    '123': 3,
    '1234': 3,
    '12345678901234567890123456789012345678': 20,
    '100': 2,
    '1010': 3,
    '0.0000001': 2,
    '1.5': 3,
    '15': 2,
    '1.234': 4,
    '3.14159': 5,
    '123456': 4,
    '-1': 3,
    [normalizeNumber('1e125')]: 2,
    [normalizeNumber('1e-100')]: 2,
  };
  for (const [text, size] of Object.entries(sizes)) assert.equal(numberSize(text), size, text);
  fc.assert(
    fc.property(fc.integer(), (n) => {
      assert.equal(pairsOf(String(n)), pairsOf(normalizeNumber(`${n}.5`)) - 1 + (n === 0 ? 0 : evenZeros(n)));
    }),
  );
});

/** Pairs of zeros at the end, which only count when something follows. */
const evenZeros = (n: number) => -Math.floor((/0*$/.exec(String(n))?.[0].length ?? 0) / 2);

test('the normal form', () => {
  const cases: [string, string][] = [
    ['1.0', '1'],
    ['1e2', '100'],
    ['-0', '0'],
    ['0.00', '0'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007', '7'],
    ['-12.3400E-2', '-0.1234'],
    ['1e-130', `0.${'0'.repeat(129)}1`],
    ['9.9e125', `99${'0'.repeat(124)}`],
  ];
  for (const [given, normal] of cases) assert.equal(normalizeNumber(given), normal, given);
});

test('what is no number', () => {
  for (const bad of ['', 'a', '1e', '--1', '1.2.3', ' 1', '0x10', 'NaN', 'Infinity', '.', 'e5'])
    assert.throws(() => normalizeNumber(bad), { code: 'ValidationException' }, bad);
});

test('exponents out of range, even of 0', () => {
  const cases: [string, RegExp][] = [
    ['1e126', /^Number overflow/],
    ['1e-131', /^Number underflow/],
    ['1e99999999999', /^Number overflow/],
    ['-1e-99999999999', /^Number underflow/],
    ['0e126', /^Number overflow/],
    ['0.0e-131', /^Number underflow/],
    ['1e99999999999999999999', /^The parameter cannot be converted/],
  ];
  for (const [bad, message] of cases) assert.throws(() => normalizeNumber(bad), { message }, bad);
  assert.equal(normalizeNumber('0e125'), '0');
});

test('normalising keeps the value, and is done once', () => {
  fc.assert(
    fc.property(decimal, (one) => {
      const normal = normalizeNumber(text(one));
      assert.equal(normalizeNumber(normal), normal);
      assert.equal(normalizeNumber(`${text(one)}e0`), normal);
      assert.ok(!/^-?0\d|\.\d*0$|\.$|^-0$/.test(normal), normal);
    }),
  );
});

test('order, and the order of the encoded texts', () => {
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const [x, y] = [normalizeNumber(text(a)), normalizeNumber(text(b))];
      const wanted = order(exact(a), exact(b));
      assert.equal(Math.sign(compareNumbers(x, y)), wanted);
      const [p, q] = [encodeNumber(x), encodeNumber(y)];
      assert.equal(p < q ? -1 : p > q ? 1 : 0, wanted);
    }),
  );
});

test('sums and differences are exact, or refused', () => {
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const [x, y] = [normalizeNumber(text(a)), normalizeNumber(text(b))];
      for (const [compute, wanted] of [
        [addNumbers, exact(a) + exact(b)],
        [subtractNumbers, exact(a) - exact(b)],
      ] as const) {
        const expected = text({ digits: wanted, scale: SCALE });
        const digits = expected.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length;
        if (digits > 38) assert.throws(() => compute(x, y), /Number overflow/);
        else assert.equal(compute(x, y), normalizeNumber(expected));
      }
    }),
  );
});
