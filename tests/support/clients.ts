/** AWS's own clients for people and for Python, as this machine has them: why tests that drive them are skipped; false where they are not. */
import { execFileSync } from 'node:child_process';

/** The first of each major version that reads AWS_ENDPOINT_URL. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
const CLI_MIN: { readonly [major: string]: number } = { 1: 29, 2: 13 };
const BOTO3_MIN: { readonly [major: string]: number } = { 1: 28 };

export const noAwsCli = lacks('the AWS CLI', CLI_MIN, 'aws', '--version');
export const noBoto3 = lacks('boto3', BOTO3_MIN, 'python3', '-c', 'import boto3; print("boto3/" + boto3.__version__)');

/** Whether an AWS CLI is recent enough. @param said what its `--version` says */
export function isRecentCli(said: string): boolean {
  return isRecent(said, CLI_MIN);
}

function isRecent(said: string, least: typeof CLI_MIN): boolean {
  const [, major = '', minor = ''] = /^[\w-]+\/(\d+)\.(\d+)/.exec(said) ?? [];
  return Number(minor) >= (least[major] ?? Number.POSITIVE_INFINITY);
}

function lacks(name: string, least: typeof CLI_MIN, command: string, ...words: string[]): string | false {
  const versions = Object.entries(least).map(([major, minor]) => `${major}.${minor}`);
  const reason = `needs ${name}, ${versions.join(' or ')} on`;
  try {
    const said = execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return isRecent(said, least) ? false : reason;
  } catch {
    return reason;
  }
}
