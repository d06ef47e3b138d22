/** What stacks do to aliases, as measured on AWS. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { create, templateOf, update } from '../cloudformation/stacks.ts';

test('a description that a template gives up stays, weights go; an empty one clears it', async () => {
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f: () => 1 }) } });
  const Role = await functionRole(cloud, ['logs:*']);
  const Code = { ZipFile: 'exports.handler = async () => 1;' };
  const Properties = { FunctionName: 'f', Runtime: 'nodejs24.x', Handler: 'index.handler', Role, Code };
  const Version = { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'F' } } };
  const template = (more: object, of: unknown = { 'Fn::GetAtt': ['V', 'Version'] }) => {
    const alias = { FunctionName: { Ref: 'F' }, Name: 'live', FunctionVersion: of, ...more };
    return templateOf({
      F: { Type: 'AWS::Lambda::Function', Properties },
      V: Version,
      A: { Type: 'AWS::Lambda::Alias', DependsOn: 'V', Properties: alias },
    });
  };
  const told = async () => {
    const alias = new GetAliasCommand({ FunctionName: 'f', Name: 'live' });
    const { Description, FunctionVersion } = await cloud.client(LambdaClient).send(alias);
    return [Description, FunctionVersion];
  };
  await create(cloud, 's', template({ Description: 'kept' }));
  assert.deepEqual(await told(), ['kept', '1']);
  await update(cloud, 's', template({}, '$LATEST'));
  assert.deepEqual(await told(), ['kept', '$LATEST']);
  await update(cloud, 's', template({ Description: '' }, '$LATEST'));
  assert.deepEqual(await told(), ['', '$LATEST']);
});
