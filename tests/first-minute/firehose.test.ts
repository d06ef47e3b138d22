/** The first minute with Firehose by boto3: what was acknowledged is in the bucket though the cloud was killed before it was delivered. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noBoto3 } from '../support/clients.ts';
import { clientEnvironment, surviveKill } from './minute.ts';

test('boto3 puts records into a stream', { skip: noBoto3 }, async () => {
  const program = join(import.meta.dirname, 'boto3_firehose.py');
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
