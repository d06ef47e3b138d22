import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  GetServiceSettingCommand,
  PutParameterCommand,
  ResetServiceSettingCommand,
  SSMClient,
  UpdateServiceSettingCommand,
} from '@aws-sdk/client-ssm';
import { failure, START, startTestCloud } from '../../support/cloud.ts';

const ROOT = '/aws/service/global-infrastructure';

test('Regions and zones are published, to every account; what else AWS publishes is refused by name', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const get = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter;
  assert.deepEqual(
    { ...(await get(`${ROOT}/regions/eu-west-1/longName`)), LastModifiedDate: undefined },
    {
      Name: `${ROOT}/regions/eu-west-1/longName`,
      Type: 'String',
      Value: 'Europe (Ireland)',
      Version: 1,
      LastModifiedDate: undefined,
      ARN: `arn:aws:ssm:us-east-1::parameter${ROOT}/regions/eu-west-1/longName`,
      DataType: 'text',
    },
  );
  assert.equal((await get(`${ROOT}/regions/us-east-1/longName`))?.Value, 'US East (N. Virginia)');
  assert.equal((await failure(get(`${ROOT}/regions/none`))).name, 'ParameterNotFound');
  const below = async (Path: string) => {
    const values: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await ssm.send(new GetParametersByPathCommand({ Path, MaxResults: 4, NextToken }));
      values.push(...(answer.Parameters ?? []).map(({ Value }) => Value));
      ({ NextToken } = answer);
    } while (NextToken !== undefined);
    return values;
  };
  const regions = await below(`${ROOT}/regions`);
  assert.ok(regions.includes('us-east-1') && regions.includes('sa-east-1') && !regions.includes('use1-az1'));
  assert.deepEqual(await below(`${ROOT}/regions/us-west-1/availability-zones`), ['usw1-az1', 'usw1-az2']);
  const image = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
  const asked = [
    get(image),
    ssm.send(new GetParametersCommand({ Names: [image] })),
    below('/aws/service/ecs/optimized-ami'),
  ];
  for (const { name, $metadata } of await Promise.all(asked.map(failure)))
    assert.deepEqual([name, $metadata?.httpStatusCode], ['NotImplemented', 501]);
});

test("an account's settings of Parameter Store: the tier that is meant when none is given", async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const SettingId = '/ssm/parameter-store/default-parameter-tier';
  const ARN = `arn:aws:ssm:us-east-1:123456789012:servicesetting${SettingId}`;
  const tierOf = async (Name: string) =>
    (await ssm.send(new PutParameterCommand({ Name, Value: 'v', Type: 'String' }))).Tier;
  const shown = async () => (await ssm.send(new GetServiceSettingCommand({ SettingId: ARN }))).ServiceSetting;
  const since = new Date('2019-04-17T20:26:58.578Z');
  const own = {
    ...{ SettingId, SettingValue: 'Standard', LastModifiedUser: 'System', LastModifiedDate: since },
    ...{ ARN, Status: 'Default' },
  };
  assert.deepEqual([await shown(), await tierOf('a')], [own, 'Standard']);
  await ssm.send(new UpdateServiceSettingCommand({ SettingId, SettingValue: 'Advanced' }));
  const changed = {
    ...{ SettingId, SettingValue: 'Advanced', LastModifiedUser: 'arn:aws:iam::123456789012:root' },
    ...{ LastModifiedDate: new Date(START), ARN, Status: 'Customized' },
  };
  assert.deepEqual([await shown(), await tierOf('b')], [changed, 'Advanced']);
  assert.deepEqual((await ssm.send(new ResetServiceSettingCommand({ SettingId }))).ServiceSetting, own);
  assert.equal(await tierOf('c'), 'Standard');
  for (const [id, value, name] of [
    [SettingId, 'Best', 'ValidationException'],
    ['/ssm/none', 'x', 'ServiceSettingNotFound'],
    ['/ssm/documents/console/public-sharing-permission', 'Disable', 'NotImplemented'],
  ] as const)
    assert.equal(
      (await failure(ssm.send(new UpdateServiceSettingCommand({ SettingId: id, SettingValue: value })))).name,
      name,
    );
});
