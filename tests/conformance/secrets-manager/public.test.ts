import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateSecretCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud } from '../../support/cloud.ts';

const policy = (more: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*', ...more },
  });

const PUBLIC: readonly object[] = [
  { Principal: '*' },
  { Principal: { AWS: ['111122223333', '*'] } },
  { NotPrincipal: { AWS: '111122223333' } },
  { Principal: '*', Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } },
  { Principal: '*', Condition: { StringLike: { 'aws:PrincipalOrgID': 'o-*' } } },
  { Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } } },
  { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalTag/team': 'a' } } },
];
const PRIVATE: readonly object[] = [
  { Principal: { AWS: '111122223333' } },
  { Principal: '*', Effect: 'Deny' },
  { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } },
  { Principal: '*', Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' } } },
];

test('a policy that lets anybody in is told, and refused where it is asked for', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  await manager.send(new CreateSecretCommand({ Name: 's', SecretString: 'hush' }));
  const put = (more: object) =>
    manager.send(
      new PutResourcePolicyCommand({ SecretId: 's', ResourcePolicy: policy(more), BlockPublicPolicy: true }),
    );
  const passes = async (more: object) =>
    (await manager.send(new ValidateResourcePolicyCommand({ ResourcePolicy: policy(more) }))).PolicyValidationPassed;
  for (const more of PUBLIC) {
    assert.equal((await failure(put(more))).name, 'PublicPolicyException', JSON.stringify(more));
    assert.equal(await passes(more), false);
  }
  for (const more of PRIVATE) {
    await put(more);
    assert.equal(await passes(more), true, JSON.stringify(more));
  }
});
