/** Who may make which stacks: what the types that are listed, and AWS's transforms, take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateChangeSetCommand, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { userWithKey } from '../iam/support.ts';
import { expectStatus, templateOf } from './stacks.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const allowing = (Resource: string | string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', NotAction: 'cloudformation:CreateChangeSet', Resource: '*' },
      { Effect: 'Allow', Action: 'cloudformation:CreateChangeSet', Resource },
    ],
  });

test('a stack has none but the types that its request lists', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf({ QUEUE, Topic: { Type: 'AWS::SNS::Topic' } });
  const made = (ResourceTypes: string[]) =>
    formation.send(new CreateStackCommand({ StackName: 's', TemplateBody, ResourceTypes }));
  assert.equal(
    (await failure(made(['AWS::SQS::*']))).message,
    'Resource type AWS::SNS::Topic is not allowed by parameter ResourceTypes [AWS::SQS::*]',
  );
  await made(['AWS::SQS::Queue', 'AWS::SNS::*']);
  await expectStatus(cloud, 's', 'CREATE_COMPLETE');
});

test('change sets of templates with transforms take the permission for these', async () => {
  await using cloud = await startTestCloud();
  const STACKS = 'arn:aws:cloudformation:us-east-1:123456789012:stack/*';
  const SAM = 'arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31';
  const [ann, bob] = [
    await userWithKey(cloud, 'ann', allowing(STACKS)),
    await userWithKey(cloud, 'bob', allowing([STACKS, SAM])),
  ];
  const TemplateBody = templateOf({ QUEUE }, { Transform: 'AWS::Serverless-2016-10-31' });
  const asked = (credentials: typeof ann) =>
    cloud
      .client(CloudFormationClient, { credentials })
      .send(new CreateChangeSetCommand({ StackName: 's', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody }));
  const refused = await failure(asked(ann));
  assert.ok(
    refused.message.includes(`is not authorized to perform: cloudformation:CreateChangeSet on resource: ${SAM}`),
  );
  await asked(bob);
});
