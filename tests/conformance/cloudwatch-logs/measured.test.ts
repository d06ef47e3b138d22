/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogsClient, CreateLogGroupCommand, PutDestinationCommand } from '@aws-sdk/client-cloudwatch-logs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

test('destinations with roles of other accounts', async () => {
  await using cloud = await startTestCloud();
  const { name, message } = await failure(
    cloud.client(CloudWatchLogsClient).send(
      new PutDestinationCommand({
        destinationName: 'd',
        targetArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
        roleArn: 'arn:aws:iam::111122223333:role/logs',
      }),
    ),
  );
  assert.deepEqual([name, message], ['InvalidParameterException', 'Cross-account role passing is not allowed.']);
});

test('handlers of templates tell what is wrong behind the type, or not at all', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
  const told = (type: string) => `Invalid request provided: ${type}`;
  const metric = { MetricName: 'm', MetricNamespace: 'AWS/Mine', MetricValue: '1' };
  await expectRefusals(cloud, 'AWS::Logs::MetricFilter', { LogGroupName: 'g', FilterPattern: '' }, [
    [
      { MetricTransformations: [metric] },
      `${told('AWS::Logs::MetricFilter')}. Metric namespaces starting with AWS/ are reserved for AWS.`,
    ],
  ]);
  const names = Array.from({ length: 51 }, (_, index) => `g${index}`);
  await expectRefusals(cloud, 'AWS::Logs::QueryDefinition', { Name: 'q', QueryString: 'fields @message' }, [
    [{ LogGroupNames: names }, `"${told('AWS::Logs::QueryDefinition')}"`],
  ]);
  const arn = (name: string) => `arn:aws:logs:us-east-1:123456789012:log-group:${name}`;
  await expectRefusals(cloud, 'AWS::Logs::LogAnomalyDetector', { DetectorName: 'd' }, [
    [{ LogGroupArnList: [arn('g'), arn('h')] }, `"${told('AWS::Logs::LogAnomalyDetector')}"`],
  ]);
  await expectRefusals(cloud, 'AWS::Logs::AccountPolicy', { PolicyName: 'p', PolicyType: 'TRANSFORMER_POLICY' }, [
    [{ PolicyDocument: '{}' }, `"${told('AWS::Logs::AccountPolicy')}"`],
  ]);
});
