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
  ListGeneratedTemplatesCommand,
  ListHookResultsCommand,
  ListResourceScanResourcesCommand,
  ListResourceScansCommand,
  ListStackInstancesCommand,
  ListStackRefactorActionsCommand,
  ListStackRefactorsCommand,
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

test('tokens that were never given out are refused, or lead nowhere', async () => {
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
  const numbered = (NextToken: string) => [
    formation.send(new ListStackSetOperationsCommand({ StackSetName, NextToken })),
    formation.send(new ListStackSetOperationResultsCommand({ StackSetName, OperationId, NextToken })),
    formation.send(new ListStackInstancesCommand({ StackSetName, NextToken })),
    formation.send(new ListStackRefactorsCommand({ NextToken })),
    formation.send(new ListStackRefactorActionsCommand({ StackRefactorId, NextToken })),
    formation.send(new ListHookResultsCommand({ NextToken })),
    formation.send(new ListResourceScansCommand({ NextToken })),
    formation.send(new DescribeStackEventsCommand({ StackName: 's', NextToken })),
  ];
  const named = (NextToken: string) => [
    formation.send(new ListStackSetsCommand({ NextToken })),
    formation.send(new ListGeneratedTemplatesCommand({ NextToken })),
    formation.send(new DescribeEventsCommand({ StackName: 's', NextToken })),
  ];
  for (const token of TOKENS) {
    for (const { message } of await Promise.all(numbered(token).map(failure)))
      assert.equal(message, 'The NextToken is invalid.', token);
    await Promise.all(named(token));
  }
  const scanned = (NextToken: string) =>
    formation.send(new ListResourceScanResourcesCommand({ ResourceScanId, NextToken }));
  assert.equal((await failure(scanned('abc'))).message, 'The NextToken is invalid.');
  await scanned('__proto__ x y');
  const { message } = await failure(formation.send(new ListStacksCommand({ NextToken: 'a|b' })));
  assert.equal(message, 'The NextToken is invalid.');
});
