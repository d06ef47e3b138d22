/** Fn::GetStackOutput: what another stack has put out, here or in another Region, as it is when a stack is made or changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, expectStatus, outputs, reasons, remove, settled, templateOf } from './stacks.ts';

const HANDLE = { Type: 'AWS::CloudFormation::WaitConditionHandle' };

test('outputs of other stacks, which may go before those that asked', async () => {
  await using cloud = await startTestCloud();
  const there = cloud.client(CloudFormationClient, { region: 'eu-west-1' });
  const source = (Value: string) => templateOf({ Handle: HANDLE }, { Outputs: { Name: { Value } } });
  await there.send(new CreateStackCommand({ StackName: 'source', TemplateBody: source('first') }));
  await cloud.server.cloud.settle();
  await create(cloud, 'near', source('near'));
  const TemplateBody = `
    Parameters: { From: { Type: String, Default: eu-west-1 } }
    Resources:
      Far:
        Type: AWS::SSM::Parameter
        Properties:
          Type: String
          Value: { Fn::GetStackOutput: { StackName: source, OutputName: Name, Region: !Ref From } }
    Outputs:
      Far: { Value: !GetAtt Far.Value }
      Near:
        Value: !GetStackOutput
          StackName: near
          OutputName: Name
  `;
  await create(cloud, 'reader', TemplateBody);
  assert.deepEqual(await outputs(cloud, 'reader'), { Far: 'first', Near: 'near' });
  // Nothing keeps the other from changing, or from going.
  await there.send(new UpdateStackCommand({ StackName: 'source', TemplateBody: source('second') }));
  await settled(cloud, 'near');
  await cloud
    .client(CloudFormationClient)
    .send(
      new UpdateStackCommand({ StackName: 'reader', TemplateBody: `${TemplateBody}\n      More: { Value: more }` }),
    );
  await expectStatus(cloud, 'reader', 'UPDATE_COMPLETE');
  assert.deepEqual(await outputs(cloud, 'reader'), { Far: 'second', Near: 'near', More: 'more' });
  await remove(cloud, 'near');
  await remove(cloud, 'reader');
});

test('what is not there is told by name', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const reader = (asked: object) =>
    templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetStackOutput': asked } } } });
  const made = async (StackName: string, asked: object) => {
    await formation.send(new CreateStackCommand({ StackName, TemplateBody: reader(asked) }));
    await settled(cloud, StackName);
    return (await reasons(cloud, StackName))[0];
  };
  assert.match(
    (await made('one', { StackName: 'nobody', OutputName: 'Name' })) ?? '',
    /Stack \[nobody\] does not exist/,
  );
  await create(cloud, 'near', templateOf({ Handle: HANDLE }));
  assert.match(
    (await made('two', { StackName: 'near', OutputName: 'Name' })) ?? '',
    /Output \[Name\] does not exist in stack \[near\]/,
  );
  const bare = await failure(
    formation.send(new CreateStackCommand({ StackName: 'three', TemplateBody: reader({ StackName: 'near' }) })),
  );
  assert.equal(bare.message, 'Template error: Fn::GetStackOutput requires an object with StackName and OutputName');
});

test('what a stack has none of is not told, but for its topics and tags', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf({ Q: { Type: 'AWS::SQS::Queue' } }));
  const stack = await settled(cloud, 's');
  assert.deepEqual(Object.keys(stack ?? {}).toSorted(), [
    'CreationTime',
    'DisableRollback',
    'DriftInformation',
    'EnableTerminationProtection',
    'LastOperations',
    'NotificationARNs',
    'RollbackConfiguration',
    'StackId',
    'StackName',
    'StackStatus',
    'Tags',
  ]);
  const formation = cloud.client(CloudFormationClient);
  const set = { StackName: 's', ChangeSetName: 'c' };
  const TemplateBody = JSON.stringify({ Resources: { R: { Type: 'AWS::SQS::Queue' } } });
  await formation.send(new CreateChangeSetCommand({ ...set, TemplateBody }));
  await cloud.server.cloud.settle();
  const { Parameters, Tags, NotificationARNs } = await formation.send(new DescribeChangeSetCommand(set));
  assert.deepEqual([Parameters, Tags, NotificationARNs], [undefined, undefined, []]);
});
