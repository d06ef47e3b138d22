/** What a pattern asks of one value of an event: an exact value, a prefix, a range of numbers, … Each takes time linear in the value. */

/** A value of an event that is neither object nor array. */
export type Scalar = string | number | boolean | null;

export type ValueTest =
  | { is: 'exactly'; value: Scalar }
  | { is: 'prefix' | 'suffix'; text: string; anyCase: boolean }
  | { is: 'equals-ignore-case'; text: string }
  | { is: 'wildcard'; pieces: readonly string[] }
  | { is: 'numeric'; low: number; lowOpen: boolean; high: number; highOpen: boolean }
  | { is: 'cidr'; low: bigint; high: bigint; version: 4 | 6 }
  | { is: 'anything-but'; tests: readonly ValueTest[] }
  | { is: 'exists' }
  | { is: 'absent' };

/** Whether a value that is there passes; nothing that is there is absent. */
export function passes(test: ValueTest, value: Scalar): boolean {
  switch (test.is) {
    case 'exactly':
      return value === test.value;
    case 'exists':
      return true;
    case 'absent':
      return false;
    case 'anything-but':
      return !test.tests.some((one) => passes(one, value));
    case 'numeric':
      return typeof value === 'number' && inRange(test, value);
    default:
      return typeof value === 'string' && passesText(test, value);
  }
}

function inRange(test: ValueTest & { is: 'numeric' }, value: number): boolean {
  return (
    (test.lowOpen ? value > test.low : value >= test.low) && (test.highOpen ? value < test.high : value <= test.high)
  );
}

function passesText(test: ValueTest, value: string): boolean {
  switch (test.is) {
    case 'prefix':
      return test.anyCase ? fold(value).startsWith(fold(test.text)) : value.startsWith(test.text);
    case 'suffix':
      return test.anyCase ? fold(value).endsWith(fold(test.text)) : value.endsWith(test.text);
    case 'equals-ignore-case':
      return fold(value) === fold(test.text);
    case 'wildcard':
      return passesWildcard(test.pieces, value);
    case 'cidr': {
      const address = readAddress(value);
      return address?.version === test.version && address.bits >= test.low && address.bits <= test.high;
    }
    default:
      return false;
  }
}

function fold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/** `pieces` are what stands between the stars. Each is found as early as it can be, so that nothing is tried twice. */
function passesWildcard(pieces: readonly string[], value: string): boolean {
  const [first = '', ...rest] = pieces;
  if (rest.length === 0) return value === first;
  const last = rest.pop() ?? '';
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = value.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

export type Address = { version: 4 | 6; bits: bigint };

/** An IP address in its usual writing; undefined for any other text. */
export function readAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (four !== null) {
    const parts = four.slice(1).map(Number);
    if (parts.some((part) => part > 255)) return undefined;
    return { version: 4, bits: parts.reduce((bits, part) => bits * 256n + BigInt(part), 0n) };
  }
  return readAddress6(text);
}

function readAddress6(text: string): Address | undefined {
  if (!/^[0-9a-fA-F:]+$/.test(text) || !text.includes(':') || /:::/.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const zeros = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...head, ...new Array<string>(zeros).fill('0'), ...(tail ?? [])];
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { version: 6, bits: groups.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n) };
}
