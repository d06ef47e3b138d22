/** How an environment is started: its room, its command, and the variables that Lambda sets. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionSpec } from '#kernel/contract';
import type { Bootstraps } from './bootstraps.ts';
import type { CodeFolders } from './code.ts';
import type { Init } from './platform-lines.ts';
import { pathsOf, type Runtimes } from './runtimes.ts';
import type { Boxed, FunctionOptions, Room, Sandbox, View, Waiting } from './sandbox.ts';
import type { Spares } from './spares.ts';

/** What an engine has to start environments with. */
export type Means = {
  sandbox: Sandbox;
  folders: CodeFolders;
  runtimes: Runtimes;
  bootstraps: Bootstraps;
  spares: Spares;
  options: FunctionOptions;
};

/** What starts an environment's process. */
export type Launch = {
  sandbox: Sandbox;
  room: Room;
  command: readonly string[];
  reads: readonly string[];
  environment: Record<string, string>;
  /** A process that has begun already, for this one start. */
  waiting: Waiting | undefined;
  /** Names of the programs that start beside the runtime. */
  extensions: readonly string[];
  /** Of these, how many can be run. */
  runnable: number;
};

/** @throws for a runtime that this machine doesn't have, and for code that can't be unpacked */
export async function launchOf(
  spec: FunctionSpec,
  stream: string,
  how: Init['type'],
  { sandbox, folders, runtimes, bootstraps, spares, options }: Means,
): Promise<Launch> {
  const found = await runtimes.find(spec.runtime);
  if (typeof found === 'string') throw new Error(found);
  if ('folder' in spec.code) await checkFolder(spec.code.folder, options);
  const { hidden, modules } = options;
  const room = {
    code: await folders.folder(spec.code),
    isTheirs: 'folder' in spec.code,
    layers: spec.layers.length === 0 ? undefined : await folders.merged(spec.layers),
    bootstraps: await bootstraps.folder(spec.runtime),
    modules,
    hidden,
    memory: spec.memory,
    storage: spec.storage,
  };
  const view = sandbox.view(room);
  const wrapper = spec.environment.AWS_LAMBDA_EXEC_WRAPPER;
  const own = found.command(view, spec.memory);
  const wrapped = wrapper === undefined ? own : [wrapper, ...own];
  const programs = extensionsOf(room.layers);
  const extensions = programs.map(({ name }) => name);
  const started = ['sh', `${view.bootstraps}/extensions.sh`, `${view.opt}/extensions`];
  const environment = { ...found.environment(view), ...spec.environment, ...(await reserved(spec, stream, how, view)) };
  const waiting = extensions.length === 0 ? await spares.take(spec, room) : undefined;
  return {
    sandbox,
    room,
    waiting,
    command: extensions.length === 0 ? wrapped : [...started, ...wrapped],
    extensions,
    runnable: programs.filter(({ isRunnable }) => isRunnable).length,
    reads: found.reads,
    environment,
  };
}

/** Who names a folder of this machine does not get to see the cloud's own, and no folder where others reach the cloud. */
async function checkFolder(folder: string, { hidden, scratch, runsFolders }: FunctionOptions): Promise<void> {
  if (runsFolders === false)
    throw new Error('functions run from folders of this machine only where nobody else reaches the cloud');
  for (const own of [hidden ?? scratch, scratch])
    if (await overlap(folder, own))
      throw new Error(`the folder ${folder} holds the cloud's own state, or lies in it: name another one`);
}

/** Whether one of two folders lies in the other. */
async function overlap(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(async (path) => `${await realpath(path).catch(() => path)}/`));
  return a === undefined || b === undefined || a.startsWith(b) || b.startsWith(a.replace(/\/+$/, '/'));
}

/** Names of the programs that layers bring along. Source: Lambda Developer Guide, "Lambda Extensions API", "Extension registration". */
function extensionsOf(layers: string | undefined): { name: string; isRunnable: boolean }[] {
  if (layers === undefined) return [];
  const folder = join(layers, 'extensions');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = statSync(join(folder, name));
    return file.isFile() ? [{ name, isRunnable: (file.mode & 0o111) !== 0 }] : [];
  });
}

/** Source: Lambda Developer Guide, "Defined runtime environment variables". */
async function reserved(
  spec: FunctionSpec,
  stream: string,
  how: Init['type'],
  view: View,
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = await spec.credentials();
  return {
    _HANDLER: spec.handler,
    AWS_REGION: spec.place.region,
    AWS_DEFAULT_REGION: spec.environment.AWS_DEFAULT_REGION ?? spec.place.region,
    // Runtimes that functions bring along are not named.
    ...(!spec.runtime.startsWith('provided') && { AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}` }),
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memory),
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_INITIALIZATION_TYPE: how,
    AWS_LAMBDA_LOG_GROUP_NAME: spec.log.group,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    AWS_LAMBDA_LOG_FORMAT: spec.log.json ? 'JSON' : 'Text',
    ...(spec.log.json && { AWS_LAMBDA_LOG_LEVEL: spec.log.application }),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: spec.environment.AWS_ENDPOINT_URL ?? spec.endpoint,
    LAMBDA_TASK_ROOT: view.task,
    LAMBDA_RUNTIME_DIR: view.bootstraps,
    ...Object.fromEntries(
      Object.entries(pathsOf(view)).map(([name, value]) => [name, spec.environment[name] ?? value]),
    ),
  };
}

/** The process of an environment: one that waits, where there is one. @param env with what is only known by now */
export function begun(launch: Launch, env: Record<string, string>): Boxed {
  const { sandbox, room, command, reads, waiting, extensions, runnable } = launch;
  launch.waiting = undefined;
  const behind = extensions.length === 0 ? undefined : runnable;
  if (waiting === undefined) return { ...sandbox.start(room, command, reads, env, behind !== undefined), behind };
  waiting.take(room, env);
  return waiting.boxed;
}
