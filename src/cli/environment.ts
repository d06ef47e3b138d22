/** The environment variables that turn any AWS client to this cloud. */
import { CommandError, EXIT } from './usage.ts';

export type Shell = 'sh' | 'fish' | 'powershell';

/** What is set, and what of another setup is taken away. */
export type ClientEnvironment = { set: { [name: string]: string }; unset: string[] };

/** The variables of an account. Any secret does: only keys that exist in the cloud are checked. */
export function clientEnvironment(url: string, account: string | undefined, region: string): ClientEnvironment {
  return {
    set: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: account ?? 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
    },
    unset: ['AWS_PROFILE', 'AWS_SESSION_TOKEN'],
  };
}

/** The lines that a shell evaluates. */
export function shellLines({ set, unset }: ClientEnvironment, shell: Shell): string {
  const pairs = Object.entries(set);
  if (shell === 'fish')
    return [
      ...pairs.map(([name, value]) => `set -gx ${name} '${value}';`),
      ...unset.map((name) => `set -e ${name};`),
    ].join('\n');
  if (shell === 'powershell')
    return [
      ...pairs.map(([name, value]) => `$env:${name} = '${value}'`),
      ...unset.map((name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`),
    ].join('\n');
  return `export ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}\nunset ${unset.join(' ')}`;
}

/** The shell that a name means. @throws {CommandError} */
export function shellOf(name: string): Shell {
  if (name === 'fish' || name === 'powershell' || name === 'sh') return name;
  if (name === 'pwsh') return 'powershell';
  if (name === 'bash' || name === 'zsh') return 'sh';
  throw new CommandError(`--shell ${name}: expected bash, zsh, fish or powershell`, 'usage', EXIT.usage);
}
