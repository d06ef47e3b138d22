/**
 * Ids of access keys, which carry their account: 40 bits behind a first one, in base32 behind the prefix.
 *
 * @see medium.com/@TalBeerySec, "A short note on AWS KEY ID"
 */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ACCOUNT_BITS = 40;
const LETTER_BITS = 5;

/** What chance gives: letters of an alphabet. */
type Letters = { text(length: number, alphabet: string): string };

/** A new id, 20 characters: those of users begin with AKIA, those of sessions with ASIA. */
export function newKeyId(prefix: 'AKIA' | 'ASIA', account: string, random: Letters): string {
  const [first = 'A', ...others] = random.text(8, BASE32);
  const bits = `1${Number(account).toString(2).padStart(ACCOUNT_BITS, '0')}${bitsOf(first).slice(1)}`;
  const letters = bits.match(/.{5}/g)?.map((five) => BASE32[Number.parseInt(five, 2)]) ?? [];
  return prefix + letters.join('') + others.join('');
}

/** The account that an id carries; undefined for what is no id, or carries none. */
export function accountOfKeyId(id: string): string | undefined {
  const [, letters] = /^A[KS]IA([A-Z2-7]{16})$/.exec(id) ?? [];
  if (letters === undefined) return undefined;
  const bits = [...letters].map(bitsOf).join('');
  const account = String(Number.parseInt(bits.slice(1, 1 + ACCOUNT_BITS), 2)).padStart(12, '0');
  return account.length === 12 ? account : undefined;
}

function bitsOf(letter: string): string {
  return BASE32.indexOf(letter).toString(2).padStart(LETTER_BITS, '0');
}
