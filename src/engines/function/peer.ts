/**
 * Who is at the other end of a connection on this machine: environments share its network, and none may speak for another.
 * Where the machine doesn't say (other systems than Linux), whoever connects is believed.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processesOf } from './memory.ts';
import type { Boxed } from './sandbox.ts';

/** Descriptors that are looked at of one process. */
const DESCRIPTORS_MAX = 2_048;

/** Whether the socket at a port that is connected to one of ours is that of the environment's processes. */
export function isPeerOf(boxed: Boxed, port: number, ours: number): boolean {
  if (process.platform !== 'linux') return true;
  const inode = inodeOf(port, ours);
  if (inode === undefined) return true;
  const link = `socket:[${inode}]`;
  return processesOf(boxed).some((pid) => holds(pid, link));
}

/** The socket between two ports of 127.0.0.1; undefined where it has gone already. Source: Linux, "proc_pid_net(5)", tcp. */
function inodeOf(port: number, ours: number): string | undefined {
  for (const [file, prefix] of [
    ['/proc/net/tcp', ''],
    ['/proc/net/tcp6', '0000000000000000FFFF0000'],
  ] as const) {
    const text = read(file);
    // A port may be used again while an older connection from it still lingers.
    const at = text.indexOf(`: ${prefix}${endOf(port)} ${prefix}${endOf(ours)} `);
    const inode =
      at === -1
        ? undefined
        : text
            .slice(at + 2, text.indexOf('\n', at))
            .trim()
            .split(/\s+/)[8];
    if (inode !== undefined && inode !== '0') return inode;
  }
  return undefined;
}

function endOf(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function holds(pid: number, link: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder)
      .slice(0, DESCRIPTORS_MAX)
      .some((descriptor) => target(`${folder}/${descriptor}`) === link);
  } catch {
    return false;
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
