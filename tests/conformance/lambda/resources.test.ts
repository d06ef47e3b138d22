import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  GetAliasCommand,
  GetCodeSigningConfigCommand,
  GetEventSourceMappingCommand,
  GetFunctionEventInvokeConfigCommand,
  GetLayerVersionPolicyCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListVersionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { create, expectStatus, physicalIds, reasons, remove, templateOf, update } from '../cloudformation/stacks.ts';

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });

function template(role: string, changed: boolean): string {
  return templateOf({
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'f',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: role,
        Timeout: 20,
        ReservedConcurrentExecutions: 5,
        Layers: [{ Ref: 'Layer' }],
        CodeSigningConfigArn: { Ref: 'Signing' },
        Code: { ZipFile: 'exports.handler = async () => 1;' },
      },
    },
    Signing: {
      Type: 'AWS::Lambda::CodeSigningConfig',
      Properties: {
        Description: changed ? 'other' : 'ours',
        AllowedPublishers: {
          SigningProfileVersionArns: ['arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/0123456789'],
        },
      },
    },
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        FunctionName: { Ref: 'Function' },
        Name: 'live',
        FunctionVersion: att('Version', 'Version'),
        Description: changed ? 'moved' : 'first',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: changed ? 2 : 1 },
      },
    },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' },
        EventSourceArn: att('Queue', 'Arn'),
        ...(!changed && { BatchSize: 100, MaximumBatchingWindowInSeconds: 5 }),
        ...(!changed && { FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] } }),
      },
    },
    Events: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Function' }, Qualifier: '$LATEST', MaximumRetryAttempts: changed ? 0 : 1 },
    },
    Layer: {
      Type: 'AWS::Lambda::LayerVersion',
      Properties: { LayerName: 'l', Content: { S3Bucket: 'hot-reload', S3Key: '/nowhere' } },
    },
    Shared: {
      Type: 'AWS::Lambda::LayerVersionPermission',
      Properties: { LayerVersionArn: { Ref: 'Layer' }, Action: 'lambda:GetLayerVersion', Principal: '*' },
    },
    Policy: {
      Type: 'AWS::Lambda::ResourcePolicy',
      Properties: {
        ResourceArn: att('Function', 'Arn'),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: changed ? 'b' : 'a',
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::999999999999:root' },
              Action: 'lambda:InvokeFunction',
              Resource: att('Function', 'Arn'),
            },
          ],
        },
      },
    },
  });
}

test('what brings events, signs and shares is made, changed in place and removed by stacks', async () => {
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f: () => 1 }) } });
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud, ['*']);
  await create(cloud, 'things', template(role, false));
  const made = await physicalIds(cloud, 'things');
  const FunctionName = 'f';
  const look = async () => {
    const alias = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
    const source = await lambda.send(new GetEventSourceMappingCommand({ UUID: made.Source }));
    const events = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    const signing = await lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: made.Signing }));
    const kept = await lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: 'live' }));
    const policy = await lambda.send(new GetPolicyCommand({ FunctionName }));
    return [
      alias.Description,
      source.BatchSize,
      source.FilterCriteria,
      events.MaximumRetryAttempts,
      signing.CodeSigningConfig?.Description,
      kept.RequestedProvisionedConcurrentExecutions,
      JSON.parse(policy.Policy ?? '').Statement[0].Sid,
    ];
  };
  const Filters = [{ Pattern: '{"body":{"a":[1]}}' }];
  assert.deepEqual(await look(), ['first', 100, { Filters }, 1, 'ours', 1, 'a']);
  const { Policy } = await lambda.send(new GetLayerVersionPolicyCommand({ LayerName: 'l', VersionNumber: 1 }));
  assert.equal(JSON.parse(Policy ?? '').Statement[0].Principal, '*');
  await update(cloud, 'things', template(role, true));
  assert.deepEqual(await look(), ['moved', 10, undefined, 0, 'other', 2, 'b']);
  assert.deepEqual(await physicalIds(cloud, 'things'), made);
  await remove(cloud, 'things');
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({}));
  assert.deepEqual(EventSourceMappings, []);
});

test('a version that is there already is no resource of a stack', async () => {
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f: () => 1 }) } });
  const Role = await functionRole(cloud, ['*']);
  const own = { FunctionName: 'f', Runtime: 'nodejs24.x', Handler: 'index.handler', Role, Code: { ZipFile: '1' } };
  const Own = { Type: 'AWS::Lambda::Function', Properties: own };
  const version = (Description: string) => ({
    Type: 'AWS::Lambda::Version',
    Properties: { FunctionName: { Ref: 'Own' }, Description },
  });
  await create(cloud, 'versions', templateOf({ Own, One: version('one') }));
  const two = templateOf({ Own, One: version('one'), Two: version('two') });
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new UpdateStackCommand({ StackName: 'versions', TemplateBody: two }));
  await expectStatus(cloud, 'versions', 'UPDATE_ROLLBACK_COMPLETE');
  const exists = 'A version for this Lambda function exists ( 1 ). Modify the function to create a new version.';
  const told = await reasons(cloud, 'versions');
  assert.ok(
    told.some((reason) => reason.includes(exists)),
    told.join('\n'),
  );
  const { Versions = [] } = await cloud
    .client(LambdaClient)
    .send(new ListVersionsByFunctionCommand({ FunctionName: 'f' }));
  assert.deepEqual(
    Versions.map(({ Version, Description }) => [Version, Description]),
    [
      ['$LATEST', ''],
      ['1', 'one'],
    ],
  );
});
