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
import { canBeOther, enteringAs, type Guise, isOpen, isOpenInside, namespacesOf, storageOf } from './guise.ts';

const ENTER = join(import.meta.dirname, 'room/enter.sh');
const WAIT = join(import.meta.dirname, 'room/wait.sh');
/** Given as a text, as its shell stays beside the function, which may look into what that has open. */
const WAITING = readFileSync(WAIT, 'utf8');
export const BOOTSTRAPS = join(import.meta.dirname, 'bootstrap');
/** Stands for a folder that isn't there. */
const NOWHERE = join(BOOTSTRAPS, 'empty');
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
/** MB of /tmp. Source: Lambda API Reference, "EphemeralStorage": the default. */
const WAITING_STORAGE = 512;

export type FunctionOptions = {
  /** Folder for what is unpacked. */
  scratch: string;
  /** The cloud's state, which functions don't get to see. */
  hidden: string | undefined;
  /** Folder where functions find `@aws-sdk/…`. */
  modules?: string | undefined;
  /** Whether functions may run from folders of this machine; they may unless it is said. */
  runsFolders?: boolean;
};

export type Room = {
  code: string;
  /** The code is a folder of whoever runs the cloud, who may read what others may not. */
  isTheirs: boolean;
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
export type Boxed = {
  process: ChildProcess;
  cgroup: Cgroup | undefined;
  canFreeze: boolean;
  /** Where the first process is a shell: how many it has started before the runtime. */
  behind: number | undefined;
};

/** A process that waits for its function. */
export type Waiting = { boxed: Boxed; take: (room: Room, environment: Record<string, string>) => void };

/** `guises`: as whom functions can run in rooms of their own, the better first; none where there are no rooms. */
type Machine = { guises: readonly Guise[]; prlimit: boolean; tied: boolean; cgroups: ReturnType<typeof findCgroups> };

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
    const linux = process.platform === 'linux';
    const own = linux && canBeOther(readFileSync('/proc/self/status', 'latin1')) ? ['other' as const] : [];
    const guises = linux ? [...own, 'mapped' as const] : [];
    const here = [BOOTSTRAPS, BOOTSTRAPS, BOOTSTRAPS, BOOTSTRAPS, ''];
    const [entered, prlimit, tied] = await Promise.all([
      Promise.all(
        guises.map((guise) => {
          const room = ['sh', ENTER, ...here, storageOf(guise, 1), '', '--', ...enteringAs(guise), 'true'];
          return works('unshare', [...namespacesOf(guise), ...room]);
        }),
      ),
      linux && works('prlimit', ['--nofile=64', 'true']),
      linux && works('setpriv', [...TIED, 'true']),
    ]);
    return { guises: guises.filter((_, at) => entered[at]), prlimit, tied, cgroups: findCgroups() };
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
  const { guises, cgroups, prlimit, tied } = await look();
  return { namespaces: guises.length > 0, cgroups: cgroups !== undefined, prlimit, tied };
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
    return this.#machine.guises.length > 0;
  }

  view(room: Pick<Room, 'code' | 'layers' | 'bootstraps' | 'modules'>): View {
    if (this.isApart)
      return { task: '/var/task', opt: '/opt', bootstraps: '/var/runtime', modules: '/var/node_modules' };
    return { task: room.code, opt: room.layers ?? '/opt', bootstraps: room.bootstraps, modules: room.modules };
  }

  /** @param command as the function sees it; beside its extensions, where it `hasExtensions`; `reads` is what it needs of this machine, first of all its interpreter */
  start(
    room: Room,
    command: readonly string[],
    reads: readonly string[],
    env: Record<string, string>,
    hasExtensions: boolean,
  ): Boxed {
    const cgroup = this.#group(limitsOf(room));
    const cwd = this.isApart ? '/' : room.code;
    // 3: the runtime's log, in frames. 4: what extensions write.
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe', ...(hasExtensions ? ['pipe' as const] : [])] as const;
    return this.#spawn(cgroup, this.#enter(room, command, reads), { cwd, env, stdio });
  }

  /**
   * Starts a process that waits to be told for which function it is; only where functions have file systems of their own.
   *
   * @param options code and layers lie below their `scratch`
   */
  wait(
    { scratch, modules, hidden }: FunctionOptions,
    command: readonly string[],
    reads: readonly string[],
    env: Record<string, string>,
  ): Waiting {
    const cgroup = this.#group({ memoryBytes: WAITING_BYTES, processes: PROCESSES_MAX, cpus: 1 });
    const { lang, seen } = placeOf(reads[0]);
    const guise = this.#guise(reads, [BOOTSTRAPS, modules ?? NOWHERE]);
    const folders = [scratch, BOOTSTRAPS, modules ?? NOWHERE, hidden ?? ''];
    const own = [...folders, storageOf(guise, WAITING_STORAGE), lang, '--', ...enteringAs(guise), ...command.map(seen)];
    // 0: which room. 3: the runtime's log. 4: the function's environment.
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    const boxed = this.#spawn(cgroup, ['unshare', ...namespacesOf(guise), 'sh', '-c', WAITING, WAIT, ...own], {
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
      boxed: { ...boxed, behind: 0 },
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
    return { process: child, cgroup, canFreeze: this.#machine.tied, behind: undefined };
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

  #enter(room: Room, command: readonly string[], reads: readonly string[]): string[] {
    if (!this.isApart) return [...command];
    const { lang, seen } = placeOf(reads[0]);
    const { code, isTheirs, layers = NOWHERE, bootstraps, modules = NOWHERE, hidden = '', storage } = room;
    const guise = this.#guise(reads, [code, layers, bootstraps, modules], isTheirs);
    const folders = [code, layers, bootstraps, modules, hidden];
    const entering = [
      'unshare',
      ...namespacesOf(guise),
      'sh',
      ENTER,
      ...folders,
      storageOf(guise, storage),
      lang,
      '--',
    ];
    return [...entering, ...enteringAs(guise), ...command.map(seen)];
  }

  /** Another user needs what others may read: of this machine, and of the folders that are seen elsewhere. */
  #guise([interpreter, ...besides]: readonly string[], folders: readonly string[], isTheirs = false): Guise {
    const [best = 'mapped', other = best] = this.#machine.guises;
    const { lang, seen } = placeOf(interpreter);
    const isElsewhere = interpreter !== undefined && seen(interpreter) !== interpreter;
    const entered = isElsewhere ? [lang, ...folders] : folders;
    const read = isElsewhere || interpreter === undefined ? besides : [interpreter, ...besides];
    return !isTheirs && entered.every(isOpenInside) && read.every(isOpen) ? best : other;
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
