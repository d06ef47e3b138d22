/** Values that are not to be echoed stay hidden in what has drifted, in why something failed, and in stack sets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStackInstanceCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStackResourcesCommand,
  DetectStackDriftCommand,
  DetectStackResourceDriftCommand,
  DetectStackSetDriftCommand,
  ListStackInstanceResourceDriftsCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startTestCloud } from '../../support/cloud.ts';
import { createInstances, createSet, HOME, trusted } from './sets.ts';
import { create, physicalIds, templateOf } from './stacks.ts';

const SECRET = 'do-not-tell';
const Parameters = [{ ParameterKey: 'Secret', ParameterValue: SECRET }];
const told = (Properties: object) =>
  templateOf(
    { Told: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', ...Properties } } },
    { Parameters: { Secret: { Type: 'String', NoEcho: true } } },
  );
const VALUE = { 'Fn::Sub': `is \${Secret}.` };

test('what has drifted is told without secrets', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', told({ Value: VALUE }), { Parameters });
  const { Told: Name } = await physicalIds(cloud, 's');
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name, Value: `was ${SECRET}.`, Overwrite: true }));
  const one = await formation.send(new DetectStackResourceDriftCommand({ StackName: 's', LogicalResourceId: 'Told' }));
  assert.deepEqual(one.StackResourceDrift?.PropertyDifferences, [
    { PropertyPath: '/Value', ExpectedValue: 'is ****.', ActualValue: 'was ****.', DifferenceType: 'NOT_EQUAL' },
  ]);
  await formation.send(new DetectStackDriftCommand({ StackName: 's' }));
  await cloud.server.cloud.settle();
  const all = await formation.send(new DescribeStackResourceDriftsCommand({ StackName: 's' }));
  assert.equal(all.StackResourceDrifts?.[0]?.ActualProperties?.includes('was ****.'), true);
  for (const answer of [one, all]) assert.ok(!JSON.stringify(answer).includes(SECRET));
});

test('why something failed is told without secrets', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const checked = { StackName: 'checked', Parameters };
  await formation.send(
    new CreateStackCommand({ ...checked, TemplateBody: told({ Value: 'x', Tier: { Ref: 'Secret' } }) }),
  );
  await cloud.server.cloud.settle();
  const { OperationEvents = [] } = await formation.send(new DescribeEventsCommand({ StackName: 'checked' }));
  assert.match(
    OperationEvents.map((one) => one.ValidationStatusReason).join(),
    /^,*\*\*\*\* is not a valid enum value/,
  );
  const headers = { Name: { 'Fn::Join': ['', [{ Ref: 'Secret' }, '!']] } };
  const Told = {
    Type: 'AWS::CloudFront::ResponseHeadersPolicy',
    Properties: { ResponseHeadersPolicyConfig: headers },
  };
  const TemplateBody = templateOf({ Told }, { Parameters: { Secret: { Type: 'String', NoEcho: true } } });
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody, Parameters, OnFailure: 'DO_NOTHING' }));
  await cloud.server.cloud.settle();
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 's' }));
  const failed = StackEvents.find(
    (event) => event.ResourceStatus === 'CREATE_FAILED' && event.LogicalResourceId === 'Told',
  );
  assert.match(failed?.ResourceStatusReason ?? '', /The parameter \*\*\*\*! contains characters/);
  const resources = await formation.send(new DescribeStackResourcesCommand({ StackName: 's' }));
  for (const answer of [StackEvents, resources]) assert.ok(!JSON.stringify(answer).includes(SECRET));
  const named = { StackName: 't', ChangeSetName: 'c', ChangeSetType: 'CREATE', Parameters } as const;
  const Value = { 'Fn::ImportValue': { Ref: 'Secret' } };
  const { Id } = await formation.send(new CreateChangeSetCommand({ ...named, TemplateBody: told({ Value }) }));
  await cloud.server.cloud.settle();
  const set = await formation.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
  assert.equal(set.StatusReason, 'No export named **** found');
});

test('a stack set tells an instance’s own values, and what has drifted there, without secrets', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME);
  await createSet(cloud, told({ Name: 'told', Value: VALUE }), {
    Parameters: [{ ParameterKey: 'Secret', ParameterValue: 'another-one' }],
  });
  await createInstances(cloud, [HOME], ['us-east-1'], { ParameterOverrides: Parameters });
  const StackSetName = 'fleet';
  const place = { StackSetName, StackInstanceAccount: HOME, StackInstanceRegion: 'us-east-1' };
  const { StackInstance } = await formation.send(new DescribeStackInstanceCommand(place));
  assert.deepEqual(StackInstance?.ParameterOverrides, [{ ParameterKey: 'Secret', ParameterValue: '****' }]);
  const ssm = cloud.client(SSMClient);
  await ssm.send(new PutParameterCommand({ Name: 'told', Value: `was ${SECRET}.`, Overwrite: true }));
  const { OperationId } = await formation.send(new DetectStackSetDriftCommand({ StackSetName }));
  await cloud.server.cloud.settle();
  const { Summaries } = await formation.send(new ListStackInstanceResourceDriftsCommand({ ...place, OperationId }));
  assert.equal(Summaries?.[0]?.PropertyDifferences?.[0]?.ActualValue, 'was ****.');
  assert.ok(!JSON.stringify(Summaries).includes(SECRET));
});

test('the trail has the names of parameters, not their values', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = templateOf(
    { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
    { Parameters: { Password: { Type: 'String', NoEcho: true } } },
  );
  const Parameters = [{ ParameterKey: 'Password', ParameterValue: 'hunter2' }];
  await create(cloud, 's', TemplateBody, { Parameters });
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'CreateStack' }];
  const { Events } = await cloud.client(CloudTrailClient).send(new LookupEventsCommand({ LookupAttributes }));
  const { requestParameters } = JSON.parse(Events?.[0]?.CloudTrailEvent ?? '{}');
  assert.deepEqual(requestParameters.parameters, [{ parameterKey: 'Password' }]);
});
