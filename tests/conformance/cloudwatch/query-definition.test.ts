/** Queries of metrics that are kept. The SDK for JavaScript of today has no commands for them: they are called as services call each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootOf } from '#kernel/identity';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const QUERY = { Path: 'web/errors', Expression: 'm1 / m2', Type: 'METRIC_MATH' } as const;

const clientOf = (cloud: TestCloud) =>
  cloud.server.cloud.kernel.aws(() => ({ account: ACCOUNT, region: 'us-east-1', principal: rootOf(ACCOUNT) }))
    .cloudwatch;

test('a query is kept, changed, listed, tagged and removed', async () => {
  await using cloud = await startTestCloud();
  const watch = clientOf(cloud);
  const { Id = '', ...made } = await watch.PutMetricDataQueryDefinition({ ...QUERY, Tags: [{ Key: 'a', Value: 'b' }] });
  const Arn = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:metric-query-definition/${Id}`;
  assert.deepEqual(made, { ...QUERY, Arn, CreatedAt: START, UpdatedAt: START });
  await cloud.advance(1_000);
  await watch.PutMetricDataQueryDefinition({ ...QUERY, Id, Type: 'PROMQL', Expression: 'up' });
  const changed = { ...QUERY, Id, Arn, Type: 'PROMQL', Expression: 'up', CreatedAt: START, UpdatedAt: START + 1_000 };
  assert.deepEqual(await watch.GetMetricDataQueryDefinition({ Id }), changed);
  const { Id: second } = await watch.PutMetricDataQueryDefinition({ ...QUERY, Path: 'web/all' });
  const first = await watch.ListMetricDataQueryDefinitions({ MaxResults: 1 });
  const rest = await watch.ListMetricDataQueryDefinitions({ NextToken: first.NextToken });
  const paths = [...(first.Items ?? []), ...(rest.Items ?? [])].map((one) => [one.Id, one.Path]);
  assert.deepEqual(
    paths.toSorted(),
    [
      [Id, 'web/errors'],
      [second, 'web/all'],
    ].toSorted(),
  );
  await watch.TagResource({ ResourceARN: Arn, Tags: [{ Key: 'c', Value: 'd' }] });
  const { Tags } = await watch.ListTagsForResource({ ResourceARN: Arn });
  assert.deepEqual(Tags, [
    { Key: 'a', Value: 'b' },
    { Key: 'c', Value: 'd' },
  ]);
  await watch.DeleteMetricDataQueryDefinition({ Id });
  await assert.rejects(watch.GetMetricDataQueryDefinition({ Id }), {
    code: 'ResourceNotFoundException',
    message: `Metric data query definition ${Id} does not exist`,
  });
});

test('a path names one query, and only what is there is changed', async () => {
  await using cloud = await startTestCloud();
  const watch = clientOf(cloud);
  await watch.PutMetricDataQueryDefinition(QUERY);
  await assert.rejects(watch.PutMetricDataQueryDefinition(QUERY), {
    code: 'ConflictException',
    message: 'A metric data query definition with the path web/errors already exists',
  });
  await assert.rejects(watch.PutMetricDataQueryDefinition({ ...QUERY, Id: 'none' }), {
    code: 'ResourceNotFoundException',
  });
  await assert.rejects(watch.ListMetricDataQueryDefinitions({ NextToken: 'AA' }), { code: 'InvalidNextToken' });
});

test('queries are listed a hundred at a time', async () => {
  await using cloud = await startTestCloud();
  const watch = clientOf(cloud);
  for (let index = 0; index < 101; index++) await watch.PutMetricDataQueryDefinition({ ...QUERY, Path: `q/${index}` });
  const first = await watch.ListMetricDataQueryDefinitions({});
  const rest = await watch.ListMetricDataQueryDefinitions({ NextToken: first.NextToken });
  assert.deepEqual([first.Items?.length, rest.Items?.length, rest.NextToken], [100, 1, undefined]);
});
