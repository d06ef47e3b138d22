/** The first minute with Kinesis by boto3: what was acknowledged is read in its order though the cloud was killed meanwhile. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noBoto3 } from '../support/clients.ts';
import { clientEnvironment, surviveKill } from './minute.ts';

test('boto3 writes to a stream and reads it', { skip: noBoto3 }, async () => {
  const program = join(import.meta.dirname, 'boto3_kinesis.py');
  const python = (url: string, act: 'make' | 'look') =>
    promisify(execFile)('python3', [program, act], { env: clientEnvironment(url) as NodeJS.ProcessEnv });
  await surviveKill(
    async ({ url }) => {
      await python(url, 'make');
    },
    async ({ url }) => {
      await python(url, 'look');
    },
  );
});
