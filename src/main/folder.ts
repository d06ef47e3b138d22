/** The state's folder: its format's version, the lock that keeps a second process out, and what is inside. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './config.ts';

/** Grows when an older Cloudyard could not read what a newer one wrote. */
export const FORMAT_VERSION = 1;

export type Folder = { path: string; database: string; blobs: string; snapshots: string; release: () => void };

/**
 * Opens the folder, or makes it.
 *
 * @throws {ConfigError} another process has it, or a newer Cloudyard wrote it
 */
export function openFolder(path: string): Folder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = takeLock(path);
  try {
    checkFormat(join(path, 'FORMAT'));
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    path,
    database: join(path, 'state.db'),
    blobs: join(path, 'blobs'),
    snapshots: join(path, 'snapshots'),
    release: () => lock.close(),
  };
}

/** SQLite's own lock on a small file: the system frees it when the process ends, however it ends. */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch {
    lock.close();
    throw new ConfigError(
      `${path} is in use by another Cloudyard. Stop that one ('cloudyard stop'), or give this one a folder of its own with --data.`,
    );
  }
}

function checkFormat(file: string): void {
  if (!existsSync(file)) {
    writeFileSync(file, `${FORMAT_VERSION}\n`);
    return;
  }
  const found = Number(readFileSync(file, 'utf8'));
  if (!Number.isInteger(found) || found < 1)
    throw new ConfigError(
      `${file} should hold a format version, not ${JSON.stringify(readFileSync(file, 'utf8').slice(0, 40))}`,
    );
  if (found > FORMAT_VERSION)
    throw new ConfigError(
      `The data in this folder has format ${found}; this Cloudyard reads formats up to ${FORMAT_VERSION}. Upgrade Cloudyard, or choose another folder with --data.`,
    );
}
