/** An environment's processes, and the memory that they hold, as Linux counts it; elsewhere it is not known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Millis } from '#kernel/base';
import { type Disarm, machineAlarm } from '#kernel/clock';
import type { Boxed } from './sandbox.ts';

/** Memory is looked at this often. */
const WATCH_EVERY: Millis = 100;
/** Processes that are looked at, so that looking stays cheap. */
const PROCESSES_MAX = 64;
const KB = 1_024;

/** Bytes: the most that each process has held, together. Pages of files, a runtime's program above all, are the same ones in all of them. */
export function memoryUsed(boxed: Boxed | undefined): number {
  if (boxed === undefined) return 0;
  const held = processesOf(boxed).map(heldBy);
  return held.reduce((sum, one) => sum + one.peak - one.file, 0) + Math.max(0, ...held.map(({ file }) => file));
}

/**
 * Looks at what is held, as long as something is done; a child that takes too much is ended alone: its parent hears of it.
 *
 * @param max  bytes; what the kernel limits is memory and /tmp together
 * @param over the runtime itself takes too much
 */
export function watchMemory(
  boxed: Boxed | undefined,
  max: number,
  isAtWork: () => boolean,
  seen: (bytes: number) => void,
  over: () => void,
): Disarm {
  let disarm: Disarm = () => {};
  const look = () => {
    if (boxed === undefined || !isAtWork()) return;
    const used = memoryUsed(boxed);
    seen(used);
    if (used > max && !endLargest(boxed)) over();
    else disarm = machineAlarm(WATCH_EVERY, look);
  };
  disarm = machineAlarm(WATCH_EVERY, look);
  return () => disarm();
}

/** Asks the runtime to end; where there are extensions, the shell does that, which waits for them. */
export function terminateRuntime(boxed: Boxed): void {
  signal(boxed.behind === 0 ? runtimeOf(boxed) : firstOf(boxed), 'SIGTERM');
}

/** Ends the process that holds most, as Linux does where memory is short; false where that is the runtime itself. */
function endLargest(boxed: Boxed): boolean {
  const held = processesOf(boxed).map((pid) => ({ pid, peak: heldBy(pid).peak }));
  const [largest] = held.toSorted((a, b) => b.peak - a.peak);
  if (largest === undefined || largest.pid === runtimeOf(boxed) || largest.pid === boxed.process.pid) return false;
  signal(largest.pid, 'SIGKILL');
  return true;
}

/** The first process of its name space, or the child of that which is the runtime. */
function runtimeOf(boxed: Boxed): number | undefined {
  const first = firstOf(boxed);
  const child = boxed.behind === undefined || first === undefined ? undefined : childrenOf(first)[boxed.behind];
  return child ?? first;
}

function firstOf(boxed: Boxed): number | undefined {
  return processesOf(boxed).find((pid) => /^NSpid:\t\d+\t1$/m.test(text(`/proc/${pid}/status`))) ?? boxed.process.pid;
}

function signal(pid: number | undefined, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** Its processes, by this machine's numbers; not all of very many. */
export function processesOf({ process: { pid }, cgroup }: Boxed): number[] {
  if (pid === undefined) return [];
  const pids = cgroup === undefined ? family(pid) : members(cgroup.folders[0] ?? '');
  return pids.slice(0, PROCESSES_MAX);
}

function members(folder: string): number[] {
  return text(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
}

/** A process and its descendants. */
function family(pid: number): number[] {
  const pids = [pid];
  for (let index = 0; index < pids.length && pids.length < PROCESSES_MAX; index += 1)
    pids.push(...childrenOf(pids[index] ?? 0));
  return pids;
}

function childrenOf(pid: number): number[] {
  return text(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function heldBy(pid: number): { peak: number; file: number } {
  const status = text(`/proc/${pid}/status`);
  const of = (what: string) => Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * KB;
  return { peak: of('VmHWM'), file: of('RssFile') };
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
