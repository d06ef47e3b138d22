/** .NET for tests: the machine's own, or what `bring-dotnet.sh` has put on the path. */
import { execFileSync } from 'node:child_process';
import { dotnetIn } from '#engines/function/dotnet';

/** Where a `dotnet` is that runs and compiles functions of .NET 8; undefined when this machine has none. */
export function findDotnet(): string | undefined {
  try {
    const printed = execFileSync('dotnet', ['--list-sdks'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return dotnetIn(printed, '8');
  } catch {
    return undefined;
  }
}

/** As `dotnet publish` writes it for .NET 8. */
export const RUNTIME_CONFIG = JSON.stringify({
  runtimeOptions: { tfm: 'net8.0', framework: { name: 'Microsoft.NETCore.App', version: '8.0.0' } },
});
