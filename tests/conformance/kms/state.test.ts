/** What stays: keys over a restart, secrets never in the clear, quotas, accounts apart. */
import assert from 'node:assert/strict';
import { createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, arnOf, bytes, kmsOf, newKey, refused, text } from './setup.ts';

const PLACE = { account: ACCOUNT, region: 'us-east-1' };

test('keys outlive the process, and their material lies nowhere in the clear', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-kms-'));
  try {
    const material = randomBytes(32);
    let KeyId = '';
    let CiphertextBlob: Uint8Array | undefined;
    {
      await using cloud = await startTestCloud({ data });
      const kms = kmsOf(cloud);
      KeyId = await newKey(kms, { Origin: 'EXTERNAL' });
      const { ImportToken, PublicKey } = await kms.send(
        new GetParametersForImportCommand({
          KeyId,
          WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
      );
      const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), type: 'spki', format: 'der' });
      const aes = randomBytes(32);
      const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('A65959A6', 'hex'));
      const wrapped = [
        publicEncrypt({ key, padding: 4, oaepHash: 'sha256' }, aes),
        cipher.update(material),
        cipher.final(),
      ];
      await kms.send(
        new ImportKeyMaterialCommand({
          KeyId,
          ImportToken,
          EncryptedKeyMaterial: Buffer.concat(wrapped),
          ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
        }),
      );
      ({ CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('kept') })));
    }
    for (const name of readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
      const content = readFileSync(join(name.parentPath, name.name));
      for (const form of [material, material.toString('base64'), material.toString('hex')])
        assert.equal(content.includes(form), false, `${name.name} holds the material`);
    }
    await using cloud = await startTestCloud({ data });
    const opened = await kmsOf(cloud).send(new DecryptCommand({ CiphertextBlob }));
    assert.deepEqual([text(opened.Plaintext), opened.KeyId], ['kept', arnOf(KeyId)]);
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('quotas of keys, of aliases and of grants hold, and can be raised', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const { quotas } = cloud.server.cloud.kernel;
  const quota = (code: string, name: string) => ({
    service: 'kms',
    code,
    name,
    value: 0,
    adjustable: true,
    global: false,
  });
  quotas.grant(PLACE, quota('L-C2F1777E', 'KMS keys'), 1);
  const KeyId = await newKey(kms);
  await refused(
    kms.send(new CreateKeyCommand({})),
    'LimitExceededException',
    'You have reached the limit of 1 KMS keys.',
  );
  quotas.grant(PLACE, quota('L-C2F1777E', 'KMS keys'), 2);
  await newKey(kms);
  const alias = (name: string) => kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
  for (let index = 0; index < 50; index += 1) await alias(`n${index}`);
  await refused(alias('one-more'), 'LimitExceededException', `${arnOf(KeyId)} already has the maximum of 50 aliases.`);
  quotas.grant(PLACE, quota('L-F12573B1', 'Grants per KMS key'), 1);
  const grant = () =>
    kms.send(
      new CreateGrantCommand({ KeyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:root`, Operations: ['Encrypt'] }),
    );
  await grant();
  await refused(grant(), 'LimitExceededException', `${arnOf(KeyId)} already has the maximum of 1 grants.`);
});

test('resetting an account takes its keys, and leaves those of others', async () => {
  await using cloud = await startTestCloud();
  const [mine, theirs] = [kmsOf(cloud), kmsOf(cloud, '999999999999')];
  const [gone, stays] = [await newKey(mine), await newKey(theirs)];
  const { CiphertextBlob } = await theirs.send(new EncryptCommand({ KeyId: stays, Plaintext: bytes('x') }));
  const lost = await mine.send(new EncryptCommand({ KeyId: gone, Plaintext: bytes('x') }));
  const answer = await fetch(`${cloud.url}/_cloudyard/reset`, {
    method: 'POST',
    body: JSON.stringify({ account: ACCOUNT }),
  });
  assert.ok(answer.ok);
  assert.deepEqual((await mine.send(new ListKeysCommand({}))).Keys, []);
  await refused(
    mine.send(new DecryptCommand({ CiphertextBlob: lost.CiphertextBlob })),
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );
  assert.equal(text((await theirs.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');
});
