/** Takes one account out of the state: its ranges of every table, and its rows of those tables that all accounts share. */
import { uncountBodies } from './blobs.ts';
import type { Driver, Entry } from './driver.ts';
import { encodeKey, LAST_KEY, pastKey } from './key.ts';
import { SCHEMA_SPACE, storedScope } from './schema.ts';

const PAGE = 1_000;
/** A reference to a body's file, where a row holds one. Inside a text of a client the quotes would be escaped. */
const BODY_FILE = /[{,]"file":"([0-9a-f-]{36})"/g;

/**
 * Removes everything of an account. Rows of a global table are the account's that their field `account` names.
 *
 * @returns files of bodies that no row names any more
 */
export function removeAccount(driver: Driver, account: string): string[] {
  const from = encodeKey([account]);
  const to = pastKey(from);
  const spaces = driver.spaces().filter((space) => space !== SCHEMA_SPACE);
  const scoped = spaces.filter((space) => storedScope(driver, tableOf(space)) !== 'global');
  const files = uncountBodies(driver, () => bodiesOf(driver, scoped, from, to));
  for (const space of scoped) driver.removeRange(space, from, to);
  const shared = spaces.filter((space) => !scoped.includes(space));
  for (const table of shared.filter((space) => !isIndex(space)))
    removeRows(
      driver,
      table,
      shared.filter((space) => isIndex(space) && tableOf(space) === table),
      account,
    );
  return files;
}

function isIndex(space: string): boolean {
  return space.includes('#');
}

function tableOf(space: string): string {
  return space.split('#', 1)[0] as string;
}

/** How often rows of the account name each file. */
function bodiesOf(driver: Driver, spaces: readonly string[], from: string, to: string): Map<string, number> {
  const named = new Map<string, number>();
  for (const space of spaces.filter((one) => !isIndex(one)))
    for (const [, text] of entries(driver, space, from, to))
      for (const [, file] of text.matchAll(BODY_FILE)) named.set(file as string, (named.get(file as string) ?? 0) + 1);
  return named;
}

/** Removes an account's rows of a table that all accounts share, and whatever entries of its indexes point to them. */
function removeRows(driver: Driver, table: string, indexes: readonly string[], account: string): void {
  const owner = `"account":${JSON.stringify(account)}`;
  const keys = new Set<string>();
  for (const [key, text] of entries(driver, table, '', LAST_KEY))
    if (text.includes(owner) && (JSON.parse(text.slice(text.indexOf('{'))) as { account?: string }).account === account)
      keys.add(key);
  if (keys.size === 0) return;
  driver.apply([...keys].map((key) => ({ space: table, key, value: undefined })));
  for (const index of indexes)
    driver.apply(
      [...entries(driver, index, '', LAST_KEY)]
        .filter(([, key]) => keys.has(key))
        .map(([entry]) => ({ space: index, key: entry, value: undefined })),
    );
}

function* entries(driver: Driver, space: string, from: string, to: string): Iterable<Entry> {
  for (let next = from; ; ) {
    const page = driver.range(space, { from: next, to, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    next = `${last[0]}\u0000`;
  }
}
