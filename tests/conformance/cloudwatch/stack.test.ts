import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetDashboardCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';

const bodyOf = (markdown: string) => JSON.stringify({ widgets: [{ type: 'text', properties: { markdown } }] });

test('a stack makes, changes, replaces and removes a dashboard', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const dashboard = (Properties: object) => templateOf({ Board: { Type: 'AWS::CloudWatch::Dashboard', Properties } });
  const names = async () => {
    const { DashboardEntries = [] } = await watch.send(new ListDashboardsCommand({}));
    return DashboardEntries.map(({ DashboardName }) => DashboardName);
  };
  await create(cloud, 'watch', dashboard({ DashboardBody: bodyOf('one') }));
  const { Board: DashboardName } = await physicalIds(cloud, 'watch');
  assert.deepEqual(await names(), [DashboardName]);
  await update(cloud, 'watch', dashboard({ DashboardBody: bodyOf('two') }));
  const { DashboardBody } = await watch.send(new GetDashboardCommand({ DashboardName }));
  assert.equal(DashboardBody, bodyOf('two'));
  await update(cloud, 'watch', dashboard({ DashboardName: 'named', DashboardBody: bodyOf('two') }));
  assert.deepEqual(await names(), ['named']);
  await remove(cloud, 'watch');
  assert.deepEqual(await names(), []);
});
