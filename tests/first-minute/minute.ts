/** What the first minute of every client shares: a random file, and a cloud that is killed and started again on the same folder. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { cleanEnvironment, type RunningBinary, type Sandbox, sandbox } from '../support/binary.ts';

export const FILE_BYTES = 20 * 1_024 * 1_024;

/** SHA-256 of a file. */
export function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Writes a file that no compression and no cache can guess; its hash. */
export function writeRandom(file: string): string {
  writeFileSync(file, randomBytes(FILE_BYTES));
  return hashOf(file);
}

/** Does the first minute, kills the cloud without a warning, starts it on the same folder, and looks whether everything is there. */
export async function surviveKill(
  make: (cloud: RunningBinary, box: Sandbox) => void | Promise<void>,
  look: (cloud: RunningBinary, box: Sandbox) => void | Promise<void>,
): Promise<void> {
  await using box = sandbox();
  const first = await box.start();
  await make(first, box);
  await first.end('SIGKILL');
  await look(await box.start(), box);
}

/** The environment a person sets, and nothing else of this machine. */
export function clientEnvironment(url: string): Record<string, string | undefined> {
  return {
    ...cleanEnvironment(),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Whether a command runs on this machine, and what it says. */
export function outputOf(command: string, ...args: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout + stderr : undefined;
}
