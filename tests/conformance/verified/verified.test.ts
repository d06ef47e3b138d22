/**
 * Official clients as users and as sessions of roles, whose signatures are verified: an account number as the key, which most other tests
 * use, says nothing of them. `CLOUDYARD_TEST_AS` has all other tests run so.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { callerOf } from '../../support/callers.ts';
import { noBoto3 } from '../../support/clients.ts';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { BUCKET, CALLS, type Credentials } from './calls.ts';

const ACCOUNT = '123456789012';
/** How services call a signature that is not their key's. Source: recorded answers, see src/kernel/gateway/faces.ts. */
const FORGED = /^(InvalidSignatureException|SignatureDoesNotMatch|ForbiddenException)$/;

let cloud: TestCloud;
const callers: { [who: string]: Credentials } = {};

before(async () => {
  cloud = await startTestCloud();
  const aws = cloud.server.cloud.aws(ACCOUNT, 'us-east-1');
  await aws.s3.CreateBucket({ Bucket: BUCKET });
  for (const who of ['user', 'session'] as const) {
    const { expiration: _, ...credentials } = await callerOf(aws, ACCOUNT, who, () => 0)();
    callers[who] = credentials;
  }
});
after(() => cloud.close());

const ended = (calling: Promise<unknown>): Promise<string> =>
  calling.then(
    () => 'well',
    (error: Error) => error.name,
  );

for (const who of ['user', 'session'])
  describe(`as a ${who}`, () => {
    for (const [service, { call, error = 'well' }] of Object.entries(CALLS))
      test(service, async () => {
        const credentials = callers[who];
        assert.ok(credentials !== undefined);
        assert.equal(await ended(call(cloud, credentials)), error);
        assert.match(await ended(call(cloud, { ...credentials, secretAccessKey: 'wrong' })), FORGED);
      });

    test('boto3', { skip: noBoto3 }, async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = callers[who] ?? {};
      const boto3 = async (secret: string | undefined): Promise<{ [service: string]: string }> => {
        const { stdout } = await promisify(execFile)('python3', [join(import.meta.dirname, 'verified.py'), BUCKET], {
          env: {
            PATH: process.env.PATH,
            ...(process.env.PYTHONPATH !== undefined && { PYTHONPATH: process.env.PYTHONPATH }),
            AWS_ENDPOINT_URL: cloud.url,
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secret,
            ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
            AWS_DEFAULT_REGION: 'us-east-1',
            AWS_CONFIG_FILE: '/nonexistent',
            AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
            AWS_MAX_ATTEMPTS: '1',
          },
        });
        return JSON.parse(stdout) as { [service: string]: string };
      };
      const well = Object.entries(await boto3(secretAccessKey)).filter(([, how]) => how !== 'well');
      assert.deepEqual(well, [
        ['apigatewaymanagementapi', 'GoneException'],
        ['lambda', 'ResourceNotFoundException'],
      ]);
      for (const [service, how] of Object.entries(await boto3('wrong'))) assert.match(how, FORGED, service);
    });
  });

test('no service is left out', () => {
  const services = readdirSync(join(import.meta.dirname, '../../../src/services'), { withFileTypes: true });
  const names = services.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => CALLS[name] === undefined),
    [],
  );
});
