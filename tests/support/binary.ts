/** The real command line as a process of its own, in a folder of its own. Whatever was started ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BINARY = join(import.meta.dirname, '../../bin/cloudyard.js');

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/** A cloud in a process of its own. */
export type RunningBinary = {
  url: string;
  port: number;
  pid: number;
  child: ChildProcess;
  /** What it wrote so far. */
  output(): { stdout: string; stderr: string };
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
};

export type Sandbox = {
  folder: string;
  /** Runs one command to its end. */
  run(...args: string[]): Promise<Ended>;
  /** Runs one command to its end; its JSON document. */
  json<T = Record<string, unknown>>(...args: string[]): Promise<T>;
  /** Starts a command and leaves it running. */
  spawn(...args: string[]): ChildProcess;
  /** Starts a cloud on a free port; its state is in `folder`/.cloudyard unless told otherwise. */
  start(...args: string[]): Promise<RunningBinary>;
};

/** How a shell starts a process whose files can't grow past `KIB`: writing on fails there, as on a disk that is full. */
const LIMITED = 'trap "" XFSZ; ulimit -S -f "$KIB"; exec "$0" "$@"';

/**
 * `await using box = sandbox()`: a new folder, and an environment without settings of this machine for AWS or Cloudyard.
 *
 * @param fileKib the largest file that its processes can write
 */
export function sandbox(env: Record<string, string> = {}, fileKib?: number): Sandbox & AsyncDisposable {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-cli-'));
  const children: ChildProcess[] = [];
  const spawned = (...args: string[]) => {
    const options = { cwd: folder, env: { ...cleanEnvironment(), ...env, KIB: String(fileKib) } };
    const child =
      fileKib === undefined
        ? spawn(process.execPath, [BINARY, ...args], options)
        : spawn('bash', ['-c', LIMITED, process.execPath, BINARY, ...args], options);
    children.push(child);
    return child;
  };
  const run = (...args: string[]) => endOf(spawned(...args));
  return {
    folder,
    run,
    spawn: spawned,
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== 0) throw new Error(`cloudyard ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    start: (...args) => started(spawned('start', '--port', '0', '--json', ...args)),
    async [Symbol.asyncDispose]() {
      for (const child of children)
        if (child.exitCode === null && child.signalCode === null) await endOf(child, () => child.kill('SIGKILL'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** This process's environment without what would lead AWS clients or the command line elsewhere. */
export function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CLOUDYARD_|NODE_TEST)/.test(name)));
}

async function started(child: ChildProcess): Promise<RunningBinary> {
  const { promise, resolve, reject } = Promise.withResolvers<{ url: string; port: number; pid: number }>();
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (piece: Buffer) => {
    stdout += piece;
    if (stdout.includes('\n')) resolve(JSON.parse(stdout.split('\n', 1)[0] as string));
  });
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece;
  });
  const ended = new Promise<Ended>((done) =>
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr })),
  );
  void ended.then(() => reject(new Error(`the cloud did not start: ${stderr}`)));
  return {
    ...(await promise),
    child,
    output: () => ({ stdout, stderr }),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function endOf(child: ChildProcess, act: () => void = () => {}): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (piece: Buffer) => {
    stdout += piece;
  });
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    act();
  });
}
