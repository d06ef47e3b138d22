/** Snapshots, restoring one, and forks: the whole state of a cloud at one instant, elsewhere. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { link, mkdir, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '#kernel/base';
import { BlobMemory, MemoryDriver } from '#kernel/store';
import { type Cloud, openStorage, type Storage } from './cloud.ts';
import { ConfigError } from './config.ts';
import { FORMAT_VERSION } from './folder.ts';

export type SnapshotFacts = { name: string; at: string };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Snapshots of a cloud in memory live as long as it does. */
const held = new WeakMap<Cloud, Map<string, { driver: MemoryDriver; blobs: BlobMemory; at: number }>>();

function heldBy(cloud: Cloud) {
  let own = held.get(cloud);
  if (own === undefined) held.set(cloud, (own = new Map()));
  return own;
}

export async function takeSnapshot(cloud: Cloud, name: string): Promise<SnapshotFacts> {
  checkName(name);
  const { store, clock } = cloud.kernel;
  const at = clock.now();
  const facts = { name, at: new Date(at).toISOString() };
  store.flush();
  if (cloud.folder === undefined) {
    heldBy(cloud).set(name, { ...memoryOf(cloud), at });
    return facts;
  }
  const folder = join(cloud.folder.snapshots, name);
  if (existsSync(folder))
    throw new ConfigError(`There is a snapshot '${name}' already. Remove it first, or take another name.`);
  await copyState(cloud, folder);
  writeFileSync(join(folder, 'snapshot.json'), JSON.stringify(facts));
  return facts;
}

export function listSnapshots(cloud: Cloud): SnapshotFacts[] {
  if (cloud.folder === undefined)
    return [...heldBy(cloud)].map(([name, { at }]) => ({ name, at: new Date(at).toISOString() }));
  const { snapshots } = cloud.folder;
  if (!existsSync(snapshots)) return [];
  return readdirSync(snapshots)
    .filter((name) => existsSync(join(snapshots, name, 'snapshot.json')))
    .map((name) => JSON.parse(readFileSync(join(snapshots, name, 'snapshot.json'), 'utf8')) as SnapshotFacts);
}

/** Puts a snapshot in the place of the present state, which is lost. */
export async function restoreSnapshot(cloud: Cloud, name: string): Promise<void> {
  checkName(name);
  const { kernel, folder } = cloud;
  if (folder === undefined) {
    const found = heldBy(cloud).get(name) ?? unknown(name);
    kernel.store.replace((driver) => (driver as MemoryDriver).become(found.driver));
    (kernel.blobs.driver as BlobMemory).become(found.blobs);
  } else {
    const from = join(folder.snapshots, name);
    if (!existsSync(join(from, 'snapshot.json'))) unknown(name);
    await linkFiles(join(from, 'blobs'), folder.blobs);
    kernel.store.replace((driver) => driver.restoreFrom(join(from, 'state.db')));
  }
  cloud.restart();
}

/** True when there was such a snapshot. */
export function removeSnapshot(cloud: Cloud, name: string): boolean {
  checkName(name);
  if (cloud.folder === undefined) return heldBy(cloud).delete(name);
  const folder = join(cloud.folder.snapshots, name);
  if (!existsSync(folder)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

/** The storage of a cloud that begins as this one is now and goes its own way. A cloud with a folder needs a new one for its fork. */
export async function forkStorage(cloud: Cloud, data: string | undefined): Promise<Storage> {
  cloud.kernel.store.flush();
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
}

/** Empties the cloud. */
export function resetCloud(cloud: Cloud): void {
  cloud.kernel.store.replace((driver) => driver.clear());
  cloud.restart();
}

function memoryOf(cloud: Cloud): { driver: MemoryDriver; blobs: BlobMemory } {
  const { driver } = cloud.kernel.store;
  const blobs = cloud.kernel.blobs.driver;
  invariant(driver instanceof MemoryDriver && blobs instanceof BlobMemory, 'a cloud without a folder is in memory');
  return { driver: driver.clone(), blobs: blobs.clone() };
}

/** The database is copied, bodies are linked: they never change. */
async function copyState(cloud: Cloud, folder: string): Promise<void> {
  invariant(cloud.folder !== undefined, 'only a cloud with a folder is copied');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'FORMAT'), `${FORMAT_VERSION}\n`);
  cloud.kernel.store.driver.copyTo(join(folder, 'state.db'));
  await linkFiles(cloud.folder.blobs, join(folder, 'blobs'));
}

async function linkFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  if (!existsSync(from)) return;
  for await (const shelf of await opendir(from)) {
    if (!/^[0-9a-f]{2}$/.test(shelf.name)) continue;
    await mkdir(join(to, shelf.name), { recursive: true });
    for await (const file of await opendir(join(from, shelf.name))) {
      await link(join(from, shelf.name, file.name), join(to, shelf.name, file.name)).catch(
        (error: NodeJS.ErrnoException) => {
          // A file may have been removed since the database was copied, or be there already.
          if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
        },
      );
    }
  }
}

function checkName(name: string): void {
  if (!NAME.test(name))
    throw new ConfigError(`'${name}' can't name a snapshot: letters, digits, dots, dashes and underscores, up to 64.`);
}

function unknown(name: string): never {
  throw new ConfigError(`There is no snapshot '${name}'. 'cloudyard snapshot list' shows those there are.`);
}
