/** The first minute with dashboards, alarms and events, by the AWS CLI: made, seen, there again after a crash. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noAwsCli } from '../support/clients.ts';
import { clientEnvironment, surviveKill } from './minute.ts';

const BODY = JSON.stringify({
  widgets: [{ type: 'metric', properties: { region: 'us-east-1', metrics: [['Shop', 'Orders']] } }],
});

test('the AWS CLI makes dashboards, alarms, connections and API destinations', { skip: noAwsCli }, async () => {
  const aws = async (url: string, line: string, ...more: string[]) => {
    const { stdout } = await promisify(execFile)('aws', [...line.split(' '), ...more, '--endpoint-url', url], {
      env: clientEnvironment(url) as NodeJS.ProcessEnv,
    });
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const look = async (url: string) => {
    const { DashboardBody } = await aws(url, 'cloudwatch get-dashboard --dashboard-name shop');
    assert.equal(DashboardBody, BODY);
    const { MetricAlarms } = await aws(url, 'cloudwatch describe-alarms --alarm-names busy');
    assert.equal(MetricAlarms[0].Threshold, 10);
    const { ConnectionState, AuthParameters } = await aws(url, 'events describe-connection --name partner');
    assert.deepEqual([ConnectionState, AuthParameters.ApiKeyAuthParameters], ['AUTHORIZED', { ApiKeyName: 'x-key' }]);
    const { ApiDestinationState } = await aws(url, 'events describe-api-destination --name orders');
    assert.equal(ApiDestinationState, 'ACTIVE');
  };
  await surviveKill(
    async ({ url }) => {
      await aws(url, 'cloudwatch put-metric-data --namespace Shop --metric-name Orders --value 12');
      await aws(url, 'cloudwatch put-dashboard --dashboard-name shop --dashboard-body', BODY);
      const image = await aws(
        url,
        'cloudwatch get-metric-widget-image --metric-widget',
        JSON.stringify({ metrics: [['Shop', 'Orders']], width: 300, height: 200 }),
      );
      assert.equal(Buffer.from(image.MetricWidgetImage, 'base64').toString('latin1', 1, 4), 'PNG');
      await aws(
        url,
        'cloudwatch put-metric-alarm --alarm-name busy --namespace Shop --metric-name Orders --statistic Sum --period 60 --evaluation-periods 1 --threshold 10 --comparison-operator GreaterThanThreshold',
      );
      const { ConnectionArn } = await aws(
        url,
        'events create-connection --name partner --authorization-type API_KEY --auth-parameters',
        JSON.stringify({ ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'k' } }),
      );
      await aws(
        url,
        'events create-api-destination --cli-input-json',
        // The older CLI takes an argument that looks like an address for a place to read the argument from.
        JSON.stringify({
          Name: 'orders',
          ConnectionArn,
          InvocationEndpoint: 'https://example.com/',
          HttpMethod: 'POST',
        }),
      );
      await look(url);
    },
    ({ url }) => look(url),
  );
});

test('the AWS CLI asks metrics in SQL, and a lake of events', { skip: noAwsCli }, async () => {
  const aws = async (url: string, line: string, ...more: string[]) => {
    const { stdout } = await promisify(execFile)('aws', [...line.split(' '), ...more, '--endpoint-url', url], {
      env: clientEnvironment(url) as NodeJS.ProcessEnv,
    });
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const look = async (url: string) => {
    const queries = [{ Id: 'q', Expression: 'SELECT SUM(Orders) FROM Shop GROUP BY Shelf', Period: 3_600 }];
    const now = Date.now() / 1_000;
    const times = ['--start-time', String(now - 7_200), '--end-time', String(now + 3_600)];
    const given = ['--metric-data-queries', JSON.stringify(queries), ...times];
    const { MetricDataResults } = await aws(url, 'cloudwatch get-metric-data', ...given);
    const sums = MetricDataResults.map(({ Label, Values }: { Label: string; Values: number[] }) => [Label, ...Values]);
    assert.deepEqual(sums, [
      ['a', 12],
      ['b', 3],
    ]);
    const { EventDataStores } = await aws(url, 'cloudtrail list-event-data-stores');
    const id = EventDataStores[0].EventDataStoreArn.split('/').at(-1);
    const statement = `SELECT count(*) AS n FROM ${id} WHERE eventName = 'Nothing'`;
    const { QueryId } = await aws(url, 'cloudtrail start-query --query-statement', statement);
    for (let status = 'QUEUED'; status !== 'FINISHED'; ) {
      const found = await aws(url, `cloudtrail get-query-results --query-id ${QueryId}`);
      status = found.QueryStatus;
      assert.ok(['QUEUED', 'RUNNING', 'FINISHED'].includes(status), status);
      if (status === 'FINISHED') assert.deepEqual(found.QueryResultRows, [[{ n: '0' }]]);
    }
  };
  await surviveKill(
    async ({ url }) => {
      for (const [shelf, value] of [
        ['a', 12],
        ['b', 3],
      ])
        await aws(
          url,
          `cloudwatch put-metric-data --namespace Shop --metric-name Orders --dimensions Shelf=${shelf} --value ${value}`,
        );
      await aws(url, 'cloudtrail create-event-data-store --name lake');
      await look(url);
    },
    ({ url }) => look(url),
  );
});
