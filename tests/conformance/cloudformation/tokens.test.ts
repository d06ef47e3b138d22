/** Tokens of pages that were never given out, and names that belong to nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackRefactorCommand,
  CreateStackSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListExportsCommand,
  ListGeneratedTemplatesCommand,
  ListHookResultsCommand,
  ListResourceScanResourcesCommand,
  ListResourceScansCommand,
  ListStackInstancesCommand,
  ListStackRefactorActionsCommand,
  ListStackRefactorsCommand,
  ListStackResourcesCommand,
  ListStackSetOperationResultsCommand,
  ListStackSetOperationsCommand,
  ListStackSetsCommand,
  ListStacksCommand,
  StartResourceScanCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { HOME } from './sets.ts';
import { create, templateOf } from './stacks.ts';

const TOKENS = ['abc', '-1', '1e400', 'a b', 'a|b', '9'.repeat(400), '__proto__ x'];
const TEMPLATE = templateOf({ Queue: { Type: 'AWS::SQS::Queue' } });

test('tokens that were never given out, or by another list, are refused', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', TEMPLATE);
  const StackSetName = 'fleet';
  await formation.send(new CreateStackSetCommand({ StackSetName, TemplateBody: TEMPLATE }));
  const targets = { StackSetName, Accounts: [HOME], Regions: ['us-east-1'] };
  const { OperationId } = await formation.send(new CreateStackInstancesCommand(targets));
  const { ResourceScanId } = await formation.send(new StartResourceScanCommand({}));
  const { StackRefactorId } = await formation.send(
    new CreateStackRefactorCommand({ StackDefinitions: [{ StackName: 's', TemplateBody: TEMPLATE }] }),
  );
  await cloud.server.cloud.settle();
  const asked = (NextToken: string) => [
    formation.send(new ListStackSetOperationsCommand({ StackSetName, NextToken })),
    formation.send(new ListStackSetOperationResultsCommand({ StackSetName, OperationId, NextToken })),
    formation.send(new ListStackInstancesCommand({ StackSetName, NextToken })),
    formation.send(new ListStackRefactorsCommand({ NextToken })),
    formation.send(new ListStackRefactorActionsCommand({ StackRefactorId, NextToken })),
    formation.send(new ListHookResultsCommand({ NextToken })),
    formation.send(new ListResourceScansCommand({ NextToken })),
    formation.send(new DescribeStackEventsCommand({ StackName: 's', NextToken })),
    formation.send(new DescribeStacksCommand({ NextToken })),
    formation.send(new ListStacksCommand({ NextToken })),
    formation.send(new ListExportsCommand({ NextToken })),
    formation.send(new ListStackResourcesCommand({ StackName: 's', NextToken })),
    formation.send(new ListResourceScanResourcesCommand({ ResourceScanId, NextToken })),
    formation.send(new ListStackSetsCommand({ NextToken })),
    formation.send(new ListGeneratedTemplatesCommand({ NextToken })),
    formation.send(new DescribeEventsCommand({ StackName: 's', NextToken })),
  ];
  for (const token of TOKENS) {
    for (const { name, message } of await Promise.all(asked(token).map(failure)))
      assert.deepEqual([name, message], ['ValidationError', `${token} is not a valid NextToken`]);
  }
  // Nor is one good that another list gave out.
  await formation.send(new CreateStackSetCommand({ StackSetName: 'navy', TemplateBody: TEMPLATE }));
  const { NextToken = '' } = await formation.send(new ListStackSetsCommand({ MaxResults: 1 }));
  const { Summaries } = await formation.send(new ListStackSetsCommand({ MaxResults: 1, NextToken }));
  assert.equal(Summaries?.length, 1);
  const { message } = await failure(formation.send(new ListGeneratedTemplatesCommand({ NextToken })));
  assert.equal(message, `${NextToken} is not a valid NextToken`);
});
