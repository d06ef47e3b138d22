/** The README's first minute with boto3 as it is. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noBoto3 } from '../support/clients.ts';
import { clientEnvironment, surviveKill, writeRandom } from './minute.ts';

test('boto3', { skip: noBoto3 }, async () => {
  const program = join(import.meta.dirname, 'boto3_minute.py');
  const python = (url: string, cwd: string, act: 'make' | 'look') =>
    promisify(execFile)('python3', [program, act], { cwd, env: clientEnvironment(url) as NodeJS.ProcessEnv });
  await surviveKill(
    async ({ url }, { folder }) => {
      writeRandom(join(folder, 'file'));
      await python(url, folder, 'make');
    },
    async ({ url }, { folder }) => {
      await python(url, folder, 'look');
    },
  );
});
