/** An environment's processes, and the memory that they hold, as Linux counts it; elsewhere it is not known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Boxed } from './sandbox.ts';

/** Processes that are looked at, so that looking stays cheap. */
const PROCESSES_MAX = 64;
const KB = 1_024;

/** Bytes: the most that each process has held, together. */
export function memoryUsed(boxed: Boxed): number {
  return processesOf(boxed).reduce((sum, pid) => sum + peak(pid), 0);
}

/** Asks the runtime, the first process of its name space, to end. */
export function terminateRuntime(boxed: Boxed): void {
  const first = processesOf(boxed).find((pid) => /^NSpid:\t\d+\t1$/m.test(text(`/proc/${pid}/status`)));
  try {
    const pid = first ?? boxed.process.pid;
    if (pid !== undefined) process.kill(pid, 'SIGTERM');
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
    pids.push(...text(`/proc/${pids[index]}/task/${pids[index]}/children`).split(' ').filter(Boolean).map(Number));
  return pids;
}

function peak(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) * KB;
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
