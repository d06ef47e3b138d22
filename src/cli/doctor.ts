/** `cloudyard doctor`: looks at what could keep a cloud from running or a client from finding it. */
import { CONNECTION, findEndpoint } from './admin-client.ts';
import { checkCloud, checkDns, checkFolder, checkNode, checkSpace } from './doctor-checks.ts';
import { checkClientEnvironment } from './doctor-environment.ts';
import { checkFunctions } from './doctor-functions.ts';
import { checkTools } from './doctor-tools.ts';
import type { Finding } from './finding.ts';
import { command, EXIT, noOperands, print } from './usage.ts';

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const;

export const doctor = command(
  {
    name: 'doctor',
    summary: 'Look for what keeps a cloud from running or clients from finding it',
    operands: '',
    flags: {
      data: { type: 'string', value: 'DIR', text: 'folder of the state (.cloudyard)' },
      ...CONNECTION,
    },
    notes: 'The exit code is 1 when something is broken (✗); a warning (!) leaves it 0.',
  },
  async ({ values, operands }) => {
    noOperands('doctor', operands);
    const endpoint = findEndpoint(values);
    const folder = String(values.data ?? process.env.CLOUDYARD_DATA ?? '.cloudyard');
    const findings = (
      await Promise.all([
        checkNode(process.version),
        checkCloud(endpoint),
        checkFolder(folder),
        checkSpace(folder),
        checkDns(endpoint),
        checkClientEnvironment(process.env, endpoint.url),
        checkTools(),
        checkFunctions(),
      ])
    ).flat();
    const healthy = findings.every(({ outcome }) => outcome !== 'fail');
    print(values, { healthy, findings }, findings.map(lineOf).join('\n'));
    return healthy ? EXIT.done : EXIT.failed;
  },
);

function lineOf({ check, outcome, text, todo }: Finding): string {
  return `${MARKS[outcome]} ${check}: ${text}${todo === undefined ? '' : `\n    ${todo}`}`;
}
