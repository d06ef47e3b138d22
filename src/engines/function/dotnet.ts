/** .NET of this machine: where it is, and what our part of the runtime is compiled with. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FRAMEWORK = 'shared/Microsoft.NETCore.App';
const COMPILER = 'Roslyn/bincore/csc.dll';
const COMPILES_WITHIN = 120_000;
/** All that the compiler sees: it runs in the newest framework that there is: its own may be too old for this machine's libraries. It needs nobody's language. */
const COMPILER_ENVIRONMENT = { DOTNET_ROLL_FORWARD: 'LatestMajor', DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };

/**
 * The program `dotnet`, where it has a runtime of that version or a later one, and a compiler.
 *
 * @param printed by `dotnet --list-sdks`
 * @param version as in `dotnet8`
 */
export function dotnetIn(printed: string, version: string): string | undefined {
  const sdks = /^\s*\d+\.\S+ \[(.+)\]$/m.exec(printed)?.[1];
  if (sdks === undefined) return undefined;
  const dotnet = join(sdks, '../dotnet');
  const has = [frameworkOf(dotnet, Number(version)), compilerOf(dotnet)];
  return existsSync(dotnet) && !has.includes(undefined) ? dotnet : undefined;
}

/**
 * Compiles a library, or a program with `target` 'exe', for this version of .NET and later ones.
 *
 * @throws what the compiler says
 */
export async function compileDotnet(
  dotnet: string,
  version: string,
  sources: readonly string[],
  { out, target = 'library', references = [] }: { out: string; target?: 'library' | 'exe'; references?: string[] },
): Promise<void> {
  const framework = frameworkOf(dotnet, Number(version)) ?? '';
  const own = readdirSync(framework).filter((name) => name.endsWith('.dll'));
  const all = [...own.map((name) => join(framework, name)), ...references].map((path) => `-r:${path}`);
  const options = ['-nologo', '-noconfig', '-nostdlib', '-optimize', `-target:${target}`, `-out:${out}`];
  await run(dotnet, ['exec', compilerOf(dotnet) ?? '', ...options, ...all, ...sources], {
    timeout: COMPILES_WITHIN,
    env: COMPILER_ENVIRONMENT,
  });
}

/** The framework of that version, else of the next one. */
function frameworkOf(dotnet: string, version: number): string | undefined {
  const found = newest(join(dirname(dotnet), FRAMEWORK)).filter((name) => Number.parseInt(name, 10) >= version);
  const least = Math.min(...found.map((name) => Number.parseInt(name, 10)));
  const name = found.find((one) => Number.parseInt(one, 10) === least);
  return name === undefined ? undefined : join(dirname(dotnet), FRAMEWORK, name);
}

function compilerOf(dotnet: string): string | undefined {
  const folder = join(dirname(dotnet), 'sdk');
  return newest(folder)
    .map((name) => join(folder, name, COMPILER))
    .find((path) => existsSync(path));
}

/** Versions in a folder, the newest first. */
function newest(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}
