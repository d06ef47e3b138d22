/** Snapshots, restoring one, forks and resets: the whole state of a cloud at one instant, elsewhere or gone. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, copyFile, link, mkdir, opendir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '#kernel/base';
import { flushMeters } from '#kernel/gateway';
import { BlobMemory, MemoryDriver } from '#kernel/store';
import { type Cloud, isNamed, openStorage, type Storage, sweep } from './cloud.ts';
import { ConfigError, MissingError } from './config.ts';
import { FORMAT_VERSION } from './folder.ts';

export type SnapshotFacts = { name: string; at: string };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Ends the name of a copy that is not complete; no snapshot can be called so. */
const PARTIAL = '~partial';

/** Snapshots of a cloud in memory live as long as it does. */
const held = new WeakMap<Cloud, Map<string, { driver: MemoryDriver; blobs: BlobMemory; at: number }>>();
/** The last piece of work on all of a cloud's state; the next one waits for it. */
const last = new WeakMap<Cloud, Promise<unknown>>();

function heldBy(cloud: Cloud) {
  let own = held.get(cloud);
  if (own === undefined) held.set(cloud, (own = new Map()));
  return own;
}

/** Work on the whole state: one piece after the other, and no body goes away meanwhile. */
function exclusively<T>(cloud: Cloud, work: () => Promise<T>): Promise<T> {
  const { blobs } = cloud.kernel;
  const turn = (last.get(cloud) ?? Promise.resolve()).then(() => blobs.holding(isNamed(cloud.kernel), work));
  last.set(
    cloud,
    turn.catch(() => {}),
  );
  return turn;
}

/** Keeps the present state under a name. @throws {ConfigError} for a name that can't be, or is taken */
export function takeSnapshot(cloud: Cloud, name: string): Promise<SnapshotFacts> {
  checkName(name);
  return exclusively(cloud, async () => {
    const { kernel, folder } = cloud;
    const at = kernel.clock.now();
    const facts = { name, at: new Date(at).toISOString() };
    if (listSnapshots(cloud).some((one) => one.name === name))
      throw new ConfigError(`There is a snapshot '${name}' already. Remove it first, or take another name.`);
    flushMeters(kernel);
    if (folder === undefined) heldBy(cloud).set(name, { ...memoryOf(cloud), at });
    else {
      const copy = join(folder.snapshots, name);
      removePartial(folder.snapshots);
      await copyState(cloud, copy + PARTIAL);
      writeFileSync(join(copy + PARTIAL, 'snapshot.json'), JSON.stringify(facts));
      renameSync(copy + PARTIAL, copy);
    }
    return facts;
  });
}

/** Copies that a crash cut short. */
function removePartial(snapshots: string): void {
  if (!existsSync(snapshots)) return;
  for (const name of readdirSync(snapshots))
    if (name.endsWith(PARTIAL)) rmSync(join(snapshots, name), { recursive: true });
}

/** The snapshots there are, by name. */
export function listSnapshots(cloud: Cloud): SnapshotFacts[] {
  if (cloud.folder === undefined)
    return [...heldBy(cloud)].map(([name, { at }]) => ({ name, at: new Date(at).toISOString() })).sort(byName);
  const { snapshots } = cloud.folder;
  if (!existsSync(snapshots)) return [];
  return readdirSync(snapshots)
    .filter((name) => NAME.test(name) && existsSync(join(snapshots, name, 'snapshot.json')))
    .map((name) => JSON.parse(readFileSync(join(snapshots, name, 'snapshot.json'), 'utf8')) as SnapshotFacts)
    .sort(byName);
}

/** Puts a snapshot in the place of the present state, which is lost. @throws {MissingError} when there is none of that name */
export async function restoreSnapshot(cloud: Cloud, name: string): Promise<SnapshotFacts> {
  const facts = await exclusively(cloud, async () => {
    const found = find(cloud, name);
    const { kernel, folder } = cloud;
    if (folder === undefined) {
      const { driver, blobs } = heldBy(cloud).get(name) ?? memoryOf(cloud);
      (kernel.blobs.driver as BlobMemory).take(blobs);
      kernel.store.replace((own) => (own as MemoryDriver).become(driver));
    } else {
      const from = join(folder.snapshots, name);
      await linkFiles(join(from, 'blobs'), folder.blobs);
      const copy = folder.database + PARTIAL;
      await copyFile(join(from, 'state.db'), copy, constants.COPYFILE_FICLONE);
      kernel.store.replace((driver) => driver.restoreFrom(copy));
    }
    return found;
  });
  void sweep(cloud.kernel);
  return facts;
}

