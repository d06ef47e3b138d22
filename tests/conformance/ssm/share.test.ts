/** Parameters that other accounts read, by policies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  DeleteResourcePolicyCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetResourcePoliciesCommand,
  GetServiceSettingCommand,
  PutParameterCommand,
  PutResourcePolicyCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';

const OWNER = '123456789012';
const READER = '210987654321';
const ResourceArn = `arn:aws:ssm:us-east-1:${OWNER}:parameter/shared/one`;
const policyFor = (...actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: READER },
        Action: actions.map((one) => `ssm:${one}`),
        Resource: ResourceArn,
      },
    ],
  });

const reader = (cloud: TestCloud) =>
  cloud.client(SSMClient, { credentials: { accessKeyId: READER, secretAccessKey: 'test' } });
const read = async (cloud: TestCloud) =>
  (await reader(cloud).send(new GetParameterCommand({ Name: ResourceArn, WithDecryption: true }))).Parameter;

test('a parameter is read by another account as its policy says, a secret one under a key that both may use', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const open = { Effect: 'Allow', Principal: { AWS: [OWNER, READER] }, Action: 'kms:*', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({ Policy }));
  const put = (Value: string) =>
    ssm.send(
      new PutParameterCommand({
        ...{ Name: '/shared/one', Value, Type: 'SecureString', KeyId: KeyMetadata?.Arn, Overwrite: true },
        Tier: 'Advanced',
      }),
    );
  await put('hush');
  assert.equal((await failure(read(cloud))).name, 'AccessDeniedException');
  const share = (text: string, more: object = {}) =>
    ssm.send(new PutResourcePolicyCommand({ ResourceArn, Policy: text, ...more }));
  const first = await share(policyFor('GetParameter'));
  const found = await read(cloud);
  assert.deepEqual([found?.Value, found?.ARN, found?.Name], ['hush', ResourceArn, '/shared/one']);
  const history = () => reader(cloud).send(new GetParameterHistoryCommand({ Name: ResourceArn }));
  assert.equal((await failure(history())).name, 'AccessDeniedException');
  assert.equal(
    (await failure(share(policyFor('GetParameters'), { PolicyId: first.PolicyId }))).name,
    'ResourcePolicyConflictException',
  );
  const second = await share(policyFor('GetParameter', 'GetParameterHistory'), first);
  // What is written since is shared all the same.
  await put('hush again');
  assert.equal((await read(cloud))?.Value, 'hush again');
  assert.equal((await history()).Parameters?.length, 2);
  const { Policies } = await ssm.send(new GetResourcePoliciesCommand({ ResourceArn }));
  assert.deepEqual(Policies, [
    {
      PolicyId: first.PolicyId,
      PolicyHash: second.PolicyHash,
      Policy: policyFor('GetParameter', 'GetParameterHistory'),
    },
  ]);
  const { PolicyId = '', PolicyHash = '' } = second;
  await ssm.send(new DeleteResourcePolicyCommand({ ResourceArn, PolicyId, PolicyHash }));
  assert.equal((await failure(read(cloud))).name, 'AccessDeniedException');
});

test('what can not be shared', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const share = async (arn: string, Policy: string) =>
    (await failure(ssm.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy })))).name;
  assert.equal(await share(ResourceArn, policyFor('GetParameter')), 'ResourceNotFoundException');
  await ssm.send(new PutParameterCommand({ Name: '/shared/one', Value: 'v', Type: 'String' }));
  assert.equal(await share(ResourceArn, policyFor('GetParameter')), 'ResourcePolicyInvalidParameterException');
  await ssm.send(new PutParameterCommand({ Name: '/shared/one', Value: 'v', Tier: 'Advanced', Overwrite: true }));
  assert.equal(await share(ResourceArn, '{'), 'MalformedResourcePolicyDocumentException');
  assert.equal(await share(`arn:aws:ssm:us-east-1:${OWNER}:opsitemgroup/default`, '{}'), 'NotImplemented');
});

test('AWS::SSM::ResourcePolicy and AWS::SSM::ServiceSetting', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const SettingId = '/ssm/parameter-store/default-parameter-tier';
  const template = (action: string) =>
    templateOf({
      One: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/shared/one', Type: 'String', Value: 'v', Tier: 'Advanced' },
      },
      Share: {
        Type: 'AWS::SSM::ResourcePolicy',
        DependsOn: 'One',
        Properties: { ResourceArn, Policy: JSON.parse(policyFor(action)) },
      },
      Tier: { Type: 'AWS::SSM::ServiceSetting', Properties: { SettingId, SettingValue: 'Intelligent-Tiering' } },
    });
  const setting = async () =>
    (await ssm.send(new GetServiceSettingCommand({ SettingId }))).ServiceSetting?.SettingValue;
  await create(cloud, 's', template('GetParameter'));
  assert.deepEqual([(await read(cloud))?.Value, await setting()], ['v', 'Intelligent-Tiering']);
  await update(cloud, 's', template('GetParameterHistory'));
  assert.equal((await failure(read(cloud))).name, 'AccessDeniedException');
  await remove(cloud, 's');
  assert.equal(await setting(), 'Standard');
});
