/** `cloudyard env`: prints the lines that turn AWS clients to this cloud, for the shell to evaluate. */
import { CONNECTION, findEndpoint } from './admin-client.ts';
import { clientEnvironment, shellLines, shellOf } from './environment.ts';
import { command, EXIT, noOperands, print, UsageError } from './usage.ts';

export const env = command(
  {
    name: 'env',
    summary: 'Print the lines that turn AWS clients to this cloud',
    operands: '',
    flags: {
      account: { type: 'string', value: 'ID', text: 'be the root of this account (000000000000)' },
      region: { type: 'string', value: 'NAME', text: 'Region to work in (us-east-1)' },
      shell: { type: 'string', value: 'NAME', text: 'bash, zsh, fish or powershell (bash)' },
      ...CONNECTION,
    },
    notes: `bash, zsh:   eval "$(cloudyard env)"
fish:        cloudyard env --shell fish | source
PowerShell:  cloudyard env --shell powershell | Out-String | Invoke-Expression`,
  },
  ({ values, operands }) => {
    noOperands('env', operands);
    const { account, region = 'us-east-1', shell = 'bash' } = values;
    if (account !== undefined && !/^\d{12}$/.test(String(account)))
      throw new UsageError(`--account ${account}: expected 12 digits`);
    if (!/^[a-z0-9-]+$/.test(String(region)))
      throw new UsageError(`--region ${region}: expected one such as us-east-1`);
    const environment = clientEnvironment(
      findEndpoint(values).url,
      typeof account === 'string' ? account : undefined,
      String(region),
    );
    print(values, environment, shellLines(environment, shellOf(String(shell))));
    return EXIT.done;
  },
);