/** Forgets a snapshot. @throws {MissingError} when there is none of that name */
export function removeSnapshot(cloud: Cloud, name: string): Promise<void> {
  return exclusively(cloud, async () => {
    find(cloud, name);
    if (cloud.folder === undefined) heldBy(cloud).delete(name);
    else {
      const folder = join(cloud.folder.snapshots, name);
      renameSync(folder, folder + PARTIAL);
      rmSync(folder + PARTIAL, { recursive: true });
    }
  });
}

/** The storage of a cloud that begins as this one is now and goes its own way. A cloud with a folder needs a new one for its fork. */
export function forkStorage(cloud: Cloud, data: string | undefined): Promise<Storage> {
  return exclusively(cloud, async () => {
    flushMeters(cloud.kernel);
    if (cloud.folder === undefined) {
      if (data !== undefined) throw new ConfigError('A cloud in memory forks into memory; it takes no folder.');
      return { ...memoryOf(cloud), folder: undefined };
    }
    if (data === undefined)
      throw new ConfigError(
        'A fork of a cloud with a folder needs a folder of its own: name one that does not exist yet.',
      );
    if (existsSync(data)) throw new ConfigError(`${data} exists already; a fork makes its own folder.`);
    await copyState(cloud, data);
    return openStorage({ ...cloud.options, data });
  });
}

/** Empties the cloud, or one account of it. Snapshots stay. */
export function resetCloud(cloud: Cloud, account?: string): Promise<void> {
  return exclusively(cloud, async () => {
    const { store, blobs } = cloud.kernel;
    if (account === undefined) {
      store.replace((driver) => driver.clear());
      void sweep(cloud.kernel);
    } else for (const file of store.removeAccount(account)) blobs.remove(file);
  });
}

function memoryOf(cloud: Cloud): { driver: MemoryDriver; blobs: BlobMemory } {
  const { driver } = cloud.kernel.store;
  const blobs = cloud.kernel.blobs.driver;
  invariant(driver instanceof MemoryDriver && blobs instanceof BlobMemory, 'a cloud without a folder is in memory');
  return { driver: driver.clone(), blobs: blobs.clone() };
}

/** Makes a folder with a copy of the database and links to the bodies, which never change; nothing remains of it when that fails. */
async function copyState(cloud: Cloud, folder: string): Promise<void> {
  invariant(cloud.folder !== undefined, 'only a cloud with a folder is copied');
  rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'FORMAT'), `${FORMAT_VERSION}\n`);
    cloud.kernel.store.flush();
    await cloud.kernel.store.driver.copyTo(join(folder, 'state.db'));
    await linkFiles(cloud.folder.blobs, join(folder, 'blobs'));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new ConfigError(`The state could not be copied to ${folder}: ${(error as Error).message}`);
  }
}

async function linkFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  if (!existsSync(from)) return;
  for await (const shelf of await opendir(from)) {
    if (!/^[0-9a-f]{2}$/.test(shelf.name)) continue;
    await mkdir(join(to, shelf.name), { recursive: true });
    for await (const file of await opendir(join(from, shelf.name)))
      await linkFile(join(from, shelf.name, file.name), join(to, shelf.name, file.name));
  }
}

/** A link where the file system allows one, otherwise a copy. */
async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK') throw error;
    await copyFile(from, to + PARTIAL);
    await rename(to + PARTIAL, to);
  }
}

function find(cloud: Cloud, name: string): SnapshotFacts {
  const found = listSnapshots(cloud).find((one) => one.name === name);
  if (found === undefined)
    throw new MissingError(`There is no snapshot '${name}'. 'cloudyard snapshot list' shows those there are.`);
  return found;
}

function checkName(name: string): void {
  if (!NAME.test(name))
    throw new ConfigError(`'${name}' can't name a snapshot: letters, digits, dots, dashes and underscores, up to 64.`);
}

function byName(a: SnapshotFacts, b: SnapshotFacts): number {
  return a.name < b.name ? -1 : 1;
}
