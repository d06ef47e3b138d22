/** The clients that this machine has. None is needed; each is reported with its version. */
import { execFile } from 'node:child_process';
import type { Finding } from './finding.ts';

type Tool = { name: string; command: string; args: readonly string[]; todo: string };

const TOOL_TIMEOUT = 20_000;
const VERSION = /\d+(?:\.\d+)+/;

const TOOLS: readonly Tool[] = [
  {
    name: 'AWS CLI',
    command: 'aws',
    args: ['--version'],
    todo: 'To type commands: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  },
  { name: 'Python', command: 'python3', args: ['--version'], todo: 'For boto3: https://www.python.org' },
  {
    name: 'boto3',
    command: 'python3',
    args: ['-c', 'import boto3; print(boto3.__version__)'],
    todo: 'For Python programs: python3 -m pip install boto3',
  },
  {
    name: 'Terraform',
    command: 'terraform',
    args: ['version'],
    todo: 'For infrastructure as code: https://developer.hashicorp.com/terraform/install',
  },
];

/** Which clients are here. */
export function checkTools(): Promise<Finding[]> {
  return Promise.all(TOOLS.map(checkTool));
}

async function checkTool({ name, command, args, todo }: Tool): Promise<Finding> {
  const output = await new Promise<string | undefined>((resolve) => {
    execFile(command, args, { timeout: TOOL_TIMEOUT }, (error, stdout, stderr) =>
      resolve(error === null ? stdout + stderr : undefined),
    );
  });
  const version = output === undefined ? undefined : VERSION.exec(output)?.[0];
  if (version !== undefined && name === 'AWS CLI' && version.startsWith('1.'))
    return {
      check: name,
      outcome: 'ok',
      text: `${version}; version 1 does not read AWS_ENDPOINT_URL for every service (not for SQS): pass --endpoint-url there`,
    };
  return version === undefined
    ? { check: name, outcome: 'warn', text: 'not found', todo }
    : { check: name, outcome: 'ok', text: version };
}
