/** Passwords drawn at random. Source: Secrets Manager API Reference, GetRandomPassword. */
import type { InputOf } from '#kernel/contract';
import { secretBytes } from '#kernel/contract';
import { kindExcluded, nothingToDraw, passwordTooShort } from '../errors.ts';
import { PASSWORD_LENGTH_DEFAULT } from '../limits.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

type Wishes = InputOf<'secrets-manager', 'GetRandomPassword'>;

/** @throws {ServiceError} InvalidParameterException */
export function randomPassword(wishes: Wishes): string {
  const { PasswordLength: length = PASSWORD_LENGTH_DEFAULT, ExcludeCharacters: excluded = '' } = wishes;
  const asked = [
    wishes.ExcludeLowercase === true ? '' : LOWER,
    wishes.ExcludeUppercase === true ? '' : UPPER,
    wishes.ExcludeNumbers === true ? '' : DIGITS,
    wishes.ExcludePunctuation === true ? '' : PUNCTUATION,
    wishes.IncludeSpace === true ? ' ' : '',
  ].filter((kind) => kind !== '');
  const kinds = asked
    .map((kind) => [...kind].filter((char) => !excluded.includes(char)))
    .filter((kind) => kind.length > 0);
  const required = wishes.RequireEachIncludedType === false ? [] : kinds;
  if (asked.length === 0) throw nothingToDraw();
  if (wishes.RequireEachIncludedType !== false && kinds.length < asked.length) throw kindExcluded();
  if (kinds.length === 0) throw nothingToDraw();
  if (required.length > length) throw passwordTooShort();
  const all = kinds.flat();
  const chars = Array.from({ length }, (_, index) => pick(required[index] ?? all));
  // Where each kind came first tells nothing after this.
  for (let index = chars.length - 1; index > 0; index -= 1) {
    const other = below(index + 1);
    [chars[index], chars[other]] = [chars[other] as string, chars[index] as string];
  }
  return chars.join('');
}

function pick(from: readonly string[]): string {
  return from[below(from.length)] as string;
}

/** Without the bias that a remainder has. */
function below(limit: number): number {
  const most = Math.floor(2 ** 32 / limit) * limit;
  for (;;) {
    const drawn = secretBytes(4).readUInt32BE(0);
    if (drawn < most) return drawn % limit;
  }
}
