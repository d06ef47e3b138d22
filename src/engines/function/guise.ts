/** As whom a function's processes run: as on AWS a user without any rights, who can write nowhere but in /tmp. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * `other`: really another user of this machine, which only root can begin. `mapped`: whoever runs the cloud, in a name space where that user has the number
 * and the rights of Lambda's.
 *
 * Deviation: to those who are `mapped`, what is the cloud's own (their code, their layers) seems to be theirs, and what is root's nobody's.
 */
export type Guise = 'other' | 'mapped';

/** Source: `id` in functions on Amazon Linux 2 and 2023; room/passwd has the name. */
const USER = 993;
const GROUP = 990;
/** Besides the change of the user: to look at the processes of other users, and to end them. Source: Linux, "capabilities(7)": CAP_KILL, CAP_SYS_PTRACE. */
const CAPABILITIES = (1n << 5n) | (1n << 19n);
/** Of a file's mode: what everyone may. */
const READ = 0o4;
const ENTER = 0o1;

const APART = ['--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'];
const RIGHTLESS = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--pdeathsig', 'KILL'];

/** What `unshare` makes for a room; what it starts may mount. */
export function namespacesOf(guise: Guise): readonly string[] {
  return guise === 'other' ? APART : ['--user', '--map-root-user', ...APART];
}

/** A command before the function's own, once its room is made. */
export function enteringAs(guise: Guise): readonly string[] {
  if (guise === 'other')
    return ['setpriv', '--reuid', `${USER}`, '--regid', `${GROUP}`, '--clear-groups', ...RIGHTLESS];
  const map = ['--user', `--map-user=${USER}`, `--map-group=${GROUP}`, '--keep-caps'];
  return ['unshare', ...map, 'setpriv', '--ambient-caps=-all', ...RIGHTLESS];
}

/** How /tmp is mounted. @param storage MB */
export function storageOf(guise: Guise, storage: number): string {
  const owner = guise === 'other' ? `,uid=${USER},gid=${GROUP}` : '';
  return `size=${storage}m,mode=700${owner}`;
}

/**
 * Whether this process may start others as another user, and look after them, and that user may read what it writes.
 *
 * @param status of this process, from /proc
 */
export function canBeOther(status: string): boolean {
  const capabilities = BigInt(`0x${/^CapEff:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const isRoot = process.getuid?.() === 0 && (capabilities & CAPABILITIES) === CAPABILITIES;
  return isRoot && (process.umask() & (READ | ENTER)) === 0;
}

/** Whether any user of this machine may read a file or folder where it is. */
export function isOpen(path: string): boolean {
  const folder = dirname(path);
  return may(path, READ) && (folder === path || isPassable(folder));
}

/** Whether any user may read a folder that they see elsewhere. */
export function isOpenInside(folder: string): boolean {
  return may(folder, READ | ENTER);
}

function isPassable(folder: string): boolean {
  const parent = dirname(folder);
  return may(folder, ENTER) && (parent === folder || isPassable(parent));
}

function may(path: string, what: number): boolean {
  try {
    return (statSync(path).mode & what) === what;
  } catch {
    return false;
  }
}
