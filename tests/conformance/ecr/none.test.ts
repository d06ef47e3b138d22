import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribePullThroughCacheRulesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  ECRClient,
  ListPullTimeUpdateExclusionsCommand,
} from '@aws-sdk/client-ecr';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(ECRClient);
  assert.deepEqual((await client.send(new DescribePullThroughCacheRulesCommand({}))).pullThroughCacheRules, []);
  const { repositoryCreationTemplates } = await client.send(new DescribeRepositoryCreationTemplatesCommand({}));
  assert.deepEqual(repositoryCreationTemplates, []);
  assert.deepEqual((await client.send(new ListPullTimeUpdateExclusionsCommand({}))).pullTimeUpdateExclusions, []);
  const named = new DescribePullThroughCacheRulesCommand({ ecrRepositoryPrefixes: ['quay'] });
  await assert.rejects(client.send(named), { name: 'NotImplemented' });
});
