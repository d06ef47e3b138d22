/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import { test } from 'node:test';
import { CreateKeyCommand, KMSClient, ReplicateKeyCommand } from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';
import { ACCOUNT, document, newKey, refused } from './setup.ts';

const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
const all = { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' };

test('keys that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const { Principal: _, ...nobody } = all;
  await refused(
    kms.send(new CreateKeyCommand({ Policy: document(all, nobody) })),
    'MalformedPolicyDocumentException',
    'Policy contains a statement with no principal.',
  );
  await refused(
    kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL', KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' })),
    'UnsupportedOperationException',
    'KeySpec ML_DSA_44 is not supported for Origin EXTERNAL',
  );
  const KeyId = await newKey(kms, { MultiRegion: true });
  await refused(
    kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'us-east-1' })),
    'ValidationException',
    'us-east-1 cannot have a replica because it contains the primary.',
  );
});

test('stacks with keys and aliases that can not be are refused in the words of their handlers', async () => {
  await using cloud = await startTestCloud();
  const KeyId = await newKey(cloud.client(KMSClient));
  await expectRefusals(cloud, 'AWS::KMS::Alias', { AliasName: 'alias/mine', TargetKeyId: KeyId }, [
    [{ AliasName: 'alias/aws/mine' }, "Error occurred during operation 'CreateAlias'.", 'GeneralServiceException'],
    [{ TargetKeyId: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/${KeyId}` }, 'Invalid arn eu-west-1', 'NotFound'],
  ]);
  await expectRefusals(cloud, 'AWS::KMS::Key', { KeyPolicy: { Version: '2012-10-17', Statement: [all] } }, [
    [
      { EnableKeyRotation: true, KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      'Invalid request provided: You cannot set the EnableKeyRotation property to true on asymmetric or external keys.',
    ],
    [
      { KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' },
      'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256',
    ],
    [
      { KeyPolicy: { Version: '2012-10-17', Statement: [{ ...all, Action: 'kms:Encrypt' }] } },
      'The new key policy will not allow you to update the key policy in the future.',
    ],
  ]);
});
