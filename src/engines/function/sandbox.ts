/**
 * The room in which a function's processes run. On Linux, where name spaces are allowed: /var/task, /opt and /tmp of its own, no view of other
 * processes or of the cloud's state, everything in it ends with it. Elsewhere: a process group, and the folders by their own paths.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { type Cgroup, findCgroups, type Limits } from './cgroup.ts';

const ENTER = join(import.meta.dirname, 'room/enter.sh');
const WAIT = join(import.meta.dirname, 'room/wait.sh');
/** Given as a text, as its shell stays beside the function, which may look into what that has open. */
const WAITING = readFileSync(WAIT, 'utf8');
export const BOOTSTRAPS = join(import.meta.dirname, 'bootstrap');
/** Stands for a folder that isn't there. */
const NOWHERE = join(BOOTSTRAPS, 'empty');
const NAMESPACES = ['--user', '--map-root-user', '--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'];
/** The process ends with this one, however that ends. */
const TIED = ['--pdeathsig', 'KILL'];
/** vCPUs are in proportion to memory: one for each 1,769 MB. Source: Lambda Developer Guide, "Configure Lambda function memory". */
const MB_PER_CPU = 1_769;
/** Source: Lambda Developer Guide, "Lambda quotas": file descriptors, processes and threads. */
const DESCRIPTORS_MAX = 1_024;
const PROCESSES_MAX = 1_024;
const MB = 1_048_576;
/** Of one that waits, until its function's limits are known. */
const WAITING_BYTES = 1_024 * MB;

export type FunctionOptions = {
  /** Folder for what is unpacked. */
  scratch: string;
  /** The cloud's state, which functions don't get to see. */
  hidden: string | undefined;
  /** Folder where functions find `@aws-sdk/…`. */
  modules?: string | undefined;
};

export type Room = {
  code: string;
  layers: string | undefined;
  /** What starts its runtime. */
  bootstraps: string;
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

/** A process that waits for its function. */
export type Waiting = { boxed: Boxed; take: (room: Room, environment: Record<string, string>) => void };

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
              BOOTSTRAPS,
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
    return { task: room.code, opt: room.layers ?? '/opt', bootstraps: room.bootstraps, modules: room.modules };
  }

  /** @param command as the function sees it; `interpreter` is where the machine has it */
  start(room: Room, command: readonly string[], interpreter: string | undefined, env: Record<string, string>): Boxed {
    const cgroup = this.#group(limitsOf(room));
    const cwd = this.isApart ? '/' : room.code;
    // 3: the runtime's log, in frames.
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const;
    return this.#spawn(cgroup, this.#enter(room, command, interpreter), { cwd, env, stdio });
  }

  /**
   * Starts a process that waits to be told for which function it is; only where functions have file systems of their own.
   *
   * @param options code and layers lie below their `scratch`
   */
  wait(
    { scratch, modules, hidden }: FunctionOptions,
    command: readonly string[],
    interpreter: string | undefined,
    env: Record<string, string>,
  ): Waiting {
    const cgroup = this.#group({ memoryBytes: WAITING_BYTES, processes: PROCESSES_MAX, cpus: 1 });
    const { lang, seen } = placeOf(interpreter);
    const own = [scratch, BOOTSTRAPS, modules ?? NOWHERE, hidden ?? '', lang, '--', ...command.map(seen)];
    // 0: which room. 3: the runtime's log. 4: the function's environment.
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    const boxed = this.#spawn(cgroup, ['unshare', ...NAMESPACES, 'sh', '-c', WAITING, WAIT, ...own], {
      cwd: '/',
      env,
      stdio,
    });
    const { stdin, stdio: ends } = boxed.process;
    const told = ends[4] as Writable;
    // One that has died meanwhile, or never begun, is not taken.
    boxed.process.on('error', () => {});
    for (const end of [stdin, told]) end?.on('error', () => {});
    return {
      boxed,
      take(room, environment) {
        cgroup?.limit(limitsOf(room));
        told.end(JSON.stringify(environment));
        const layers = room.layers === undefined ? '-' : relative(scratch, room.layers);
        stdin?.end(`${relative(scratch, room.code)} ${layers} ${room.storage}\n`);
      },
    };
  }

  #spawn(
    cgroup: Cgroup | undefined,
    command: readonly string[],
    { stdio, ...options }: { cwd: string; env: Record<string, string>; stdio: readonly ('ignore' | 'pipe')[] },
  ): Boxed {
    const [file = '', ...args] = [...joining(cgroup), ...this.#limits(), ...command];
    const child = spawn(file, args, { ...options, detached: true, stdio: [...stdio] });
    return { process: child, cgroup, canFreeze: this.#machine.tied };
  }

  #group(limits: Limits): Cgroup | undefined {
    this.#count += 1;
    try {
      return this.#machine.cgroups?.(`cloudyard-${process.pid}-${this.#count}`, limits);
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
    const { lang, seen } = placeOf(interpreter);
    return [
      'unshare',
      ...NAMESPACES,
      'sh',
      ENTER,
      room.code,
      room.layers ?? NOWHERE,
      room.bootstraps,
      room.modules ?? NOWHERE,
      room.hidden ?? '',
      String(room.storage),
      lang,
      '--',
      ...command.map(seen),
    ];
  }
}

/**
 * Where a function sees the interpreter: what lies under /tmp or /var would not be seen any more. `lang` is the folder that is seen as /var/lang, where
 * programs of layers look for `bin/python`.
 */
function placeOf(interpreter: string | undefined): { lang: string; seen: (part: string) => string } {
  if (interpreter === undefined) return { lang: '', seen: (part) => part };
  const lang = dirname(dirname(interpreter));
  if (!/^\/(tmp|var)\//.test(interpreter)) return { lang: isPython(interpreter) ? lang : '', seen: (part) => part };
  return { lang, seen: (part) => (part === interpreter ? part.replace(lang, '/var/lang') : part) };
}

function isPython(interpreter: string): boolean {
  return basename(interpreter).startsWith('python') && existsSync(join(dirname(interpreter), 'python'));
}

function limitsOf({ memory, storage }: Room): Limits {
  // Files in /tmp are memory to the kernel.
  return { memoryBytes: (memory + storage) * MB, processes: PROCESSES_MAX, cpus: memory / MB_PER_CPU };
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
