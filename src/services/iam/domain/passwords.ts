/** Passwords of users: what the account asks of them, and hashes instead of them. */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { StoreView } from '#kernel/store';
import { passwordReused, passwordViolates } from '../errors.ts';
import { PASSWORD_LENGTH_MIN } from '../limits.ts';
import { type PasswordPolicy, type SettingsRow, settings } from '../state.ts';

const HASH_BYTES = 32;
export const SALT_BYTES = 16;
/** How many former passwords can be kept from being used again. Source: IAM API Reference, PasswordReusePrevention. */
export const FORMER_MAX = 24;

export type Hashed = { hash: string; salt: string };

/** The account's settings, also when none were made. */
export function settingsOf(store: StoreView): SettingsRow {
  return store.get(settings, { id: 'account' }) ?? { id: 'account' };
}

/** scrypt with Node's default cost; it runs off the main thread. */
export function hashPassword(password: string, salt: Uint8Array): Promise<Hashed> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, (error, key) => {
      if (error === null) resolve({ hash: key.toString('base64'), salt: Buffer.from(salt).toString('base64') });
      else reject(error);
    });
  });
}

/** Whether it is the password that was hashed. */
export async function isPassword(password: string, { hash, salt }: Hashed): Promise<boolean> {
  const given = await hashPassword(password, Buffer.from(salt, 'base64'));
  return timingSafeEqual(Buffer.from(given.hash, 'base64'), Buffer.from(hash, 'base64'));
}

const UPPER = /[A-Z]/;
const LOWER = /[a-z]/;
const NUMBER = /[0-9]/;
const SYMBOL = /[!@#$%^&*()_+\-=[\]{}|']/;

/**
 * @param policy the account's; without one AWS's default holds: eight characters, three of the four kinds
 * @throws {ServiceError} PasswordPolicyViolation
 * @see IAM User Guide, "Set an account password policy for IAM users", Default password policy
 */
export function checkPassword(password: string, policy: PasswordPolicy | undefined): void {
  const length = policy?.minimumLength ?? PASSWORD_LENGTH_MIN;
  if (password.length < length) throw passwordViolates(`have a minimum length of ${length}`);
  if (policy === undefined) {
    if ([UPPER, LOWER, NUMBER, SYMBOL].filter((kind) => kind.test(password)).length < 3) throw passwordReused();
    return;
  }
  if (policy.upperCase && !UPPER.test(password)) throw passwordViolates('have at least one uppercase letter');
  if (policy.lowerCase && !LOWER.test(password)) throw passwordViolates('have at least one lowercase letter');
  if (policy.numbers && !NUMBER.test(password)) throw passwordViolates('have at least one number');
  if (policy.symbols && !SYMBOL.test(password)) throw passwordViolates('have at least one symbol');
}
