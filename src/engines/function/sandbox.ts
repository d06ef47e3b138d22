/**
 * The room in which a function's processes run. On Linux, where name spaces are allowed: /var/task, /opt and /tmp of its own, no view of other
 * processes or of the cloud's state, everything in it ends with it. Elsewhere: a process group, and the folders by their own paths.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Cgroup, findCgroups } from './cgroup.ts';

const ENTER = join(import.meta.dirname, 'enter.sh');
export const BOOTSTRAPS = join(import.meta.dirname, 'bootstrap');
const NAMESPACES = ['--user', '--map-root-user', '--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'];
/** The process ends with this one, however that ends. */
const TIED = ['--pdeathsig', 'KILL'];
/** vCPUs are in proportion to memory: one for each 1,769 MB. Source: Lambda Developer Guide, "Configure Lambda function memory". */
const MB_PER_CPU = 1_769;
/** Source: Lambda Developer Guide, "Lambda quotas": file descriptors, processes and threads. */
const DESCRIPTORS_MAX = 1_024;
const PROCESSES_MAX = 1_024;
const MB = 1_048_576;

export type Room = {
  code: string;
  layers: string | undefined;
  /** Where `@aws-sdk/…` is found, as in Lambda's own runtimes. */
  modules: string | undefined;
  /** The cloud's state. */
  hidden: string | undefined;
  /** MB. */
  memory: number;
  /** Of /tmp, MB. */
  storage: number;
};

/** Paths as the function sees them. */
export type View = { task: string; opt: string; bootstraps: string; modules: string | undefined };

/** `canFreeze`: one that stands still can't notice that its cloud was killed; the machine has to. */
export type Boxed = { process: ChildProcess; cgroup: Cgroup | undefined; canFreeze: boolean };

type Machine = { namespaces: boolean; prlimit: boolean; tied: boolean; cgroups: ReturnType<typeof findCgroups> };

let machine: Promise<Machine> | undefined;

/** What this machine allows, found out once by trying. */
function look(): Promise<Machine> {
  machine ??= (async () => {
    const run = promisify(execFile);
    const works = (file: string, args: string[]) =>
      run(file, args, { timeout: 5_000 }).then(
        () => true,
        () => false,
      );
    const [namespaces, prlimit, tied] =
      process.platform === 'linux'
        ? await Promise.all([
            works('unshare', [
              ...NAMESPACES,
              'sh',
              ENTER,
              BOOTSTRAPS,
              BOOTSTRAPS,
              BOOTSTRAPS,
              '',
              '',
              '1',
              '',
              '--',
              'true',
            ]),
            works('prlimit', ['--nofile=64', 'true']),
            works('setpriv', [...TIED, 'true']),
          ])
        : [false, false, false];
    return { namespaces, prlimit, tied, cgroups: findCgroups() };
  })();
  return machine;
}

/** Which limits this machine can keep. */
export async function machineLimits(): Promise<{
  namespaces: boolean;
  cgroups: boolean;
  prlimit: boolean;
  tied: boolean;
}> {
  const { namespaces, cgroups, prlimit, tied } = await look();
  return { namespaces, cgroups: cgroups !== undefined, prlimit, tied };
}

/** Starts processes in rooms. */
export class Sandbox {
  readonly #machine: Machine;
  #count = 0;

  private constructor(found: Machine) {
    this.#machine = found;
  }

  static async open(): Promise<Sandbox> {
    return new Sandbox(await look());
  }

  /** Whether a function has a file system of its own. */
  get isApart(): boolean {
    return this.#machine.namespaces;
  }

  view(room: Room): View {
    if (this.isApart)
      return { task: '/var/task', opt: '/opt', bootstraps: '/var/runtime', modules: '/var/node_modules' };
    return { task: room.code, opt: room.layers ?? '/opt', bootstraps: BOOTSTRAPS, modules: room.modules };
  }

  /** @param command as the function sees it; `interpreter` is where the machine has it */
  start(room: Room, command: readonly string[], interpreter: string | undefined, env: Record<string, string>): Boxed {
    const cgroup = this.#group(room);
    const [file = '', ...args] = [...joining(cgroup), ...this.#limits(), ...this.#enter(room, command, interpreter)];
    const child = spawn(file, args, {
      cwd: this.isApart ? '/' : room.code,
      env,
      detached: true,
      // 3: the runtime's log, in frames.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    return { process: child, cgroup, canFreeze: this.#machine.tied };
  }

  #group({ memory, storage }: Room): Cgroup | undefined {
    this.#count += 1;
    try {
      return this.#machine.cgroups?.(`cloudyard-${process.pid}-${this.#count}`, {
        // Files in /tmp are memory to the kernel.
        memoryBytes: (memory + storage) * MB,
        processes: PROCESSES_MAX,
        cpus: memory / MB_PER_CPU,
      });
    } catch {
      return undefined;
    }
  }

  #limits(): string[] {
    const { tied, prlimit } = this.#machine;
    return [
      ...(tied ? ['setpriv', ...TIED] : []),
      ...(prlimit ? ['prlimit', `--nofile=${DESCRIPTORS_MAX}`, '--core=0'] : []),
    ];
  }

  #enter(room: Room, command: readonly string[], interpreter: string | undefined): string[] {
    if (!this.isApart) return [...command];
    // What lies under /tmp or /var would not be seen any more.
    const moved = interpreter !== undefined && /^\/(tmp|var)\//.test(interpreter);
    const prefix = interpreter === undefined ? '' : dirname(dirname(interpreter));
    const seen = (part: string) => (moved && part === interpreter ? part.replace(prefix, '/var/lang') : part);
    const nowhere = join(BOOTSTRAPS, 'empty');
    return [
      'unshare',
      ...NAMESPACES,
      'sh',
      ENTER,
      room.code,
      room.layers ?? nowhere,
      BOOTSTRAPS,
      room.modules ?? '',
      room.hidden ?? '',
      String(room.storage),
      moved ? prefix : '',
      '--',
      ...command.map(seen),
    ];
  }
}

/** A command before the command: it joins the groups, so that nothing of it ever runs outside of them. */
function joining(cgroup: Cgroup | undefined): string[] {
  if (cgroup === undefined) return [];
  const joins = cgroup.folders.map((folder) => `echo 0 > '${folder}/cgroup.procs'`).join(' && ');
  return ['sh', '-c', `${joins} && exec "$@"`, 'sh'];
}

/** Ends a process and all that it has started. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
