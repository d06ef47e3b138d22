/** The examples of the User Guide, "CloudWatch search expression syntax". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesRow } from '#kernel/metering';
import { searchSeries } from './search.ts';

const row = (metric: string, namespace: string, dimensions: { [name: string]: string } = {}): SeriesRow => ({
  series: metric,
  namespace,
  metric,
  dimensions,
  lastAt: 0,
  units: [],
});

const isFound = (term: string, metric: string) => searchSeries(term, [row(metric, 'x')]).length === 1;

test('terms are found as tokens, one or several that follow each other', () => {
  for (const term of [
    'count',
    'Count',
    'COUNT',
    'custom',
    '1',
    'CustomCount',
    'Count1',
    'customcount1',
    '"CustomCount1"',
  ])
    assert.ok(isFound(term, 'CustomCount1'), term);
  for (const term of ['couNT', 'customcount', 'count1', 'Cust', '"customcount1"', '"Custom"', '/'])
    assert.ok(!isFound(term, 'CustomCount1'), term);
  for (const term of ['sdb', 'failure', 'SDBFailure', 'sdbfailure']) assert.ok(isFound(term, 'SDBFailure'), term);
  for (const term of ['project', '2', 'trial', '333', 'project2trial333', 'Project2-trial333'])
    assert.ok(isFound(term, 'Project2-trial333'), term);
  for (const term of ['network/errors', 'network+errors', 'network-errors', 'Network_Errors'])
    for (const name of ['Network-Errors-2', 'NetworkErrors2']) assert.ok(isFound(term, name), `${term} ${name}`);
  assert.ok(isFound('"Network-Errors-2"', 'Network-Errors-2') && !isFound('"Network_Errors_2"', 'Network-Errors-2'));
  assert.ok(isFound('cpuutilization', 'CPUUtilization') && isFound('ReadOps', 'DiskReadOps'));
});

test('a schema, then terms, with a comma between or without', () => {
  const rows = [
    row('CPUUtilization', 'AWS/EC2', { InstanceType: 't2.micro' }),
    row('CPUUtilization', 'AWS/EC2', { InstanceId: 'i-1234567890123456' }),
    row('CPUUtilization', 'AWS/EC2', { InstanceId: 'i-6543210987654321' }),
    row('ErrorCount', 'Custom-Namespace', { 'Dimension Name With Spaces': 'a' }),
    row('VolumeReadOps', 'AWS/EBS', { Name: 'ProjectA' }),
  ];
  const found = (term: string) => searchSeries(term, rows).map((one) => rows.indexOf(one));
  assert.deepEqual(found('{AWS/EC2,InstanceType} InstanceType=micro MetricName="CPUUtilization" '), [0]);
  assert.deepEqual(found('InstanceType="t2.micro" Namespace="AWS/EC2"'), [0]);
  assert.deepEqual(found('{AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT i-1234567890123456'), [2]);
  assert.deepEqual(found('NOT Namespace=AWS '), [3]);
  assert.deepEqual(found('{"Custom-Namespace", "Dimension Name With Spaces"}, ErrorCount '), [3]);
  assert.deepEqual(found('(EC2 OR EBS) AND ReadOps AND ProjectA '), [4]);
  assert.deepEqual(found('MetricName="CPUUtilization" AND ("AWS/ECS" OR "AWS/EC2")'), [0, 1, 2]);
});
