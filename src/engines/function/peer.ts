/**
 * Who is at the other end of a connection on this machine: environments share its network, and none may speak for another.
 * Where the machine doesn't say (other systems than Linux), whoever connects is believed.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processesOf } from './memory.ts';
import type { Boxed } from './sandbox.ts';

/** Descriptors that are looked at of one process. */
const DESCRIPTORS_MAX = 2_048;

/** Whether a local port is that of a socket of the environment's processes. */
export function isPeerOf(boxed: Boxed, port: number): boolean {
  if (process.platform !== 'linux') return true;
  const inode = inodeOf(port);
  if (inode === undefined) return true;
  const link = `socket:[${inode}]`;
  return processesOf(boxed).some((pid) => holds(pid, link));
}

/** The socket that is bound to 127.0.0.1 and the port. Source: Linux, "proc_pid_net(5)", tcp. */
function inodeOf(port: number): string | undefined {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = read(file);
    const at = text.indexOf(`: ${file.endsWith('6') ? '0000000000000000FFFF0000' : ''}${local} `);
    if (at === -1) continue;
    const end = text.indexOf('\n', at);
    return text
      .slice(at + 2, end)
      .trim()
      .split(/\s+/)[8];
  }
  return undefined;
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
