/** Brings the SDK's clients, which only this test needs: `npm ci` in a folder of their own, once per lock file. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'clients');
const LOCK = join(FOLDER, 'package-lock.json');
/** Written when an installation is whole: the hash of the lock file it was made from. */
const STAMP = join(FOLDER, 'node_modules/.installed');
const INSTALL_TIMEOUT = 10 * 60_000;
const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network/;

/** @returns why the clients can't be had, when there is no network; undefined when they are there */
export function installClients(): string | undefined {
  const wanted = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return undefined;
  const { status, stderr, error } = spawnSync('npm', ['ci'], {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT,
  });
  if (status === 0) {
    writeFileSync(STAMP, wanted);
    return undefined;
  }
  const text = `${error ?? ''}${stderr ?? ''}`;
  if (NO_NETWORK.test(text)) return 'needs the network once, for the clients of the AWS SDK';
  throw new Error(`npm ci in ${FOLDER} failed:\n${text}`);
}
