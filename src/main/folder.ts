/** The state's folder: its format's version, the lock that keeps a second process out, who runs on it, and what is inside. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './config.ts';

/** Grows when an older Cloudyard could not read what a newer one wrote. */
export const FORMAT_VERSION = 2;

/** Where the cloud of a folder answers, and in which process. */
export type Running = { url: string; pid: number };

export type Folder = {
  path: string;
  database: string;
  blobs: string;
  snapshots: string;
  /** What engines unpack and write; nothing in it is needed again. */
  scratch: string;
  /** Certificates of HTTPS. */
  tls: string;
  /** Writes down for the command line where this cloud answers. */
  announce: (running: Running) => void;
  release: () => void;
};

/**
 * Opens the folder, or makes it.
 *
 * @throws {ConfigError} it can't be written, another process has it, or a newer Cloudyard wrote it
 */
export function openFolder(path: string): Folder {
  const running = join(path, RUNNING_FILE);
  const lock = takeLock(path);
  try {
    checkFormat(path);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    path,
    database: join(path, 'state.db'),
    blobs: join(path, 'blobs'),
    snapshots: join(path, 'snapshots'),
    scratch: join(path, 'scratch'),
    tls: join(path, 'tls'),
    announce: (facts) => writeFileSync(running, `${JSON.stringify(facts)}\n`),
    release() {
      rmSync(running, { force: true });
      lock.close();
    },
  };
}

const RUNNING_FILE = 'running.json';

/** What the cloud of a folder last said of itself. It may have been killed since, so whoever asks must look whether it answers. */
export function readRunning(path: string): Running | undefined {
  try {
    const { url, pid } = JSON.parse(readFileSync(join(path, RUNNING_FILE), 'utf8')) as Partial<Running>;
    return typeof url === 'string' && typeof pid === 'number' ? { url, pid } : undefined;
  } catch {
    return undefined;
  }
}

/** The version of a folder's format; undefined where there is none yet, NaN where the file holds something else. */
export function readFormat(path: string): number | undefined {
  const file = join(path, 'FORMAT');
  if (!existsSync(file)) return undefined;
  const version = Number(readFileSync(file, 'utf8'));
  return Number.isInteger(version) && version >= 1 ? version : Number.NaN;
}

/** SQLite's own lock on a small file: the system frees it when the process ends, however it ends. */
function takeLock(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 });
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw inUse(path);
    throw new ConfigError(
      `${path} can't hold the state: ${(error as Error).message}. Make it a folder that you can write to, or choose another with --data.`,
    );
  }
}

const SQLITE_BUSY = 5;

function inUse(path: string): ConfigError {
  const running = readRunning(path);
  const who = running === undefined ? 'another Cloudyard' : `the Cloudyard at ${running.url} (process ${running.pid})`;
  return new ConfigError(
    `${path} is in use by ${who}. Stop that one ('cloudyard stop'), or give this one a folder of its own with --data.`,
  );
}

function checkFormat(path: string): void {
  const file = join(path, 'FORMAT');
  const found = readFormat(path);
  if (found !== undefined && Number.isNaN(found))
    throw new ConfigError(
      `${file} should hold a format version, not ${JSON.stringify(readFileSync(file, 'utf8').slice(0, 40))}. Restore the folder from a copy, or choose another with --data.`,
    );
  if (found !== undefined && found > FORMAT_VERSION)
    throw new ConfigError(
      `The data in this folder has format ${found}; this Cloudyard reads formats up to ${FORMAT_VERSION}. Upgrade Cloudyard, or choose another folder with --data.`,
    );
  if (found !== FORMAT_VERSION) writeFileSync(file, `${FORMAT_VERSION}\n`);
}
