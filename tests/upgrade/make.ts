/**
 * Makes the folder that later versions open, and writes down what can be read in it: a walk over all services. Only another version of the folder's format is a reason to
 * run it again; what is read otherwise on purpose is written by `UPGRADE_KEEP=1 npm test -- tests/upgrade`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { Walk } from '../walk/walk.ts';
import { pack } from './folder.ts';
import { FOLDER, isAnswered, outlines, type Read, writeReads } from './reads.ts';

const STEPS = 1_500;
const READS_MAX = 10_000;
/** What has a row for each thing that was ever done. */
const BOOKS = /^(kernel\.history|cloudtrail\.lake-events|eventbridge\.archived)/;

const folder = mkdtempSync(join(tmpdir(), 'cloudyard-upgrade-'));
try {
  const walk = new Walk('upgrade', { data: folder, readsMax: READS_MAX });
  await walk.furnish();
  await walk.walk(STEPS);
  shorten(join(folder, 'state.db'));
  writeFileSync(FOLDER, pack(folder));
  const told = await outlines(distinct(walk));
  writeReads(told.filter(isAnswered));
} finally {
  rmSync(folder, { recursive: true });
}

/** Each once, and only those that are the same when they are read from a file. */
function distinct(walk: Walk): Read[] {
  const reads = new Map<string, Read>();
  for (const { operation, input } of walk.reads) {
    const read = { service: operation.service, operation: operation.name, input };
    const text = JSON.stringify(input, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    if (isDeepStrictEqual(JSON.parse(text), input)) reads.set(`${read.service} ${read.operation} ${text}`, read);
  }
  return [...reads.keys()].toSorted().map((text) => reads.get(text) as Read);
}

function shorten(path: string): void {
  const database = new DatabaseSync(path);
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  for (const { name } of tables) if (BOOKS.test(`${name}`)) database.exec(`delete from "${name}"`);
  database.exec('vacuum');
  database.close();
}
