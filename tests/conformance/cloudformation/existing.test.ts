/** Change sets that take in what is there already under the names of the template. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, remove, settled, templateOf } from './stacks.ts';

const repository = (RepositoryName: string) => ({
  Type: 'AWS::ECR::Repository',
  DeletionPolicy: 'Retain',
  Properties: { RepositoryName },
});

async function changeSet(cloud: TestCloud, StackName: string, TemplateBody: string) {
  const formation = cloud.client(CloudFormationClient);
  const { Id: ChangeSetName = '' } = await formation.send(
    new CreateChangeSetCommand({
      StackName,
      TemplateBody,
      ChangeSetName: 'take',
      ChangeSetType: 'CREATE',
      ImportExistingResources: true,
    }),
  );
  await cloud.server.cloud.settle();
  const set = await formation.send(new DescribeChangeSetCommand({ ChangeSetName }));
  return { set, execute: () => formation.send(new ExecuteChangeSetCommand({ ChangeSetName })) };
}

async function namesOf(cloud: TestCloud) {
  const { repositories } = await cloud.client(ECRClient).send(new DescribeRepositoriesCommand({}));
  return repositories?.map(({ repositoryName }) => repositoryName);
}

test('what exists is imported, the rest is made', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(ECRClient).send(new CreateRepositoryCommand({ repositoryName: 'there' }));
  const template = templateOf({ Old: repository('there'), New: repository('new') });
  const { set, execute } = await changeSet(cloud, 'taking', template);
  assert.equal(set.ImportExistingResources, true);
  assert.deepEqual(
    set.Changes?.map(({ ResourceChange: one }) => [one?.LogicalResourceId, one?.Action]),
    [
      ['New', 'Add'],
      ['Old', 'Import'],
    ],
  );
  await execute();
  await expectStatus(cloud, 'taking', 'CREATE_COMPLETE');
  assert.deepEqual(await physicalIds(cloud, 'taking'), { New: 'new', Old: 'there' });
});

test('what was imported stays when the stack does not come about', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(ECRClient).send(new CreateRepositoryCommand({ repositoryName: 'there' }));
  const Bad = { Type: 'AWS::ECR::Repository', DependsOn: 'Old', Properties: { RepositoryName: 'NOT/ALLOWED' } };
  const { execute } = await changeSet(cloud, 'taking', templateOf({ Old: repository('there'), Bad }));
  await execute();
  await expectStatus(cloud, 'taking', 'ROLLBACK_COMPLETE');
  assert.deepEqual(await namesOf(cloud), ['there']);
});

test('what would go with the stack is not taken', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(ECRClient).send(new CreateRepositoryCommand({ repositoryName: 'there' }));
  const { set } = await changeSet(
    cloud,
    'taking',
    templateOf({ Old: { ...repository('there'), DeletionPolicy: 'Delete' } }),
  );
  assert.equal(set.Status, 'FAILED');
  assert.match(set.StatusReason ?? '', /The affected resources are Old \({RepositoryName=there}\)$/);
});

test('what another stack has is not taken', async () => {
  await using cloud = await startTestCloud();
  const template = templateOf({ Old: repository('there') });
  await create(cloud, 'first', template);
  const { set } = await changeSet(cloud, 'second', template);
  const first = await settled(cloud, 'first');
  assert.equal(set.Status, 'FAILED');
  assert.equal(
    set.StatusReason,
    `Resource of type 'AWS::ECR::Repository' with identifier 'there' already exists in stack ${first?.StackId}`,
  );
});

test('what a stack has left behind belongs to nobody, and can be taken', async () => {
  await using cloud = await startTestCloud();
  const template = templateOf({ Old: repository('there') });
  await create(cloud, 'first', template);
  await remove(cloud, 'first');
  const { execute } = await changeSet(cloud, 'second', template);
  await execute();
  await expectStatus(cloud, 'second', 'CREATE_COMPLETE');
  assert.deepEqual(await physicalIds(cloud, 'second'), { Old: 'there' });
});
