/**
 * Limits that Linux keeps for a group of processes: memory, their number, CPU. Version 2 below a folder that is ours to write (a user's session),
 * or version 1 (older systems). Without either a function's memory is only watched (environment.ts).
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Millis } from '#kernel/base';
import { machineWait } from '#kernel/clock';

/** What a group may use. */
export type Limits = { memoryBytes: number; processes: number; cpus: number };

export interface Cgroup {
  /** Folders whose `cgroup.procs` a process writes itself into. */
  readonly folders: readonly string[];
  /** Sets the limits anew, of a group that was made before it was known for what. */
  limit(limits: Limits): void;
  /** From now on CPU is limited, too: Lambda gives a function that starts all there is. */
  limitCpu(): void;
  /** Whether a process was killed because all memory was taken. */
  wasFull(): boolean;
  /** Once its processes have been killed. */
  remove(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';
/** Microseconds; Linux's default. */
const PERIOD = 100_000;
const REMOVE_AGAIN: Millis = 10;
const REMOVE_TRIES = 200;
const CONTROLLERS_1 = ['memory', 'pids', 'cpu'] as const;

/** Makes groups here, or undefined where the machine doesn't let us. */
export function findCgroups(): ((name: string, limits: Limits) => Cgroup) | undefined {
  try {
    if (existsSync(join(ROOT, 'cgroup.controllers'))) return second();
    const folders = CONTROLLERS_1.map((controller) => join(ROOT, controller));
    if (!folders.every(isWritable)) return undefined;
    for (const folder of folders) removeStale(folder);
    return first;
  } catch {
    return undefined;
  }
}

/** Version 2: beside our own group, which the session manager lets its user write. */
function second(): ((name: string, limits: Limits) => Cgroup) | undefined {
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const parent = join(ROOT, dirname(own));
  const given = new Set(readFileSync(join(parent, 'cgroup.subtree_control'), 'utf8').trim().split(' '));
  if (!isWritable(join(parent, 'cgroup.procs')) || !['memory', 'pids'].every((one) => given.has(one))) return undefined;
  removeStale(parent);
  return (name, limits) => {
    const folder = join(parent, name);
    mkdirSync(folder);
    let { cpus } = limits;
    const limit = (now: Limits) => {
      cpus = now.cpus;
      write(folder, 'memory.max', now.memoryBytes);
      write(folder, 'pids.max', now.processes);
    };
    limit(limits);
    if (existsSync(join(folder, 'memory.swap.max'))) write(folder, 'memory.swap.max', 0);
    return {
      folders: [folder],
      limit,
      limitCpu: () => given.has('cpu') && write(folder, 'cpu.max', `${Math.round(cpus * PERIOD)} ${PERIOD}`),
      wasFull: () => kills(join(folder, 'memory.events')),
      remove: () => remove(folder),
    };
  };
}

function first(name: string, limits: Limits): Cgroup {
  const [memory, pids, cpu] = CONTROLLERS_1.map((controller) => join(ROOT, controller, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [memory, pids, cpu]) mkdirSync(folder);
  let { cpus } = limits;
  const limit = (now: Limits) => {
    cpus = now.cpus;
    write(memory, 'memory.limit_in_bytes', now.memoryBytes);
    write(pids, 'pids.max', now.processes);
  };
  limit(limits);
  write(cpu, 'cpu.cfs_period_us', PERIOD);
  return {
    folders: [memory, pids, cpu],
    limit,
    limitCpu: () => write(cpu, 'cpu.cfs_quota_us', Math.round(cpus * PERIOD)),
    wasFull: () => kills(join(memory, 'memory.oom_control')),
    async remove() {
      for (const folder of [memory, pids, cpu]) await remove(folder);
    },
  };
}

function kills(file: string): boolean {
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) > 0;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function write(folder: string, file: string, value: string | number): void {
  writeFileSync(join(folder, file), String(value));
}

/** A process that was killed may be in it for a moment yet. */
async function remove(folder: string): Promise<void> {
  for (let tries = REMOVE_TRIES; tries > 0; tries -= 1) {
    try {
      rmdirSync(folder);
      return;
    } catch {
      await machineWait(REMOVE_AGAIN);
    }
  }
}

/** Groups of clouds that were killed. */
function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = /^cloudyard-(\d+)-\d+$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(parent, name));
    } catch {
      // Something lives in it.
    }
  }
}
