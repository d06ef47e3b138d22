/** KMS as a person uses it: by the AWS CLI, and by boto3 with a cryptography library beside it. */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noAwsCli, noBoto3 } from '../../support/clients.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, arnOf } from './setup.ts';

const run = promisify(execFile);
const hasCryptography = spawnSync('python3', ['-c', 'import cryptography']).status === 0;
const ENVIRONMENT = {
  ...process.env,
  AWS_ACCESS_KEY_ID: ACCOUNT,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
};

test('aws CLI: a key, an alias, a data key, and a refusal as the CLI words it', { skip: noAwsCli }, async () => {
  await using cloud = await startTestCloud();
  const kms = async (...args: string[]) => {
    const options = ['--endpoint-url', cloud.url, '--output', 'json', 'kms', ...args];
    return JSON.parse((await run('aws', options, { env: ENVIRONMENT })).stdout || 'null');
  };
  const { KeyId } = (await kms('create-key', '--description', 'by hand')).KeyMetadata;
  await kms('create-alias', '--alias-name', 'alias/hand', '--target-key-id', KeyId);
  const data = await kms('generate-data-key', '--key-id', 'alias/hand', '--key-spec', 'AES_256');
  assert.equal(data.KeyId, arnOf(KeyId));
  assert.equal(Buffer.from(data.Plaintext, 'base64').length, 32);
  await kms('disable-key', '--key-id', KeyId);
  await assert.rejects(
    kms('encrypt', '--key-id', KeyId, '--plaintext', 'eA=='),
    (error: Error & { stderr?: string }) => {
      // Version 2 says how often it tried, too.
      assert.equal(
        error.stderr?.trim().replace(/^aws: \[ERROR\]: | \(reached max retries: 0\)/g, ''),
        `An error occurred (DisabledException) when calling the Encrypt operation: ${arnOf(KeyId)} is disabled.`,
      );
      return true;
    },
  );
});

const SCRIPT = `
import boto3, os, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

kms = boto3.client('kms', endpoint_url=sys.argv[1])
def key(spec, usage):
    made = kms.create_key(KeySpec=spec, KeyUsage=usage)['KeyMetadata']['KeyId']
    return made, load_der_public_key(kms.get_public_key(KeyId=made)['PublicKey'])

digest = os.urandom(32)
sha = Prehashed(hashes.SHA256())
curve, public = key('ECC_NIST_P256', 'SIGN_VERIFY')
sign = lambda k, a: kms.sign(KeyId=k, Message=digest, MessageType='DIGEST', SigningAlgorithm=a)['Signature']
public.verify(sign(curve, 'ECDSA_SHA_256'), digest, ec.ECDSA(sha))
rsa, public = key('RSA_2048', 'SIGN_VERIFY')
public.verify(sign(rsa, 'RSASSA_PSS_SHA_256'), digest, padding.PSS(padding.MGF1(hashes.SHA256()), 32), sha)
public.verify(sign(rsa, 'RSASSA_PKCS1_V1_5_SHA_256'), digest, padding.PKCS1v15(), sha)
box, public = key('RSA_2048', 'ENCRYPT_DECRYPT')
oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
blob = public.encrypt(b'from python', oaep)
print(kms.decrypt(KeyId=box, CiphertextBlob=blob, EncryptionAlgorithm='RSAES_OAEP_SHA_256')['Plaintext'].decode())
`;

test('boto3 and cryptography: signatures of digests hold, what is encrypted outside is read', {
  skip: noBoto3 || (!hasCryptography && 'needs cryptography of Python'),
}, async () => {
  await using cloud = await startTestCloud();
  const { stdout } = await run('python3', ['-c', SCRIPT, cloud.url], { env: ENVIRONMENT });
  assert.equal(stdout, 'from python\n');
});
